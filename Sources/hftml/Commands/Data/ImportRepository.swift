import ArgumentParser
import Documents
import Workflows

struct ImportRepositoryCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo",
        abstract: "Take data of another Git repository under DVC or hftml, at one of its revisions.",
        discussion: """
            EXAMPLES
              hftml import repo https://example.com/market-data.git data/bars -o Data/bars
              hftml import repo ../other prices.csv --rev v1.0
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The repository: a URL, or a path.") var url: String
    @Argument(help: "The data's path there.") var path: String
    @Option(name: .shortAndLong, help: "Where it goes; the path's last part by default.", completion: .file())
    var output: String?
    @Option(help: "A branch, tag or commit there.") var rev: String?

    mutating func perform(_ context: CommandContext) throws -> ImportedDataDocument {
        let workspace = try context.session().workspace
        let recorded = try context.progress("import") {
            try ImportData.fromRepository(
                context.relative(url), path: path, revision: rev, to: context.target(output), in: workspace,
                progress: $0, onWait: context.say)
        }
        return ImportedDataDocument([recorded], directory: context.directory)
    }
}
