import ArgumentParser
import Documents
import Workflows

struct GetCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Write data as it was at a Git revision, or was known on a day, outside version control.",
        discussion: """
            EXAMPLES
              hftml get prices.csv@HEAD~3 -o old-prices.csv
              hftml get Data/daily@as-of:2024-03-01 -o as-known
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "PATH@REVISION, or PATH@as-of:DAY: what was known at the day's end, without later corrections.")
    var reference: String
    @Option(name: .shortAndLong, help: "Where it goes.", completion: .file()) var output: String
    @Option(name: .shortAndLong, help: "Where what the cache lacks comes from; the default remote if not given.")
    var remote: String?

    mutating func perform(_ context: CommandContext) throws -> ExtractedDataDocument {
        let workspace = try context.session().workspace
        let made = try context.progress("get") {
            try GetData.run(
                context.path(reference), to: context.path(output), remote: remote, in: workspace, progress: $0)
        }
        return ExtractedDataDocument(path: output, md5: made.md5, known: made.known)
    }
}
