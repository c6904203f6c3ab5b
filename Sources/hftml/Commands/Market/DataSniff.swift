import ArgumentParser
import Documents
import Workflows

struct DataSniffCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "sniff", abstract: "Find out how files of bars are written, and write the market file for them.",
        discussion: """
            EXAMPLES
              hftml data sniff bars/SIM01_5min.csv
              hftml data sniff bars/SIM01_5min.csv bars/SIM02_5min.csv -o found-market.yaml

            Each line says what speaks for it and how sure that is. Look at it before you use it: \
            hftml features SPEC DATA --market found-market.yaml.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files of bars, or directories of them.", completion: .file()) var files: [String]
    @Option(help: "Zone of times that name none; found out by default.") var zone: String?
    @Option(name: .shortAndLong, help: "The market file to write.", completion: .file()) var output: String?

    @Flag(help: "Write over a file that was not sniffed, or was changed since.") var force = false

    mutating func perform(_ context: CommandContext) throws -> DataSniffDocument {
        DataSniffDocument(
            try SniffData.run(
                files.map(context.path), zone: zone, output: output.map(context.path), isForced: force))
    }
}
