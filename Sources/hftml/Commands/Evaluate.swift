import ArgumentParser
import Backtesting
import Basics
import Documents
import Workflows

struct EvaluateCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a trained model on its test span after costs, or a policy on its task, beside naive ones.",
        discussion: """
            EXAMPLES
              hftml evaluate model --on features.safetensors --strategy strategy.yaml -o evaluation
              hftml evaluate policy --episodes 10000
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The directory that training wrote; for a policy also a run or a version.", completion: .directory)
    var model: String
    @Option(name: .customLong("on"), help: "The feature table.", completion: .file()) var features: String?
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String?
    @Option(help: "Recorded order books, for a policy that learned in them.", completion: .directory) var data: String?
    @Option(help: "Episodes of a policy, in place of its recipe's.") var episodes: Int?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads
    @Option(name: .shortAndLong, help: "Directory for predictions, metrics and equity.", completion: .directory)
    var output: String?

    mutating func validate() throws {
        if let episodes, episodes < 1 { throw ValidationError("--episodes takes 1 or more") }
    }

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        if let path = try EvaluatePolicy.path(model, session: session) {
            let outcome = try EvaluatePolicy.run(path, data: data, episodes: episodes, threads: threads)
            if let output {
                try Paths.makeDirectory(output)
                try AtomicFile.write(outcome.json.text(.pretty) + "\n", to: Paths.join(output, "evaluation.json"))
            }
            return emit(common.json ? outcome.json.text(.pretty) : AgentTraining.table(outcome))
        }
        guard let features, let strategy, let output else {
            throw ValidationError("a model that predicts is measured with --on, --strategy and -o")
        }
        let directories = try RepeatTraining.directories(model)
        if directories != [model] {
            return try performRepeats(
                directories, features: features, strategy: strategy, output: output, session: session)
        }
        let outcome = try EvaluateModel.run(
            model: model, features: features, strategy: strategy, output: output, threads: threads, session: session)
        if common.json { return emit(EvaluateModel.json(outcome).text(.pretty)) }
        var table = TextTable(["measure", "model", "95 % interval", "naive baseline"], rightAligned: [1, 3])
        for (name, value) in outcome.metrics where outcome.baseline[name] != nil || !Self.money.contains(name) {
            let interval =
                outcome.intervals.first { $0.name == name }.map { "\(shown($0.lower)) … \(shown($0.upper))" } ?? ""
            table.add([name, shown(value), interval, shown(outcome.baseline[name])])
        }
        emit(table.text)
        emit("")
        Self.showMoney(outcome)
    }

    /// A series of seeds: every one measured, then mean ± sd.
    private func performRepeats(
        _ directories: [String], features: String, strategy: String, output: String, session: Session
    ) throws {
        let outcome = try EvaluateModel.runRepeats(
            models: directories, features: features, strategy: strategy, output: output, threads: threads,
            session: session)
        if common.json {
            return emit(
                JSONValue.map([
                    "schemaVersion": .int(1),
                    "test": .map(outcome.measures.map { ($0.name, RepeatTraining.json($0.statistics)) }),
                    "baseline": .map(outcome.baseline.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) }),
                ]).text(.pretty))
        }
        var table = TextTable(
            ["test, \(directories.count) seeds", "mean", "± sd", "naive baseline"], rightAligned: [1, 2, 3])
        for (name, statistics) in outcome.measures {
            table.add([name, shown(statistics.mean), shown(statistics.deviation), shown(outcome.baseline[name])])
        }
        emit(table.text)
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
        emit(
            "always long: \(outcome.alwaysLong.trades) trades, return \(fixed(outcome.alwaysLong.totalReturn * 100, 2)) %"
        )
        emit("equity \(sparkline(result.equity))")
    }

    private static let money: Set<String> = [
        "return", "drawdown", "turnover", "trades", "hit_rate", "trade_bps", "sharpe_daily", "sharpe_daily_se",
        "sharpe_annual", "psr",
    ]
}
