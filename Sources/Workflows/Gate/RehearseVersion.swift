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
                    result.orders.events, instruments: tables.map(\.instrument), journal: journal.journal,
                    priceDecimals: table.market.priceDecimals),
                backtest: market.money(result.orders), runtime: journal.money, bars: journal.bars)
        } catch let failure as Failure {
            evidence = RehearsalEvidence(missing: "\(failure.code): \(failure.message)")
        }
        return Outcome(
            evidence: evidence, backtest: result.returns, market: try market.alwaysLong(),
            delayed: { bars in
                (try? market.result(market.predictions.delayedBars(by: bars)))?.returns ?? BarBacktest.Result()
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
    private let desk: DeskBacktest
    private let strategy: DeskBacktest.Strategy

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
        desk = try DeskBars(tables, market: model.spec.market).desk(
            predictions.bars, instruments: file.instruments, holdBars: .max, spec: model.spec.features,
            until: span.until
        ) { PredictionFile.closes(table) }
        strategy = plan.traded
    }

    /// Always long on the same bars.
    func alwaysLong() throws -> BarBacktest.Result { try desk.run(strategy.alwaysLong).returns }

    /// What the loop does with the scores of some bars.
    func result(_ bars: [ScoredBar]) throws -> DeskBacktest.Outcome { try desk.run(strategy, scores: bars) }

    /// In currency, by the sums that the loop makes.
    func money(_ result: LoopBacktest.Result) -> RehearsalEvidence.Money {
        var money = RehearsalEvidence.Money(gross: 0, fees: 0)
        for (index, table) in desk.tables.enumerated() {
            let unit = 1 / (0..<table.priceDecimals).reduce(1.0) { scale, _ in scale * 10 }
            money.gross += Double(result.profits[index]) * unit
            money.fees += result.fees[index] * unit
        }
        return money
    }
}
