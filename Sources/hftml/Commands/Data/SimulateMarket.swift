import ArgumentParser
import Documents
import Workflows

struct SimulateMarketCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "market", abstract: "Make five-minute bars of a simulated market.",
        discussion: """
            EXAMPLES
              hftml simulate market -o Data/market
              hftml simulate market --config Data/demo-market.yaml -o Data/demo-market
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "YAML with instruments, sessions, seed, signal, signalShare.", completion: .file())
    var config: String?
    @Option(name: .shortAndLong, help: "Directory for the CSV files.", completion: .directory) var output: String

    mutating func perform(_ context: CommandContext) throws -> SimulatedMarketDocument {
        let made = try SimulateMarket.run(config: config.map(context.path), output: context.path(output))
        return SimulatedMarketDocument(made, directory: output)
    }
}
