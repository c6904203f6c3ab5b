import Backtesting
import Basics
import Deployment
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
        (evidence.qualityPassed, evidence.commit) = (quality, "0123456789abcdef")
        return evidence
    }

    static let policy = try? GatePolicy(
        JSONParser.parse(
            #"""
            {"rules": ["quality-passed", "lineage", "beats-baseline",
                       {"rule": "metric", "metric": "ic", "minimum": 0.02}, "after-costs", "deflated-sharpe",
                       "track-record", "not-worse-than-incumbent"]}
            """#
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

    @Test("calibration says how many of its bins are empty")
    func bins() throws {
        let policy = try GatePolicy(JSONParser.parse(#"{"rules": ["calibration"]}"#), name: "p")
        let one = GateFixtures.predictions(scores: [0.51, 0.52, 0.53, 0.54], returns: [-1, 1, -1, 1])
        let item = try #require(policy.evaluate(GateFixtures.evidence(predictions: one)).items.first)
        #expect(item.reason.contains("over 10 bins, 9 of them empty, by"), "\(item.reason)")
    }

    @Test(
        "the deflated ratio is measured with the error of dependent days where the policy asks for it, and always told")
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

    @Test("what a policy says beside its rules, and what it is when it says nothing")
    func options() throws {
        let bare = try GateFixtures.policy("\"drift\"")
        #expect(bare.name == "p" && bare.rules.count == 1)
        #expect(bare.validDays == 7 && bare.canaryHours == nil && bare.health == nil)
        let stated = try GateFixtures.policy(
            "\"drift\"",
            extra: #", "schemaVersion": 1, "validDays": 2.5, "canaryHours": 24, "health": {"minimumBars": 9}"#)
        #expect(stated.validDays == 2.5 && stated.canaryHours == 24 && stated.health?.minimumBars == 9)
        for valid in [
            #""validDays": 0.001"#, #""validDays": 3650"#, #""canaryHours": 0"#, #""canaryHours": 100000"#,
            #""waivers": {"roles": ["a"], "longestDays": 0.001}"#,
            #""waivers": {"roles": ["a"], "longestDays": 3650}"#,
        ] {
            #expect(throws: Never.self, "\(valid)") { try GateFixtures.policy("\"drift\"", extra: ", \(valid)") }
        }
        for invalid in [
            #""validDays": 0"#, #""validDays": 3651"#, #""canaryHours": -1"#, #""canaryHours": 100001"#,
            #""schemaVersion": 2"#, #""health": {"bars": 1}"#, #""waivers": {"role": ["a"]}"#,
            #""waivers": {"roles": ["a"], "longestDays": 0}"#, #""waivers": {"roles": ["a"], "longestDays": 3651}"#,
            #""rule": 1"#,
        ] {
            #expect(throws: ConfigError.self, "\(invalid)") {
                try GateFixtures.policy("\"drift\"", extra: ", \(invalid)")
            }
        }
    }

    @Test("the digest is of the policy's meaning, not of its layout")
    func digest() throws {
        let one = try GatePolicy(JSONParser.parse(#"{"rules": ["drift"], "validDays": 7}"#), name: "a")
        let same = try GatePolicy(JSONParser.parse(#"{ "validDays": 7,  "rules": [ "drift" ] }"#), name: "b")
        let other = try GatePolicy(JSONParser.parse(#"{"rules": ["drift"], "validDays": 8}"#), name: "a")
        #expect(one.digest == same.digest && one.digest != other.digest)
        let node = try JSONParser.parse(#"{"rules": ["drift"], "validDays": 7}"#)
        #expect(one.digest == Digest.sha256(node.text(.canonical)))
    }

    @Test("a report names the policy and the subject, and every rule with its options and outcome")
    func report() throws {
        let policy = try GateFixtures.policy(#""quality-passed", {"rule": "drift", "maximumIndex": 0.1}"#)
        var evidence = GateFixtures.evidence()
        evidence.qualityPassed = true
        let report = policy.evaluate(evidence)
        #expect(report.title == "gate p" && report.subject == "m/1" && !report.isPassed)
        #expect(report.items.map(\.name) == ["quality-passed", "drift"])
        #expect(report.items.map(\.status) == [.passed, .failed])
        #expect(report.items[0].values[key: "options"] == .string("quality-passed"))
        #expect(report.items[0].values[key: "outcome"] == .string("pass"))
        #expect(report.items[1].values[key: "options"]?[key: "maximumIndex"] == .double(0.1))
        #expect(report.items[1].values[key: "outcome"] == .string("no-evidence"))
    }

    @Test("a verdict holds only when it passed")
    func verdict() {
        #expect(GateVerdict(true, "r").holds && GateVerdict(true, "r").outcome == .pass)
        #expect(!GateVerdict(false, "r").holds && GateVerdict(false, "r").outcome == .fail)
        let none = GateVerdict.noEvidence("gone")
        #expect(!none.holds && none.outcome == .noEvidence && none.reason == "no evidence: gone" && none.values.isNull)
        #expect(GateVerdict(true, "r", values: .int(1)).values == .int(1))
    }
}
