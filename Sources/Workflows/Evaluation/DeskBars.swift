import Backtesting
import Basics
import Features
import MarketData
import ModelBundles
import Registry
import Tensors
import Trading

/// A feature table's raw bars in; the one desk that trades scores on them, or why there is none, out.
///
/// Evaluation, comparison, search and gate count money by it. Where there are no raw bars they fall back to
/// ``BarBacktest``, and say that it is an estimate and why.
struct DeskBars: Sendable {
    enum Found: Sendable {
        case bars(DeskBars)
        /// Why there is no desk, for people.
        case missing(String)

        var bars: DeskBars? { if case .bars(let bars) = self { bars } else { nil } }
        var reason: String? { if case .missing(let reason) = self { reason } else { nil } }
    }

    let tables: [BarTable]
    private let days: TradingDays
    private let market: MarketSpec

    /// - Parameter market: of the features.
    init(_ tables: [BarTable], market: MarketSpec) throws {
        (self.tables, self.market) = (tables, market)
        days = try TradingDays(market)
    }

    /// - Parameters:
    ///   - source: digest of the raw bars; nil for the only ones that lineage knows of.
    ///   - features: the table as messages name it, and its name in lineage.
    static func find(
        _ spec: FeatureSpec, market: MarketSpec, source: String?, features: (shown: String, id: String),
        session: Session
    ) throws -> Found {
        guard spec.input == .bars else { return .missing("no desk trades on input '\(spec.input.rawValue)'") }
        do {
            switch try RawBars.find(source: source, features: features, session: session) {
            case .missing(let reason): return .missing(reason)
            case .found(let path):
                return .bars(
                    try DeskBars(try RawBars.tables(path, market: market, session: session), market: market))
            }
        } catch let failure as Failure { return .missing("\(failure.code): \(failure.message)") }
    }

    /// Of a table that was read from a file.
    static func find(_ table: FeatureTable, features: (path: String, id: String), session: Session) throws -> Found {
        try find(
            table.spec, market: table.market, source: table.source,
            features: (session.shown(features.path), features.id), session: session)
    }

    /// - Parameters:
    ///   - spec: of the features, whose hours are traded.
    ///   - closes: of the days, for positions that stay overnight.
    /// - Throws: ``Failure`` with code `evaluate.no-bars` for an instrument without raw bars.
    func desk(
        _ bars: [ScoredBar], instruments: [String], holdBars: Int, spec: FeatureSpec, until: Nanoseconds = .max,
        closes: @escaping @Sendable () -> DayCloses?
    ) throws -> DeskBacktest {
        let known = Set(tables.map(\.instrument)), used = Set(bars.map { Int($0.instrument) })
        if let missing = used.sorted().first(where: { !known.contains(instruments[$0]) }) {
            throw Failure(
                "evaluate.no-bars", "found no raw bars of '\(instruments[missing])', whose predictions are traded",
                hint: "build the features again from all bars: hftml features")
        }
        var hours = try SessionClock(features: spec, market: market)
        for time in tables.flatMap({ [$0.time.first, $0.time.last] }).compactMap(\.self) {
            try hours.requireKnown(time)
        }
        return DeskBacktest(
            tables, bars: bars, instruments: instruments, holdBars: holdBars, hours: hours, interval: market.interval,
            days: days,
            until: until, closes: closes)
    }
}

extension StrategyFile {
    /// What the desk needs of it.
    var traded: DeskBacktest.Strategy { DeskBacktest.Strategy(rule: rule, limits: limits, costBps: costBps) }
}

/// What a strategy earned with a model's scores.
struct TradedScores: Sendable {
    var backtest: BarBacktest.Result
    /// Long at every score, by the same count.
    var alwaysLong: BarBacktest.Result
    /// Why this is an estimate from the returns of a table, without orders; nil where the desk traded.
    var estimateReason: String?
    /// The same strategy with every score acted upon so many bars later.
    var delayed: @Sendable (Int) -> BarBacktest.Result

    /// By returns of a table.
    init(estimate file: PredictionFile, plan: StrategyFile, reason: String) {
        let predictions = file.predictions, traded = plan.traded
        @Sendable func run(_ rule: PositionRule, _ bars: [ScoredBar]) -> BarBacktest.Result {
            BarBacktest(rule: rule, costBps: traded.costBps, heldRows: predictions.horizon).run(
                bars, closes: predictions.closes)
        }
        backtest = run(traded.rule, predictions.bars)
        alwaysLong = run(traded.alwaysLong.rule, predictions.bars)
        delayed = { run(traded.rule, predictions.delayedBars(by: $0)) }
        estimateReason = reason
    }

    /// By the desk.
    ///
    /// - Parameter predictions: those that are traded, also of samples without a label.
    init(_ desk: DeskBacktest, _ predictions: Predictions, plan: StrategyFile) throws {
        let traded = plan.traded
        backtest = try desk.run(traded).returns
        alwaysLong = try desk.run(traded.alwaysLong).returns
        delayed = { bars in
            (try? desk.run(traded, scores: predictions.delayedBars(by: bars)).returns) ?? BarBacktest.Result()
        }
    }
}

/// Windows that the desk is given: those that were tested, and those between them that have no label, since whoever
/// trades knows no labels.
struct DeskWindows {
    let rows: SampleRows
    /// Of them, those that are not tested.
    let unlabelled: SampleRows
    /// Bars from it on are not looked at.
    let until: Nanoseconds

    /// - Parameter learned: rows that the model learned from, where they are known. Where one lies between those that
    ///   are tested, no others are traded.
    init(_ table: FeatureTable, window: Int, tested: SampleRows, learned: [SampleRows] = []) {
        var first = Nanoseconds.max, last = Nanoseconds.min
        for row in tested { (first, last) = (min(first, table.time[row]), max(last, table.time[row])) }
        let isOpen = !WindowedDataset.ends(table, window: window).contains { table.time[$0] > last }
        until = isOpen ? .max : last.saturatingPlus(1)
        let isMixed = learned.contains { rows in rows.contains { table.time[$0] >= first && table.time[$0] <= last } }
        let end = until
        rows =
            isMixed
            ? tested
            : SampleRows(
                WindowedDataset.ends(table, window: window, labelled: false).lazy.filter {
                    table.time[$0] >= first && table.time[$0] < end
                })
        let known = Set(tested.map { Int($0) })
        unlabelled = SampleRows(rows.lazy.filter { !known.contains(Int($0)) })
    }

    /// The bars of both in the order of the table.
    func merged(_ tested: [ScoredBar], _ others: [ScoredBar]) -> [ScoredBar] {
        guard !others.isEmpty else { return tested }
        return (tested + others).sorted { ($0.instrument, $0.time) < ($1.instrument, $1.time) }
    }
}
