import ArgumentParser
import Backtesting
import Basics
import Workflows

struct EvaluateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure a trained model on its test span, beside the naive baseline and after costs.",
        discussion: """
            EXAMPLES
              hftml evaluate model --on features.safetensors --strategy strategy.yaml -o evaluation
              hftml evaluate model --on features.safetensors --strategy strategy.yaml -o evaluation --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The directory that training wrote.", completion: .directory) var model: String
    @Option(name: .customLong("on"), help: "The feature table.", completion: .file()) var features: String
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String
    @Option(help: "Threads; they do not change the result.") var threads = Project.defaultThreads
    @Option(name: .shortAndLong, help: "Directory for predictions, metrics and equity.", completion: .directory) var output: String

    mutating func perform() throws {
        let outcome = try EvaluateModel.run(
            model: model, features: features, strategy: strategy, output: output, threads: threads, project: try Project.find())
        if common.json { return emit(EvaluateModel.json(outcome).text(.pretty)) }
        var table = TextTable(["measure", "model", "naive baseline"], rightAligned: [1, 2])
        for (name, value) in outcome.metrics where outcome.baseline[name] != nil || !Self.money.contains(name) {
            table.add([name, shown(value), shown(outcome.baseline[name])])
        }
        emit(table.text)
        emit("")
        Self.showMoney(outcome)
    }

    /// What trading on the predictions would have earned, after costs.
    static func showMoney(_ outcome: EvaluateModel.Outcome) {
        let result = outcome.backtest
        emit(
            "after \(shown(outcome.costBps)) bps per round trip: \(result.trades) trades, return \(fixed(result.totalReturn * 100, 2)) %, drawdown \(fixed(result.maximumDrawdown * 100, 2)) %, turnover \(fixed(result.dailyTurnover, 1)) a day"
        )
        if let statistics = PerformanceStatistics(result.dailyReturns) {
            let year = 252.0.squareRoot()
            emit(
                "Sharpe ratio \(fixed(statistics.sharpe * year, 2)) ± \(fixed(statistics.sharpeStandardError * year, 2)) a year over \(statistics.count) days; hit rate \(result.hitRate.map { fixed($0 * 100, 1) + " %" } ?? "–")"
            )
        }
        emit("always long: \(outcome.alwaysLong.trades) trades, return \(fixed(outcome.alwaysLong.totalReturn * 100, 2)) %")
        emit("equity \(sparkline(result.equity))")
    }

    private static let money: Set<String> = [
        "return", "drawdown", "turnover", "trades", "hit_rate", "trade_bps", "sharpe_daily", "sharpe_daily_se", "sharpe_annual", "psr",
    ]
}

struct BacktestCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest", abstract: "Trade a model's predictions on data by a strategy, after costs.",
        discussion: """
            EXAMPLES
              hftml backtest model --on features.safetensors --strategy strategy.yaml -o backtest
              hftml backtest model --on features.safetensors --strategy doubled-costs.yaml -o backtest --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The directory that training wrote.", completion: .directory) var model: String
    @Option(name: .customLong("on"), help: "The feature table.", completion: .file()) var features: String
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String
    @Option(help: "Threads; they do not change the result.") var threads = Project.defaultThreads
    @Option(name: .shortAndLong, help: "Directory for predictions, metrics and equity.", completion: .directory) var output: String

    mutating func perform() throws {
        let outcome = try EvaluateModel.run(
            model: model, features: features, strategy: strategy, output: output, threads: threads, project: try Project.find())
        if common.json { emit(EvaluateModel.json(outcome).text(.pretty)) } else { EvaluateCommand.showMoney(outcome) }
    }
}
