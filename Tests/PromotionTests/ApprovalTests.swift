import Basics
import ModelBundles
import Promotion
import Registry
import Testing

/// The approvals rule and waivers beyond ``StatementTests``: order, counting, and the sentences that people read.
@Suite struct ApprovalTests {
    private static let day = GateFixtures.day
    private typealias Person = StatementTests.Person

    private static func decide(
        _ options: String, _ statements: (GatePolicy) throws -> [Statement.Verified], authors: Set<String> = [],
        rejected: [String] = []
    ) throws -> GateFixtures.Outcome {
        let policy = try GateFixtures.policy("{\"rule\": \"approvals\"\(options)}")
        var evidence = StatementTests.evidence(try statements(policy), authors: authors)
        evidence.rejectedStatements = rejected
        let item = try #require(policy.evaluate(evidence).items.first)
        return GateFixtures.Outcome(
            outcome: item.values[key: "outcome"]?.stringValue ?? "", reason: item.reason,
            measured: item.values[key: "measured"] ?? .null, status: item.status)
    }

    private static func signed(
        _ person: Person, _ policy: GatePolicy, _ kind: StatementRecord.Kind = .approval, weights: String = "w",
        hour: Nanoseconds = 0, reason: String = "looked at it"
    ) throws -> Statement.Verified {
        try StatementTests.verified(
            StatementTests.statement(
                kind, by: person.trusted.name, policy: policy, weights: weights, reason: reason,
                signedAt: 1000 * day + hour * 3_600_000_000_000), person)
    }

    @Test("approvals of different people are counted, named with their roles, and listed by digest and key")
    func counted() throws {
        let ann = Person("ann", roles: ["validator", "quant"]), bob = Person("bob", roles: ["risk"])
        var digests: [String] = []
        let found = try Self.decide(
            #", "count": 2"#,
            { policy in
                let both = [try Self.signed(bob, policy, hour: 1), try Self.signed(ann, policy)]
                digests = [both[1].digest, both[0].digest]
                return both
            })
        #expect(found.outcome == "pass", "exactly the count")
        #expect(found.reason == "2 of 2 approvals: ann (validator, quant); bob (risk)")
        #expect(found.measured[key: "approvals"] == .strings(digests))
        #expect(found.measured[key: "keys"] == .strings([ann.trusted.id, bob.trusted.id]))
        let short = try Self.decide(#", "count": 3"#, { [try Self.signed(ann, $0), try Self.signed(bob, $0)] })
        #expect(short.outcome == "fail" && short.reason.hasPrefix("2 of 3 approvals: "))
        let none = try Self.decide("", { _ in [] }, rejected: ["found a forged one"])
        #expect(none.outcome == "fail" && none.reason == "0 of 1 approvals; not counted: found a forged one")
        let many = try Self.decide("", { _ in [] }, rejected: ["found a forged one", "b", "found a forged one"])
        #expect(many.reason == "0 of 1 approvals; not counted: 2 × found a forged one; b")
    }

    @Test("with as many approvals as roles, every role has to be among them; with fewer, any role will do")
    func roles() throws {
        let ann = Person("ann", roles: ["validator"]), cid = Person("cid", roles: ["validator"]),
            bob = Person("bob", roles: ["risk"]), eve = Person("eve", roles: ["intern"])
        let both = #", "count": 2, "roles": ["validator", "risk"]"#
        let same = try Self.decide(both, { [try Self.signed(ann, $0), try Self.signed(cid, $0)] })
        #expect(same.outcome == "fail", "two validators, no risk officer")
        #expect(same.reason.hasSuffix(", of the roles validator, risk"))
        #expect(
            try Self.decide(both, { [try Self.signed(ann, $0), try Self.signed(bob, $0)] }).outcome == "pass")
        let any = #", "count": 1, "roles": ["validator", "risk"]"#
        #expect(try Self.decide(any, { [try Self.signed(bob, $0)] }).outcome == "pass")
        let intern = try Self.decide(any, { [try Self.signed(eve, $0)] })
        #expect(intern.outcome == "fail")
        #expect(
            intern.reason == "0 of 1 approvals, of the roles validator, risk; not counted: 1 approved without one of "
                + "the roles validator, risk")
        #expect(
            try Self.decide(#", "roles": ["validator"]"#, { [try Self.signed(ann, $0)] }).reason
                == "1 of 1 approvals: ann (validator), of the roles validator")
    }

    @Test("the newest word of a person counts: an approval after a rejection, and a rejection after an approval")
    func order() throws {
        let ann = Person("ann", roles: [])
        let mended = try Self.decide(
            "",
            {
                [try Self.signed(ann, $0, hour: 2), try Self.signed(ann, $0, .rejection, hour: 1, reason: "drift")]
            })
        #expect(mended.outcome == "pass")
        #expect(mended.reason == "1 of 1 approvals: ann (); not counted: 'ann' rejected it: drift")
        let withdrawn = try Self.decide(
            "",
            {
                [try Self.signed(ann, $0, .rejection, hour: 2, reason: "drift"), try Self.signed(ann, $0, hour: 1)]
            })
        #expect(withdrawn.outcome == "fail")
        #expect(withdrawn.reason == "0 of 1 approvals; not counted: 'ann' rejected it: drift")
        let bob = Person("bob", roles: [])
        let veto = try Self.decide("", { [try Self.signed(ann, $0), try Self.signed(bob, $0, .rejection)] })
        #expect(veto.outcome == "fail", "one rejection is enough, however many approve")
        #expect(veto.reason.hasPrefix("1 of 1 approvals: ann ()"))
    }

    @Test(
        "a rejection is of the weights: it stands under every policy until its signer approves under that or this one")
    func rejectionOfWeights() throws {
        let ann = Person("ann", roles: []), bob = Person("bob", roles: [])
        let older = try GateFixtures.policy(#"{"rule": "approvals", "count": 7}"#)
        let third = try GateFixtures.policy(#"{"rule": "approvals", "count": 9}"#)
        func outcome(_ more: (GatePolicy) throws -> [Statement.Verified]) throws -> String {
            try Self.decide(
                "",
                {
                    [try Self.signed(bob, $0), try Self.signed(ann, older, .rejection, hour: 1, reason: "drift")]
                        + (try more($0))
                }
            ).outcome
        }
        #expect(try outcome { _ in [] } == "fail")
        #expect(try outcome { _ in [try Self.signed(ann, third, hour: 2)] } == "fail", "a yes under a third policy")
        #expect(try outcome { _ in [try Self.signed(bob, older, hour: 2)] } == "fail", "somebody else's yes")
        #expect(try outcome { _ in [try Self.signed(ann, older, hour: 0)] } == "fail", "an earlier yes")
        #expect(try outcome { _ in [try Self.signed(ann, older, hour: 2)] } == "pass")
        #expect(try outcome { [try Self.signed(ann, $0, hour: 2)] } == "pass")
        // Signed of the same weights under another name, a yes takes back and approves nothing.
        func elsewhere(_ policy: GatePolicy) throws -> Statement.Verified {
            var said = try Self.signed(ann, policy, hour: 2)
            said.isElsewhere = true
            return said
        }
        #expect(try outcome { _ in [try elsewhere(older)] } == "pass")
        #expect(try Self.decide("", { [try elsewhere($0)] }).reason == "0 of 1 approvals")
    }

    @Test("other weights, another policy, the author, and waivers are not counted, each with its reason")
    func notCounted() throws {
        let ann = Person("ann", roles: ["r"]), older = try GateFixtures.policy(#"{"rule": "approvals", "count": 7}"#)
        let weights = try Self.decide("", { [try Self.signed(ann, $0, weights: "0123456789abcdef")] })
        #expect(
            weights.reason == "0 of 1 approvals; not counted: the approval of 'ann' is about other weights "
                + "(0123456789ab)")
        let policy = try Self.decide("", { _ in [try Self.signed(ann, older)] })
        #expect(
            policy.reason == "0 of 1 approvals; not counted: the approval of 'ann' is about another policy, or an "
                + "earlier text of this one")
        let own = try Self.decide("", { [try Self.signed(ann, $0)] }, authors: ["ann"])
        #expect(own.outcome == "fail")
        #expect(own.reason == "0 of 1 approvals; not counted: 'ann' made the model, and cannot approve it")
        let allowed = try Self.decide(
            #", "notAuthor": false"#, { [try Self.signed(ann, $0)] }, authors: ["ann"])
        #expect(allowed.outcome == "pass")
        let rejection = try Self.decide("", { [try Self.signed(ann, $0, .rejection)] }, authors: ["ann"])
        #expect(rejection.reason.contains("'ann' rejected it"), "an author may always say no")
        let waiver = try Self.decide("", { [try Self.signed(ann, $0, .waiver)] })
        #expect(waiver.reason == "0 of 1 approvals")
    }

    // MARK: waivers

    private static let failing = #"{"rule": "metric", "metric": "ic", "minimum": 0.5}"#

    private static func waived(
        days: Nanoseconds? = 10, extra: String = #""roles": ["risk", "ceo"], "longestDays": 30"#,
        roles: [String] = ["risk"], at time: Nanoseconds = 1001 * day
    ) throws -> CheckReport.Item {
        let rita = Person("rita", roles: roles)
        let policy = try GateFixtures.policy(failing, extra: ", \"waivers\": {\(extra)}")
        let statement = StatementTests.statement(
            .waiver, by: "rita", policy: policy, rule: "metric", reason: "paper only",
            expiresAt: days.map { (1000 + $0) * day })
        var evidence = StatementTests.evidence([try StatementTests.verified(statement, rita)])
        evidence.now = time
        return try #require(policy.evaluate(evidence).items.first)
    }

    @Test("a waiver from the beginning of time to its end is too long, and no crash")
    func endsOfTime() throws {
        let rita = Person("rita", roles: ["risk"])
        let policy = try GateFixtures.policy(
            Self.failing, extra: #", "waivers": {"roles": ["risk"], "longestDays": 30}"#)
        let statement = StatementTests.statement(
            .waiver, by: "rita", policy: policy, rule: "metric", reason: "paper only",
            signedAt: try #require(TimeText.parseUTC("1678-01-01")),
            expiresAt: TimeText.parseUTC("2261-12-31"))
        var evidence = StatementTests.evidence([try StatementTests.verified(statement, rita)])
        evidence.now = 1001 * Self.day
        let item = try #require(policy.evaluate(evidence).items.first)
        #expect(item.status == .failed && item.evidence.contains { $0.contains("allowed 30") }, "\(item.evidence)")
    }

    @Test("a waiver counts until just before its end, and for as many days as the policy allows")
    func ends() throws {
        let end = TimeText.utc(1010 * Self.day)
        let held = try Self.waived()
        #expect(held.status == .waived && held.evidence.isEmpty)
        #expect(
            held.reason == "found no measure 'ic'; waived by rita until \(end): paper only"
                || held.reason.hasSuffix("required at least 0.5; waived by rita until \(end): paper only"),
            "\(held.reason)")
        #expect(held.values[key: "outcome"] == .string("fail"), "the verdict itself stays")
        #expect(try Self.waived(at: 1010 * Self.day - 1).status == .waived)
        let over = try Self.waived(at: 1010 * Self.day)
        #expect(over.status == .failed)
        #expect(over.evidence == ["the waiver of 'rita' does not count: it ended at \(end)"])
        #expect(try Self.waived(days: 30).status == .waived, "exactly the longest")
        let long = try Self.waived(days: 31)
        #expect(long.evidence == ["the waiver of 'rita' does not count: it runs for 31.0 days, allowed 30.0"])
        #expect(try Self.waived(days: 31, extra: #""roles": ["risk"]"#).status == .failed, "30 days by default")
        #expect(try Self.waived(days: 30, extra: #""roles": ["risk"]"#).status == .waived)
        #expect(
            try Self.waived(days: nil).evidence == ["the waiver of 'rita' does not count: it has no end"])
    }

    @Test("a role that the policy names is needed")
    func waiverRoles() throws {
        #expect(
            try Self.waived(roles: ["quant"]).evidence
                == ["the waiver of 'rita' does not count: it takes one of the roles risk, ceo"])
        #expect(
            try Self.waived(extra: #""roles": []"#).evidence
                == ["the waiver of 'rita' does not count: this policy allows no waivers"])
    }

    @Test("a waiver on other weights does not count, and the first that counts ends the search")
    func severalWaivers() throws {
        let rita = Person("rita", roles: ["risk"]), carl = Person("carl", roles: ["risk"])
        let policy = try GateFixtures.policy(Self.failing, extra: #", "waivers": {"roles": ["risk"]}"#)
        func waiver(_ name: String, weights: String = "w") -> Statement {
            StatementTests.statement(
                .waiver, by: name, policy: policy, weights: weights, rule: "metric", expiresAt: 1010 * Self.day)
        }
        let wrong = try StatementTests.verified(waiver("carl", weights: "v"), carl),
            right = try StatementTests.verified(waiver("rita"), rita)
        let item = try #require(policy.evaluate(StatementTests.evidence([wrong, right])).items.first)
        #expect(item.status == .waived && item.reason.contains("waived by rita") && item.evidence.isEmpty)
        let refused = try #require(policy.evaluate(StatementTests.evidence([wrong, wrong])).items.first)
        #expect(refused.status == .failed)
        #expect(
            refused.evidence
                == [String](
                    repeating: "the waiver of 'carl' does not count: it is about other weights", count: 2))
    }

    @Test("a missing approval can be waived; a rejection cannot, neither at the gate nor later")
    func rejectionStands() throws {
        let rita = Person("rita", roles: ["risk"]), bob = Person("bob", roles: ["validator"])
        let policy = try GateFixtures.policy(
            #"{"rule": "approvals", "count": 1}"#, extra: #", "waivers": {"roles": ["risk"]}"#)
        let waiver = try StatementTests.verified(
            StatementTests.statement(
                .waiver, by: "rita", policy: policy, rule: "approvals", expiresAt: 1010 * Self.day), rita)
        let missing = try #require(policy.evaluate(StatementTests.evidence([waiver])).items.first)
        #expect(missing.status == .waived)
        let rejection = try Self.signed(bob, policy, .rejection, reason: "drift")
        let item = try #require(policy.evaluate(StatementTests.evidence([waiver, rejection])).items.first)
        #expect(item.status == .failed)
        #expect(item.evidence == ["a rejection is taken back by whoever signed it, and waived by nobody"])
        func later(_ statements: [Statement.Verified]) -> [String] {
            policy.objections(
                standing: StandingEvidence(
                    subject: "m/1", weights: "w", statements: statements, rejectedStatements: [], authors: [],
                    now: 1001 * Self.day), waived: ["approvals"])
        }
        #expect(later([waiver]) == [])
        #expect(later([waiver, rejection]).contains { $0.contains("'bob' rejected it: drift") })
    }

    @Test("a rule that holds needs no waiver")
    func unneeded() throws {
        let rita = Person("rita", roles: ["risk"])
        let policy = try GateFixtures.policy("\"quality-passed\"", extra: #", "waivers": {"roles": ["risk"]}"#)
        let statement = StatementTests.statement(
            .waiver, by: "rita", policy: policy, rule: "quality-passed", expiresAt: 1010 * Self.day)
        let evidence = StatementTests.evidence([try StatementTests.verified(statement, rita)])
        #expect(policy.evaluate(evidence).items.first?.status == .passed)
    }
}
