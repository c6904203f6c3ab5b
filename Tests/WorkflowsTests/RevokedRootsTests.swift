import Basics
import Deployment
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Revocations of root keys: who may end one, and that nobody locks an environment by it.
@Suite struct RevokedRootsTests {
    /// An environment whose documents two of some people sign.
    private static func project(_ people: [String]) throws -> TestProject {
        let project = try TestProject()
        for name in people { _ = try ManageKeys.generate(name, session: project.session) }
        try project.environment()
        try write(project, root: "{threshold: 2, keys: [\((["paper-root"] + people).joined(separator: ", "))]}")
        for name in ["paper-root", people[0]] { _ = try sign(project, as: name) }
        return project
    }

    @discardableResult
    private static func sign(_ project: TestProject, as name: String) throws -> SignEnvironment.Outcome {
        let draft = try SignEnvironment.draft("paper", session: project.session)
        return try SignEnvironment.sign(draft, key: name, session: project.session)
    }

    private static func write(_ project: TestProject, root: String) throws {
        let file = "Registry/environments/paper/environment.yaml", text = try project.read(file)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("root: ") ? "root: \(root)" : String($0)
        }
        try project.write(lines.joined(separator: "\n"), to: file)
    }

    /// What anybody can enter who writes the registry, and what versions entered that signed none.
    private static func enter(_ name: String, _ project: TestProject) throws {
        let key = try PublicKey.read(project.file("Registry/keys/\(name).pub.json"))
        try project.session(actor: "eve").registry().audit(
            action: "key.revoke", subject: .key(name),
            detail: .map([
                "keyID": .string(key.id), "scope": .string("project"), "reason": .string("leaked, I say"),
            ]))
    }

    private static func idle(_ project: TestProject) throws -> [String] {
        try SignEnvironment.idleRevocations(
            SignEnvironment.draft("paper", session: project.session), session: project.session)
    }

    @Test("a revocation of a root key that nobody signed is told to whoever signs, and stops no document")
    func unsigned() throws {
        let project = try Self.project(["nora"])
        for name in ["nora", "paper-root"] { try Self.enter(name, project) }
        let told = try Self.idle(project)
        #expect(told.count == 2 && told.allSatisfy { $0.contains(" by eve (leaked, I say)") }, "\(told)")
        #expect(
            try ListKeys.run(session: project.session).contains {
                $0.key.name == "nora" && $0.place.contains("it stops no signature here")
            })
        // The way out of the lie itself: both take part, and another key is named.
        _ = try ManageKeys.generate("omar", session: project.session)
        try Self.write(project, root: "{threshold: 2, keys: [paper-root, nora, omar]}")
        #expect(try !Self.sign(project, as: "paper-root").isComplete)
        let inbox = try Inbox.run(as: "nora", session: project.session)
        #expect(inbox.items.contains { $0.kind == .environment && $0.next.contains("--as nora") })
        #expect(try Self.sign(project, as: "nora").isComplete)
        let document = try ShowEnvironment.run("paper", session: project.session).document
        let keys = document[key: "root"]?[key: "keys"]?.listValue ?? []
        #expect(keys.count == 3 && keys.allSatisfy { $0[key: "revoked"] == nil })
    }

    @Test("whoever would leave too few root keys is refused, with the order of things; nothing is entered")
    func lastRoot() throws {
        let project = try Self.project(["nora"]), session = project.session
        let refused = #expect(throws: Failure.self) { try ManageKeys.revoke("nora", reason: "left", session: session) }
        #expect(refused?.code == "key.last-root" && refused?.message.contains("paper-root would be left") == true)
        #expect(refused?.hint?.contains("hftml environments sign paper --as nora") == true, "\(refused as Any)")
        #expect(
            project.code { _ = try ManageKeys.revocation(of: "nora", endsEnvironment: false, session: session) }
                == "key.last-root")
        #expect(try project.actions("key.revoke").isEmpty)
        // Taken out by a document first, it may go, and the environment lives on.
        _ = try ManageKeys.generate("omar", session: session)
        try Self.write(project, root: "{threshold: 2, keys: [paper-root, omar]}")
        for name in ["paper-root", "omar"] { #expect(try !Self.sign(project, as: name).isComplete) }
        #expect(try Self.sign(project, as: "nora").isComplete)
        #expect(try ManageKeys.revoke("nora", reason: "left", session: session).signers == ["nora"])
    }

    @Test("an entry that nobody signed lets nobody sign the last root key away; where nobody signs nothing ends")
    func lastRootEntered() throws {
        let project = try Self.project(["nora"]), session = project.session
        try Self.enter("nora", project)
        #expect(project.code { try ManageKeys.revoke("nora", session: session) } == "key.last-root")
        #expect(project.code { try ManageKeys.revoke("nora", as: "paper-root", session: session) } == "key.last-root")
        #expect(
            project.code { _ = try ManageKeys.revocation(of: "nora", endsEnvironment: false, session: session) }
                == "key.last-root")
        // Without a key that could sign it, it stays a look at what stands.
        for name in ["nora", "paper-root"] { try Paths.remove(project.file("Registry/keys/\(name).key.json")) }
        let shown = try ManageKeys.revoke("nora", session: session)
        #expect(shown.signers.isEmpty && shown.remarks.count == 1)
        #expect(try project.actions("key.revoke").count == 1)
    }

    /// A statement that another key is no good, as whoever holds a root key can write it, in the log or a file alone.
    private static func forge(_ name: String, by signer: String, _ project: TestProject, isLogged: Bool) throws {
        let key = try PublicKey.read(project.file("Registry/keys/\(name).pub.json"))
        let statement = try KeyRevocation(keyID: key.id, reason: "I say", at: 0).signed(
            by: PrivateKeys.signer(signer, session: project.session))
        if isLogged {
            try project.session(actor: "eve").registry().audit(
                action: "key.revoke", subject: .key(name),
                detail: .map([
                    "keyID": .string(key.id), "scope": .string("project"), "reason": .string("I say"),
                    "signed": .bool(true), "statement": .string(statement.text),
                ]))
        } else {
            let file = "Registry/revocations/\(key.id).jsonl", path = project.file(file)
            try project.write((Paths.exists(path) ? project.read(file) : "") + statement.text + "\n", to: file)
        }
    }

    @Test("a root key that has ended itself ends no other, in the log or in a file, however its word is dated")
    func endedSigner() throws {
        let project = try Self.project(["nora", "omar"]), session = project.session
        try ManageKeys.revoke("nora", reason: "stolen", session: session)
        let plan = try ManageKeys.revocation(of: "paper-root", session: session).plan
        #expect(plan.contains("hftml environments sign paper --as omar"), "\(plan)")
        #expect(
            try ManageKeys.revoke("omar", as: "paper-root", endsEnvironment: true, session: session).remarks.count == 1)
        let refused = #expect(throws: Failure.self) {
            try ManageKeys.revoke("omar", as: "nora", endsEnvironment: true, session: session)
        }
        #expect(refused?.code == "statement.key" && refused?.message.contains("was revoked at") == true)
        #expect(refused?.hint?.hasSuffix("hftml keys revoke omar --as paper-root") == true, "\(refused as Any)")
        for isLogged in [false, true] {
            try Self.forge("omar", by: "nora", project, isLogged: isLogged)
            #expect(try Self.idle(project).count == 1, "in the log: \(isLogged)")
        }
    }

    @Test("a root key that was ended by others, too, ends no other; what it said while it was good stays said")
    func endedByOthers() throws {
        let project = try Self.project(["nora", "omar", "paul"]), session = project.session
        for name in ["nora", "paper-root"] { try ManageKeys.revoke("omar", reason: "gone", as: name, session: session) }
        #expect(
            project.code { try ManageKeys.revoke("paul", as: "omar", endsEnvironment: true, session: session) }
                == "statement.key")
        try ManageKeys.revoke("paul", as: "nora", endsEnvironment: true, session: session)
        try Self.forge("paul", by: "omar", project, isLogged: true)
        #expect(try Self.idle(project).count == 1)
        // Whoever goes later leaves what was agreed to as it is.
        try ManageKeys.revoke("nora", as: "nora", endsEnvironment: true, session: session)
        #expect(try Self.idle(project).count == 1)
        #expect(project.code { try Self.sign(project, as: "omar") } == "statement.key")
    }

    @Test("a root key ends itself: it signs nothing more, and its owner is asked for nothing")
    func ownWord() throws {
        let project = try Self.project(["nora"]), session = project.session
        try Self.write(project, root: "{threshold: 1, keys: [paper-root, nora]}")
        try Self.sign(project, as: "paper-root")
        let revoked = try ManageKeys.revoke("nora", reason: "stolen", endsEnvironment: true, session: session)
        #expect(revoked.signers == ["nora"] && revoked.remarks.isEmpty)
        #expect(project.code { try Self.sign(project, as: "nora") } == "statement.key")
        #expect(try Self.idle(project).isEmpty)
        let inbox = try Inbox.run(as: "nora", session: session)
        #expect(!inbox.items.contains { $0.next.contains("environments sign") }, "\(inbox.items)")
        // Another registry learns it by the file that travels through Git.
        #expect(revoked.files.contains { $0.hasPrefix("Registry/revocations/") }, "\(revoked.files)")
        let clone = try project.session(registry: project.file("Registry/ci.sqlite"), actor: "ci")
        #expect(
            try SignEnvironment.idleRevocations(SignEnvironment.draft("paper", session: clone), session: clone).isEmpty)
        #expect(
            try ListKeys.run(session: clone).contains {
                $0.key.name == "nora" && $0.place.hasPrefix("root in paper; the key of 'nora'")
            })
    }

    @Test("one root key of two that have to agree ends no other; as many as sign a document do")
    func byOthers() throws {
        let project = try Self.project(["nora", "omar"]), session = project.session
        let alone = try ManageKeys.revoke("omar", reason: "gone", as: "nora", session: session)
        #expect(alone.signers == ["nora"] && alone.remarks.count == 1, "\(alone.remarks)")
        #expect(try Self.idle(project).count == 1)
        let both = try ManageKeys.revoke("omar", as: "paper-root", session: session)
        #expect(both.signers == ["nora", "paper-root"] && both.remarks.isEmpty)
        #expect(try Self.idle(project).isEmpty)
        #expect(project.code { try Self.sign(project, as: "omar") } == "statement.key")
        #expect(try project.actions("key.revoke").count == 2)
    }

    @Test("a rollback passes over a revocation of its key that nobody signed, with a word; a signed one holds it up")
    func rollback() throws {
        let runtime = FakeRuntime(), project = try TestProject(), heard = Heard()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try Self.enter("paper-promoter", project)
        #expect(project.refusedPromotion() != nil, "what asks more stops")
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        request.wait = 0
        #expect(
            try RollBack.run(request, runtime: runtime.port, session: heard.session(project)).receipt.version == 1)
        #expect(heard.all.count { $0.contains("passed over for a rollback, which the host decides") } == 1)
        try ManageKeys.revoke("paper-promoter", session: project.session)
        #expect(
            project.code { _ = try RollBack.run(request, runtime: runtime.port, session: project.session) }
                == "promote.key")
    }

    @Test("a document that changes nothing but its end is drawn up near that end, or on a word")
    func renewal() throws {
        let clock = TestClock(), project = try TestProject(clock: clock.clock), session = project.session
        try project.environment()
        func code(_ isRenewal: Bool = false) -> String? {
            project.code {
                try SignEnvironment.requireChange(
                    SignEnvironment.draft("paper", session: session), isRenewal: isRenewal, session: session)
            }
        }
        #expect(code() == "authority.unchanged" && code(true) == nil)
        clock.advance(hours: 24 * 352)
        #expect(code() == nil)
    }

    @Test("a revocation of a root key that nobody signed keeps no loss from being given up")
    func unsignedLoss() throws {
        let project = try TestProject(), path = "Registry/audit-heads.jsonl"
        try project.judge("m/1", for: "paper")
        _ = try SignHead.anchor(as: nil, session: project.session)
        try project.write(try project.read(path) + "junk\n", to: path)
        #expect(try VerifyRecord.run(session: project.session).count == 1)
        try Self.enter("paper-root", project)
        _ = try AcceptLoss.run(as: "paper-root", reason: "junk", session: project.session)
        #expect(try VerifyRecord.run(session: project.session) == [])
    }
}
