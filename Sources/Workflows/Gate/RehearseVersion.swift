import Backtesting
import Basics
import Deployment
import Features
import MarketData
import ModelBundles
import NeuralNetworks
import Promotion
import Registry
import Tensors
import Trading

/// A version and its strategy in; what the runtime's own orders earn on the test span, and whether the real program
/// sends them, out.
struct RehearseVersion {
    let version: VersionRecord
    let model: ModelFile
    let dataset: WindowedDataset
    let split: SplitSpec
    let plan: StrategyFile
    /// The table's file and its name in lineage.
    let features: (path: String, id: String)
    let threads: Int
    let runtime: RehearsalRuntime
    let session: Session

    struct Outcome {
        var evidence: RehearsalEvidence
        /// By the loop's orders; nil where nothing was rehearsed.
        var backtest: BarBacktest.Result?
        /// Always long by the same orders.
        var market: BarBacktest.Result?
        /// The same with every score acted upon so many bars later.
        var delayed: (@Sendable (Int) -> BarBacktest.Result)?

        static func missing(_ reason: String) -> Outcome { Outcome(evidence: RehearsalEvidence(missing: reason)) }
    }

    private var table: FeatureTable { dataset.table }

    /// What is lacking is a reason in the evidence, not an error: the rule fails by it, and all others are judged.
    func run() throws -> Outcome {
        guard table.spec.input == .bars else {
            return .missing("the runtime replays bars, and the model is of input '\(table.spec.input.rawValue)'")
        }
        guard let span = span() else {
            return .missing("the model learned from times inside its test span, which a replay cannot leave out")
        }
        let data: String
        switch try RawBars.find(table, features: features, session: session) {
        case .found(let path): data = path
        case .missing(let reason): return .missing(reason)
        }
        let tables = try RawBars.tables(data, market: table.market, session: session)
        let market = try Rehearsed(self, tables: tables, span: span)
        let result = try market.result(market.predictions.bars)
        let evidence: RehearsalEvidence
        do {
            let journal = try RehearsalStage(self).perform(data: data, from: span.from, until: span.until)
            evidence = RehearsalEvidence(
                comparison: JournalComparison(
                    result.events, instruments: tables.map(\.instrument), journal: journal.journal,
                    priceDecimals: table.market.priceDecimals),
                backtest: market.money(result), runtime: journal.money, bars: journal.bars)
        } catch let failure as Failure {
            evidence = RehearsalEvidence(missing: "\(failure.code): \(failure.message)")
        }
        return Outcome(
            evidence: evidence, backtest: market.returns(result), market: try market.alwaysLong(),
            delayed: { bars in
                let delayed = market.predictions.delayedBars(by: bars)
                return (try? market.result(delayed)).map(market.returns) ?? BarBacktest.Result()
            })
    }

    /// From the first tested sample on; to the last one where more was learned from behind it. Nil where something was
    /// learned from in between.
    private func span() -> (from: Nanoseconds, until: Nanoseconds)? {
        guard let test = TestSpan(dataset, split: split) else { return nil }
        let last = test.until ?? .max
        for rows in [dataset.training, dataset.validation]
        where rows.contains(where: { table.time[$0] >= test.from && table.time[$0] <= last }) { return nil }
        return (test.from, last.saturatingPlus(1))
    }
}

/// The raw bars of a rehearsal with the scores of every window in its span, with and without a label: the runtime knows
/// no labels.
struct Rehearsed: Sendable {
    let predictions: Predictions
    private let tables: [BarTable]
    private let backtest: LoopBacktest
    /// The same rule, always long.
    private let long: LoopBacktest
    /// Of each instrument of the predictions: its position among the tables.
    private let positions: [Int?]
    private let until: Nanoseconds
    private let zone: ExchangeZone
    private let closes: DayCloses?

    init(_ rehearsal: RehearseVersion, tables: [BarTable], span: (from: Nanoseconds, until: Nanoseconds)) throws {
        let table = rehearsal.dataset.table, model = rehearsal.model, plan = rehearsal.plan
        let ends = SampleRows(
            WindowedDataset.ends(table, window: model.spec.window, labelled: false).lazy.filter {
                table.time[$0] >= span.from && table.time[$0] < span.until
            })
        let file = try PredictionFile.predict(
            model, table: table, ends: ends, baseline: PredictionFile.baseline(rehearsal.dataset),
            threads: rehearsal.threads, weights: rehearsal.version.weights, features: rehearsal.features.id)
        predictions = file.predictions
        self.tables = tables
        let hours = try SessionClock(features: model.spec.features, market: model.spec.market)
        func backtest(_ rule: PositionRule) -> LoopBacktest {
            LoopBacktest(
                rule: rule, limits: plan.limits, feeBps: plan.costBps / 2, hours: hours,
                interval: model.spec.market.interval)
        }
        var always = plan.rule
        always.enterAbove = -.infinity
        (self.backtest, long) = (backtest(plan.rule), backtest(always))
        positions = file.instruments.map { name in tables.firstIndex { $0.instrument == name } }
        until = span.until
        zone = try ExchangeZone(table.market.zone)
        closes = PredictionFile.closes(table)
    }

    /// Always long on the same bars.
    func alwaysLong() throws -> BarBacktest.Result { returns(try result(predictions.bars, by: long)) }

    /// What the loop does with the scores of some bars.
    func result(_ bars: [ScoredBar], by other: LoopBacktest? = nil) throws -> LoopBacktest.Result {
        var signals = tables.map { _ in LoopBacktest.Signals() }
        for bar in bars {
            if let position = positions[Int(bar.instrument)] { signals[position].append(bar.score, at: bar.time) }
        }
        return try (other ?? backtest).run(tables, signals: signals, until: until)
    }

    /// As daily returns.
    func returns(_ result: LoopBacktest.Result) -> BarBacktest.Result {
        var zone = zone, result = result
        // The predictions number instruments as the feature table does.
        for index in result.trips.indices {
            let own = Int(result.trips[index].instrument)
            result.trips[index].instrument = Int32(clamping: positions.firstIndex { $0 == own } ?? own)
        }
        result.trips.sort { ($0.instrument, $0.decidedAt) < ($1.instrument, $1.decidedAt) }
        func day(_ time: Nanoseconds) -> Int32 { ScoredBar.day(local: zone.local(time)) }
        let staysOvernight = result.trips.contains { day($0.leftAt) > day($0.decidedAt) }
        return backtest.returns(
            result, bars: predictions.bars, closes: staysOvernight ? closes : nil,
            scale: tables.first.map { (0..<$0.priceDecimals).reduce(1.0) { scale, _ in scale * 10 } } ?? 1, day: day)
    }

    /// In currency, by the sums that the loop makes.
    func money(_ result: LoopBacktest.Result) -> RehearsalEvidence.Money {
        var money = RehearsalEvidence.Money(gross: 0, fees: 0)
        for (index, table) in tables.enumerated() {
            let unit = 1 / (0..<table.priceDecimals).reduce(1.0) { scale, _ in scale * 10 }
            money.gross += Double(result.profits[index]) * unit
            money.fees += result.fees[index] * unit
        }
        return money
    }
}
