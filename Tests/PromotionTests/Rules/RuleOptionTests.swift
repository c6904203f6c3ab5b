import Backtesting
import Basics
import Promotion
import Testing

/// The table of rules, and which options each takes within which bounds.
@Suite struct RuleOptionTests {
    @Test("the table names every rule once, with a summary, and no rule lists an option twice")
    func table() throws {
        #expect(GatePolicy.kinds.duplicates.isEmpty)
        #expect(GatePolicy.kinds.names.count == 27)
        for entry in GatePolicy.kinds.entries {
            #expect(entry.summary.hasSuffix(".") && entry.summary.count > 20, "\(entry.name)")
            #expect(entry.name == entry.value.name && entry.summary == entry.value.summary)
            #expect(Set(entry.value.keys).count == entry.value.keys.count, "\(entry.name)")
            #expect(!entry.value.keys.contains("rule"), "\(entry.name)")
        }
    }

    @Test("some rules need options, and all others stand by their names alone")
    func namesAlone() {
        let others = GatePolicy.kinds.entries.filter { !GatePolicy.standsAlone($0.value) }.map(\.name)
        #expect(others == ["metric", "latency", "bundle-size"])
    }

    @Test("a rule that is not in the table is refused with its place, the list and the nearest name")
    func unknown() throws {
        let error = #expect(throws: ConfigError.self) {
            try GatePolicy(JSONParser.parse(#"{"rules": ["drift", {"rule": "latancy"}]}"#, file: "g"), name: "x")
        }
        #expect(error?.hint == "did you mean 'latency'?")
        #expect(error?.message.hasPrefix("g:1:21: found the unknown rule 'latancy', expected one of ") == true)
        let nameless = #expect(throws: ConfigError.self) {
            try GatePolicy(JSONParser.parse(#"{"rules": [{"metric": "ic"}]}"#), name: "x")
        }
        #expect(nameless?.problem == "found an entry without 'rule'")
        let option = #expect(throws: ConfigError.self) {
            try GatePolicy(JSONParser.parse(#"{"rules": [{"rule": "drift", "maximumIndx": 1}]}"#), name: "x")
        }
        #expect(option?.hint == "did you mean 'maximumIndex'?")
        #expect(option?.problem.contains("'drift.maximumIndx'") == true)
    }

    /// An option with the ends of its range, and values just beyond them.
    struct Range: CustomTestStringConvertible {
        let rule: String
        let key: String
        let valid: [String]
        let invalid: [String]
        var extra = ""
        var testDescription: String { "\(rule).\(key)" }
    }

    static let ranges: [Range] = [
        Range(rule: "after-costs", key: "minimumReturn", valid: ["-1", "100"], invalid: ["-1.01", "100.5"]),
        Range(rule: "after-costs", key: "minimumTrades", valid: ["1"], invalid: ["0", "1.5"]),
        Range(rule: "after-costs", key: "maximumDrawdown", valid: ["0", "1"], invalid: ["-0.01", "1.01"]),
        Range(rule: "deflated-sharpe", key: "minimum", valid: ["0", "1"], invalid: ["-0.01", "1.01"]),
        Range(
            rule: "deflated-sharpe", key: "errors", valid: ["\"independent\"", "\"dependent\""],
            invalid: ["\"none\"", "1"]),
        Range(rule: "track-record", key: "confidence", valid: ["0.5", "0.999"], invalid: ["0.49", "0.9999"]),
        Range(rule: "overfitting", key: "maximum", valid: ["0", "1"], invalid: ["-0.01", "1.01"]),
        Range(rule: "overfitting", key: "blocks", valid: ["4", "20"], invalid: ["3", "2", "5", "19", "22"]),
        Range(rule: "superior", key: "minimumDays", valid: ["5", "100000"], invalid: ["4", "100001"]),
        Range(rule: "superior", key: "maximumP", valid: ["0", "1"], invalid: ["-0.01", "1.01"]),
        Range(
            rule: "superior", key: "benchmark", valid: ["\"cash\"", "\"market\"", "\"incumbent\""],
            invalid: ["\"bonds\""]),
        Range(rule: "survives-delay", key: "bars", valid: ["1", "100"], invalid: ["0", "101"]),
        Range(rule: "cross-validated", key: "minimumMedianSharpe", valid: ["-10", "10"], invalid: ["-10.5", "10.5"]),
        Range(rule: "cross-validated", key: "maximumDrawdown", valid: ["0", "1"], invalid: ["-0.01", "1.01"]),
        Range(rule: "improves-on-incumbent", key: "confidence", valid: ["0.5", "0.999"], invalid: ["0.49", "1"]),
        Range(rule: "improves-on-incumbent", key: "metric", valid: ["\"ic\""], invalid: ["1"]),
        Range(rule: "not-worse-than-incumbent", key: "metric", valid: ["\"ic\""], invalid: ["[]"]),
        Range(rule: "beats-baseline", key: "metric", valid: ["\"ic\""], invalid: ["true"]),
        Range(rule: "stability", key: "share", valid: ["0", "1"], invalid: ["-0.01", "1.01"]),
        Range(
            rule: "stability", key: "by", valid: ["\"instrument\"", "\"day\"", "\"seed\""], invalid: ["\"month\""]),
        Range(rule: "calibration", key: "maximumError", valid: ["0", "1"], invalid: ["-0.01", "1.01"]),
        Range(rule: "calibration", key: "bins", valid: ["2", "100"], invalid: ["1", "101"]),
        Range(rule: "leakage", key: "maximumCorrelation", valid: ["0.01", "1"], invalid: ["0.009", "1.01"]),
        Range(rule: "drift", key: "maximumIndex", valid: ["0", "100"], invalid: ["-0.01", "100.5"]),
        Range(rule: "latency", key: "p99Microseconds", valid: ["0.1", "10000000"], invalid: ["0.09", "10000001"]),
        Range(rule: "rehearsal", key: "minimumFills", valid: ["0", "1000"], invalid: ["-1", "1.5"]),
        Range(rule: "rehearsal", key: "maximumDeniedShare", valid: ["0", "1"], invalid: ["-0.01", "1.01"]),
        Range(rule: "bundle-size", key: "maximumKiB", valid: ["0.1", "1000000000"], invalid: ["0.09", "1000000001"]),
        Range(rule: "approvals", key: "count", valid: ["1", "20"], invalid: ["0", "21"]),
        Range(rule: "approvals", key: "roles", valid: ["[\"risk\"]"], invalid: ["3"]),
        Range(rule: "approvals", key: "notAuthor", valid: ["true", "false"], invalid: ["1"]),
        Range(rule: "lineage", key: "requireCleanCommit", valid: ["true", "false"], invalid: ["\"yes\""]),
        Range(rule: "risk-limits", key: "required", valid: ["[]", "[\"a\"]"], invalid: ["\"a\""]),
        Range(rule: "model-card", key: "fields", valid: ["[\"owner\"]"], invalid: ["7"]),
        Range(
            rule: "metric", key: "minimum", valid: ["-1", "0.5"], invalid: ["\"much\""], extra: ", \"metric\": \"ic\""),
    ]

    @Test("an option is taken at both ends of its range and refused beyond them", arguments: ranges)
    func bounds(_ range: Range) throws {
        func policy(_ value: String) throws -> GatePolicy {
            try GateFixtures.policy("{\"rule\": \"\(range.rule)\", \"\(range.key)\": \(value)\(range.extra)}")
        }
        for value in range.valid { #expect(throws: Never.self, "\(value)") { try policy(value) } }
        for value in range.invalid { #expect(throws: ConfigError.self, "\(value)") { try policy(value) } }
    }

    @Test("options that a rule cannot do without", arguments: ["latency", "bundle-size", "metric"])
    func required(_ rule: String) {
        #expect(throws: ConfigError.self) { try GateFixtures.policy("\"\(rule)\"") }
    }

    @Test("a metric needs a bound, and a freeze window times in order")
    func combinations() throws {
        let bare = #expect(throws: ConfigError.self) {
            try GateFixtures.policy(#"{"rule": "metric", "metric": "ic"}"#)
        }
        #expect(bare?.problem == "found neither 'minimum' nor 'maximum' for the metric 'ic'")
        #expect(throws: Never.self) { try GateFixtures.policy(#"{"rule": "metric", "metric": "ic", "maximum": 1}"#) }
        func freeze(_ from: String, _ to: String) throws -> GatePolicy {
            try GateFixtures.policy(
                "{\"rule\": \"freeze\", \"windows\": [{\"from\": \"\(from)\", \"to\": \"\(to)\"}]}")
        }
        #expect(throws: Never.self) { try freeze("2026-12-24", "2026-12-25") }
        let empty = #expect(throws: ConfigError.self) { try freeze("2026-12-24", "2026-12-24") }
        #expect(
            empty?.problem
                == "found a window that ends before it begins: a day as its end is free, so name the day after the last"
        )
        let word = #expect(throws: ConfigError.self) { try freeze("2026-12-24", "Christmas") }
        #expect(word?.problem == "found 'Christmas', expected a time such as 2026-12-24 or 2026-12-24T13:00Z")
        #expect(throws: ConfigError.self) {
            try GateFixtures.policy(#"{"rule": "freeze", "windows": [{"from": "2026-12-24", "till": "2026-12-25"}]}"#)
        }
    }

    @Test("what an option is when nobody states it")
    func defaults() throws {
        var evidence = GateFixtures.evidence()
        evidence.backtest = GateFixtures.result([0.25, -0.2, 0.25], trades: 30)
        #expect(try GateFixtures.apply("\"after-costs\"", to: evidence).outcome == "pass", "30 trades, 20 %")
        evidence.backtest.trades = 29
        #expect(try GateFixtures.apply("\"after-costs\"", to: evidence).reason.contains("required at least 30"))
        evidence.backtest = GateFixtures.result([0, 0], trades: 30)
        #expect(
            try GateFixtures.apply("\"after-costs\"", to: evidence).reason
                == "found return 0 % after costs, required above 0 %")
        evidence.featureDrift = [("f", try #require(ShareDrift(reference: [0.5, 0.5], recent: [0.6, 0.4])))]
        #expect(try GateFixtures.apply("\"drift\"", to: evidence).reason.hasSuffix("allowed 0.25"))
        evidence.featureCorrelation = [("f", 0.25)]
        #expect(try GateFixtures.apply("\"leakage\"", to: evidence).outcome == "pass")
        evidence.featureCorrelation = [("f", 0.26)]
        #expect(try GateFixtures.apply("\"leakage\"", to: evidence).outcome == "fail")
        evidence.backtest = GateFixtures.result(GateFixtures.returns(mean: 0.01, days: 50))
        #expect(try GateFixtures.apply("\"deflated-sharpe\"", to: evidence).reason.hasSuffix("at least 0.95"))
        #expect(try GateFixtures.apply("\"calibration\"", to: evidence).reason.contains("over 10 bins"))
        #expect(try GateFixtures.apply("\"calibration\"", to: evidence).reason.contains("allowed 0.05 on average"))
        #expect(try GateFixtures.apply("\"stability\"", to: evidence).reason.contains("ic is above 0.0 in "))
        #expect(try GateFixtures.apply("\"stability\"", to: evidence).reason.contains("instruments, required 60.0 %"))
        #expect(try GateFixtures.apply("\"superior\"", to: evidence).reason.contains("less that of cash"))
        #expect(try GateFixtures.apply("\"superior\"", to: evidence).reason.hasSuffix("p at most 0.05"))
        (evidence.pathSharpes, evidence.pathDrawdowns) = ([0.1], [-0.2])
        #expect(
            try GateFixtures.apply("\"cross-validated\"", to: evidence)
                .reason.contains("is 0.1, required above 0.0, and"))
        #expect(try GateFixtures.apply("\"cross-validated\"", to: evidence).outcome == "pass")
        evidence.delayed = { GateFixtures.result([Double($0)]) }
        #expect(try GateFixtures.apply("\"survives-delay\"", to: evidence).reason.contains("begins 1 bar later"))
        evidence.riskLimits = ["a"]
        #expect(try GateFixtures.apply("\"risk-limits\"", to: evidence).outcome == "pass", "none is required by name")
        #expect(try GateFixtures.apply("\"approvals\"", to: evidence).reason == "0 of 1 approvals")
    }
}
