import Basics
import ModelBundles
import Promotion
import Testing

/// Roles that a policy asks for, held against the keys of a document that is about to be signed.
@Suite struct AskedRolesTests {
    private static func key(_ name: String, _ roles: [String]) -> PublicKey {
        var key = SigningKey(generating: name).publicKey
        key.roles = roles
        return key
    }

    private static func policy(_ roles: String) throws -> GatePolicy {
        try GateFixtures.policy(
            "{\"rule\": \"approvals\"\(roles)}", extra: #", "waivers": {"roles": ["risk"], "longestDays": 30}"#)
    }

    @Test("a role that nobody has and one that nobody asks for are told, with the one that was meant")
    func typo() throws {
        let policy = try Self.policy(#", "roles": ["validator"]"#)
        #expect(policy.askedRoles.map(\.by) == ["approvals", "waivers"])
        #expect(policy.askedRoles.map(\.roles) == [["validator"], ["risk"]])
        let good = [Self.key("ann", ["validator"]), Self.key("bob", ["risk"]), Self.key("ci", ["gate", "log"])]
        #expect(policy.remarks(on: good).isEmpty)
        #expect(
            policy.remarks(on: good + [Self.key("backup", ["backup"])]).isEmpty, "of every environment that is made")
        let bad = policy.remarks(on: [Self.key("ann", ["validater", "promotor"]), good[1], good[2]])
        #expect(bad.count == 3, "\(bad)")
        #expect(bad.first?.hasSuffix("asks for validator, which no key here has") == true)
        #expect(bad.contains { $0.hasSuffix("the role 'validater' of 'ann'; did you mean 'validator'?") })
        #expect(bad.contains { $0.hasSuffix("the role 'promotor' of 'ann'; did you mean 'promoter'?") })
    }

    @Test("where anybody may approve, other roles are no mistake; a key that was revoked holds none")
    func anybody() throws {
        let policy = try Self.policy("")
        let keys = [Self.key("ann", ["desk-head"]), Self.key("bob", ["risk"])]
        #expect(policy.remarks(on: keys).isEmpty)
        var revoked = keys[1]
        revoked.revoked = PublicKey.Revocation(at: 1, reason: "left")
        #expect(policy.remarks(on: [keys[0], revoked]).map { $0.contains("'waivers' of the policy") } == [true])
    }
}
