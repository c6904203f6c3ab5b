import ArgumentParser
import Documents
import Workflows

struct DataConvertCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a file of market data as CSV, Parquet or Arrow, with its provenance.",
        discussion: """
            EXAMPLES
              hftml data convert bars/SIM01_5min.csv --zone America/New_York -o SIM01.parquet
              hftml data convert SIM01.parquet --each-instrument --format csv -o converted
              hftml data convert bars/SIM01_5min.csv --market found-market.yaml --bars every:15m -o SIM01-15m.parquet

            Times become nanoseconds UTC, prices exact decimals; each row names the place that it came from. Where \
            times name no zone, it must be said. The provenance is written beside each file, as FILE.provenance.json. \
            Many files at once: hftml import.

            --bars makes bars of trades, or coarser ones of bars: every:15m on the grid of the sessions of --market, \
            ticks:500 of trades, volume:10000, dollars:1000000. A bar ends with the row that reaches the threshold; \
            all trades count, whatever their condition; what reaches none is said and makes no bar.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file.", completion: .file()) var file: String
    @OptionGroup var table: TableOption
    @OptionGroup var options: KnownOptions
    @Option(name: .shortAndLong, help: "The file to write: .csv, .parquet, .arrow or .feather.", completion: .file())
    var output: String
    @Flag(help: "Write a file for each instrument into the directory that --output names.") var eachInstrument = false
    @Option(help: "Format of --each-instrument.") var format = ConvertData.Format.parquet
    @Option(help: "Bars to make: every:LENGTH, ticks:N, volume:N or dollars:N.") var bars: String?
    @Flag(help: "With --bars: bars that reached no threshold end unfinished with their session.")
    var resetAtSession = false

    @Flag(help: "Write over files that are no earlier output from the same source.") var force = false

    mutating func perform(_ context: CommandContext) throws -> DataConversionDocument {
        let (file, output) = (context.path(file), context.path(output))
        let known = try options.known(context)
        let bars = try bars.map { try CoarserBars($0, resetsAtSession: resetAtSession) }
        return DataConversionDocument(
            eachInstrument
                ? try ConvertData.eachInstrument(
                    file, table: table.kind, directory: output, format: format, known: known, bars: bars,
                    isForced: force)
                : try ConvertData.run(
                    file, table: table.kind, output: output, known: known, bars: bars, isForced: force))
    }
}

extension ConvertData.Format: ExpressibleByArgument {}
