import ArgumentParser
import Backtesting
import Basics
import Documents
import Workflows

struct BacktestCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest", abstract: "Trade a model's predictions on data by a strategy, after costs.",
        discussion: """
            EXAMPLES
              hftml backtest model --on features.safetensors --strategy strategy.yaml --bars Data/bars -o backtest
              hftml backtest model --on features.safetensors --strategy strategy.yaml --book Data/lobster -o backtest --json

            With --book, orders trade in the recorded book: queue positions, partial fills, latency and fees as the strategy's section book says, for example
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
    @Option(help: "The recorded books behind the features (LOBSTER): orders trade there.", completion: .directory)
    var book: String?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads
    @Option(name: .shortAndLong, help: "Directory for predictions, metrics and equity.", completion: .directory)
    var output: String

    mutating func validate() throws {
        if participation <= 0 || participation > 1 {
            throw ValidationError("--participation takes more than 0 and at most 1")
        }
    }

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        let outcome = try BacktestModel.run(
            model: model, features: features, strategy: strategy, bars: bars, participation: participation, book: book,
            output: output, threads: threads, session: session)
        if common.json { return emit(json(outcome).text(.pretty)) }
        EvaluateCommand.showMoney(outcome.evaluation)
        if let e = outcome.exposure {
            emit(
                "market: beta \(fixed(e.beta, 2)), correlation \(fixed(e.correlation, 2)), \(fixed(e.alpha * 10_000, 2)) bps a day beside it"
            )
        }
        if let error = outcome.dependentError,
            let statistics = PerformanceStatistics(outcome.evaluation.backtest.dailyReturns)
        {
            let sortino = outcome.sortino.map { "; Sortino \(fixed($0, 2))" } ?? ""
            emit(
                "daily Sharpe ratio \(fixed(statistics.sharpe, 2)) ± \(fixed(error, 2)) where days depend on one another\(sortino)"
            )
        }
        if let annual = outcome.annualSharpe {
            emit(
                "annual Sharpe ratio \(fixed(annual.dependent, 2)), \(fixed(annual.independent, 2)) if days were independent"
            )
        }
        if outcome.drawdowns.count == 3 {
            let (deepest, deep, median) = (
                percent(outcome.drawdowns[0]), percent(outcome.drawdowns[1]), percent(outcome.drawdowns[2])
            )
            emit(
                "drawdown over resampled days: median \(median), one in twenty deeper than \(deep), one in a hundred than \(deepest)"
            )
        }
        if let c = outcome.capacity {
            let sizes = "\(fixed(c.median, 0)) for half of \(c.trades) trades, \(fixed(c.cautious, 0)) for nine of ten"
            emit("capacity at \(fixed(c.participation * 100, 1)) % of what trades: \(sizes)")
        }
        if let (entry, r) = outcome.book {
            emit(
                "in the book (\(entry.rawValue)): \(r.orders) orders on \(r.signals) predictions, \(r.trades) positions, \(r.missed) missed, \(r.makerShares) shares made and \(r.takerShares) taken, fees \(fixed(r.fees, 2)), profit \(fixed(r.profit, 2))"
            )
            if let statistics = PerformanceStatistics(r.tradeBps) {
                emit(
                    "a position earns \(fixed(statistics.mean, 2)) ± \(fixed(statistics.deviation / Double(statistics.count).squareRoot(), 2)) bps after fees, hit rate \(percent(r.hitRate ?? 0))"
                )
            }
        }
    }

    private func percent(_ value: Double) -> String { "\(fixed(value * 100, 2)) %" }

    private func json(_ outcome: BacktestModel.Outcome) -> JSONValue {
        var node = EvaluateModel.json(outcome.evaluation)
        node[key: "exposure"] =
            outcome.exposure.map {
                .map(["beta": .double($0.beta), "alpha": .double($0.alpha), "correlation": .double($0.correlation)])
            } ?? .null
        node[key: "drawdownDistribution"] =
            outcome.drawdowns.isEmpty
            ? .null
            : .map(zip(BacktestModel.drawdownLevels, outcome.drawdowns).map { ("deeperIn\($0)", JSONValue.double($1)) })
        node[key: "sharpeDailyDependentError"] = .double(outcome.dependentError)
        node[key: "annualSharpe"] =
            outcome.annualSharpe.map {
                .map(["dependent": .double($0.dependent), "independent": .double($0.independent)])
            } ?? .null
        node[key: "sortinoDaily"] = .double(outcome.sortino)
        node[key: "capacity"] =
            outcome.capacity.map {
                .map([
                    "participation": .double($0.participation), "median": .double($0.median),
                    "cautious": .double($0.cautious), "trades": .int($0.trades),
                ])
            } ?? .null
        node[key: "book"] =
            outcome.book.map { entry, r in
                .map([
                    "entry": .string(entry.rawValue), "signals": .int(r.signals), "orders": .int(r.orders),
                    "trades": .int(r.trades), "missed": .int(r.missed), "makerShares": .int(Int(r.makerShares)),
                    "takerShares": .int(Int(r.takerShares)), "fees": .double(r.fees), "profit": .double(r.profit),
                    "meanTradeBps": .double(r.meanTradeBps), "hitRate": .double(r.hitRate),
                ])
            } ?? .null
        return node
    }
}
