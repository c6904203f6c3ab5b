import Backtesting
import Basics
import Features
import MarketData
import NeuralNetworks
import Promotion
import Tensors
import Trading

/// How somebody comes to what he brings to the gate.
enum Scenario: String, CaseIterable {
    /// One model, one strategy.
    case single
    /// The best of 50 strategies of one model, by what they earn in the test span.
    case strategies
    /// The best of nine models, of which eight lack one feature, by what they earn in the test span.
    case features
    /// The best of all pairs of both.
    case both
}

/// One made market: trained, traded in every way that the scenario allows, and the best way brought to the gate.
struct GateCase {
    static let trainingDays = 60
    static let features = """
        {"schemaVersion": 1, "hours": "regular", "features": {
        "return_1": "log_return(close, 1)", "return_2": "log_return(close, 2)", "return_3": "log_return(close, 3)",
        "return_6": "log_return(close, 6)", "volatility_6": "realised_volatility(close, 6)", "rsi_6": "rsi(close, 6)",
        "volume_ratio": "log(ratio(volume, 6) + 0.01)", "range": "(high - low) / close"},
        "label": {"kind": "return", "horizon": 1, "costBps": 1}}
        """

    let evidence: GateEvidence
    /// Daily Sharpe ratio of what was brought, in the test span.
    let sharpe: Double
    /// Of the strategy that nobody chose: the first of the whole model.
    let unchosen: [Double]
    let fills: Int
    let denied: Double
    /// Mean correlation of the daily returns of all that was tried; nil for one.
    let likeness: Double?

    init(_ scenario: Scenario, days: Int, edgeBps: Double, costBps: Double, seed: UInt64) throws {
        let market = MadeMarket(
            instruments: 1, sessions: GateCase.trainingDays + days,
            edgeBps: edgeBps, seed: seed)
        let (tables, opens) = try market.bars()
        let node = try JSONParser.parse(GateCase.features)
        let spec = try FeatureSpec(node)
        var table = FeatureTable(
            spec: spec, market: MarketSpec(), label: try LabelSpec(node[key: "label"] ?? .null, path: "label"),
            source: "made")
        for bars in tables { try table.append(bars) }
        let cut = opens[GateCase.trainingDays]
        let rows = WindowedDataset.ends(table, window: 1)
        let training = rows.filter { table.end(ofLabelAt: $0) < cut }, tested = rows.filter { table.time[$0] >= cut }
        let models = LinearModels(table, rows: training)
        let dropped: [Int?] = scenario == .features || scenario == .both ? [nil] + (0..<table.width).map { $0 } : [nil]
        let rules = GateCase.rules(models.scores(training), all: scenario == .strategies || scenario == .both)
        var best: (sharpe: Double, outcome: DeskBacktest.Outcome, desk: DeskBacktest, rule: PositionRule, drop: Int?)?
        var firsts: [Double] = [], unchosen: [Double] = [], tried: [[Double]] = []
        for drop in dropped {
            let desk = try GateCase.desk(
                table, tables, rows: tested, scores: models.scores(tested, without: drop))
            for (number, rule) in rules.enumerated() {
                let outcome = try desk.run(GateCase.strategy(rule, costBps))
                tried.append(outcome.returns.dailyReturns)
                let sharpe = PerformanceStatistics(outcome.returns.dailyReturns)?.sharpe ?? 0
                // Of every run its first evaluation is on record as its test.
                if number == 0 { firsts.append(sharpe) }
                if number == 0, drop == nil { unchosen = outcome.returns.dailyReturns }
                if best == nil || sharpe > (best?.sharpe ?? 0) { best = (sharpe, outcome, desk, rule, drop) }
            }
        }
        guard let best else { throw Failure("gate.case", "found no strategy") }
        (sharpe, self.unchosen) = (best.sharpe, unchosen)
        likeness = PerformanceStatistics.meanCorrelation(tried)
        let orders = best.outcome.orders, sent = orders.count(.submitted), refused = orders.count(.denied)
        (fills, denied) = (orders.count(.filled), Double(refused) / Double(max(sent + refused, 1)))
        var evidence = try GateCase.evidence(
            table, tested, models.scores(tested, without: best.drop), baseline: models.baseline,
            backtest: best.outcome.returns,
            market: best.desk.run(GateCase.strategy(best.rule, costBps).alwaysLong).returns)
        evidence.trials = dropped.count * rules.count
        evidence.trialSharpes = firsts
        evidence.costBps = costBps
        self.evidence = evidence
    }

    static func strategy(_ rule: PositionRule, _ costBps: Double) -> DeskBacktest.Strategy {
        var limits = RiskLimits()
        limits.tick = 1
        return DeskBacktest.Strategy(rule: rule, limits: limits, costBps: costBps)
    }

    /// Fifty pairs of thresholds, at shares of the training scores; the first enters on the stronger half.
    private static func rules(_ scores: [Double], all: Bool) -> [PositionRule] {
        let sorted = scores.sorted()
        func at(_ share: Double) -> Double { sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)] }
        let first = PositionRule(enterAbove: at(0.75), enterBelow: at(0.25), holdBars: 1, quantity: 100)
        guard all else { return [first] }
        let shares = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95]
        return [first]
            + shares.flatMap { above in
                shares.map { below in
                    PositionRule(
                        enterAbove: at(above) + 1e-9, enterBelow: at(1 - below) - 1e-9, holdBars: 1, quantity: 100)
                }
            }
    }

    private static func desk(
        _ table: FeatureTable, _ tables: [BarTable], rows: [Int], scores: [Double]
    ) throws -> DeskBacktest {
        var zone = try ExchangeZone(table.market.zone)
        let bars = zip(rows, scores).map { row, score in
            ScoredBar(
                time: table.time[row], instrument: table.instrument[row], segment: table.segment[row], score: score,
                forwardReturn: table.forwardReturn[row], day: ScoredBar.day(local: zone.local(table.time[row])))
        }
        return DeskBacktest(
            tables, bars: bars, instruments: table.instruments, holdBars: 1,
            hours: try SessionClock(features: table.spec, market: table.market), interval: table.market.interval,
            days: try TradingDays(table.market)
        ) { nil }
    }

    /// What a gate rests on, as `CollectEvidence` makes it.
    private static func evidence(
        _ table: FeatureTable, _ rows: [Int], _ scores: [Double], baseline: Double, backtest: BarBacktest.Result,
        market: BarBacktest.Result
    ) throws -> GateEvidence {
        var zone = try ExchangeZone(table.market.zone)
        let targets = rows.map { Float(LinearModels.target(table, $0)) }
        let predictions = Predictions(
            kind: .basisPoints,
            bars: zip(rows, scores).map { row, score in
                ScoredBar(
                    time: table.time[row], instrument: table.instrument[row], segment: table.segment[row],
                    score: score, forwardReturn: table.forwardReturn[row],
                    day: ScoredBar.day(local: zone.local(table.time[row])))
            },
            targets: targets, baselineScore: baseline, horizon: 1)
        func measures(_ predictions: Predictions) -> [String: Double] {
            Dictionary(
                RegressionMetrics(
                    predictions: predictions.bars.map(\.score), targets: predictions.targets.map(Double.init)
                ).values.map { ($0.name, $0.value) }
            ) { $1 }
        }
        return GateEvidence(
            subject: "made/1", predictions: predictions, metrics: measures(predictions),
            baselineMetrics: measures(predictions.baseline), backtest: backtest, market: market, trials: 1,
            trialSharpes: [], lineageKinds: [], dirtyFiles: [])
    }
}
