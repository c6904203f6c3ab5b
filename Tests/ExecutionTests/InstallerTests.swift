import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

@Suite struct BundleInstallerTests {
    @Test("an empty environment has no bundle, no mail and nothing to say")
    func empty() throws {
        let fixture = try EnvironmentFixture()
        let look = try fixture.installer.look()
        #expect(look.receipts.isEmpty && look.installed == nil && look.objection == nil && look.problem == nil)
        #expect(try fixture.installer.current() == nil)
        #expect(!Paths.exists(fixture.environment.receipts))
    }

    @Test("a bundle goes from the inbox into force, with a signed receipt in a file of its own")
    func installs() throws {
        let fixture = try EnvironmentFixture()
        let bytes = try TinyModel.bundle(TinyModel.key, version: 3), digest = try fixture.send(bytes)
        let look = try fixture.installer.look()
        let receipt = Receipt(
            environment: "test", outcome: .installed, bundle: digest, counter: 3, name: "tiny", version: 3,
            manifest: try TinyModel.draft(version: 3).manifestDigest, signer: "signer",
            time: AuthorityKit.start + 1002)
        #expect(
            look.receipts == [receipt] && look.late.isEmpty && look.installed?.digest == digest && look.objection == nil
        )
        #expect(try fixture.installer.current()?.identity.version == 3)
        #expect(try FileChunks.bytes(fixture.environment.current) == bytes)
        #expect(try FileChunks.bytes(fixture.environment.revision(3)) == bytes)
        #expect(try Paths.entries(fixture.environment.inbox).isEmpty && !Paths.exists(fixture.environment.rejected))
        let file = "\(fixture.environment.receipts)/revision-3-\(digest.prefix(12)).json"
        let found = try Receipt.read(try FileChunks.bytes(file), hosts: [fixture.kit.host.publicKey], in: file)
        #expect(found.receipt == receipt && found.host?.id == fixture.kit.host.publicKey.id)
        // Nobody else's signature, and none at all, is the host's.
        #expect(try Receipt.read(try FileChunks.bytes(file), hosts: [TinyModel.key.publicKey], in: file).host == nil)
    }

    @Test("several bundles are worked through by number; the last is in force, all are kept")
    func several() throws {
        let fixture = try EnvironmentFixture()
        let second = try fixture.send(TinyModel.bundle(TinyModel.key, version: 2), as: "a.hftbundle")
        let first = try fixture.send(TinyModel.bundle(TinyModel.key, version: 1), as: "b.hftbundle")
        try fixture.send(Array("note".utf8), as: "note.txt")
        let look = try fixture.installer.look()
        #expect(look.receipts.map(\.bundle) == [first, second] && look.receipts.map(\.replaced) == [nil, first])
        #expect(look.installed?.identity.version == 2)
        #expect(try Digest.sha256(file: fixture.environment.revision(1)) == first)
        // What is no bundle is left where it is.
        #expect(try Paths.files(below: fixture.environment.inbox) == ["note.txt"])
        #expect(try fixture.installer.look().receipts.isEmpty)
    }

    @Test("what is in force already is no news: the name is taken away, without a second receipt")
    func again() throws {
        let fixture = try EnvironmentFixture()
        let digest = try fixture.install(1)[0]
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 1))
        #expect(try fixture.installer.look().receipts.isEmpty && fixture.receipts().map(\.bundle) == [digest])
        #expect(try Paths.entries(fixture.environment.inbox).isEmpty)
    }

    @Test(
        "what is wrong with a bundle is the receipt's reason; the one in force stays",
        arguments: ["bundle.format", "bundle.untrusted-key", "bundle.digest", "bundle.signature"])
    func refuses(code: String) throws {
        let fixture = try EnvironmentFixture()
        let good = try fixture.install(1)[0]
        var bytes = try TinyModel.bundle(TinyModel.key, version: 2)
        switch code {
        case "bundle.format": bytes = Array(bytes.prefix(bytes.count / 2))
        case "bundle.untrusted-key": bytes = try TinyModel.bundle(SigningKey(generating: "stranger"), version: 2)
        case "bundle.digest": bytes[bytes.count - 1] ^= 1
        default:
            // Another version in the manifest, of the same length.
            let range = try #require(bytes.firstRange(of: Array(#"\"version\":2"#.utf8)))
            bytes[range.upperBound - 1] = UInt8(ascii: "3")
        }
        let digest = try fixture.send(bytes)
        let look = try fixture.installer.look()
        let receipt = try #require(look.receipts.first)
        #expect(receipt.outcome == .refused && receipt.bundle == digest && receipt.replaced == nil)
        #expect(look.installed == nil && receipt.reason?.hasPrefix("\(code): ") == true, "\(receipt.reason ?? "")")
        #expect(receipt.reason?.contains("; next: ") == true)
        #expect(receipt.name == nil && receipt.version == nil && receipt.signer == nil && receipt.counter == nil)
        #expect(try Paths.files(below: fixture.environment.rejected) == ["\(digest.prefix(16)).hftbundle"])
        #expect(try FileChunks.bytes(fixture.environment.rejected + "/\(digest.prefix(16)).hftbundle") == bytes)
        #expect(try fixture.installer.current()?.digest == good && fixture.receipts().count == 2)
    }

    @Test("a good bundle behind a refused one is installed, and the other way round stays in force")
    func mixed() throws {
        for isGoodFirst in [true, false] {
            let fixture = try EnvironmentFixture()
            let good = try fixture.send(
                TinyModel.bundle(TinyModel.key), as: isGoodFirst ? "a.hftbundle" : "b.hftbundle")
            try fixture.send([1, 2, 3], as: isGoodFirst ? "b.hftbundle" : "a.hftbundle")
            let look = try fixture.installer.look()
            // What counts comes first, whatever it is called.
            #expect(look.receipts.map(\.outcome) == [.installed, .refused])
            #expect(try look.installed?.digest == good && fixture.installer.current()?.digest == good)
        }
    }

    @Test(
        "a bundle in force that is corrupt, gone or another than the history names is put back, told, and rolled back")
    func corruptCurrent() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let first = try FileChunks.bytes(fixture.environment.revision(1))
        for bytes in [Array("{}".utf8), first + [0]] {
            try AtomicFile.write(bytes, to: fixture.environment.current)
            #expect(throws: ModelBundle.Refusal.self) { try fixture.installer.current() }
            #expect(throws: ModelBundle.Refusal.self) { try RuntimeStatus(fixture.environment, clock: fixture.clock) }
            let look = try fixture.installer.look()
            #expect(look.problem?.contains("revision 2 was put back from installed/history") == true)
            #expect(try look.receipts.isEmpty && fixture.installer.current()?.identity.version == 2)
            #expect(try fixture.installer.look().problem == nil, "told once")
        }
        // An older one that is good by itself.
        try AtomicFile.write(first, to: fixture.environment.current)
        let error = #expect(throws: Failure.self) { try fixture.installer.current() }
        #expect(error?.code == "runtime.state")
        let person = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: fixture.clock)
        try Paths.remove(fixture.environment.current)
        #expect(try person.rollBack(with: fixture.installer).version == 1)
        // Where the history is damaged as well nobody knows what was in force.
        for path in [fixture.environment.current, fixture.environment.revision(3)] {
            try AtomicFile.write("{}", to: path)
        }
        let both = #expect(throws: Failure.self) { try fixture.installer.look() }
        #expect(both?.code == "runtime.state")
    }

    @Test("a host that has lost its memory takes nothing, so that no older bundle comes back")
    func lostMemory() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let state = try FileChunks.bytes(fixture.environment.stateFile)
        for bytes in [nil, Array("{}".utf8), Array(state.prefix(state.count / 2))] {
            try Paths.remove(fixture.environment.stateFile)
            if let bytes { try AtomicFile.write(bytes, to: fixture.environment.stateFile) }
            try fixture.send(TinyModel.bundle(TinyModel.key, version: 1))
            let error = #expect(throws: Failure.self) { try fixture.installer.look() }
            #expect(error?.code == "runtime.state" && error?.hint?.contains("backup") == true)
        }
    }

    private struct Stopped: Error {}

    @Test(
        "stopped after any step, the next look ends it: one bundle, one receipt",
        arguments: BundleInstaller.Step.allCases)
    func stopped(at step: BundleInstaller.Step) throws {
        for isFirst in [true, false] {
            let fixture = try EnvironmentFixture()
            if !isFirst { try fixture.install(1) }
            let digest = try fixture.send(TinyModel.bundle(TinyModel.key, version: 2))
            let stopping = fixture.installer(afterStep: { if $0 == step { throw Stopped() } })
            #expect(throws: Stopped.self) { try stopping.look() }
            _ = try fixture.installer.look()
            #expect(try fixture.installer.current()?.digest == digest, "\(step)")
            #expect(try fixture.receipts().map(\.bundle).filter { $0 == digest }.count == 1, "\(step)")
            #expect(try fixture.receipts().last?.outcome == .installed)
            #expect(try Paths.entries(fixture.environment.inbox).isEmpty)
            #expect(try fixture.installer.look().receipts.isEmpty)
            let kept = try Paths.entries(fixture.environment.history)
            #expect(kept == (isFirst ? ["000002.hftbundle"] : ["000001.hftbundle", "000002.hftbundle"]))
        }
    }

    @Test("stopped before the counter counted, a bundle that was withdrawn meanwhile leaves nothing behind")
    func withdrawn() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        try fixture.send(TinyModel.bundle(TinyModel.key, version: 2))
        let stopping = fixture.installer(afterStep: { if $0 == .history { throw Stopped() } })
        #expect(throws: Stopped.self) { try stopping.look() }
        try Paths.remove(fixture.environment.inbox + "/a.hftbundle")
        #expect(try fixture.installer.look().receipts.isEmpty)
        #expect(try Paths.entries(fixture.environment.history) == ["000001.hftbundle"])
        #expect(try fixture.installer.current()?.identity.version == 1)
    }

    @Test("a receipt that is missing, or that somebody wrote by hand, is written again once")
    func recovers() throws {
        let fixture = try EnvironmentFixture()
        let digest = try fixture.install(1, 2)[1]
        let file = "\(fixture.environment.receipts)/revision-2-\(digest.prefix(12)).json"
        let good = try FileChunks.text(file)
        try Paths.remove(file)
        let look = try fixture.installer.look(), receipt = try #require(look.receipts.first)
        #expect(look.late == [receipt] && receipt.text(late: look.late).hasPrefix("signed anew, of 2025-06-01"))
        #expect(receipt.bundle == digest && receipt.outcome == .installed && receipt.version == 2)
        #expect(try FileChunks.text(file) == good)
        try AtomicFile.write(receipt.json.text(.pretty), to: file)
        #expect(try fixture.installer.look().receipts == [receipt] && fixture.installer.look().receipts.isEmpty)
        #expect(try FileChunks.text(file) == good)
    }
}
