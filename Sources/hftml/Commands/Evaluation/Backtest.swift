import ArgumentParser
import Documents
import Workflows

struct BacktestCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest", abstract: "Trade a model's predictions on data by a strategy, after costs.",
        discussion: """
            EXAMPLES
              hftml backtest model --on features.safetensors --strategy strategy.yaml --bars Data/bars -o backtest
              hftml backtest model --on features.safetensors --strategy strategy.yaml --book Data/lobster -o backtest

            With --book, orders trade in the recorded book: queue positions, partial fills, latency and fees as the
            strategy's section book says, for example
            book: {entry: join, patience: 200, latency: {kind: log-normal, median: 300, sigma: 0.5}, queue: pessimistic}
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The directory that training wrote.", completion: .directory) var model: String
    @Option(name: .customLong("on"), help: "The feature table.", completion: .file()) var features: String
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String
    @Option(help: "The bars behind the features: says how much capital the strategy can trade.", completion: .directory)
    var bars: String?
    @Option(help: "With --bars: the largest share of a bar's traded value that a trade may be.") var participation =
        0.01
    @Option(help: "The recorded books behind the features, of any format: orders trade there.", completion: .directory)
    var book: String?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads
    @Option(name: .shortAndLong, help: "Directory for predictions, metrics and equity.", completion: .directory)
    var output: String

    mutating func validate() throws {
        if participation <= 0 || participation > 1 {
            throw ValidationError("--participation takes more than 0 and at most 1")
        }
    }

    mutating func perform(_ context: CommandContext) throws -> BacktestDocument {
        BacktestDocument(
            try BacktestModel.run(
                model: model, features: context.path(features), strategy: context.path(strategy),
                bars: bars.map(context.path), participation: participation, book: book.map(context.path),
                output: context.path(output), threads: threads, session: try context.session()))
    }
}
