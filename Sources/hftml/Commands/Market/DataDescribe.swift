import ArgumentParser
import Documents
import Workflows

struct DataDescribeCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Read a file of market data whole: rows, times, instruments, ranges, digest.",
        discussion: """
            EXAMPLES
              hftml data describe bars/SIM01_5min.csv
              hftml data describe bars/SIM01_5min.csv --zone America/New_York --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file.", completion: .file()) var file: String
    @OptionGroup var table: TableOption
    @OptionGroup var options: KnownOptions

    mutating func perform(_ context: CommandContext) throws -> DataDescriptionDocument {
        DataDescriptionDocument(
            try DescribeData.run(context.path(file), table: table.kind, known: options.known(context)))
    }
}
