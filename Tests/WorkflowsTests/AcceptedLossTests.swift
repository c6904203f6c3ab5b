import Basics
import Deployment
import Foundation
import ModelBundles
import Promotion
import Registry
import TestSupport
import Testing
import Workflows

/// Whose word gives up what anchors tell of: the root keys of when it was said.
@Suite struct AcceptedLossTests {
    private static func verify(_ session: Session) throws -> [String] {
        try VerifyRecord.run(session: session, anchorHours: VerifyRecord.anchorHours)
    }

    private static func isTold(_ session: Session) throws -> Bool {
        try verify(session).contains {
            $0.contains("removed from the end") || $0.contains("found another audit entry")
        }
    }

    /// A project whose registry is put back to before its newest anchor.
    private struct Lost {
        let project: TestProject
        let time = TestClock()

        /// - Parameters:
        ///   - meanwhile: what is done before the newest anchor and is lost.
        ///   - before: what is done before that and stays on record.
        init(
            _ meanwhile: (TestProject) throws -> Void = { _ in }, before: (TestProject) throws -> Void = { _ in }
        ) throws {
            project = try TestProject(clock: time.clock)
            _ = try ManageKeys.generate("next", session: project.session)
            try project.judge("m/1", for: "paper")
            try before(project)
            _ = try SignHead.anchor(as: nil, session: project.session)
            try project.session.registry().backup(to: project.file("old.sqlite"))
            time.advance(hours: 1)
            try meanwhile(project)
            try project.session.registry().audit(action: "note", subject: .experiment("e"))
            _ = try SignHead.anchor(as: nil, session: project.session)
            for end in ["", "-wal", "-shm"] where Paths.exists(project.file("Registry/registry.sqlite\(end)")) {
                try Paths.remove(project.file("Registry/registry.sqlite\(end)"))
            }
            try FileManager.default.copyItem(
                atPath: project.file("old.sqlite"), toPath: project.file("Registry/registry.sqlite"))
        }

        func session() throws -> Session { try project.session(actor: "ann@desk", clock: time.clock) }

        /// An entry that says as a root key would that all heads are lost.
        func forge(by name: String, _ session: Session) throws {
            let heads = try project.read("Registry/audit-heads.jsonl").split(separator: "\n").map {
                Digest.sha256(String($0))
            }
            let statement = LossStatement(heads: heads, reason: "lost", at: session.clock.now())
            let signed = try statement.signed(by: PrivateKeys.signer(name, session: session))
            try session.registry().audit(
                action: "audit.loss", subject: .tool("audit"), detail: .map(["envelope": .string(signed.text)]))
        }
    }

    /// `next` takes the place of `paper-root`; both sign it.
    private static func rotate(_ project: TestProject, _ session: Session) throws {
        let file = "Registry/environments/paper/environment.yaml"
        try project.write(
            try project.read(file).replacing("keys: [paper-root]", with: "keys: [next]"), to: file)
        for key in ["paper-root", "next"] {
            _ = try SignEnvironment.sign(
                SignEnvironment.draft("paper", session: session), key: key, session: session)
        }
        let shown = try ShowEnvironment.run("paper", session: session)
        #expect(shown.counter == 2 && shown.signers == ["next"])
    }

    @Test("a loss that root keys accepted stays accepted when they are replaced")
    func replaced() throws {
        let lost = try Lost(), session = try lost.session()
        #expect(try Self.isTold(session))
        #expect(try AcceptLoss.run(as: "paper-root", reason: "the disk failed", session: session).isComplete)
        #expect(try Self.verify(session) == [])
        try Self.rotate(lost.project, session)
        #expect(try Self.verify(session) == [])
    }

    @Test("who became root later had no say before: an earlier word is none, a new one is")
    func later() throws {
        let lost = try Lost(), session = try lost.session()
        try lost.forge(by: "next", session)
        #expect(try Self.isTold(session))
        try Self.rotate(lost.project, session)
        #expect(try Self.isTold(session))
        #expect(try AcceptLoss.run(as: "next", reason: "the disk failed", session: session).isComplete)
        #expect(try Self.verify(session) == [])
    }

    @Test(
        "where the document that replaced a root key was lost from the log as well, its own root keys accept the loss")
    func lostDocument() throws {
        let lost = try Lost { try Self.rotate($0, $0.session) }, session = try lost.session()
        #expect(try Self.isTold(session))
        #expect(
            lost.project.code { _ = try AcceptLoss.run(as: "paper-root", reason: "x", session: session) }
                == "audit.role")
        #expect(try AcceptLoss.run(as: "next", reason: "the disk failed", session: session).isComplete)
        #expect(try Self.verify(session) == [])
    }

    @Test("a key that was root once gives up nothing that was signed since, however its word is dated")
    func datedBack() throws {
        let lost = try Lost { try Self.rotate($0, $0.session) }
        lost.time.advance(hours: -0.9)
        try lost.forge(by: "paper-root", try lost.session())
        lost.time.advance(hours: 0.9)
        #expect(try Self.isTold(try lost.session()))
    }

    @Test(
        "nor by telling again, after its word, of the document that took it out, whether the log has that or not",
        arguments: [true, false])
    func toldAgain(isOnRecord: Bool) throws {
        let rotate = { (project: TestProject) in try Self.rotate(project, project.session) }
        let lost = isOnRecord ? try Lost(before: rotate) : try Lost(rotate)
        lost.time.advance(hours: 1)
        let session = try lost.session(), before = try Self.verify(session)
        #expect(!before.isEmpty)
        try lost.forge(by: "paper-root", session)
        let second = try AuthorityEnvelope(try lost.project.read("Registry/environments/paper/authority.json"))
        #expect(second.authority.counter == 2)
        try session.registry().audit(
            action: "environment.sign", subject: .environment("paper"),
            detail: .map([
                "counter": .int(2), "document": .string(second.digest), "signer": .string("next"),
                "complete": .bool(true), "lost": .bool(true), "envelope": .string(second.envelope.text),
            ]))
        #expect(try Self.isTold(session))
    }

    @Test("the word of who was a root key once voids nothing that a root key of now says is lost")
    func formerFellow() throws {
        let lost = try Lost { project in
            let file = "Registry/environments/paper/environment.yaml", text = try project.read(file)
            // Both are root keys, and then `next` alone.
            try project.write(text.replacing("keys: [paper-root]", with: "keys: [paper-root, next]"), to: file)
            _ = try SignEnvironment.sign(
                SignEnvironment.draft("paper", session: project.session), key: "paper-root", session: project.session)
            try project.write(text.replacing("keys: [paper-root]", with: "keys: [next]"), to: file)
            for key in ["paper-root", "next"] {
                let draft = try SignEnvironment.draft("paper", session: project.session)
                if try SignEnvironment.sign(draft, key: key, session: project.session).isComplete { break }
            }
            #expect(try ShowEnvironment.run("paper", session: project.session).counter == 3)
        }
        let session = try lost.session()
        let key = try PublicKey.read(lost.project.file("Registry/keys/next.pub.json"))
        let statement = try KeyRevocation(keyID: key.id, reason: "I say", at: session.clock.now()).signed(
            by: PrivateKeys.signer("paper-root", session: session))
        try session.registry().audit(
            action: "key.revoke", subject: .key("next"),
            detail: .map([
                "keyID": .string(key.id), "scope": .string("project"), "reason": .string("I say"),
                "signed": .bool(true), "statement": .string(statement.text),
            ]))
        lost.time.advance(hours: 1)
        #expect(try Self.isTold(session))
        #expect(try AcceptLoss.run(as: "next", reason: "the disk failed", session: session).isComplete)
        #expect(try !Self.isTold(session))
    }
}
