import Basics
import Deployment
import Foundation
import ModelBundles
import Promotion
import Registry
import TestSupport
import Testing
import Workflows

/// What others than an environment's own put into its record, or say in its name.
@Suite struct StrangersInRecordTests {
    /// Of an entry that no log has.
    private static func falseHead(_ project: TestProject, key: String) throws {
        let payload = """
            {"schemaVersion": 2, "sequence": 1000000000, "hash": "aa", "root": "bb", "signedAt": "2031-01-01T00:00:00Z"}
            """
        let head = try Envelope.make(
            payloadType: AuditHeads.payloadType, payload: payload,
            key: SigningKey.read(project.file("Registry/keys/\(key).key.json")))
        let path = "Registry/audit-heads.jsonl"
        try project.write((Paths.exists(project.file(path)) ? try project.read(path) : "") + head + "\n", to: path)
    }

    @Test("a head by another environment's key holds up no promotion and no head of this one")
    func otherEnvironment() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.environment("sandbox")
        try Self.falseHead(project, key: "sandbox-promoter")
        #expect(try VerifyRecord.run(session: project.session).contains { $0.contains("no audit entry 1000000000") })
        #expect(try project.promote("m/2", runtime).receipt.version == 2)
        #expect(try SignHead.anchor(as: "paper-promoter", session: project.session).head.signer == "paper-promoter")
        #expect(
            project.code { _ = try SignHead.anchor(as: "sandbox-promoter", session: project.session) }
                == "anchor.other-log"
        )
        // By a key of its own it is the end of the log that is missing.
        try Self.falseHead(project, key: "paper-promoter")
        #expect(project.refusedPromotion("m/1")?.code == "promote.log")
    }

    @Test("a head by a key that nobody knows is a note, and junk is a problem of the check alone")
    func stranger() throws {
        let project = try TestProject(), runtime = FakeRuntime(), eve = SigningKey(generating: "eve")
        try project.promote("m/1", runtime)
        try eve.write(to: project.file("Registry/keys/eve.key.json"))
        try Self.falseHead(project, key: "eve")
        #expect(try VerifyRecord.run(session: project.session) == [])
        // Nor by a file that anybody may track, whatever it says, nor by a head of before there were roles.
        var named = eve.publicKey
        named.roles = ["log"]
        for place in ["Registry/keys", "Registry/environments/paper/trusted"] {
            try project.write(named.json.text(.pretty), to: "\(place)/eve.pub.json")
        }
        let early = try Envelope.make(
            payloadType: AuditHeads.payloadType,
            payload: #"{"schemaVersion": 1, "sequence": 1, "hash": "aa", "signedAt": "2026-01-01T00:00:00Z"}"#, key: eve
        )
        try project.write(
            try project.read("Registry/audit-heads.jsonl") + early + "\n", to: "Registry/audit-heads.jsonl")
        #expect(try VerifyRecord.run(session: project.session) == [])
        #expect(try !VerifyRecord.note(session: project.session).contains("1000000000"))
        #expect(try VerifyRecord.gaps(session: project.session).contains { $0.contains(eve.publicKey.id) })
        let path = "Registry/audit-heads.jsonl"
        try project.write(try project.read(path) + "junk\n", to: path)
        let problems = try VerifyRecord.run(session: project.session)
        #expect(problems.count == 1 && problems[0].contains("that cannot be checked: "), "\(problems)")
        #expect(try project.promote("m/2", runtime).receipt.version == 2)
        // What is no envelope is not handed on with the next head.
        #expect(try !project.read(path).contains("junk"))
        #expect(try VerifyRecord.run(session: project.session) == [])
    }

    @Test("that a host is lost is the signed word of a promoter, and of nobody else")
    func lostHost() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        let runtime = FakeRuntime(.silence, clock: time.clock)
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        let clone = try HandOverTests.Clone(project, clock: time.clock), registry = try project.session.registry()
        try Paths.remove("\(clone.session.root)/Registry/keys/paper-promoter.key.json")
        var request = WithdrawPromotion.Request(environment: "paper")
        (request.wait, request.isHostLost, request.reason) = (0, true, "I say so")
        let member = try Session(
            Caller(
                actor: "eve@desk", clock: time.clock,
                environment: [
                    "HFTML_REGISTRY": project.file("Registry/registry.sqlite"),
                    "HFTML_KEYS_DIRECTORY": project.file("nobody"),
                ], directory: clone.session.root))
        #expect(
            project.code {
                _ = try project.withoutHost {
                    try WithdrawPromotion.run(request, runtime: runtime.port, session: member)
                }
            } == "promote.key")
        #expect(try registry.promotionsUnderWay().count == 1)
        let outcome = try project.withoutHost {
            try WithdrawPromotion.run(request, runtime: runtime.port, session: clone.session)
        }
        #expect(outcome.isUntold)
        let entry = try #require(
            try ReadAudit.entries(session: project.session).last { $0.action == "promotion.withdrawn" })
        let text = try #require(try JSONParser.parse(entry.detail)[key: "withdrawal"]?.stringValue)
        let envelope = try Envelope(text), word = try Withdrawal(envelope)
        #expect(word.reason == "I say so" && word.environment == "paper")
        #expect(
            envelope.signatures.map(\.keyID) == [
                try SigningKey.read(project.file("Registry/keys/paper-promoter.key.json")).publicKey.id
            ])
    }

    @Test("a log that has none of the documents here, and does not fit their anchors, takes no further one")
    func otherLog() throws {
        let project = try TestProject(), other = project.file("other/registry.sqlite")
        try project.judge("m/1", for: "paper")
        _ = try SignHead.anchor(as: nil, session: project.session)
        let session = try project.session(registry: other, actor: "ben@desk")
        try Paths.makeDirectory(project.file("other"))
        let draft = try SignEnvironment.draft("paper", session: session)
        #expect(
            project.code { _ = try SignEnvironment.sign(draft, key: "paper-root", session: session) }
                == "anchor.other-log")
        #expect(try session.registry().auditEntries(actionPrefix: "environment.sign").isEmpty)
    }

    @Test("another document of a number that the log has, by who was root before it, holds up all but a rollback")
    func forkHere() throws {
        let project = try TestProject(), session = project.session, runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        _ = try ManageKeys.generate("second", session: session)
        let place = "Registry/environments/paper", text = try project.read("\(place)/environment.yaml")
        let root = try #require(text.split(separator: "\n").first { $0.hasPrefix("root:") })
        try project.write(
            text.replacing(root, with: "root: {threshold: 1, keys: [second]}"), to: "\(place)/environment.yaml")
        let former = try AuthorityEnvelope(try project.read("\(place)/authority.json")).authority.root
        let begun = try SignEnvironment.draft("paper", session: session)
        #expect(try !SignEnvironment.sign(begun, key: "paper-root", session: session).isComplete)
        let draft = try SignEnvironment.draft("paper", session: session)
        #expect(try SignEnvironment.sign(draft, key: "second", session: session).isComplete)
        let honest = try project.read("\(place)/authority.json"), document = try AuthorityEnvelope(honest)
        // Who was the root key before, and is none any more.
        var made = document.authority
        made.root = former
        let key = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        let forged = try AuthorityEnvelope(made, signer: key).envelope.text + "\n"
        let kept = "\(place)/authority/\(made.counter).json"
        for file in ["\(place)/authority.json", kept] { try project.write(forged, to: file) }
        #expect(project.code { _ = try SignEnvironment.draft("paper", session: session) } == "authority.fork")
        // Nor is it hidden by another one that the host is said to have accepted.
        let accepted = "\(place)/installed/authority.json"
        var masking = made
        (masking.counter, masking.expiresAt) = (1, made.expiresAt + 1_000_000_000)
        try project.write(try AuthorityEnvelope(masking, signer: key).envelope.text + "\n", to: accepted)
        #expect(project.code { _ = try SignEnvironment.draft("paper", session: session) } == "authority.fork")
        try Paths.remove(project.file(accepted))
        #expect(project.code { try project.judge("m/1", for: "paper") } == "authority.fork")
        #expect(project.refusedPromotion("m/1")?.code == "authority.fork")
        #expect(
            project.code { _ = try DeliverDocuments.run("paper", to: "elsewhere", session: session) }
                == "authority.fork")
        #expect(try VerifyRecord.run(session: session).contains { $0.contains("which 'second' signed") })
        var rollback = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        rollback.wait = 0
        #expect(try RollBack.run(rollback, runtime: runtime.port, session: session).receipt.version == 1)
        // As the hint says.
        for file in ["\(place)/authority.json", kept] { try Paths.remove(project.file(file)) }
        #expect(try FinishSigning.restore("paper", session: session)?.counter == made.counter)
        #expect(try project.read("\(place)/authority.json") == honest)
        #expect(try VerifyRecord.run(session: session) == [])
    }
}
