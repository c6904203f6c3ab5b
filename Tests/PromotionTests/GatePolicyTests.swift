import Backtesting
import Basics
import Promotion
import Testing

@Suite struct GatePolicyTests {
    /// Evidence of a model that knows a share of the outcome, or nothing.
    static func evidence(
        skill: Double, quality: Bool? = true, kinds: Set<String> = ["raw-data", "features", "run", "code"]
    ) -> GateEvidence {
        var random = SeededRandom(seed: 5)
        var bars: [ScoredBar] = []
        var targets: [Float] = []
        for t in 0..<4000 {
            let r = random.approximateNormal() * 0.001
            let score = min(
                max(0.5 + skill * (r > 0 ? 1 : -1) * random.uniform() + 0.01 * random.approximateNormal(), 0.01), 0.99)
            bars.append(
                ScoredBar(
                    time: Int64(t) * 1_080_000_000_000 * 4, instrument: 0, segment: Int32(t), score: score,
                    forwardReturn: r))
            targets.append(r > 0 ? 1 : 0)
        }
        let predictions = Predictions(kind: .probability, bars: bars, targets: targets, baselineScore: 0.5, horizon: 1)
        var result = BarBacktest.Result()
        var daily: [Double] = []
        for _ in 0..<60 { daily.append(skill * 0.002 + 0.001 * random.approximateNormal()) }
        result.dailyReturns = daily
        result.days = daily.indices.map { CivilDate(daysSince1970: 20_000 + $0) }
        result.trades = 500
        var evidence = GateEvidence(
            subject: "m/1", predictions: predictions, metrics: ["ic": skill], baselineMetrics: [:], backtest: result,
            market: BarBacktest.Result(), trials: 5,
            trialSharpes: [0.1, 0.05, -0.02, 0.2, 0], lineageKinds: kinds, dirtyFiles: [])
        evidence.qualityPassed = quality
        return evidence
    }

    static let policy = try? GatePolicy(
        JSONParser.parse(
            #"{"rules": ["quality-passed", "lineage", "beats-baseline", {"rule": "metric", "metric": "ic", "minimum": 0.02}, "after-costs", "deflated-sharpe", "track-record", "not-worse-than-incumbent"]}"#
        ),
        name: "p")

    @Test(
        "a skilful model passes every rule, an unskilled one fails those that measure skill, and all reasons are listed"
    )
    func verdicts() throws {
        let policy = try #require(GatePolicyTests.policy)
        let good = policy.evaluate(GatePolicyTests.evidence(skill: 0.4))
        #expect(good.isPassed, "\(good.items.filter { $0.status == .failed })")
        let bad = policy.evaluate(GatePolicyTests.evidence(skill: 0))
        #expect(bad.items.count == 8 && bad.items.allSatisfy { !$0.reason.isEmpty })
        #expect(
            Set(bad.items.filter { $0.status == .failed }.map(\.name)).isSuperset(of: [
                "beats-baseline", "metric", "deflated-sharpe",
            ]))
    }

    @Test("the deflated ratio is judged with the error of dependent days where the policy asks for it, and always told")
    func dependentErrors() throws {
        func verdict(_ options: String) throws -> CheckReport.Item {
            let policy = try GatePolicy(
                JSONParser.parse(#"{"rules": [{"rule": "deflated-sharpe"\#(options)}]}"#), name: "p")
            return try #require(policy.evaluate(GatePolicyTests.evidence(skill: 0.4)).items.first)
        }
        let independent = try verdict(""), dependent = try verdict(#", "errors": "dependent""#)
        #expect(
            !independent.reason.contains("depend") && dependent.reason.contains("days that depend on one another"),
            "\(dependent.reason)")
        let values = try #require(independent.values[key: "measured"])
        #expect(dependent.values[key: "measured"] == values)
        #expect(
            values[key: "dependentProbability"]?.doubleValue != nil
                && values[key: "dependentStandardError"]?.doubleValue != values[key: "standardError"]?.doubleValue)
        #expect((values[key: "minimumDays"]?.doubleValue ?? 0) > 0)
        #expect(throws: ConfigError.self) { try verdict(#", "errors": "none""#) }
    }

    @Test("missing evidence is a failure, never a pass")
    func missing() throws {
        let policy = try #require(GatePolicyTests.policy)
        let report = policy.evaluate(GatePolicyTests.evidence(skill: 0.4, quality: nil, kinds: ["run"]))
        #expect(report.items.filter { $0.status == .failed }.map(\.name) == ["quality-passed", "lineage"])
        let unknown = try GatePolicy(
            JSONParser.parse(#"{"rules": [{"rule": "metric", "metric": "nonsense", "minimum": 0}]}"#), name: "u")
        #expect(!unknown.evaluate(GatePolicyTests.evidence(skill: 0.4)).isPassed)
    }

    @Test("an empty policy and an unknown rule are errors")
    func policies() throws {
        #expect(throws: ConfigError.self) { try GatePolicy(JSONParser.parse(#"{"rules": []}"#), name: "x") }
        let error = #expect(throws: ConfigError.self) {
            try GatePolicy(JSONParser.parse(#"{"rules": ["beats-baselin"]}"#), name: "x")
        }
        #expect(error?.hint == "did you mean 'beats-baseline'?")
    }
}
