import ArgumentParser
import Documents
import Workflows

struct DataHeadCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Say what a file of market data is, and show its first rows.",
        discussion: """
            EXAMPLES
              hftml data head bars/SIM01_5min.csv
              hftml data head bars/SIM01_5min.csv --rows 5 --json

            The format is found by the file's bytes: CSV in the dialects that people save, Parquet, Arrow, JSON, \
            LOBSTER, LEAN, ITCH, FIX, Binance, Yahoo, FI-2010; plain or in zip, gzip, zstd or bzip2. What was \
            assumed is said below the rows.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file.", completion: .file()) var file: String
    @Option(name: [.long, .short, .customShort("n")], help: "Rows to show.") var rows = 10
    @OptionGroup var table: TableOption
    @OptionGroup var options: KnownOptions

    func validate() throws {
        guard (1...10_000).contains(rows) else {
            throw ValidationError("found --rows \(rows), expected a number from 1 to 10000")
        }
    }

    mutating func perform(_ context: CommandContext) throws -> DataHeadDocument {
        DataHeadDocument(
            try HeadData.run(context.path(file), count: rows, table: table.kind, known: options.known(context)))
    }
}
