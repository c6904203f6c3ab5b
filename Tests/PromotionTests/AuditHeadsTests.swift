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

    private static func findings(
        _ registry: RegistryDatabase, _ keys: [PublicKey], outside: [String] = []
    ) throws -> AuditHeads.Findings {
        AuditHeads.compare(
            try registry.examine(), keys: documented(keys),
            outside: outside.map { AuditHeads.Outside($0, "outside the registry") }, at: moment)
    }

    private static func problems(
        _ registry: RegistryDatabase, _ keys: [PublicKey], outside: [String] = []
    ) throws -> [String] {
        let findings = try findings(registry, keys, outside: outside)
        return findings.problems + findings.unreadable
    }

    private static func strangers(
        _ registry: RegistryDatabase, _ keys: [PublicKey], outside: [String] = []
    ) throws -> [String] {
        let inside = try registry.auditHeads().map { AuditHeads.Outside($0.envelope, "in the registry") }
        return AuditHeads.strangers(
            inside + outside.map { AuditHeads.Outside($0, "outside the registry") },
            to: try registry.auditHashList(), keys: documented(keys))
    }

    /// Of an environment with a document.
    private static func documented(_ log: [PublicKey], others: [PublicKey] = []) -> AuditHeads.Keys {
        var keys = AuditHeads.Keys(log: log, others: others)
        keys.hasDocuments = true
        return keys
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
        #expect(node[key: "schemaVersion"] == .int(2) && node[key: "sequence"] == .int(2))
        #expect(node[key: "hash"] == .string(tip.hash))
        #expect(node[key: "root"] == .string(try #require(MerkleTree.root(try registry.auditHashList()))))
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

    @Test("a head counts outside the registry, of a key that may sign the log now; another's says nothing")
    func counts() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops")
        let registry = try Self.registry(directory, "r", entries: ["a", "b"])
        let head = try #require(try AuditHeads.sign(registry, key: key))
        try registry.audit(action: "test.more", subject: .model("b"))
        func covered(_ keys: AuditHeads.Keys) throws -> (covered: [Int: Int], problems: [String]) {
            let found = AuditHeads.compare(
                try registry.examine(), keys: keys, outside: [AuditHeads.Outside(head.envelope, "elsewhere")],
                at: Self.moment)
            return (found.covered, found.problems)
        }
        #expect(try covered(AuditHeads.Keys(log: [key.publicKey])) == ([0: 2], []))
        var revoked = key.publicKey
        revoked.revoked = PublicKey.Revocation(at: 1, reason: "lost")
        #expect(try covered(AuditHeads.Keys(log: [revoked])) == ([:], []))
        // An entry of the log, which whoever may write it can make, takes back nothing that lay outside before it.
        #expect(try covered(AuditHeads.Keys(log: [key.publicKey], revokedHere: [key.publicKey.id: 3])) == ([0: 2], []))
        #expect(try covered(AuditHeads.Keys(log: [key.publicKey], revokedHere: [key.publicKey.id: 2])) == ([:], []))
        let other = try covered(Self.documented([], others: [key.publicKey]))
        #expect(other.covered.isEmpty && other.problems == [])
        let longer = try Self.registry(directory, "longer", entries: ["a", "c"])
        let strangers = AuditHeads.strangers(
            [AuditHeads.Outside(head.envelope, "elsewhere")], to: try longer.auditHashList(),
            keys: Self.documented([], others: [key.publicKey]))
        #expect(strangers.count == 1 && strangers[0].contains("which has no role 'log'"), "\(strangers)")
    }

    @Test("a revoked key's head covers what a place's own clock had before the revocation, and no word of the key")
    func anchoredBefore() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops")
        let registry = try Self.registry(directory, "r", entries: ["a", "b"])
        let head = try #require(try AuditHeads.sign(registry, key: key)), log = try registry.examine()
        func covered(_ anchored: Nanoseconds?, revoked: Nanoseconds? = nil, expires: Nanoseconds? = nil) -> [Int: Int] {
            var own = key.publicKey
            own.revoked = revoked.map { PublicKey.Revocation(at: $0, reason: "stolen") }
            own.expiresAt = expires
            let found = AuditHeads.compare(
                log, keys: AuditHeads.Keys(log: [own]),
                outside: [AuditHeads.Outside(head.envelope, "elsewhere", time: anchored)], at: Self.moment + 100)
            #expect(found.problems == [])
            return found.covered
        }
        #expect(covered(nil) == [0: 2])
        #expect(covered(nil, revoked: Self.moment + 50) == [:], "the key says when it signed, and could say anything")
        #expect(covered(Self.moment + 10, revoked: Self.moment + 50) == [0: 2])
        #expect(covered(Self.moment + 60, revoked: Self.moment + 50) == [:])
        #expect(covered(Self.moment + 10, expires: Self.moment + 50) == [0: 2])
        #expect(covered(Self.moment + 60, expires: Self.moment + 50) == [:])
    }

    @Test("a head of version 1 is still read and compared")
    func versionOne() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops")
        let registry = try Self.registry(directory, "r", entries: ["a"]), tip = try #require(try registry.auditTip())
        func head(_ hash: String) throws -> String {
            try Envelope.make(
                payloadType: AuditHeads.payloadType,
                payload: JSONValue.map([
                    "schemaVersion": .int(1), "sequence": .int(1), "hash": .string(hash),
                    "signedAt": .string("2024-01-01T00:00:00Z"),
                ]).text(.compact), key: key)
        }
        #expect(try Self.problems(registry, [key.publicKey], outside: [try head(tip.hash)]) == [])
        let cut = try Self.problems(
            registry, [key.publicKey], outside: [try head(String(repeating: "0", count: 64))])
        #expect(cut.count == 1 && cut.first?.hasPrefix("found another audit entry 1 than 'ops'") == true)
    }

    @Test("a root stands for every entry before it, not for the last alone")
    func roots() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops")
        let registry = try Self.registry(directory, "r", entries: ["a", "b", "c"])
        let head = try #require(try AuditHeads.sign(registry, key: key))
        var log = try registry.examine()
        log.heads = []
        log.hashes[0] = String(repeating: "a", count: 64)
        let found = AuditHeads.compare(
            log, keys: AuditHeads.Keys(log: [key.publicKey]), outside: [AuditHeads.Outside(head.envelope, "elsewhere")],
            at: Self.moment)
        #expect(found.problems.count == 1)
        #expect(found.problems.first?.hasPrefix("found other audit entries before 3 than 'ops'") == true)
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
        // Many heads are one loss.
        var heads = [head.envelope]
        for entry in ["c", "d"] {
            try long.audit(action: "test.\(entry)", subject: .model(entry))
            heads.append(try #require(try AuditHeads.sign(long, key: key)).envelope)
        }
        let lost = try Self.problems(short, [key.publicKey], outside: heads)
        #expect(
            lost.count == 1
                && lost[0].hasPrefix(
                    "found an audit log of 1, and 3 signed heads outside the registry of entries 2 to 4")
        )
        #expect(lost.first?.contains("hftml audit accept-loss") == true)
        let other = try Self.registry(directory, "other", entries: ["a", "c"])
        #expect(
            try Self.problems(other, [key.publicKey], outside: [head.envelope])
                == ["found another audit entry 2 than 'ops' signed at \(time) (outside the registry)"])
        try other.record(head)
        #expect(
            try Self.problems(other, [key.publicKey])
                == ["found another audit entry 2 than 'ops' signed at \(time) (in the registry)"])
    }

    @Test("a head of an unknown key is told where it says something else than the log, and holds up nothing")
    func sharedRegistry() throws {
        let directory = try TemporaryDirectory(), ops = SigningKey(generating: "ops")
        let registry = try Self.registry(directory, "r", entries: ["a", "b"])
        let sandbox = SigningKey(generating: "sandbox")
        let other = try #require(try AuditHeads.sign(registry, key: sandbox))
        #expect(try Self.problems(registry, [ops.publicKey]) == [])
        #expect(try Self.strangers(registry, [ops.publicKey]) == [], "it says what the log says")
        let head = try #require(try AuditHeads.sign(registry, key: ops))
        let findings = try Self.findings(registry, [ops.publicKey], outside: [other.envelope, head.envelope])
        #expect(findings.covered == [1: 2], "a stranger's head covers nothing")
        // Of another log, and beyond the end of this one.
        let foreign = try Self.registry(directory, "other", entries: ["a", "c"])
        try foreign.record(other)
        let made = """
            {"schemaVersion": 2, "sequence": 1000000000, "hash": "aa", "root": "bb", "signedAt": "2026-01-01T00:00:00Z"}
            """
        let up = try Envelope.make(payloadType: AuditHeads.payloadType, payload: made, key: sandbox)
        #expect(try Self.problems(foreign, [ops.publicKey], outside: [up, up]) == [])
        let told = try Self.strangers(foreign, [ops.publicKey], outside: [up, up])
        #expect(told.count == 2 && told.allSatisfy { $0.contains(sandbox.publicKey.id) }, "\(told)")
        #expect(told.last?.contains("outside the registry that says something else") == true, "\(told)")
        #expect(told.last?.contains("(and 1 more there)") == true, "\(told)")
        // Where no document says whose word counts, a log that was written anew would say it.
        let bare = AuditHeads.compare(
            try foreign.examine(), keys: AuditHeads.Keys(log: [ops.publicKey]),
            outside: [AuditHeads.Outside(up, "elsewhere")], at: Self.moment)
        #expect(bare.problems.count == 2 && bare.problems.allSatisfy { $0.contains("not trusted here") })
        // One that a known key has signed is a problem in either place.
        #expect(try Self.problems(foreign, [ops.publicKey, sandbox.publicKey], outside: [up]).count == 2)
    }

    @Test("what is no head, or has a known key's name alone, is a problem of its own, hides no other, and is given up")
    func unchecked() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "ops")
        let registry = try Self.registry(directory, "r", entries: ["a"])
        try AuditHeads.sign(registry, key: key)
        let found = try Self.findings(registry, [key.publicKey], outside: ["{}"])
        #expect(found.problems == [])
        #expect(
            found.unreadable
                == ["found a signed head outside the registry that cannot be checked: found no signed envelope"])
        let junk = AuditHeads.Outside("{}", "outside the registry")
        var keys = AuditHeads.Keys(log: [key.publicKey])
        #expect(AuditHeads.unreadable([junk], keys: keys).map(\.head) == [Digest.sha256("{}")])
        keys.lost = [Digest.sha256("{}"): 0]
        #expect(AuditHeads.unreadable([junk], keys: keys).isEmpty)
        #expect(AuditHeads.compare(try registry.examine(), keys: keys, outside: [junk], at: 0).unreadable == [])
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
