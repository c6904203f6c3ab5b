import Basics
import ModelBundles
import Promotion
import Registry
import TestSupport
import Testing

/// Signed heads of the audit log: what was cut off at its end, or put in its place, shows.
@Suite struct AuditHeadsTests {
    private static let moment: Nanoseconds = 20_000 * GateFixtures.day

    private static func registry(_ directory: TemporaryDirectory, _ name: String, entries: [String]) throws
        -> RegistryDatabase
    {
        let registry = try RegistryDatabase(directory.file(name), actor: "ann@desk", clock: Clock { moment })
        for entry in entries { try registry.audit(action: "test.\(entry)", subject: .model(entry)) }
        return registry
    }

    private static func problems(
        _ registry: RegistryDatabase, _ keys: [PublicKey], outside: [String] = []
    ) throws -> [String] {
        try AuditHeads.problems(registry, trusted: TrustedKeys(keys), outside: outside)
    }

    @Test("an empty log has no head; otherwise the newest entry is signed and kept")
    func sign() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops")
        let empty = try Self.registry(directory, "empty", entries: [])
        #expect(try AuditHeads.sign(empty, key: key) == nil)
        #expect(try empty.auditHeads().isEmpty)
        let registry = try Self.registry(directory, "r", entries: ["a", "b"])
        let head = try #require(try AuditHeads.sign(registry, key: key)), tip = try #require(try registry.auditTip())
        #expect(head.sequence == 2 && head.sequence == tip.sequence && head.hash == tip.hash)
        #expect(head.signer == "ops" && head.keyID == key.publicKey.id && head.signedAt == Self.moment)
        #expect(try registry.auditHeads() == [head])
        let (payload, signer) = try Envelope.open(
            head.envelope, payloadType: "application/vnd.hftml.audit-head+json",
            trusted: TrustedKeys([key.publicKey]), at: 0)
        #expect(signer.name == "ops")
        let node = try JSONParser.parse(payload)
        #expect(node[key: "schemaVersion"] == .int(1) && node[key: "sequence"] == .int(2))
        #expect(node[key: "hash"] == .string(tip.hash))
        #expect(node[key: "signedAt"] == .string(TimeText.utc(Self.moment)))
    }

    @Test("heads that fit are no problem, also when the log has grown and the key has expired since")
    func intact() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops")
        let registry = try Self.registry(directory, "r", entries: ["a"])
        let head = try #require(try AuditHeads.sign(registry, key: key))
        try registry.audit(action: "test.more", subject: .model("b"))
        var expired = key.publicKey
        expired.expiresAt = 1
        #expect(try Self.problems(registry, [expired], outside: [head.envelope]).isEmpty)
    }

    @Test("a head beyond the end shows that entries were removed, one of another entry that it was replaced")
    func cut() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops"), time = TimeText.utc(Self.moment)
        let long = try Self.registry(directory, "long", entries: ["a", "b"])
        let head = try #require(try AuditHeads.sign(long, key: key))
        let short = try Self.registry(directory, "short", entries: ["a"])
        #expect(
            try Self.problems(short, [key.publicKey], outside: [head.envelope])
                == [
                    "found no audit entry 2, which 'ops' signed at \(time) (outside the registry): entries were "
                        + "removed from the end"
                ])
        let other = try Self.registry(directory, "other", entries: ["a", "c"])
        #expect(
            try Self.problems(other, [key.publicKey], outside: [head.envelope])
                == ["found another audit entry 2 than 'ops' signed at \(time) (outside the registry)"])
        try other.record(head)
        #expect(
            try Self.problems(other, [key.publicKey])
                == ["found another audit entry 2 than 'ops' signed at \(time) (in the registry)"])
    }

    @Test("a head that nobody trusted signed, or that is none, is a problem of its own and hides no other")
    func unchecked() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops")
        let registry = try Self.registry(directory, "r", entries: ["a"])
        try AuditHeads.sign(registry, key: key)
        let found = try Self.problems(registry, [], outside: ["{}"])
        #expect(found.count == 2)
        #expect(
            found.first == "found a signed head in the registry that cannot be checked: found a signature of the key "
                + "\(key.publicKey.id), which is not trusted here")
        #expect(
            found.last
                == "found a signed head outside the registry that cannot be checked: found no signed envelope")
        let empty = try Envelope.make(
            payloadType: "application/vnd.hftml.audit-head+json", payload: "{\"sequence\": 1}", key: key)
        #expect(
            try Self.problems(registry, [key.publicKey], outside: [empty])
                == ["found a signed head outside the registry that cannot be checked: found no audit head"])
        let torn = try Envelope.make(
            payloadType: "application/vnd.hftml.audit-head+json", payload: "{\"sequence\"", key: key)
        let problems = try Self.problems(registry, [key.publicKey], outside: [torn, empty])
        #expect(problems.count == 2 && problems[0].hasPrefix("found a signed head outside the registry that cannot be"))
    }
}
