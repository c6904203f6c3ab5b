package import Backtesting
import Basics
import Features
import MarketData
import Tables
import Trading

/// A trained model, features and a strategy in; what trading its predictions would have earned, and how far that can be
/// believed and enlarged, out.
package enum BacktestModel {
    package struct Outcome: Sendable {
        package var evaluation: EvaluateModel.Outcome
        /// To always being long on the same days.
        package var exposure: (beta: Double, alpha: Double, correlation: Double)?
        /// Maximum drawdowns over resampled days, as negative fractions, at ``drawdownLevels``; empty for fewer than
        /// ten days.
        package var drawdowns: [Double] = []
        /// Of the daily ratio, where days depend on one another.
        package var dependentError: Double?
        package var sortino: Double?
        /// The daily ratio over the trading days of a year, with the dependence of days (Lo 2002), and as if they were
        /// independent.
        package var annualSharpe: (dependent: Double, independent: Double)?
        package var capacity: Capacity?
        /// Orders in a recorded book, for predictions on one.
        package var book: (entry: BookBacktest.Entry, result: BookBacktest.Result)?
    }

    /// Shares of resampled sequences of days whose drawdown is larger.
    package static let drawdownLevels = [0.01, 0.05, 0.5]

    /// - Parameters:
    ///   - bars: the raw bars behind the features, for the capacity.
    ///   - participation: the largest share of a bar's traded value that a trade may be.
    ///   - book: recorded books behind the features; the strategy's section `book` says how orders trade there.
    package static func run(
        model: String, features: String, strategy: String, bars: String?, participation: Double, book: String?,
        output: String, threads: Int, session: Session
    ) throws -> Outcome {
        let evaluation = try EvaluateModel.run(
            model: model, features: features, strategy: strategy, output: output, threads: threads, session: session)
        let result = evaluation.backtest,
            byDay = Dictionary(zip(evaluation.alwaysLong.days, evaluation.alwaysLong.dailyReturns)) { $1 }
        var outcome = Outcome(
            evaluation: evaluation,
            exposure: PerformanceStatistics.exposure(result.dailyReturns, market: result.days.map { byDay[$0] ?? 0 }),
            drawdowns: result.days.count >= 10
                ? PerformanceStatistics.drawdowns(result.dailyReturns, levels: drawdownLevels, replicates: 2000) : [],
            dependentError: PerformanceStatistics.dependentStandardError(result.dailyReturns),
            sortino: PerformanceStatistics.sortino(result.dailyReturns))
        let tradingDays = evaluation.predictions.predictions.daysPerYear
        if let dependent = PerformanceStatistics.annualised(result.dailyReturns, periods: tradingDays),
            let daily = PerformanceStatistics(result.dailyReturns)?.sharpe
        {
            outcome.annualSharpe = (dependent, daily * Double(tradingDays).squareRoot())
        }
        let predictions = evaluation.predictions,
            plan = try StrategyFile(strategy, horizon: predictions.holdBars())
        if let bars {
            let table = try FeatureTable.read(features)
            outcome.capacity = try capacity(
                bars, market: table.market, predictions: predictions, plan: plan, participation: participation,
                session: session)
        }
        if let book {
            let how = try plan.book ?? BookTrading(.map([]))
            // What was said of the data when the features were made.
            let market = try FeatureTable.read(features).market
            let request = BookRequest(market: market == MarketSpec() ? nil : market)
            outcome.book = (how.entry, try replay(book, request, predictions: predictions, plan: plan, how: how))
        }
        return outcome
    }

    /// Traded value of the bar after every entry: that is where the position is opened.
    private static func capacity(
        _ path: String, market: MarketSpec, predictions: PredictionFile, plan: StrategyFile, participation: Double,
        session: Session
    ) throws -> Capacity? {
        let entries = Dictionary(
            grouping: BarBacktest(rule: plan.rule, costBps: plan.costBps, heldRows: predictions.predictions.horizon)
                .entries(predictions.predictions.bars)
        ) { predictions.instruments[Int($0.instrument)] }
        var values: [Double] = []
        for (table, _) in try RawBars.traded(path, market: market, session: session) {
            guard let trades = entries[table.instrument] else { continue }
            let rows = Dictionary(zip(table.time, table.time.indices)) { $1 }
            let scale = Double(FixedPoint.powers[table.priceDecimals]) * Double(FixedPoint.powers[table.volumeDecimals])
            for trade in trades {
                guard let row = rows[trade.time], row + 1 < table.count else { continue }
                values.append(Double(table.open[row + 1]) * Double(table.volume[row + 1]) / scale)
            }
        }
        return Capacity(tradedValues: values, instruments: predictions.instruments.count, participation: participation)
    }

    private static func replay(
        _ path: String, _ request: BookRequest, predictions: PredictionFile, plan: StrategyFile, how: BookTrading
    ) throws -> BookBacktest.Result {
        var total = BookBacktest.Result()
        for feed in try BookReader.feeds(at: path, request) {
            var books: [Int: (instrument: BookInstrument, collector: BookRecording.Collector)] = [:]
            try feed.read { instrument, event in
                guard predictions.instruments.contains(instrument.name) else { return }
                let levels = min(request.levels, instrument.levels)
                books[instrument.index, default: (instrument, BookRecording.Collector(levels: levels))].collector.add(
                    event)
            }
            for index in books.keys.sorted() {
                guard let book = books.removeValue(forKey: index) else { continue }
                total.add(try replay(book.instrument, book.collector, predictions: predictions, plan: plan, how: how))
            }
        }
        guard total.signals > 0 else {
            throw Failure(
                "backtest.other-book", "found no event in '\(path)' at the time of a prediction",
                hint: "name the books that the features were computed from")
        }
        return total
    }

    private static func replay(
        _ book: BookInstrument, _ events: BookRecording.Collector, predictions: PredictionFile, plan: StrategyFile,
        how: BookTrading
    ) throws -> BookBacktest.Result {
        guard let instrument = predictions.instruments.firstIndex(of: book.name) else { return BookBacktest.Result() }
        let unit = Double(FixedPoint.powers[book.priceDecimals])
        let backtest = BookBacktest(
            rule: plan.rule, costs: how.costs(unit: unit), entry: how.entry, patience: how.patience, unit: 1 / unit,
            sizeDecimals: book.sizeDecimals)
        let recording = try BookRecording(events)
        let span = recording.time(0)...max(recording.time(0), recording.time(recording.count - 1))
        let signals = predictions.predictions.bars.filter {
            Int($0.instrument) == instrument && span.contains($0.time)
        }.map { BookBacktest.Signal(time: $0.time, score: $0.score) }
        return backtest.run(recording, signals: signals)
    }
}
