import Basics
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Who may sign what, and what a signed bundle is worth.
@Suite struct KeysTests {
    @Test("a key pair is made once; its private half is readable by its owner only")
    func generates() throws {
        let project = try TestProject(.empty), session = project.session
        let key = try ManageKeys.generate("alice", session: session)
        #expect(key.name == "alice")
        let mode =
            try FileManager.default.attributesOfItem(
                atPath: project.file("Registry/keys/alice.key.json"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(project.code { _ = try ManageKeys.generate("alice", session: session) } == "key.exists")
        #expect(try ManageKeys.generate("alice", keepsExisting: true, session: session).id == key.id)
        for name in ["", ".hidden", "a/b", "a b", "..", "a..b", "Alice", "a\u{1B}", String(repeating: "a", count: 201)]
        {
            #expect(project.code { _ = try ManageKeys.generate(name, session: session) } == "key.name", "'\(name)'")
        }
        #expect(try project.actions("key") == ["key.generate"])
        _ = try ManageKeys.generate("signer", trustedIn: "paper", session: session)
        #expect(try TrustedKeys(directory: project.environment + "/trusted").keys.map(\.name) == ["signer"])
    }

    @Test("a person signs in roles and until a day; a revoked key never comes back")
    func people() throws {
        let time = TestClock(), project = try TestProject(.empty, clock: time.clock), session = project.session
        _ = try ManageKeys.generate("alice", session: session)
        #expect(project.code { _ = try ManageKeys.trust("alice", roles: [], session: session) } == "key.role")
        #expect(
            project.code { _ = try ManageKeys.trust("alice", roles: ["risk"], expires: "soon", session: session) }
                == "usage.expires")
        let end = TimeText.utc(time.clock.now() + 3_600_000_000_000)
        let trusted = try ManageKeys.trust("alice", roles: ["risk", "validator"], expires: end, session: session)
        #expect(trusted.roles == ["risk", "validator"])
        try project.commitTrust()
        func objection() throws -> String? {
            try ManageKeys.people(session, registry: session.registry()).keys[0].objection(at: time.clock.now())
        }
        #expect(try objection() == nil)
        time.advance(hours: 2)
        #expect(try objection() != nil)
        try ManageKeys.revoke("alice", reason: "left the firm", session: session)
        #expect(try objection()?.contains("left the firm") == true)
        #expect(
            project.code { _ = try ManageKeys.trust("alice", roles: ["risk"], session: session) } == "key.revoked")
        #expect(project.code { try ManageKeys.revoke("bob", session: session) } == "key.not-trusted")
    }

    @Test("a file of a trusted key that the log does not know, or knows otherwise, does not count")
    func byHand() throws {
        let project = try TestProject(.empty), session = project.session
        let key = try ManageKeys.generate("alice", session: session)
        try project.write(key.json.text(.pretty), to: "Registry/trusted/alice.pub.json")
        func reason() throws -> String? {
            try ManageKeys.people(session, registry: session.registry()).keys[0].revoked?.reason
        }
        #expect(try reason()?.contains("the audit log does not know it") == true)
        _ = try ManageKeys.trust("alice", roles: ["risk"], session: session)
        // What was written a minute ago and is in no commit vouches for nobody: nobody trusts himself.
        #expect(try reason()?.contains("nobody vouches for it yet") == true)
        let draft = "git add Registry/trusted/alice.pub.json && git commit"
        #expect(try reason()?.hasSuffix(draft) == true)
        try project.commitTrust()
        #expect(try reason() == nil)
        try project.write(
            try project.read("Registry/trusted/alice.pub.json").replacing("risk", with: "validator"),
            to: "Registry/trusted/alice.pub.json")
        #expect(try reason()?.contains("changed by hand") == true)
        #expect(try VerifyRecord.run(session: session).contains { $0.contains("out of order") })
    }

    @Test(
        "a key that a commit brought into a clone with another log does not count there, and is no fault of the record")
    func anotherLog() throws {
        let project = try TestProject(.empty)
        try project.trust("ann")
        let session = try project.session(registry: project.file("Registry/ci.sqlite"), actor: "ci")
        try session.registry().audit(action: "test.begin", subject: .tool("test"))
        func reason() throws -> String? {
            try ManageKeys.people(session, registry: session.registry()).keys.first?.revoked?.reason
        }
        #expect(try reason()?.contains("hftml keys trust Registry/trusted/ann.pub.json --role ") == true)
        #expect(try !VerifyRecord.run(session: session).contains { $0.contains("out of order") })
        // What no commit brought is a hand's work.
        try project.write(
            try project.read("Registry/trusted/ann.pub.json").replacing("\"ann\"", with: "\"zoe\""),
            to: "Registry/trusted/ann.pub.json")
        #expect(try VerifyRecord.run(session: session).contains { $0.contains("out of order") })
    }

    @Test("trust that was changed after its commit does not count, and neither does a person's second key as another")
    func changedAfterCommit() throws {
        let project = try TestProject(.empty), session = project.session
        try project.trust("ann")
        _ = try ManageKeys.generate("ann-desk", session: session)
        _ = try ManageKeys.trust("ann-desk", roles: ["validator"], person: "ann", session: session)
        func people() throws -> [PublicKey] { try ManageKeys.people(session, registry: session.registry()).keys }
        try project.commitTrust()
        #expect(try people().map(\.person) == ["ann", "ann"] && people().allSatisfy { $0.revoked == nil })
        _ = try ManageKeys.trust("ann-desk", roles: ["risk"], person: "zoe", session: session)
        #expect(try people().first { $0.name == "ann-desk" }?.revoked?.reason.hasPrefix("its file says") == true)
    }

    @Test("a private key never comes where git add takes it, wherever it is kept; one from before counts and is moved")
    func outsideGit() throws {
        let directory = try TemporaryDirectory(), project = try TestProject(.empty)
        func added() throws -> String {
            _ = try RunProgram.run("/usr/bin/git", ["add", "-A"], in: project.root)
            return try RunProgram.run("/usr/bin/git", ["ls-files"], in: project.root).output
        }
        for place in [directory.file("home/.config/hftml/keys"), project.file("secrets/keys")] {
            let session = try project.session(keys: place)
            _ = try ManageKeys.generate("k\(place.utf8.count)", session: session)
            #expect(try !added().contains(".key.json"))
            #expect(Paths.exists("\(place)/k\(place.utf8.count).key.json"))
        }
        // As it was made before: in the workspace.
        let old = SigningKey(generating: "old")
        try old.write(to: project.file("Registry/keys/old.key.json"))
        let session = try project.session(keys: directory.file("keys"))
        #expect(try PrivateKeys.signer("old", session: session).publicKey == old.publicKey)
        #expect(try PrivateKeys.move(asksPassphrase: false, session: session).names == ["old"])
        #expect(!Paths.exists(project.file("Registry/keys/old.key.json")))
        #expect(try PrivateKeys.signer("old", session: session).publicKey == old.publicKey)
        #expect(try PrivateKeys.move(asksPassphrase: false, session: session).names.isEmpty)
        #expect(project.code { _ = try PrivateKeys.signer("none", session: session) } == "key.none")
        #expect(project.code { _ = try PrivateKeys.signer("ssh:none", session: session) } == "key.none")
    }

    @Test("keys are listed with what they may do; trust of an environment is taken back there alone")
    func lists() throws {
        let project = try TestProject(.empty), session = project.session
        _ = try ManageKeys.generate("signer", trustedIn: "paper", session: session)
        try project.trust("rita")
        func places() throws -> [String] { try ListKeys.run(session: session).map { "\($0.key.name): \($0.place)" } }
        #expect(
            try places().sorted() == [
                "rita: own", "rita: signs as risk", "signer: own", "signer: trusted in paper",
            ])
        try ManageKeys.revoke("signer", environment: "paper", session: session)
        #expect(try !places().contains("signer: trusted in paper") && places().contains("signer: own"))
        #expect(
            project.code { try ManageKeys.revoke("signer", environment: "paper", session: session) }
                == "key.not-trusted")
    }

    @Test("a bundle is verified as the runtime does; one bit, or another set of keys, and it is refused")
    func bundles() throws {
        let project = try TestProject(), outcome = try project.promote("m/1", FakeRuntime())
        let file = project.environment + "/installed/current.hftbundle", trusted = project.file("Registry/keys")
        guard case .valid(let bundle) = try VerifyBundle.run(file, trusted: trusted) else {
            Issue.record("found a valid bundle refused")
            return
        }
        #expect(bundle.digest == outcome.bundle)
        guard case .refused(let refusal) = try VerifyBundle.run(file, trusted: project.file("Registry/gates")) else {
            Issue.record("found a bundle valid without a trusted key")
            return
        }
        #expect(refusal.reason == .untrustedKey)
        var bytes = try FileChunks.bytes(file)
        bytes[bytes.count - 1] ^= 1
        try AtomicFile.write(bytes, to: project.file("altered.hftbundle"))
        guard case .refused = try VerifyBundle.run(project.file("altered.hftbundle"), trusted: trusted) else {
            Issue.record("found an altered bundle valid")
            return
        }
    }

    @Test("a key that is revoked again in a clone that is behind is dated as the log has it: Git merges nothing")
    func revokedTwice() throws {
        let project = try TestProject(.empty), session = project.session, file = "Registry/keys/alice.pub.json"
        _ = try ManageKeys.generate("alice", session: session)
        _ = try ManageKeys.trust("alice", roles: ["risk"], session: session)
        let before = try project.read(file)
        try ManageKeys.revoke("alice", reason: "left the firm", session: session)
        let revoked = try project.read(file)
        #expect(revoked != before)
        try project.write(before, to: file)
        // All that has to be committed is named again: the first answer may be gone.
        let signed = "Registry/revocations/\(try PublicKey.read(project.file(file)).id).jsonl"
        #expect(Set(try ManageKeys.revoke("alice", session: session).files).isSuperset(of: [file, signed]))
        #expect(try project.read(file) == revoked)
        #expect(Set(try ManageKeys.revoke("alice", session: session).files).isSuperset(of: [file, signed]))
    }
}
