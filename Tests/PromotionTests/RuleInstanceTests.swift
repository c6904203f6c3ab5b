import Basics
import ModelBundles
import Promotion
import Registry
import Testing

/// Rules have ids, waivers name one, people with several keys are one.
@Suite struct RuleInstanceTests {
    private static func ids(_ rules: String) throws -> [String] {
        try GatePolicy(JSONParser.parse("{\"rules\": [\(rules)]}"), name: "p").rules.map(\.id)
    }

    @Test("a rule is called by its kind where that stands once, by what it is about where not, or as it says")
    func names() throws {
        #expect(try Self.ids(#""drift", {"rule": "metric", "metric": "ic", "minimum": 0}"#) == ["drift", "metric"])
        let ic = #"{"rule": "metric", "metric": "ic", "minimum": 0}"#
        #expect(
            try Self.ids(ic + #", {"rule": "metric", "metric": "hit_rate", "minimum": 0}"#)
                == ["metric:ic", "metric:hit_rate"])
        #expect(
            try Self.ids(ic + #", {"rule": "metric", "metric": "ic", "maximum": 0.2, "id": "too-good"}"#)
                == ["metric", "too-good"])
        #expect(
            try Self.ids(
                #"{"rule": "approvals", "roles": ["validator"]}, {"rule": "approvals", "roles": ["risk", "ceo"]}"#)
                == ["approvals:validator", "approvals:risk+ceo"])
        #expect(
            try Self.ids(#"{"rule": "stability", "by": "day"}, {"rule": "stability"}"#)
                == ["stability:day.ic", "stability:instrument.ic"])
    }

    @Test(
        "rules that cannot be told apart, and ids that are another kind's name or no name, are refused with the line",
        arguments: [
            #""drift", {"rule": "drift", "maximumIndex": 1}"#,
            #"{"rule": "metric", "metric": "ic", "minimum": 0}, {"rule": "metric", "metric": "ic", "maximum": 1}"#,
            #"{"rule": "drift", "id": "a"}, {"rule": "latency", "p99Microseconds": 5, "id": "A"}"#,
            #"{"rule": "drift", "id": "lineage"}"#, #"{"rule": "drift", "id": "unseen-span"}"#,
            #"{"rule": "drift", "id": "../drift"}"#, #"{"rule": "drift", "id": ""}"#, #"{"rule": "drift", "id": 7}"#,
        ])
    func refused(_ rules: String) throws {
        let error = #expect(throws: ConfigError.self, "\(rules)") { try Self.ids(rules) }
        #expect(error?.mark != nil)
    }

    @Test("what to write is said where two rules are alike")
    func hint() throws {
        let error = #expect(throws: ConfigError.self) { try Self.ids(#""drift", "drift""#) }
        #expect(error?.problem.hasPrefix("found a second rule 'drift', after the one at") == true)
        #expect(error?.hint == "give each an id, which waivers name: {rule: drift, id: NAME, …}")
    }

    private static let two = #"""
        {"rule": "metric", "metric": "ic", "minimum": 0.9}, {"rule": "metric", "metric": "none", "minimum": 0}
        """#

    private static func statuses(waiving rule: String) throws -> [CheckReport.Item] {
        let rita = StatementTests.Person("rita", roles: ["risk"])
        let policy = try GateFixtures.policy(two, extra: #", "waivers": {"roles": ["risk"]}"#)
        let waiver = StatementTests.statement(
            .waiver, by: "rita", policy: policy, rule: rule, expiresAt: 1010 * GateFixtures.day)
        return policy.evaluate(StatementTests.evidence([try StatementTests.verified(waiver, rita)])).items
    }

    @Test("a waiver of one rule is none of its sibling, and one that names the kind is of neither")
    func sibling() throws {
        #expect(try Self.statuses(waiving: "metric:ic").map(\.status) == [.waived, .failed])
        #expect(try Self.statuses(waiving: "metric:none").map(\.status) == [.failed, .waived])
        let both = try Self.statuses(waiving: "metric")
        #expect(both.map(\.status) == [.failed, .failed] && both.map(\.name) == ["metric:ic", "metric:none"])
        #expect(
            both[0].evidence
                == ["the waiver of 'rita' does not count: it names 'metric', and this rule is 'metric:ic'"])
        #expect(both[0].values[key: "rule"] == .string("metric"))
    }

    @Test("a person with two keys is one, also as the author and whatever the capital letters")
    func onePersonTwoKeys() throws {
        var one = StatementTests.Person("ann-laptop", roles: ["validator"])
        var two = StatementTests.Person("ann-desk", roles: ["risk"])
        (one.trusted.person, two.trusted.person) = ("ann", "Ann")
        let policy = try GateFixtures.policy(#"{"rule": "approvals", "count": 2}"#)
        func items(_ authors: Set<String>) throws -> CheckReport.Item {
            let both = try [one, two].map {
                try StatementTests.verified(StatementTests.statement(by: $0.trusted.name, policy: policy), $0)
            }
            return try #require(policy.evaluate(StatementTests.evidence(both, authors: authors)).items.first)
        }
        let found = try items([])
        #expect(found.status == .failed && found.reason.hasPrefix("1 of 2 approvals"), "\(found.reason)")
        let author = try items(["ann"])
        #expect(author.reason.hasPrefix("0 of 2 approvals"), "\(author.reason)")
    }
}
