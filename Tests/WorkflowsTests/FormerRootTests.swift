import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Who was root once, and writes the registry: documents of a number that the log has already.
@Suite struct FormerRootTests {
    private static let place = "Registry/environments/paper"

    private static func enter(_ document: AuthorityEnvelope, _ session: Session) throws {
        try session.registry().audit(
            action: "environment.sign", subject: .environment("paper"),
            detail: .map([
                "counter": .int(document.authority.counter), "document": .string(document.digest),
                "signer": .string("eve"), "complete": .bool(true), "lost": .bool(true),
                "envelope": .string(document.envelope.text),
            ]))
    }

    /// `paper`, where document 2 put the key `second` in the place of `paper-root`, and documents 2 to 4 of a stranger
    /// are on record after it, the first of them signed by `paper-root`.
    private static func project() throws -> (TestProject, first: String, second: String) {
        let project = try TestProject(), session = project.session
        try project.environment()
        let first = try project.read("\(place)/authority.json")
        _ = try ManageKeys.generate("second", session: session)
        let text = try project.read("\(place)/environment.yaml")
        let root = try #require(text.split(separator: "\n").first { $0.hasPrefix("root:") })
        try project.write(
            text.replacing(root, with: "root: {threshold: 1, keys: [second]}"), to: "\(place)/environment.yaml")
        for key in ["paper-root", "second"] {
            _ = try SignEnvironment.sign(
                SignEnvironment.draft("paper", session: session), key: key, session: session)
        }
        let second = try project.read("\(place)/authority.json")
        let former = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        let eve = SigningKey(generating: "eve")
        var made = try AuthorityEnvelope(second).authority
        for counter in 2...4 {
            (made.counter, made.root) = (counter, try RootKeys(threshold: 1, keys: [eve.publicKey]))
            let document = try AuthorityEnvelope(made, signer: eve)
            try enter(counter == 2 ? document.signed(by: former) : document, session)
        }
        return (project, first, second)
    }

    @Test("who was root once and writes the registry leads nobody past the documents that lie here")
    func documentsHere() throws {
        let (project, _, second) = try Self.project(), session = project.session
        #expect(try AuthorityEnvelope(second).authority.counter == 2)
        #expect(try SignEnvironment.draft("paper", session: session).counter == 3)
        #expect(try FinishSigning.restore("paper", session: session) == nil)
    }

    @Test(
        "nor where the newest document lies not here: what the log held first is laid out, and not what came after it")
    func behind() throws {
        let (project, first, second) = try Self.project(), session = project.session
        try Paths.remove(project.file("\(Self.place)/authority/2.json"))
        try project.write(first, to: "\(Self.place)/authority.json")
        #expect(try FinishSigning.restore("paper", session: session)?.counter == 2)
        #expect(try project.read("\(Self.place)/authority.json") == second)
        #expect(try SignEnvironment.draft("paper", session: session).counter == 3)
    }

    @Test("nor where an earlier program's log tells of them without their text: what lies here is no fork")
    func earlierLog() throws {
        let (project, first, second) = try Self.project(), path = project.file("earlier/registry.sqlite")
        let registry = try RegistryDatabase(path, actor: "ann@desk", clock: project.session.clock)
        let documents = try [first, second].map(AuthorityEnvelope.init)
        for document in documents {
            try registry.audit(
                action: "environment.sign", subject: .environment("paper"),
                detail: .map([
                    "counter": .int(document.authority.counter), "document": .string(document.digest),
                    "signer": .string("ann"), "complete": .bool(true),
                ]))
        }
        try Paths.remove(project.file("Registry/audit-heads.jsonl"))
        let session = try project.session(registry: path, actor: "ann")
        let former = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        var made = documents[1].authority
        made.root = try RootKeys(threshold: 1, keys: [former.publicKey])
        try Self.enter(try AuthorityEnvelope(made, signer: former), session)
        #expect(try SignEnvironment.draft("paper", session: session).counter == 3)
        #expect(try FinishSigning.restore("paper", session: session) == nil)
    }

    @Test("a root key that another one has ended signs no next document, neither in the log nor in the files")
    func endedRoot() throws {
        let project = try TestProject(), session = project.session, runtime = FakeRuntime()
        _ = try ManageKeys.generate("second", session: session)
        try project.environment()
        let text = try project.read("\(Self.place)/environment.yaml")
        let root = try #require(text.split(separator: "\n").first { $0.hasPrefix("root:") })
        try project.write(
            text.replacing(root, with: "root: {threshold: 1, keys: [paper-root, second]}"),
            to: "\(Self.place)/environment.yaml")
        func sign() throws -> SignEnvironment.Outcome {
            try SignEnvironment.sign(
                SignEnvironment.draft("paper", session: session), key: "paper-root", session: session)
        }
        #expect(try sign().isComplete)
        try project.promote("m/1", runtime)
        let honest = try project.read("\(Self.place)/authority.json")
        let number = try AuthorityEnvelope(honest).authority.counter
        try ManageKeys.revoke("second", reason: "stolen", as: "paper-root", session: session)
        let stolen = try SigningKey.read(project.file("Registry/keys/second.key.json"))
        let eve = SigningKey(generating: "eve")
        var made = try AuthorityEnvelope(honest).authority
        (made.counter, made.root) = (number + 1, try RootKeys(threshold: 1, keys: [eve.publicKey]))
        let forged = try AuthorityEnvelope(made, signer: eve).signed(by: stolen)
        try Self.enter(forged, session)
        #expect(try FinishSigning.restore("paper", session: session) == nil)
        #expect(try SignEnvironment.draft("paper", session: session).counter == number + 1)
        let kept = "\(Self.place)/authority/\(number + 1).json"
        for file in ["\(Self.place)/authority.json", kept] {
            try project.write(forged.envelope.text + "\n", to: file)
        }
        let refused = try #require(project.refusedPromotion("m/1"))
        #expect(refused.code == "authority.signatures" && refused.message.contains("signed by 'second'"), "\(refused)")
        let heard = Heard()
        _ = try? SignEnvironment.draft("paper", session: try heard.session(project))
        #expect(
            heard.all.contains { $0.contains("signed by 'second', whose key was ended before the log took it up") },
            "\(heard.all)")
        #expect(
            project.code { _ = try DeliverDocuments.run("paper", to: "elsewhere", session: session) }
                == "authority.signatures")
        #expect(try VerifyRecord.run(session: session).contains { $0.contains("whose key was ended") })
        // Nor by a further one, which nobody's ended key had to sign.
        made.counter = number + 2
        let further = try AuthorityEnvelope(made, signer: eve).envelope.text + "\n"
        for file in ["\(Self.place)/authority.json", "\(Self.place)/authority/\(number + 2).json"] {
            try project.write(further, to: file)
        }
        #expect(project.refusedPromotion("m/1")?.code == "authority.signatures")
        try Paths.remove(project.file("\(Self.place)/authority/\(number + 2).json"))
        try project.write(forged.envelope.text + "\n", to: "\(Self.place)/authority.json")
        let mend = try #require(refused.hint?.split(separator: "take it away: ").last)
        #expect(try RunProgram.run("/bin/sh", ["-c", String(mend)], in: project.root).status == 0, "\(mend)")
        #expect(try project.read("\(Self.place)/authority.json") == honest)
        #expect(try sign().counter == number + 1)
    }

    @Test("what another clone completed before a root key was ended, and was used here, counts, and the next is signed")
    func endedSince() throws {
        let project = try TestProject(), session = project.session, runtime = FakeRuntime()
        _ = try ManageKeys.generate("second", session: session)
        try project.environment()
        let text = try project.read("\(Self.place)/environment.yaml")
        let root = try #require(text.split(separator: "\n").first { $0.hasPrefix("root:") })
        let two = text.replacing(root, with: "root: {threshold: 1, keys: [paper-root, second]}")
        try project.write(two, to: "\(Self.place)/environment.yaml")
        func sign(_ session: Session, _ key: String) throws -> SignEnvironment.Outcome {
            try SignEnvironment.sign(SignEnvironment.draft("paper", session: session), key: key, session: session)
        }
        #expect(try sign(session, "paper-root").isComplete)
        // In a registry of its own.
        let other = try project.session(registry: project.file("other/registry.sqlite"), actor: "second")
        let heads = project.file("Registry/audit-heads.jsonl")
        if Paths.exists(heads) { try Paths.remove(heads) }
        try project.write(
            two.replacing("maximumPosition: 1000", with: "maximumPosition: 900"),
            to: "\(Self.place)/environment.yaml")
        let number = try sign(other, "second").counter
        if Paths.exists(heads) { try Paths.remove(heads) }
        try project.promote("m/1", runtime)
        try ManageKeys.revoke("second", reason: "lost", as: "paper-root", session: session)
        // Told, and no more: nobody can tell what came first.
        let heard = Heard()
        _ = try SignEnvironment.draft("paper", session: try heard.session(project))
        #expect(heard.all.contains { $0.contains("and nothing on record of when it was signed") }, "\(heard.all)")
        #expect(try VerifyRecord.gaps(session: session).contains { $0.contains("nothing on record of when") })
        #expect(project.refusedPromotion("m/1") == nil)
        let last = try project.read("\(Self.place)/environment.yaml")
        try project.write(
            last.replacing(", second]", with: "]"), to: "\(Self.place)/environment.yaml")
        #expect(try sign(session, "paper-root").counter == number + 1)
        let since = Heard()
        _ = try SignEnvironment.draft("paper", session: try since.session(project))
        #expect(!since.all.contains { $0.contains("whose key was ended") }, "\(since.all)")
        // Nor in a clone whose registry knows of none of them.
        let third = try project.session(registry: project.file("third/registry.sqlite"), actor: "ci")
        #expect(try VerifyRecord.gaps(session: third).allSatisfy { !$0.contains("whose key was ended") })
    }

    @Test("two documents of one number that the same root keys signed, in registries of their own, are a fork")
    func twoRegistries() throws {
        let project = try TestProject()
        try project.environment()
        let session = try project.session(registry: project.file("other/registry.sqlite"), actor: "ben")
        let root = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        var made = try AuthorityEnvelope(try project.read("\(Self.place)/authority.json")).authority
        made.counter = 2
        let here = try AuthorityEnvelope(made, signer: root)
        made.expiresAt += 1_000_000_000
        try Self.enter(try AuthorityEnvelope(made, signer: root), session)
        for name in ["authority.json", "authority/2.json"] {
            try project.write(here.envelope.text + "\n", to: "\(Self.place)/\(name)")
        }
        try Paths.remove(project.file("Registry/audit-heads.jsonl"))
        let failure = #expect(throws: Failure.self) { try SignEnvironment.draft("paper", session: session) }
        #expect(failure?.code == "authority.fork", "\(failure as Any)")
        #expect(failure?.hint?.contains(here.digest) == true, "\(failure as Any)")
    }

    @Test("a document that the log holds is not replaced by an entry that has its digest without its signatures")
    func unsigned() throws {
        let project = try TestProject(), session = project.session
        try project.environment()
        let first = try project.read("\(Self.place)/authority.json")
        // With the digest and without a word of its root keys, before the honest entry.
        var made = try AuthorityEnvelope(first).authority
        made.counter = 2
        let root = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        let honest = try AuthorityEnvelope(made, signer: root)
        try session.registry().audit(
            action: "environment.sign", subject: .environment("paper"),
            detail: .map([
                "counter": .int(2), "document": .string(honest.digest), "signer": .string("eve"),
                "complete": .bool(true), "envelope": .string("x"),
            ]))
        try Self.enter(honest, session)
        #expect(try FinishSigning.restore("paper", session: session)?.counter == 2)
        #expect(try project.read("\(Self.place)/authority.json") == honest.envelope.text + "\n")
    }

    @Test("where no document lies here and nothing is pinned, who was first in the log is shown before it is laid out")
    func unproven() throws {
        let project = try TestProject(), session = project.session
        try project.environment()
        #expect(try FinishSigning.unproven("paper", session: session).isEmpty)
        let root = try AuthorityEnvelope(try project.read("\(Self.place)/authority.json")).authority.root
        for name in ["authority.json", "authority", "root.json"] {
            try Paths.remove(project.file("\(Self.place)/\(name)"))
        }
        let shown = try FinishSigning.unproven("paper", session: session)
        #expect(shown.contains(RootPin(environment: "paper", root: root).fingerprint), "\(shown)")
        #expect(shown.first?.contains("first signed by 'paper-root'") == true, "\(shown)")
    }
}
