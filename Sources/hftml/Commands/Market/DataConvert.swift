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

            Times become nanoseconds UTC, prices exact decimals; each row names the place that it came from. Where \
            times name no zone, it must be said. The provenance is written beside each file, as FILE.provenance.json. \
            Many files at once: hftml import.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file.", completion: .file()) var file: String
    @OptionGroup var table: TableOption
    @OptionGroup var options: KnownOptions
    @Option(name: .shortAndLong, help: "The file to write: .csv, .parquet, .arrow or .feather.", completion: .file())
    var output: String
    @Flag(help: "Write a file for each instrument into the directory that --output names.") var eachInstrument = false
    @Option(help: "Format of --each-instrument.") var format = ConvertData.Format.parquet

    @Flag(help: "Write over files that are no earlier output from the same source.") var force = false

    mutating func perform(_ context: CommandContext) throws -> DataConversionDocument {
        let (file, output) = (context.path(file), context.path(output))
        let known = try options.known(context)
        return DataConversionDocument(
            eachInstrument
                ? try ConvertData.eachInstrument(
                    file, table: table.kind, directory: output, format: format, known: known, isForced: force)
                : try ConvertData.run(file, table: table.kind, output: output, known: known, isForced: force))
    }
}

extension ConvertData.Format: ExpressibleByArgument {}
