import Basics
import Execution
import Foundation
import ModelBundles
import Synchronization
import TestSupport
import Testing
import Trading

/// An environment with a signer, and a clock that ticks once a reading.
final class EnvironmentFixture: Sendable {
    let directory: TemporaryDirectory
    let environment: RuntimeEnvironment
    let installer: BundleInstaller

    init() throws {
        directory = try TemporaryDirectory()
        environment = try RuntimeTests.environment(directory, trusting: TinyModel.key)
        let time = Ticks()
        installer = BundleInstaller(environment, clock: Clock { time.next() })
    }

    final class Ticks: @unchecked Sendable {
        // Guard for `@unchecked`: read and written under the lock.
        private let lock = NSLock()
        private var now: Int64 = 999
        func next() -> Int64 {
            lock.withLock {
                now += 1
                return now
            }
        }
    }

    /// Puts bytes into the inbox.
    @discardableResult
    func send(_ bytes: [UInt8], as name: String = "a.hftbundle") throws -> String {
        try AtomicFile.write(bytes, to: environment.inbox + "/" + name)
        return Digest.sha256(bytes)
    }

    /// Installs versions, one after the other, and gives their digests.
    func install(_ versions: Int...) throws -> [String] {
        try versions.map { version in
            let digest = try send(TinyModel.bundle(TinyModel.key, version: version))
            #expect(try installer.processInbox().installed?.digest == digest)
            return digest
        }
    }
}

@Suite struct BundleInstallerTests {
    @Test("an empty environment has no bundle, no mail and nothing to roll back to")
    func empty() throws {
        let fixture = try EnvironmentFixture()
        #expect(try fixture.installer.current() == nil && !fixture.installer.hasMail)
        let (receipts, installed) = try fixture.installer.processInbox()
        #expect(receipts.isEmpty && installed == nil)
        let error = #expect(throws: Failure.self) { try fixture.installer.rollBack() }
        #expect(error?.code == "runtime.no-previous" && error?.message.contains("'test'") == true)
        #expect(try fixture.installer.recoverReceipt() == nil)
        #expect(!Paths.exists(fixture.environment.receipts))
    }

    @Test("a bundle goes from the inbox into force, with a receipt in a file of its own")
    func installs() throws {
        let fixture = try EnvironmentFixture()
        let digest = try fixture.send(TinyModel.bundle(TinyModel.key, version: 3))
        #expect(fixture.installer.hasMail)
        let (receipts, installed) = try fixture.installer.processInbox()
        #expect(
            receipts == [
                Receipt(
                    environment: "test", outcome: .installed, bundle: digest, name: "tiny", version: 3,
                    signer: "signer", time: 1000, runtimeVersion: ToolVersion.current)
            ])
        #expect(installed?.digest == digest && !fixture.installer.hasMail)
        #expect(try fixture.installer.current()?.identity.version == 3)
        #expect(try Digest.sha256(file: fixture.environment.current) == digest)
        #expect(!Paths.exists(fixture.environment.previous) && !Paths.exists(fixture.environment.rejected))
        let file = "\(fixture.environment.receipts)/1000-\(digest.prefix(12)).json"
        #expect(try FileChunks.text(file) == receipts[0].json.text(.pretty) + "\n")
    }

    @Test("several bundles are worked through by name; the last is in force, the one before is kept")
    func several() throws {
        let fixture = try EnvironmentFixture()
        let second = try fixture.send(TinyModel.bundle(TinyModel.key, version: 2), as: "b.hftbundle")
        let first = try fixture.send(TinyModel.bundle(TinyModel.key, version: 1), as: "a.hftbundle")
        try fixture.send(Array("note".utf8), as: "note.txt")
        let (receipts, installed) = try fixture.installer.processInbox()
        #expect(receipts.map(\.bundle) == [first, second] && receipts.map(\.replaced) == [nil, first])
        #expect(receipts.map(\.time) == [1000, 1001] && installed?.identity.version == 2)
        #expect(try Digest.sha256(file: fixture.environment.previous) == first)
        // What is no bundle is left where it is, and is no mail.
        #expect(try Paths.files(below: fixture.environment.inbox) == ["note.txt"] && !fixture.installer.hasMail)
    }

    @Test("only the last two bundles are kept")
    func previous() throws {
        let fixture = try EnvironmentFixture()
        let digests = try fixture.install(1, 2, 3)
        #expect(try Digest.sha256(file: fixture.environment.current) == digests[2])
        #expect(try Digest.sha256(file: fixture.environment.previous) == digests[1])
        #expect(
            try Paths.files(below: fixture.environment.installed).sorted() == [
                "current.hftbundle", "previous.hftbundle",
            ])
        #expect(try Paths.files(below: fixture.environment.receipts).count == 3)
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
        let (receipts, installed) = try fixture.installer.processInbox()
        let receipt = try #require(receipts.first)
        #expect(receipt.outcome == .refused && receipt.bundle == digest && receipt.replaced == nil && installed == nil)
        #expect(receipt.reason?.hasPrefix("\(code): ") == true, "\(receipt.reason ?? "")")
        #expect(receipt.name == nil && receipt.version == nil && receipt.signer == nil && receipt.time == 1001)
        #expect(try Paths.files(below: fixture.environment.rejected) == ["\(digest.prefix(16)).hftbundle"])
        #expect(try FileChunks.bytes(fixture.environment.rejected + "/\(digest.prefix(16)).hftbundle") == bytes)
        #expect(try fixture.installer.current()?.digest == good && !fixture.installer.hasMail)
        #expect(!Paths.exists(fixture.environment.previous))
    }

    @Test("a good bundle behind a refused one is installed, and the other way round stays in force")
    func mixed() throws {
        for isGoodFirst in [true, false] {
            let fixture = try EnvironmentFixture()
            let good = try fixture.send(
                TinyModel.bundle(TinyModel.key), as: isGoodFirst ? "a.hftbundle" : "b.hftbundle")
            try fixture.send([1, 2, 3], as: isGoodFirst ? "b.hftbundle" : "a.hftbundle")
            let (receipts, installed) = try fixture.installer.processInbox()
            #expect(receipts.map(\.outcome) == (isGoodFirst ? [.installed, .refused] : [.refused, .installed]))
            #expect(try installed?.digest == good && fixture.installer.current()?.digest == good)
        }
    }

    @Test("rolling back swaps the two bundles; doing it again undoes it; each has a receipt")
    func rollBack() throws {
        let fixture = try EnvironmentFixture()
        let digests = try fixture.install(1, 2)
        let back = try fixture.installer.rollBack()
        #expect(
            back
                == Receipt(
                    environment: "test", outcome: .rolledBack, bundle: digests[0], name: "tiny", version: 1,
                    signer: "signer", time: 1002, replaced: digests[1], runtimeVersion: ToolVersion.current))
        #expect(try fixture.installer.current()?.digest == digests[0])
        #expect(try Digest.sha256(file: fixture.environment.previous) == digests[1])
        let forth = try fixture.installer.rollBack()
        #expect(forth.bundle == digests[1] && forth.replaced == digests[0])
        #expect(try fixture.installer.current()?.digest == digests[1])
        #expect(
            try Paths.files(below: fixture.environment.installed).sorted() == [
                "current.hftbundle", "previous.hftbundle",
            ])
        #expect(try Paths.files(below: fixture.environment.receipts).count == 4)
    }

    @Test("a previous bundle that is corrupt or no longer trusted is not put in force")
    func rollBackRefused() throws {
        let fixture = try EnvironmentFixture()
        let digests = try fixture.install(1, 2)
        var bytes = try FileChunks.bytes(fixture.environment.previous)
        bytes[bytes.count - 1] ^= 1
        try AtomicFile.write(bytes, to: fixture.environment.previous)
        #expect(throws: ModelBundle.Refusal.self) { try fixture.installer.rollBack() }
        #expect(try fixture.installer.current()?.digest == digests[1])
        try Paths.remove(fixture.environment.trusted)
        #expect(throws: ModelBundle.Refusal.self) { try fixture.installer.rollBack() }
        #expect(try Digest.sha256(file: fixture.environment.current) == digests[1])
        #expect(try Paths.files(below: fixture.environment.receipts).count == 2)
    }

    @Test("with nothing in force the previous bundle comes back alone")
    func rollBackAlone() throws {
        let fixture = try EnvironmentFixture()
        let digests = try fixture.install(1, 2)
        try Paths.remove(fixture.environment.current)
        let receipt = try fixture.installer.rollBack()
        #expect(receipt.bundle == digests[0] && receipt.replaced == nil && !Paths.exists(fixture.environment.previous))
    }

    @Test("a bundle in force that is corrupt is an error, never nothing")
    func corruptCurrent() throws {
        let fixture = try EnvironmentFixture()
        _ = try fixture.install(1)
        try AtomicFile.write(Array("{}".utf8), to: fixture.environment.current)
        #expect(throws: ModelBundle.Refusal.self) { try fixture.installer.current() }
        #expect(throws: ModelBundle.Refusal.self) { try RuntimeStatus(fixture.environment) }
        #expect(try fixture.installer.recoverReceipt() == nil)
    }

    @Test("stopped between two renames, the bundle in force and the one before it are still there")
    func stopped() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        let digests = try fixture.install(1, 2), spare = "\(environment.installed)/.swap"
        // Before the first rename: the spare is the one in force.
        #expect(link(environment.current, spare) == 0)
        #expect(try fixture.installer.processInbox().receipts.isEmpty && !Paths.exists(spare))
        #expect(try Digest.sha256(file: environment.previous) == digests[0])
        // Between the two: the one before is in force, and the spare was.
        #expect(link(environment.current, spare) == 0 && rename(environment.previous, environment.current) == 0)
        #expect(try fixture.installer.current()?.digest == digests[0])
        #expect(try fixture.installer.rollBack().bundle == digests[1] && !Paths.exists(spare))
        #expect(try Digest.sha256(file: environment.previous) == digests[0])
    }

    @Test("what is no bundle in the inbox does not hide the bundles")
    func otherMail() throws {
        let fixture = try EnvironmentFixture()
        try Paths.makeDirectory("\(fixture.environment.inbox)/sub")
        // Nothing below can be read by name: a link that leads to itself.
        #expect(symlink("loop", "\(fixture.environment.inbox)/sub/loop") == 0)
        try Paths.makeDirectory("\(fixture.environment.inbox)/a-directory.hftbundle")
        #expect(try fixture.install(1).count == 1 && fixture.installer.current() != nil)
    }

    @Test("a rollback by hand and a runtime that looks for mail leave each other's bundles alone")
    func sideBySide() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment, installer = fixture.installer
        let digests = Set(try fixture.install(1, 2))
        let isDone = Mutex(false), problem = Mutex<String?>(nil), ended = DispatchSemaphore(value: 0)
        // A thread of its own: the pool's may all be busy.
        let thread = Thread {
            while !isDone.withLock({ $0 }) {
                do { _ = try installer.processInbox() } catch { problem.withLock { $0 = "\(error)" } }
            }
            ended.signal()
        }
        thread.start()
        let exchanges = Result { for _ in 0..<100 { _ = try installer.rollBack() } }
        isDone.withLock { $0 = true }
        ended.wait()
        try exchanges.get()
        #expect(problem.withLock { $0 } == nil)
        let standing = try [environment.current, environment.previous].map { try Digest.sha256(file: $0) }
        #expect(Set(standing) == digests)
    }

    @Test("a receipt that is missing is written, once, and says what was there before")
    func recovers() throws {
        let fixture = try EnvironmentFixture()
        let digests = try fixture.install(1, 2)
        #expect(try fixture.installer.recoverReceipt() == nil)
        for name in try Paths.entries(fixture.environment.receipts) where name.contains(digests[1].prefix(12)) {
            try Paths.remove("\(fixture.environment.receipts)/\(name)")
        }
        let receipt = try #require(try fixture.installer.recoverReceipt())
        #expect(receipt.bundle == digests[1] && receipt.outcome == .installed && receipt.replaced == digests[0])
        #expect(receipt.version == 2 && receipt.signer == "signer" && receipt.name == "tiny" && receipt.time == 1002)
        #expect(try fixture.installer.recoverReceipt() == nil)
        // A rollback whose receipt is missing: the bundle has a receipt, but an older one.
        let back = try fixture.installer.rollBack()
        #expect(back.bundle == digests[0])
        for name in try Paths.entries(fixture.environment.receipts) where name.hasPrefix("\(back.time)-") {
            try Paths.remove("\(fixture.environment.receipts)/\(name)")
        }
        let again = try fixture.installer.recoverReceipt()
        #expect(again?.bundle == digests[0] && again?.outcome == .rolledBack && again?.replaced == digests[1])
        // Without the whole directory, and without a previous bundle.
        let other = try EnvironmentFixture()
        let only = try other.install(1)[0]
        try Paths.remove(other.environment.receipts)
        let first = try other.installer.recoverReceipt()
        #expect(first?.bundle == only && first?.replaced == nil)
        #expect(try Paths.files(below: other.environment.receipts).count == 1)
    }
}
