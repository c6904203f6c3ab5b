import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// Documents that nobody has any more, and entries of the log that tell of documents which are nobody's.
@Suite struct LostDocumentTests {
    private static let place = "Registry/environments/paper"

    private static func sign(_ session: Session, isLost: Bool = false) throws -> SignEnvironment.Outcome {
        let draft = try SignEnvironment.draft("paper", isLost: isLost, session: session)
        return try SignEnvironment.sign(draft, key: "paper-root", session: session)
    }

    private static func failure(_ body: () throws -> Void) -> Failure? {
        do { try body() } catch { return error as? Failure }
        return nil
    }

    /// `paper` with document 2 on record, and document 1 alone in its files.
    private static func lost() throws -> (TestProject, second: String) {
        let project = try TestProject()
        try project.environment()
        let first = try project.read("\(place)/authority.json")
        #expect(try sign(project.session).counter == 2)
        let second = try project.read("\(place)/authority.json")
        try Paths.remove(project.file("\(place)/authority/2.json"))
        try project.write(first, to: "\(place)/authority.json")
        return (project, second)
    }

    /// A registry that an earlier program made: its log holds no documents.
    private static func earlier(_ project: TestProject, _ documents: [(Int, String)]) throws -> Session {
        let path = project.file("earlier/registry.sqlite")
        let registry = try RegistryDatabase(path, actor: "ann@desk", clock: project.session.clock)
        for (counter, digest) in documents { try enter(counter, digest, in: registry) }
        return try project.session(registry: path, actor: "ann")
    }

    private static func enter(_ counter: Int, _ digest: String, in registry: RegistryDatabase) throws {
        try registry.audit(
            action: "environment.sign", subject: .environment("paper"),
            detail: .map([
                "counter": .int(counter), "document": .string(digest), "signer": .string("eve"),
                "complete": .bool(true),
            ]))
    }

    private static func enter(_ document: AuthorityEnvelope, in registry: RegistryDatabase) throws {
        try registry.audit(
            action: "environment.sign", subject: .environment("paper"),
            detail: .map([
                "counter": .int(document.authority.counter), "document": .string(document.digest),
                "signer": .string("eve"), "complete": .bool(true), "envelope": .string(document.envelope.text),
            ]))
    }

    @Test("a document that was lost before anybody else had it is laid out again as the log has it, unsigned")
    func restored() throws {
        let (project, second) = try Self.lost(), session = project.session
        let failure = Self.failure { _ = try SignEnvironment.draft("paper", session: session) }
        #expect(failure?.code == "authority.gone" && failure?.hint?.contains("git pull") == true)
        #expect(failure?.hint?.hasSuffix("as the log has it: hftml environments sign paper --as KEY --lost") == true)
        let before = try project.actions("environment.sign").count
        let outcome = try FinishSigning.restore("paper", session: session)
        #expect(outcome?.counter == 2 && outcome?.outcome.signers == ["paper-root"])
        #expect(outcome?.remarks == [], "environment.yaml says the same")
        #expect(try project.actions("environment.sign").count == before)
        for file in ["authority.json", "authority/2.json", "inbox/2.authority.json"] {
            #expect(try project.read("\(Self.place)/\(file)") == second, "\(file)")
        }
        #expect(try FinishSigning.restore("paper", session: session) == nil)
        let none = Self.failure { _ = try SignEnvironment.draft("paper", isLost: true, session: session) }
        #expect(none?.code == "sign.not-lost" && none?.exitStatus == .usage)
        #expect(try SignEnvironment.draft("paper", session: session).counter == 3)
    }

    @Test("a document that the log of an earlier program names and nobody has is signed anew, once, by who says so")
    func anew() throws {
        let project = try TestProject()
        try project.environment()
        let own = try AuthorityEnvelope(try project.read("\(Self.place)/authority.json"))
        let made = [
            (1, own.digest), (2, String(repeating: "2", count: 64)), (1_000_000, String(repeating: "b", count: 64)),
        ]
        let session = try Self.earlier(project, made)
        try Paths.remove(project.file("Registry/audit-heads.jsonl"))
        let failure = Self.failure { _ = try SignEnvironment.draft("paper", session: session) }
        #expect(failure?.code == "authority.gone" && failure?.message.contains("has document 1000000") == true)
        #expect(try FinishSigning.restore("paper", session: session) == nil, "such a log holds no document")
        let draft = try SignEnvironment.draft("paper", isLost: true, session: session)
        #expect(draft.counter == 2 && SignEnvironment.lossRemarks(draft).count == 1)
        #expect(try SignEnvironment.sign(draft, key: "paper-root", session: session).counter == 2)
        #expect(try SignEnvironment.draft("paper", session: session).counter == 3, "one round ends all of it")
        // What holds no document says nothing beside what does.
        try Self.enter(7, String(repeating: "7", count: 64), in: try session.registry())
        #expect(try SignEnvironment.draft("paper", session: session).counter == 3)
    }

    @Test("the second of two root keys need not say again that a document is lost")
    func second() throws {
        let project = try TestProject()
        try project.environment()
        _ = try ManageKeys.generate("second", session: project.session)
        try project.amend { text in
            let root = text.split(separator: "\n").first { $0.hasPrefix("root:") } ?? ""
            return text.replacing(root, with: "root: {threshold: 1, keys: [paper-root, second]}")
        }
        let own = try AuthorityEnvelope(try project.read("\(Self.place)/authority.json"))
        let text = try project.read("\(Self.place)/environment.yaml")
        try project.write(text.replacing("threshold: 1", with: "threshold: 2"), to: "\(Self.place)/environment.yaml")
        let session = try Self.earlier(
            project, [(own.authority.counter, own.digest), (own.authority.counter + 1, "lost")])
        try Paths.remove(project.file("Registry/audit-heads.jsonl"))
        #expect(try !Self.sign(session, isLost: true).isComplete)
        let draft = try SignEnvironment.draft("paper", session: session)
        #expect(SignEnvironment.lossRemarks(draft).count == 1 && draft.signers == ["paper-root"])
        #expect(try SignEnvironment.sign(draft, key: "second", session: session).isComplete)
        #expect(try SignEnvironment.draft("paper", session: session).counter == own.authority.counter + 2)
    }

    @Test("a rollback goes by the document that the host has accepted, whatever older one or other lies here")
    func rollback() throws {
        for isOther in [false, true] {
            let project = try TestProject(), runtime = FakeRuntime(), heard = Heard()
            for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
            let first = try project.read("\(Self.place)/authority.json")
            try project.amend { $0.replacing("maximumPosition: 1000", with: "maximumPosition: 1001") }
            let host = try DeploymentDirectory(project.environment)
            try AtomicFile.write(try project.read("\(Self.place)/authority.json"), to: host.acceptedAuthority)
            try Paths.remove(project.file("\(Self.place)/authority/2.json"))
            try project.write(first, to: "\(Self.place)/authority.json")
            if isOther {
                let root = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
                var other = try AuthorityEnvelope(try FileChunks.text(host.acceptedAuthority)).authority
                other.minimumCostBps += 1
                let text = try AuthorityEnvelope(other, signer: root).envelope.text + "\n"
                for file in ["authority.json", "authority/2.json"] {
                    try project.write(text, to: "\(Self.place)/\(file)")
                }
            }
            var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
            request.wait = 0
            let outcome = try RollBack.run(request, runtime: runtime.port, session: try heard.session(project))
            #expect(outcome.receipt.version == 1)
            #expect(heard.all.contains { $0.contains("the rollback goes by the host's") }, "\(heard.all)")
        }
    }

    @Test("a fork at a further host ends by the next document, which is brought to it")
    func fork() throws {
        let project = try TestProject(), session = project.session
        let further = try RecordedHostsTests.Further(project), host = further.host
        let there = try AuthorityEnvelope(try FileChunks.text(host.authorityFile)).authority
        var other = there
        other.minimumCostBps += 1
        let root = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        let text = try AuthorityEnvelope(other, signer: root).envelope.text
        try AtomicFile.write(text, to: host.acceptedAuthority)
        let failure = Self.failure { _ = try DeliverDocuments.run("paper", to: host.directory, session: session) }
        #expect(failure?.code == "authority.fork" && failure?.hint?.contains("environments sign paper") == true)
        // Where nobody here may look at what was accepted, what was delivered says it too.
        try Paths.remove(host.acceptedAuthority)
        try AtomicFile.write(text, to: "\(host.authorityChain)/\(there.counter).json")
        #expect(
            project.code { _ = try DeliverDocuments.run("paper", to: host.directory, session: session) }
                == "authority.fork")
        try AtomicFile.write(text, to: host.acceptedAuthority)
        #expect(try Self.sign(session).counter == there.counter + 1)
        #expect(try DeliverDocuments.run("paper", to: host.directory, session: session).counter == there.counter + 1)
    }

    @Test("a stranger's document under the lowest number is nobody's root, on a machine without a pin")
    func lowest() throws {
        let project = try TestProject(), runtime = FakeRuntime(), heard = Heard()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try Paths.remove("\(project.environment)/root.json")
        let own = try AuthorityEnvelope(try project.read("\(Self.place)/authority.json"))
        let eve = SigningKey(generating: "eve")
        var made = own.authority
        made.root = try RootKeys(threshold: 1, keys: [eve.publicKey])
        try project.write(
            try AuthorityEnvelope(made, signer: eve).envelope.text, to: "\(Self.place)/authority/0.json")
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        request.wait = 0
        let session = try heard.session(project)
        #expect(try RollBack.run(request, runtime: runtime.port, session: session).receipt.version == 1)
        let fingerprint = RootPin(environment: "paper", root: own.authority.root).fingerprint
        #expect(heard.all.contains { $0.contains("believing those of document 1, \(fingerprint)") }, "\(heard.all)")
    }

    @Test("a document above a hole is not laid out, and one comes back where no other lies")
    func holes() throws {
        let project = try TestProject()
        try project.environment()
        let own = try AuthorityEnvelope(try project.read("\(Self.place)/authority.json"))
        let root = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
        let session = try Self.earlier(project, [(1, own.digest), (2, String(repeating: "2", count: 64))])
        try Paths.remove(project.file("Registry/audit-heads.jsonl"))
        var later = own.authority
        later.counter = 3
        try Self.enter(try AuthorityEnvelope(later, signer: root), in: try session.registry())
        #expect(try FinishSigning.restore("paper", session: session) == nil)
        #expect(try Self.sign(session, isLost: true).counter == 2)
        // On record by the program of now, and in no file at all.
        for name in ["authority.json", "authority", "root.json"] {
            try Paths.remove(project.file("\(Self.place)/\(name)"))
        }
        #expect(project.code { _ = try SignEnvironment.draft("paper", session: project.session) } == "authority.gone")
        #expect(try FinishSigning.restore("paper", session: project.session)?.counter == 1)
        #expect(try project.read("\(Self.place)/authority.json") == own.envelope.text + "\n")
    }

    @Test("behind an earlier program's log, nobody's later document is laid out where none lies here")
    func noDocuments() throws {
        let project = try TestProject(), eve = SigningKey(generating: "eve")
        try project.environment()
        let own = try AuthorityEnvelope(try project.read("\(Self.place)/authority.json"))
        let session = try Self.earlier(project, [(1, own.digest)])
        try Paths.remove(project.file("Registry/audit-heads.jsonl"))
        var made = own.authority
        made.root = try RootKeys(threshold: 1, keys: [eve.publicKey])
        for counter in 1...2 {
            made.counter = counter
            let document = try AuthorityEnvelope(made, signer: eve)
            try Self.enter(document, in: try session.registry())
        }
        for name in ["authority.json", "authority", "root.json"] {
            try Paths.remove(project.file("\(Self.place)/\(name)"))
        }
        #expect(project.code { _ = try SignEnvironment.draft("paper", session: session) } == "authority.gone")
        #expect(try FinishSigning.restore("paper", session: session) == nil)
        #expect(!Paths.exists(project.file("\(Self.place)/authority.json")))
        // With the documents at hand the owner goes on, past the stranger's.
        try project.write(own.envelope.text + "\n", to: "\(Self.place)/authority.json")
        #expect(try Self.sign(session).counter == 2)
    }

    @Test("an entry that names no document is nobody's")
    func nameless() throws {
        let project = try TestProject()
        try project.environment()
        let path = project.file("earlier/registry.sqlite")
        let registry = try RegistryDatabase(path, actor: "eve@desk", clock: project.session.clock)
        try registry.audit(
            action: "environment.sign", subject: .environment("paper"),
            detail: .map(["counter": .int(1), "signer": .string("eve"), "complete": .bool(true)]))
        try Self.enter(1, String(repeating: "1", count: 64), in: registry)
        try Paths.remove(project.file("Registry/audit-heads.jsonl"))
        #expect(
            project.code { _ = try Self.sign(try Self.earlier(project, [])) } == "authority.other-root")
    }
}
