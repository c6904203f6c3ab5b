import Backtesting
import Basics
import Promotion
import Registry
import Testing

/// Small bodies of evidence whose measures can be worked out by hand, and one rule applied to them as a gate does.
enum GateFixtures {
    static let day: Nanoseconds = 86_400_000_000_000
    static let moment: Nanoseconds = 20_000 * day

    /// Four bars on two instruments and two days; nothing about a subject that a rule has to find.
    static func evidence(
        predictions: Predictions = predictions(scores: [0.2, 0.8, 0.3, 0.9], returns: [-1, 1, -1, 1])
    ) -> GateEvidence {
        GateEvidence(
            subject: "m/1", predictions: predictions, metrics: [:], baselineMetrics: [:],
            backtest: BarBacktest.Result(), market: BarBacktest.Result(), trials: 1, trialSharpes: [],
            lineageKinds: [], dirtyFiles: [])
    }

    /// Probabilities with the return that followed each; the outcome is whether it was above zero.
    static func predictions(
        scores: [Double], returns: [Double], kind: Predictions.Kind = .probability, baseline: Double = 0.5,
        instruments: (Int) -> Int32 = { _ in 0 }, times: (Int) -> Nanoseconds = { Nanoseconds($0) * 3_600_000_000_000 }
    ) -> Predictions {
        Predictions(
            kind: kind,
            bars: scores.indices.map {
                ScoredBar(
                    time: times($0), instrument: instruments($0), segment: 0, score: scores[$0],
                    forwardReturn: returns[$0] * 1e-4)
            },
            targets: returns.map { kind == .probability ? ($0 > 0 ? 1 : 0) : Float($0) }, baselineScore: baseline,
            horizon: 1)
    }

    static func result(_ returns: [Double], trades: Int = 100, firstDay: Int = 20_000) -> BarBacktest.Result {
        var result = BarBacktest.Result()
        result.dailyReturns = returns
        result.days = returns.indices.map { CivilDate(daysSince1970: firstDay + $0) }
        result.trades = trades
        return result
    }

    /// Normal daily returns with a mean and a deviation of one hundredth, always the same.
    static func returns(mean: Double, days: Int, seed: UInt64 = 11) -> [Double] {
        var random = SeededRandom(seed: seed)
        return (0..<days).map { _ in mean + 0.01 * random.normal() }
    }

    /// A finished training on record, with local changes.
    static func run(kind: RunKind = .train) -> RunRecord {
        RunRecord(
            id: "r0123456789", experiment: "bars", name: "cnn", kind: kind, startedAt: moment - 60_000_000_000,
            endedAt: moment - 1_000_000_000, seed: 7, threads: 4,
            config: #"{"split": {"test": 0.2}, "epochs": 3}"#, dataDigest: "d", gitCommit: "c0ffee",
            gitDirty: ["a.swift", "b.swift"], toolVersion: "0.9", machine: "desk", cpu: "avx2", user: "ann@desk")
    }

    static func policy(_ rules: String, extra: String = "") throws -> GatePolicy {
        try GatePolicy(JSONParser.parse("{\"rules\": [\(rules)]\(extra)}"), name: "p")
    }

    /// What a report says of one rule.
    struct Outcome: Equatable {
        /// `pass`, `fail` or `no-evidence`.
        var outcome: String
        var reason: String
        var measured: JSONValue
        var status: CheckReport.Status

        func number(_ key: String) -> Double? { measured[key: key]?.doubleValue }
    }

    /// - Parameter rule: a name in quotes, or a map, as a policy has it.
    static func apply(_ rule: String, to evidence: GateEvidence) throws -> Outcome {
        let item = try #require(try policy(rule).evaluate(evidence).items.first)
        return Outcome(
            outcome: item.values[key: "outcome"]?.stringValue ?? "", reason: item.reason,
            measured: item.values[key: "measured"] ?? .null, status: item.status)
    }
}
