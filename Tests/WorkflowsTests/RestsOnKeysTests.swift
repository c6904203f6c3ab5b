import Basics
import ModelBundles
import Registry
import Testing
import Workflows

/// What is in force by the word of somebody whose key was revoked since.
@Suite struct RestsOnKeysTests {
    @Test("revoking a key says what is in force by it, and so does the inbox of the root keys")
    func told() throws {
        let project = try TestProject(), session = project.session, runtime = FakeRuntime()
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        for name in ["bob", "carl"] { try project.trust(name) }
        try project.environment(policy: "live")
        let draft = try SignStatement.draft(
            .approval, "m/1", policy: nil, for: "paper", signer: "bob", reason: "read", session: session)
        _ = try SignStatement.sign(draft, key: "bob", session: session)
        try project.promote("m/1", runtime)
        func told() throws -> [InboxItem] {
            try Inbox.run(as: "paper-root", session: session).items.filter { $0.what.contains("rests on") }
        }
        #expect(try told().isEmpty)
        #expect(try ManageKeys.revocation(of: "carl", session: session).resting.isEmpty)
        let sentence = "m/1, in force in 'paper', rests on 1 × approval of 'bob'"
        #expect(try ManageKeys.revocation(of: "bob", session: session).resting == [sentence])
        #expect(try ManageKeys.revocation(of: "bob", session: session).plan.contains(sentence), "the question has it")
        #expect(try ManageKeys.revoke("bob", reason: "left", session: session).resting == [sentence])
        let item = try #require(try told().first)
        #expect(item.what.hasPrefix(sentence) && item.next.hasPrefix("hftml gate m/1 --for paper "))
    }

    @Test("revoking the gate's key tells what it judged, also where the version or the bundle is not here any more")
    func machine() throws {
        let project = try TestProject(), session = project.session
        try project.promote("m/1", FakeRuntime())
        func resting() throws -> [String] { try ManageKeys.revocation(of: "paper-gate", session: session).resting }
        #expect(try resting() == ["m/1, in force in 'paper', rests on its verdict"])
        // A copy of the project with a registry of its own, which knows no version.
        let clone = try project.session(registry: project.file("ci.sqlite"), actor: "ci")
        #expect(
            try ManageKeys.revocation(of: "paper-gate", session: clone).resting
                == ["m/1, in force in 'paper', rests on its verdict"])
        // Nobody has the bundle: that is told, and is no "nothing rests on it".
        let history = "\(project.environment)/installed"
        for file in try Paths.files(below: history) where file.hasSuffix(".hftbundle") {
            try Paths.remove(Paths.join(history, file))
        }
        let told = try ManageKeys.revocation(of: "paper-gate", session: clone).resting
        #expect(
            told.first?.hasPrefix("cannot tell whether what is in force in 'paper' rests on it: ") == true, "\(told)")
    }

    @Test("a rollback to what was judged with a key that is revoked by now says so, and goes on")
    func rolledBack() throws {
        let project = try TestProject(), runtime = FakeRuntime(), heard = Heard()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try project.promote("m/1", runtime)
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        request.wait = 0
        _ = try RollBack.run(request, runtime: runtime.port, session: heard.session(project))
        #expect(!heard.all.contains { $0.contains("revoked") }, "\(heard.all)")
        _ = try ManageKeys.revoke("paper-gate", reason: "stolen", session: project.session)
        request.target = "1"
        _ = try RollBack.run(request, runtime: runtime.port, session: heard.session(project))
        let told = try #require(heard.all.first { $0.hasPrefix("warning: this goes back to revision 1 (m/1): ") })
        #expect(told.contains("its verdict is by the key of 'paper-gate', which was revoked at "), "\(told)")
        #expect(told.contains(" (stolen); once a signed document says so, its host opens no orders by it"), "\(told)")
        #expect(told.contains("hftml gate m/1 --for paper --key KEY"), "\(told)")
    }

    @Test(
        "a document that takes out the key which judged what is in force says that it would stop, before it is signed")
    func takenOut() throws {
        let project = try TestProject(), session = project.session
        try project.promote("m/1", FakeRuntime())
        func stopping() throws -> [String] {
            try SignEnvironment.stopping(SignEnvironment.draft("paper", session: session), session: session)
        }
        #expect(try stopping().isEmpty)
        _ = try ManageKeys.generate("ci-2", session: session)
        let file = "Registry/environments/paper/environment.yaml", text = try project.read(file)
        let line = try #require(text.split(separator: "\n").first { $0.contains("key: paper-gate,") })
        // Both: what is in force goes on.
        try project.write(
            text.replacing(line, with: "\(line)\n  - {key: ci-2, roles: [gate]}"), to: file)
        #expect(try stopping().isEmpty)
        try project.write(text.replacing("key: paper-gate,", with: "key: ci-2,"), to: file)
        let told = try stopping()
        #expect(told.count == 1 && told[0].contains("(m/1 in 'paper') will open no orders: its verdict: "), "\(told)")
        #expect(told[0].hasSuffix("take the old one out after that"))
        // Nobody waits with a stolen one.
        _ = try ManageKeys.revoke("paper-gate", reason: "stolen", session: session)
        #expect(try stopping().first?.contains("Its key was revoked, so sign all the same") == true)
    }

    @Test("what is in force and opens no orders by the newest document waits for its promoter, with what to do")
    func stopped() throws {
        let project = try TestProject()
        try project.promote("m/1", FakeRuntime())
        func items() throws -> [InboxItem] {
            try Inbox.run(as: "paper-promoter", session: project.session).items.filter {
                $0.what.contains("opens no orders")
            }
        }
        #expect(try items().isEmpty)
        _ = try ManageKeys.generate("ci-2", session: project.session)
        try project.amend { $0.replacing("key: paper-gate,", with: "key: ci-2,") }
        let item = try #require(try items().first)
        #expect(item.what.contains("m/1, in force in 'paper', opens no orders by document 2: its verdict: "), "\(item)")
        #expect(
            item.next.hasPrefix("hftml gate m/1 --for paper ") && item.next.contains("hftml promote m/1 --to paper"))
    }

    @Test("the warning before signing is the host's own rule: rollbacks, moved roles, the host's key")
    func asHosts() throws {
        let project = try TestProject(), session = project.session, runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let file = "Registry/environments/paper/environment.yaml", text = try project.read(file)
        func stopping(_ change: (String) -> String) throws -> [String] {
            try project.write(change(text), to: file)
            defer { _ = try? project.write(text, to: file) }
            return try SignEnvironment.stopping(SignEnvironment.draft("paper", session: session), session: session)
        }
        for name in ["ci-2", "host-2"] { _ = try ManageKeys.generate(name, session: session) }
        // A role that moves takes nothing back: the host asks for the key.
        #expect(
            try stopping {
                $0.replacing("{key: paper-gate, roles: [gate]}", with: "{key: paper-gate, roles: [log]}")
                    .replacing("keys:\n  - ", with: "keys:\n  - {key: ci-2, roles: [gate]}\n  - ")
            }.isEmpty)
        let host = try stopping { $0.replacing("key: paper-host,", with: "key: host-2,") }
        #expect(
            host.contains { $0.hasPrefix("the host in 'paper' (") && $0.contains("will open no orders") }, "\(host)")
        // What a rollback brought back rests on keys of earlier documents as well.
        try project.promote("m/2", runtime)
        #expect(try project.rollBack(runtime).receipt.version == 1)
        #expect(try stopping { $0.replacing("key: paper-gate,", with: "key: ci-2,") }.isEmpty)
    }

    @Test("the order of another bundle with the same manifest is nobody's word for what is in force")
    func otherOrder() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        // By the host's own order, whose bundle lies there alone.
        try runtime.port.rollBack(project.environment, "op", "by hand")
        func resting(_ key: String) throws -> [String] {
            try ManageKeys.revocation(of: key, session: project.session).resting
        }
        #expect(try resting("paper-host") == ["m/1, in force in 'paper', rests on its order"])
        #expect(try resting("paper-promoter").isEmpty)
        let installed = "\(project.environment)/installed"
        for file in try Paths.files(below: installed) where file.hasSuffix(".hftbundle") {
            try Paths.remove(Paths.join(installed, file))
        }
        for key in ["paper-host", "paper-promoter"] {
            #expect(try resting(key).first?.contains("only another one of the same manifest") == true, "\(key)")
        }
    }
}
