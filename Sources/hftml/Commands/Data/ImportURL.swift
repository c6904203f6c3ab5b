import ArgumentParser
import Documents
import Workflows

struct ImportURLCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-url",
        abstract: "Take data from a path, http(s)://, s3:// or ssh:// URL, and remember where it came from.",
        discussion: """
            EXAMPLES
              hftml import-url https://example.com/prices.csv -o Data/prices.csv
              hftml import-url /mnt/feed/2024-01-02.csv.gz Data/
            """, aliases: ["url"])

    @OptionGroup var common: CommonOptions
    @Argument(help: "Where the data is.") var url: String
    @Argument(help: "Where it goes; the URL's last part by default.", completion: .file()) var output: String?
    @Option(name: .customShort("o"), help: "Where it goes.", completion: .file()) var out: String?
    @Flag(help: "Note the source; fetch nothing.") var noDownload = false

    mutating func perform(_ context: CommandContext) throws -> ImportedDataDocument {
        let workspace = try context.session().workspace
        let recorded = try context.progress("import") {
            try ImportData.fromURL(
                context.relative(url), to: context.target(out ?? output), downloads: !noDownload, in: workspace,
                progress: $0, onWait: context.say)
        }
        return ImportedDataDocument([recorded], directory: context.directory)
    }
}
