import Backtesting
import Basics
import ModelBundles
import Promotion
import Registry
import Testing

/// Approvals, rejections and waivers: who may sign what, and every way in which a signature does not count.
@Suite struct StatementTests {
    private static let day: Nanoseconds = 86_400_000_000_000

    struct Person {
        let key: SigningKey
        var trusted: PublicKey

        init(_ name: String, roles: [String]) {
            key = SigningKey(generating: name)
            trusted = key.publicKey
            trusted.roles = roles
        }
    }

    static func policy(_ rules: String, extra: String = "") throws -> GatePolicy {
        try GatePolicy(JSONParser.parse("{\"rules\": [\(rules)]\(extra)}"), name: "p")
    }

    static func statement(
        _ kind: StatementRecord.Kind = .approval, by name: String, policy: GatePolicy, weights: String = "w",
        subject: String = "m/1", rule: String? = nil, reason: String = "looked at it",
        signedAt: Nanoseconds = 1000 * day, expiresAt: Nanoseconds? = nil
    ) -> Statement {
        Statement(
            kind: kind, subject: subject, weights: weights, policy: policy.name, policyDigest: policy.digest,
            lineage: "l", signer: name, reason: reason, signedAt: signedAt, rule: rule,
            expiresAt: expiresAt)
    }

    static func verified(_ statement: Statement, _ person: Person) throws -> Statement.Verified {
        try Statement.verify(
            try statement.signed(with: person.key, model: "m", version: 1), trusted: TrustedKeys([person.trusted]),
            at: 1001 * day)
    }

    static func evidence(_ statements: [Statement.Verified], authors: Set<String> = []) -> GateEvidence {
        var evidence = GatePolicyTests.evidence(skill: 0)
        (evidence.statements, evidence.weights, evidence.authors, evidence.now) = (statements, "w", authors, 1001 * day)
        return evidence
    }

    @Test("a statement comes back from its envelope as it was signed, and no changed letter of it does")
    func roundTrip() throws {
        let ann = Person("ann", roles: ["validator"]), policy = try Self.policy("\"approvals\"")
        let statement = Self.statement(.waiver, by: "ann", policy: policy, rule: "drift", expiresAt: 1010 * Self.day)
        let record = try statement.signed(with: ann.key, model: "m", version: 1)
        #expect(
            try Statement.verify(record, trusted: TrustedKeys([ann.trusted]), at: 1001 * Self.day).statement
                == statement)
        var random = SeededRandom(seed: 3)
        for _ in 0..<300 {
            var bytes = Array(record.envelope.utf8)
            bytes[random.index(below: bytes.count)] = UInt8(32 + random.index(below: 90))
            let text = String(decoding: bytes, as: UTF8.self)
            guard text != record.envelope else { continue }
            let forged = StatementRecord(
                kind: .waiver, model: "m", version: 1, signer: "ann", keyID: record.keyID, envelope: text, createdAt: 0)
            if let found = try? Statement.verify(forged, trusted: TrustedKeys([ann.trusted]), at: 1001 * Self.day) {
                #expect(found.statement == statement)
            }
        }
    }

    @Test(
        "replayed for another version, or of an unknown, revoked, expired or another's key, a signature does not count"
    )
    func refused() throws {
        var ann = Person("ann", roles: ["validator"])
        let policy = try Self.policy("\"approvals\""),
            record = try Self.statement(by: "ann", policy: policy).signed(with: ann.key, model: "m", version: 1)
        func code(_ record: StatementRecord, _ keys: [PublicKey], at time: Nanoseconds = 1001 * Self.day) -> String? {
            do { _ = try Statement.verify(record, trusted: TrustedKeys(keys), at: time) } catch {
                return (error as? Failure)?.code
            }
            return nil
        }
        #expect(code(record, [ann.trusted]) == nil)
        var replayed = record
        replayed.version = 2
        #expect(code(replayed, [ann.trusted]) == "statement.other")
        var turned = record
        turned.kind = .rejection
        #expect(code(turned, [ann.trusted]) == "statement.other")
        #expect(code(record, []) == "statement.untrusted")
        let end = 1005 * Self.day
        ann.trusted.expiresAt = end
        #expect(
            code(record, [ann.trusted], at: end - 1) == nil && code(record, [ann.trusted], at: end) == "statement.key")
        // Dated ahead of the clock, by more than machines differ.
        let signed = 1000 * Self.day, minute = Statement.clockTolerance
        #expect(code(record, [ann.trusted], at: signed - minute) == nil)
        #expect(code(record, [ann.trusted], at: signed - minute - 1) == "statement.ahead")
        // A clock that was set back makes no rejection vanish.
        let no = Self.statement(.rejection, by: "ann", policy: policy)
        #expect(code(try no.signed(with: ann.key, model: "m", version: 1), [ann.trusted], at: 0) == nil)
        // Nor does the end of its key; a key that had ended before says nothing.
        let kept = try no.signed(with: ann.key, model: "m", version: 1)
        #expect(code(kept, [ann.trusted], at: end + Self.day) == nil)
        ann.trusted.expiresAt = signed
        #expect(code(kept, [ann.trusted], at: end) == "statement.key")
        ann.trusted.revoked = PublicKey.Revocation(at: 1, reason: "left")
        #expect(code(record, [ann.trusted]) == "statement.key" && code(kept, [ann.trusted]) == "statement.key")
        let eve = Person("eve", roles: ["validator"])
        #expect(
            code(
                try Self.statement(by: "ann", policy: policy).signed(with: eve.key, model: "m", version: 1),
                [eve.trusted]) == "statement.signer")
    }

    @Test("approvals: count, roles, not the author, other weights, another policy, a rejection afterwards")
    func approvals() throws {
        let ann = Person("ann", roles: ["validator"]), bob = Person("bob", roles: ["risk"]),
            cid = Person("cid", roles: ["intern"])
        let policy = try Self.policy(#"{"rule": "approvals", "count": 2, "roles": ["validator", "risk"]}"#),
            older = try Self.policy(#"{"rule": "approvals", "count": 1}"#)
        func decide(_ statements: [Statement.Verified], authors: Set<String> = []) -> (passed: Bool, reason: String) {
            let report = policy.evaluate(Self.evidence(statements, authors: authors))
            return (report.isPassed, report.items[0].reason)
        }
        let annApproves = try Self.verified(Self.statement(by: "ann", policy: policy), ann),
            bobApproves = try Self.verified(Self.statement(by: "bob", policy: policy), bob)
        #expect(decide([annApproves, bobApproves]).passed)
        #expect(!decide([annApproves, annApproves]).passed, "one person counts once")
        #expect(
            decide([annApproves, try Self.verified(Self.statement(by: "cid", policy: policy), cid)]).reason.contains(
                "without one of the roles"))
        #expect(decide([annApproves, bobApproves], authors: ["bob"]).reason.contains("'bob' made the model"))
        #expect(
            decide([annApproves, try Self.verified(Self.statement(by: "bob", policy: policy, weights: "other"), bob)])
                .reason.contains("other weights"))
        #expect(
            decide([annApproves, try Self.verified(Self.statement(by: "bob", policy: older), bob)]).reason.contains(
                "another policy"))
        let rejection = try Self.verified(
            Self.statement(
                .rejection, by: "bob", policy: policy, reason: "no", signedAt: 1000 * Self.day + 5_000_000_000), bob)
        #expect(
            decide([annApproves, bobApproves, rejection]).reason.contains("'bob' rejected it: no")
                && !decide([annApproves, bobApproves, rejection]).passed)
    }

    @Test(
        "a waiver needs a policy that allows it, a role, a reason, a near end, and the very rule; the report shows it"
    )
    func waivers() throws {
        let rita = Person("rita", roles: ["risk"]), ann = Person("ann", roles: ["validator"])
        let rule = #"{"rule": "metric", "metric": "ic", "minimum": 0.5}"#
        let allowing = try Self.policy(rule, extra: #", "waivers": {"roles": ["risk"], "longestDays": 30}"#),
            strict = try Self.policy(rule)
        func decide(_ policy: GatePolicy, _ statement: Statement, _ person: Person, authors: Set<String> = []) throws
            -> CheckReport
        {
            policy.evaluate(Self.evidence([try Self.verified(statement, person)], authors: authors))
        }
        func waiver(
            _ policy: GatePolicy, by name: String = "rita", rule: String = "metric", reason: String = "paper only",
            days: Nanoseconds = 10
        ) -> Statement {
            Self.statement(
                .waiver, by: name, policy: policy, rule: rule, reason: reason, expiresAt: (1000 + days) * Self.day)
        }
        let good = try decide(allowing, waiver(allowing), rita)
        #expect(
            good.isPassed && good.items[0].status == .waived && good.items[0].reason.contains("waived by rita until"))
        let bad: [(CheckReport, String)] = [
            (try decide(strict, waiver(strict), rita), "allows no waivers"),
            (try decide(allowing, waiver(strict), rita), "another policy"),
            (try decide(allowing, waiver(allowing, by: "ann"), ann), "takes one of the roles"),
            (try decide(allowing, waiver(allowing, days: 40), rita), "40.0 days"),
            (try decide(allowing, waiver(allowing, days: 0), rita), "it ended"),
            (try decide(allowing, waiver(allowing, reason: ""), rita), "no reason"),
            (try decide(allowing, waiver(allowing), rita, authors: ["rita"]), "made the model"),
        ]
        for (report, reason) in bad {
            #expect(
                !report.isPassed && report.items[0].evidence.contains { $0.contains(reason) },
                "\(reason): \(report.items[0])")
        }
        #expect(try decide(allowing, waiver(allowing, rule: "drift"), rita).items[0].status == .failed)
    }

    @Test("pre-authentication encoding of DSSE")
    func encoding() {
        #expect(
            DSSE.preAuthenticationEncoding(type: "http://example.com/HelloWorld", payload: Array("hello world".utf8))
                == Array("DSSEv1 29 http://example.com/HelloWorld 11 hello world".utf8))
    }
}
