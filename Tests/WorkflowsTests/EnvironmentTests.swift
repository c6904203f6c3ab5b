import Basics
import Deployment
import Foundation
import ModelBundles
import Testing
import Workflows

/// The document of an environment: drawn up, signed by enough root keys, delivered, shown.
@Suite struct EnvironmentTests {
    /// `live`, whose document two of three persons have to sign.
    private static func shared() throws -> TestProject {
        let project = try TestProject(.empty), session = project.session
        for name in ["ann", "bob", "carl", "gate", "promoter", "host"] {
            _ = try ManageKeys.generate(name, session: session)
        }
        var request = InitializeEnvironment.Request(environment: "live", policy: "easy")
        request.root = ["ann", "bob", "carl"]
        _ = try InitializeEnvironment.run(request, session: session)
        let file = "Registry/environments/live/environment.yaml"
        try project.write(
            try project.read(file).replacing("threshold: 1", with: "threshold: 2")
                .replacing("GATE-KEY", with: "gate").replacing("PROMOTER-KEY", with: "promoter")
                .replacing("HOST-KEY", with: "host"), to: file)
        return project
    }

    private static func sign(_ project: TestProject, _ key: String) throws -> SignEnvironment.Outcome {
        let draft = try SignEnvironment.draft("live", session: project.session)
        return try SignEnvironment.sign(draft, key: key, session: project.session)
    }

    private static func show(_ project: TestProject) throws -> ShowEnvironment.Outcome {
        try ShowEnvironment.run("live", session: project.session)
    }

    @Test("a document is in force once enough persons have signed it, and is on its way to the host")
    func threshold() throws {
        let project = try Self.shared(), place = project.file("Registry/environments/live")
        let draft = try SignEnvironment.draft("live", session: project.session)
        #expect(draft.counter == 1 && draft.threshold == 2 && draft.signers.isEmpty)
        #expect(draft.changes.contains { $0.hasPrefix("keys.gate: ") && $0.hasSuffix(" as gate") }, "\(draft.changes)")
        let first = try Self.sign(project, "ann")
        #expect(!first.isComplete && first.signers == ["ann"])
        #expect(project.code { _ = try Self.show(project) } == "authority.missing")
        #expect(try !Self.sign(project, "ann").isComplete, "one person counts once")
        let second = try Self.sign(project, "carl")
        #expect(second.isComplete && second.counter == 1 && second.digest == first.digest)
        #expect(second.signers == ["ann", "carl"])
        for file in ["authority.json", "authority/1.json", "inbox/1.authority.json"] {
            #expect(try AuthorityEnvelope(try FileChunks.text("\(place)/\(file)")).digest == second.digest, "\(file)")
        }
        #expect(!Paths.exists("\(place)/authority.next.json"))
        let shown = try Self.show(project)
        #expect(shown.signers == ["ann", "carl"] && shown.changes == [] && !shown.isExpired && shown.policy == "easy")
        #expect(
            try project.actions("environment") == ["environment.init"] + Array(repeating: "environment.sign", count: 3))
    }

    @Test("only root keys sign; two keys of one person are one person")
    func persons() throws {
        let project = try Self.shared(), file = "Registry/environments/live/environment.yaml"
        #expect(project.code { _ = try Self.sign(project, "gate") } == "authority.not-root")
        try project.write(
            try project.read(file).replacing(
                "keys: [ann, bob, carl]", with: "keys: [{key: ann, person: ann}, {key: bob, person: ann}]"), to: file)
        #expect(project.code { _ = try Self.sign(project, "ann") } == "authority.threshold")
        try project.write(
            try project.read(file).replacing("{key: bob, person: ann}", with: "{key: bob, person: ann}, carl"), to: file
        )
        #expect(try !Self.sign(project, "ann").isComplete && !Self.sign(project, "bob").isComplete)
        #expect(try Self.sign(project, "carl").isComplete)
    }

    @Test("a revoked key stays in the documents when its line is gone, under another name if that is taken")
    func revokedStays() throws {
        let project = try TestProject(), gate = "{key: paper-gate, roles: [gate]}"
        try project.environment()
        _ = try ManageKeys.trust("paper-gate", roles: ["gate"], session: project.session)
        try ManageKeys.revoke("paper-gate", reason: "lost", session: project.session)
        for name in ["gate-2", "gate-3"] { _ = try ManageKeys.generate(name, session: project.session) }
        func keys() throws -> [PublicKey] {
            try AuthorityEnvelope(try project.read("Registry/environments/paper/authority.json")).authority.keys
        }
        let old = try #require(try keys().first { $0.name == "paper-gate" })
        try project.amend { $0.replacing(gate, with: "{key: gate-2, roles: [gate]}") }
        #expect(try keys().first { $0.id == old.id }?.revoked?.reason == "lost")
        #expect(try keys().first { $0.name == "gate-2" }?.revoked == nil)
        // One that is merely taken out is gone.
        try project.amend { $0.replacing("gate-2", with: "gate-3") }
        #expect(try !keys().contains { $0.name == "gate-2" } && keys().contains { $0.id == old.id })
        try project.amend {
            $0.replacing("{key: gate-3,", with: "{key: paper-gate, publicKey: \(SigningKey.base64("gate-4")),")
        }
        let both = try keys().filter { $0.name.hasPrefix("paper-gate") }
        #expect(both.count == 2 && both.first { $0.id == old.id }?.name == "paper-gate-\(old.id.prefix(8))")
        #expect(try ShowEnvironment.run("paper", session: project.session).changes == [])
    }

    @Test(
        "what the file says otherwise is shown and does not count; the next document needs the keys of the one before")
    func next() throws {
        let project = try Self.shared(), file = "Registry/environments/live/environment.yaml"
        _ = try Self.sign(project, "ann")
        _ = try Self.sign(project, "bob")
        let text = try project.read(file)
        try project.write(
            text.replacing("maximumPosition: 1000", with: "maximumPosition: 9")
                .replacing("keys: [ann, bob, carl]", with: "keys: [carl, gate]"), to: file)
        try project.write(
            try project.read("Registry/gates/easy.yaml").replacing("minimum: -1", with: "minimum: -0.5"),
            to: "Registry/gates/easy.yaml")
        let changes = try #require(try Self.show(project).changes)
        #expect(changes.contains("limits.maximumPosition: 1000 → 9"), "\(changes)")
        #expect(
            changes.contains { $0.hasPrefix("policy.sha256: ") } && changes.contains { $0.hasPrefix("+ root.gate") })
        #expect(changes.contains { $0.hasPrefix("- root.ann") })
        #expect(try Self.show(project).counter == 1)
        // New root keys alone cannot take over.
        #expect(try !Self.sign(project, "carl").isComplete && !Self.sign(project, "gate").isComplete)
        // With one of the old ones more, two of both have signed.
        #expect(try Self.sign(project, "bob").isComplete)
        #expect(try Self.show(project).counter == 2 && Self.show(project).changes == [])
        // Whoever pins the first root keys is told that they led on to others.
        let pin = try PinEnvironment.draft("live", session: project.session)
        #expect(pin.source == "document 1" && pin.keys.map(\.name) == ["ann", "bob", "carl"])
        #expect(pin.later?.counter == 2 && pin.later?.keys.map(\.name) == ["carl", "gate"])
        // Signatures on a draft that says something else by now are not taken over.
        _ = try Self.sign(project, "carl")
        try project.write(try project.read(file).replacing("verdictDays: 7", with: "verdictDays: 6"), to: file)
        #expect(try SignEnvironment.draft("live", session: project.session).signers.isEmpty)
    }

    @Test("of two who sign at once the second is told; no document of one number is made twice, no signature lost")
    func signedMeanwhile() throws {
        let project = try Self.shared()
        let early = try SignEnvironment.draft("live", session: project.session)
        _ = try Self.sign(project, "ann")
        #expect(
            project.code { _ = try SignEnvironment.sign(early, key: "bob", session: project.session) }
                == "authority.moved")
        let second = try SignEnvironment.draft("live", session: project.session)
        #expect(second.signers == ["ann"])
        #expect(try Self.sign(project, "bob").isComplete)
        #expect(
            project.code { _ = try SignEnvironment.sign(second, key: "carl", session: project.session) }
                == "authority.moved")
        #expect(try Self.show(project).counter == 1)
    }

    @Test("what waits for signatures is signed only where environment.yaml says the same: nothing is signed unread")
    func planted() throws {
        let project = try Self.shared(), next = "Registry/environments/live/authority.next.json"
        let ann = try SigningKey.read(project.file("Registry/keys/ann.key.json")), eve = SigningKey(generating: "eve")
        _ = try Self.sign(project, "ann")
        let honest = try AuthorityEnvelope(try project.read(next)).authority
        func plant(_ document: EnvironmentAuthority, _ key: SigningKey = ann) throws -> SignEnvironment.Draft {
            try project.write(try AuthorityEnvelope(document, signer: key).envelope.text, to: next)
            return try SignEnvironment.draft("live", session: project.session)
        }
        #expect(try plant(honest).signers == ["ann"])
        var longer = honest
        longer.expiresAt += 86_400_000_000_000
        #expect(try plant(longer).signers.isEmpty)
        #expect(try plant(longer, eve).expiresAt < longer.expiresAt, "nobody has to have signed what lies there")
        var later = honest
        (later.createdAt, later.expiresAt) = (later.createdAt + 3_600_000_000_000, later.expiresAt + 3_600_000_000_000)
        #expect(try plant(later).signers.isEmpty)
        // A second key under the name of a first was no difference.
        var doubled = honest
        let twin = PublicKey(name: "ann", raw: eve.publicKey.raw)
        doubled.root = try RootKeys(threshold: 2, keys: honest.root.keys + [twin])
        #expect(try plant(doubled).signers.isEmpty && plant(doubled, eve).signers.isEmpty)
        #expect(try !Self.sign(project, "bob").isComplete && Self.sign(project, "carl").isComplete)
        let signed = try AuthorityEnvelope(try project.read("Registry/environments/live/authority.json")).authority
        #expect(signed.root == honest.root)
        let file = "Registry/environments/live/environment.yaml"
        let key = "{key: ann, publicKey: '\(Data(twin.raw).base64EncodedString())'}"
        try project.write(
            try project.read(file).replacing("keys: [ann, bob, carl]", with: "keys: [ann, bob, carl, \(key)]"), to: file
        )
        let changes = try SignEnvironment.draft("live", session: project.session).changes
        #expect(changes.contains("+ root.ann (\(twin.id)): \(twin.id)"), "\(changes)")
    }

    @Test("documents that cannot be read are told with what helps; signing the next one needs them")
    func unreadable() throws {
        let project = try TestProject(.empty)
        try project.environment()
        func hint(_ name: String) -> String {
            let file = "Registry/environments/paper/\(name)", text = try? project.read(file)
            defer {
                if let text { _ = try? project.write(text, to: file) } else { try? Paths.remove(project.file(file)) }
            }
            do {
                try project.write("{", to: file)
                _ = try SignEnvironment.draft("paper", session: project.session)
            } catch { return (error as? any UserFacingError)?.hint ?? "\(error)" }
            return "none"
        }
        #expect(hint("authority/1.json").hasPrefix("bring it back: git checkout -- '"))
        #expect(hint("authority.json").hasPrefix("bring it back: git checkout -- '"))
        #expect(hint("authority.next.json").contains("rm '"))
        // The host has seen a newer one than is tracked here.
        let place = project.environment
        try AtomicFile.write(try FileChunks.text("\(place)/authority.json"), to: "\(place)/first.json")
        try project.amend { $0.replacing("verdictDays: 7", with: "verdictDays: 6") }
        try AtomicFile.write(try FileChunks.text("\(place)/authority.json"), to: "\(place)/installed/authority.json")
        try Paths.remove("\(place)/authority/2.json")
        try AtomicFile.write(try FileChunks.text("\(place)/first.json"), to: "\(place)/authority.json")
        let failure = #expect(throws: Failure.self) {
            try ShowEnvironment.run("paper", session: project.session)
        }
        #expect(failure?.code == "authority.older" && failure?.hint?.contains("cp '") == true)
        try AtomicFile.write(try FileChunks.text("\(place)/installed/authority.json"), to: "\(place)/authority.json")
        #expect(try ShowEnvironment.run("paper", session: project.session).counter == 2)
    }

    @Test("all on one machine is one command, which does nothing the second time and signs what has changed")
    func local() throws {
        let time = TestClock(), project = try TestProject(.empty, clock: time.clock)
        let made = try project.environment(), place = project.environment
        #expect(made.signed?.counter == 1 && made.keys.map(\.name).first == "paper-root")
        #expect(try RootPin.read("\(place)/root.json").root.keys.map(\.name) == ["paper-root"])
        #expect(try SigningKey.read("\(place)/host.key.json").name == "paper-host")
        let before = try project.actions().count
        #expect(try project.environment().signed == nil && project.actions().count == before)
        // Whoever takes the file away finds it again.
        let text = try FileChunks.text("\(place)/authority.json")
        try Paths.remove("\(place)/authority.json")
        #expect(try project.environment().signed == nil)
        #expect(try FileChunks.text("\(place)/authority.json") == text)
        try project.write(
            try project.read("Registry/gates/easy.yaml").replacing("minimum: -1", with: "minimum: -0.5"),
            to: "Registry/gates/easy.yaml")
        #expect(try project.environment().signed?.counter == 2)
        time.advance(hours: 24 * 365 + 1)
        #expect(try ShowEnvironment.run("paper", session: project.session).isExpired)
        #expect(try ListEnvironments.run(session: project.session).first?.problem == "expired")
        #expect(try project.environment().signed?.counter == 3)
        #expect(try !ShowEnvironment.run("paper", session: project.session).isExpired)
    }

    @Test("a revoked key is revoked in the next document, which is how hosts learn of it")
    func revokes() throws {
        let project = try TestProject(.empty)
        try project.environment()
        _ = try ManageKeys.trust("paper-gate", roles: ["gate"], session: project.session)
        try ManageKeys.revoke("paper-gate", reason: "lost", session: project.session)
        #expect(try project.environment().signed?.counter == 2)
        let text = try FileChunks.text(project.environment + "/inbox/2.authority.json")
        let document = try AuthorityEnvelope(text).authority
        #expect(document.keys.first { $0.name == "paper-gate" }?.revoked?.reason == "lost")
        #expect(document.keys(for: "gate", at: project.session.clock.now()).isEmpty)
    }

    @Test("names, policies and keys that are not there are told")
    func mistakes() throws {
        let project = try TestProject(.empty)
        func code(_ name: String, _ policy: String) -> String? {
            project.code {
                _ = try InitializeEnvironment.run(
                    InitializeEnvironment.Request(environment: name, policy: policy), session: project.session)
            }
        }
        #expect(code("Paper", "easy") == "authority.name" && code("12", "easy") == "authority.name")
        #expect(code("live", "esy") == "gate.no-policy")
        #expect(code("live", "easy") == nil && code("live", "easy") == "authority.exists")
        #expect(project.code { _ = try SignEnvironment.draft("live", session: project.session) } == "authority.key")
        #expect(
            project.code { _ = try SignEnvironment.draft("paper", session: project.session) } == "authority.no-source")
        #expect(project.code { _ = try ShowEnvironment.run("live", session: project.session) } == "authority.missing")
        #expect(
            project.code { _ = try ShowEnvironment.run("lve", session: project.session) } == "promote.no-environment")
    }
}

extension SigningKey {
    /// The public half of a new key, as a file names it.
    fileprivate static func base64(_ name: String) -> String {
        Data(SigningKey(generating: name).publicKey.raw).base64EncodedString()
    }
}
