import Backtesting
import Basics
import Foundation
import NeuralNetworks

/// Environments by the name and options that a configuration gives them.
package struct EnvironmentFactory: Sendable {
    /// As the configuration names it.
    package let kind: String
    /// What a policy's network reads: observations in time order, and numbers in each.
    package let shape: SampleShape
    private let history: Int
    private let build: @Sendable () throws -> any Environment

    /// Every name that a configuration may give.
    package static let kinds = [
        "cartpole", "momentum-chain", "almgren-chriss", "liquidation", "market-making", "avellaneda-stoikov",
        "garleanu-pedersen", "bar-trading", "book-market-making",
        "book-execution",
    ]

    /// What recorded environments walk over.
    package struct Recordings: Sendable {
        /// For `bar-trading`.
        package var series: TradingSeries?
        /// For `book-market-making` and `book-execution`.
        package var books: [BookRecording]
        /// Decimals of the books' prices.
        package var priceDecimals: Int

        /// Nothing by default: for simulated environments.
        package init(series: TradingSeries? = nil, books: [BookRecording] = [], priceDecimals: Int = 4) {
            (self.series, self.books, self.priceDecimals) = (series, books, priceDecimals)
        }
    }

    /// - Parameter isEvaluation: recorded episodes once each and in order, and simulated ones from where the problem
    ///   starts.
    /// - Throws: ``ConfigError``.
    package init(
        _ node: JSONValue, path: String = "environment", recordings: Recordings = Recordings(),
        isEvaluation: Bool = false
    ) throws {
        guard let kind = node.stringValue ?? node[key: "kind"]?.stringValue else {
            throw ConfigError("found no 'kind' of '\(path)'", at: node.mark)
        }
        self.kind = kind
        let mark = node[key: "kind"]?.mark ?? node.mark
        let node = node.stringValue == nil ? node : .map(["kind": .string(kind)])
        func reader(_ keys: [String]) throws -> ConfigReader {
            try ConfigReader(node, path: path, keys: ["kind", "history"] + keys)
        }
        let common: ConfigReader
        switch kind {
        case "cartpole":
            common = try reader([])
            build = { CartPole() }
        case "momentum-chain":
            common = try reader(["longestEpisode"])
            let longest = try common.int("longestEpisode", default: 200, in: 1...1_000_000)
            build = { MomentumChain(longestEpisode: longest) }
        case "almgren-chriss":
            common = try reader(["aversion", "quantity", "days", "slices"])
            let aversion = try common.double("aversion", default: 2e-6, in: 0...1),
                quantity = try common.double("quantity", default: 1e6, in: 1...1e12)
            let days = try common.double("days", default: 5, in: 1e-6...10_000),
                slices = try common.int("slices", default: 5, in: 1...100_000)
            build = { AlmgrenChriss(aversion: aversion, quantity: quantity, horizon: days, slices: slices) }
        case "liquidation":
            common = try reader(["start", "horizon", "steps", "temporary", "permanent", "running", "terminal"])
            let start = try common.double("start", default: 1, in: 1e-9...1e12),
                horizon = try common.double("horizon", default: 1, in: 1e-9...1e9)
            let steps = try common.int("steps", default: 50, in: 1...1_000_000),
                temporary = try common.double("temporary", default: 0.001, in: 1e-12...1e12)
            let permanent = try common.double("permanent", default: 0.001, in: 0...1e12),
                running = try common.double("running", default: 0.01, in: 1e-12...1e12)
            let terminal = try common.double("terminal", default: 0.1, in: 1e-12...1e12)
            build = {
                RunningPenaltyLiquidation(
                    start: start, horizon: horizon, steps: steps, temporary: temporary, permanent: permanent,
                    running: running, terminal: terminal)
            }
        case "market-making", "avellaneda-stoikov":
            let isUtility = kind == "avellaneda-stoikov"
            common = try reader(
                ["rate", "kappa", "sigma", "horizon", "cap", "steps"]
                    + (isUtility ? ["aversion"] : ["running", "terminal"]))
            var options = MarketMaking.Options()
            options.rate = try common.double("rate", default: isUtility ? 140 : 10, in: 1e-9...1e9)
            options.kappa = try common.double("kappa", default: isUtility ? 1.5 : 1, in: 1e-9...1e9)
            options.sigma = try common.double("sigma", default: isUtility ? 2 : 0.1, in: 0...1e9)
            options.horizon = try common.double("horizon", default: 1, in: 1e-9...1e9)
            options.cap = try common.int("cap", default: isUtility ? 100 : 4, in: 1...300)
            options.steps = try common.int("steps", default: 200, in: 1...10_000_000)
            // The exact solution is kept for every step.
            guard options.steps * (2 * options.cap + 1) <= 50_000_000 else {
                throw ConfigError(
                    "found \(options.steps) steps with a cap of \(options.cap)",
                    at: common.value("steps")?.mark ?? mark, hint: "use fewer steps or a lower cap")
            }
            options.objective =
                isUtility
                ? .exponential(aversion: try common.double("aversion", default: 0.1, in: 1e-6...100))
                : .penalty(
                    running: try common.double("running", default: 0.5, in: 0...1e9),
                    terminal: try common.double("terminal", default: 0.001, in: 0...1e9))
            options.startsAnywhere = !isEvaluation && !isUtility
            let made = options, solution = MarketMaking.solution(made)
            build = { MarketMaking(made, solution: solution) }
        case "garleanu-pedersen":
            common = try reader(["longestEpisode", "noise"])
            let longest = try common.int("longestEpisode", default: 200, in: 1...1_000_000),
                noise = try common.double("noise", default: 0.3, in: 0...1_000)
            build = { GarleanuPedersen(noise: noise, longestEpisode: longest) }
        case "bar-trading":
            common = try reader(["costBps", "holdBars"])
            guard let series = recordings.series, !series.sessions.isEmpty else {
                throw ConfigError(
                    "found the environment 'bar-trading' without recorded bars", at: mark,
                    hint: "name a feature table with --features")
            }
            let cost = try common.double("costBps", default: 1, in: 0...10_000),
                hold = try common.int("holdBars", default: 1, in: 1...100_000)
            build = { BarTrading(series, costBps: cost, holdBars: hold, isInOrder: isEvaluation) }
        case "book-market-making":
            common = try reader(EnvironmentFactory.bookKeys + ["cap", "running"])
            let schedule = try EnvironmentFactory.schedule(
                common, recordings, isEvaluation: isEvaluation, kind: kind, mark: mark)
            let cap = try common.int("cap", default: 5, in: 1...1_000_000),
                running = try common.double("running", default: 0.01, in: 0...1e9)
            build = { BookMarketMaking(schedule, cap: cap, running: running) }
        case "book-execution":
            common = try reader(EnvironmentFactory.bookKeys + ["lots"])
            let schedule = try EnvironmentFactory.schedule(
                common, recordings, isEvaluation: isEvaluation, kind: kind, mark: mark)
            let lots = try common.int("lots", default: 10, in: 1...1_000_000)
            build = { BookExecution(schedule, lots: lots) }
        default:
            throw ConfigError(
                "found the environment '\(kind)', expected one of \(EnvironmentFactory.kinds.joined(separator: ", "))",
                at: mark,
                hint: NearestName.of(kind, in: EnvironmentFactory.kinds).map { "did you mean '\($0)'?" })
        }
        history = try common.int("history", default: 1, in: 1...10_000)
        if kind == "bar-trading", let series = recordings.series {
            // A window is a history already.
            guard history == 1 else {
                throw ConfigError(
                    "found 'history' for bar-trading, which shows windows", at: node[key: "history"]?.mark,
                    hint: "set 'window'")
            }
            shape = SampleShape(time: series.rows, channels: series.features)
        } else {
            shape = SampleShape(time: history, channels: try build().observationCount)
        }
    }

    private static let bookKeys = [
        "interval", "steps", "lot", "tick", "makerFee", "takerFee", "latency", "trainingShare",
    ]

    /// Times in seconds, money in the currency of the prices.
    private static func schedule(
        _ reader: ConfigReader, _ recordings: Recordings, isEvaluation: Bool, kind: String, mark: SourceMark?
    ) throws -> BookSchedule {
        guard !recordings.books.isEmpty else {
            throw ConfigError(
                "found the environment '\(kind)' without recorded books", at: mark,
                hint: "name a directory of LOBSTER files with --data")
        }
        let scale = pow(10, Double(recordings.priceDecimals))
        let schedule = BookSchedule(
            recordings: recordings.books,
            costs: QueueSimulator.Costs(
                maker: try reader.double("makerFee", default: -0.002, in: -100...100) * scale,
                taker: try reader.double("takerFee", default: 0.003, in: -100...100) * scale,
                latency: Nanoseconds(try reader.double("latency", default: 0.0005, in: 0...60) * 1e9)),
            interval: Nanoseconds(try reader.double("interval", default: 1, in: 1e-6...3600) * 1e9),
            steps: try reader.int("steps", default: 300, in: 1...10_000_000),
            lot: Int64(try reader.int("lot", default: 100, in: 1...1_000_000_000)),
            tick: max(1, Int64((try reader.double("tick", default: 0.01, in: 1e-9...1e6) * scale).rounded())),
            trainingShare: try reader.double("trainingShare", default: 0.6, in: 0.01...0.99), isInOrder: isEvaluation)
        guard schedule.isLongEnough else {
            throw ConfigError(
                "found recordings too short for episodes of \(schedule.steps) steps on both sides of the cut",
                at: reader.value("steps")?.mark ?? mark,
                hint: "use fewer steps, a shorter interval, or more data")
        }
        return schedule
    }

    /// A new environment of these options; each one is used by one thread at a time.
    package func make() throws -> any Environment {
        let base = try build()
        return history == 1 ? base : StackedObservations(base, length: history)
    }
}
