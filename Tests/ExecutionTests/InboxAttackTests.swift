import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing

/// The inbox belongs to others: what lies there may change, lead elsewhere, or be no file at all.
@Suite struct InboxAttackTests {
    @Test("swapping the file at any moment after it was read changes nothing of what comes into force: 1,000 swaps")
    func swap() throws {
        let fixture = try EnvironmentFixture()
        let path = "\(fixture.environment.inbox)/a.hftbundle", attack = Swaps(path: path, in: fixture.directory)
        // The clock is read for the documents before the file, then twice between reading it and writing it.
        let installer = fixture.installer(clock: Clock { attack.atReading() }, afterStep: { _ in attack.swap() })
        try Paths.makeDirectory(fixture.environment.inbox)
        var version = 0
        while attack.count < 1000 {
            version += 1
            let bytes = try TinyModel.bundle(TinyModel.key, version: version)
            try Swaps.put(bytes, at: path, by: fixture.directory.file("good"))
            attack.begin()
            let look = try installer.look()
            #expect(look.receipts.map(\.outcome) == [.installed] && look.installed?.identity.version == version)
            #expect(try FileChunks.bytes(fixture.environment.current) == bytes, "version \(version)")
            // What came meanwhile was not looked at, and so it is still there.
            #expect(try FileChunks.bytes(path) == Swaps.evil)
        }
        #expect(try fixture.installer.look().receipts.map(\.outcome) == [.refused])
        #expect(try fixture.installer.current()?.identity.version == version)
    }

    /// Puts garbage in the place of the mail, whenever it is called.
    private final class Swaps: @unchecked Sendable {
        static let evil = Array("evil".utf8)
        // Guard for `@unchecked`: read and written under the lock.
        private let lock = NSLock()
        private let path: String, own: String
        private var swaps = 0, readings = 0

        init(path: String, in directory: TemporaryDirectory) { (self.path, own) = (path, directory.file("evil")) }

        var count: Int { lock.withLock { swaps } }

        func begin() { lock.withLock { readings = 0 } }

        func swap() {
            lock.withLock {
                swaps += 1
                try? Swaps.put(Swaps.evil, at: path, by: own)
            }
        }

        func atReading() -> Nanoseconds {
            let reading = lock.withLock {
                readings += 1
                return readings
            }
            if reading > 1 { swap() }
            return AuthorityKit.start + 1000
        }

        /// By rename, and not synchronised to the disk: the moment is what counts here.
        static func put(_ bytes: [UInt8], at path: String, by own: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: own))
            guard rename(own, path) == 0 else { throw FileError("rename to", path) }
        }
    }

    @Test("a link, a directory and a pipe under the name of mail are told of once, left alone, and block nothing")
    func entries() throws {
        let fixture = try EnvironmentFixture()
        let inbox = fixture.environment.inbox
        try Paths.makeDirectory("\(inbox)/directory.hftbundle")
        let outside = fixture.directory.file("outside.hftbundle")
        try AtomicFile.write(try TinyModel.bundle(TinyModel.key, version: 9), to: outside)
        #expect(symlink(outside, "\(inbox)/link.hftbundle") == 0)
        #expect(symlink("nowhere", "\(inbox)/dangling.hftbundle") == 0)
        #expect(mkfifo("\(inbox)/pipe.hftbundle", 0o644) == 0)
        let good = try fixture.send(TinyModel.bundle(TinyModel.key), as: "z.hftbundle")
        let look = try fixture.installer.look()
        #expect(look.installed?.digest == good)
        #expect(look.receipts.filter { $0.outcome == .refused }.count == 4 && look.receipts.count == 5)
        #expect(look.receipts.allSatisfy { $0.outcome == .installed || $0.reason?.hasPrefix("inbox.entry: ") == true })
        #expect(try fixture.installer.look().receipts.isEmpty)
        #expect(
            try Paths.entries(inbox) == [
                "dangling.hftbundle", "directory.hftbundle", "link.hftbundle", "pipe.hftbundle",
            ])
        #expect(Paths.exists(outside))
    }

    /// Only root can act as two accounts; elsewhere the test is skipped.
    @Test(
        "another account's files in a directory that keeps them are answered once, then passed over, and block nothing",
        .enabled(if: getuid() == 0))
    func keptByDirectory() throws {
        let fixture = try EnvironmentFixture(), account = "61007"
        try fixture.send(Array("junk".utf8), as: "a.authority.json")
        try fixture.send(Array("junk".utf8))
        // The fixture's own directory is locked by this process.
        let other = fixture.directory.file("other"), inbox = "\(other)/inbox"
        try FileManager.default.copyItem(atPath: fixture.environment.directory, toPath: other)
        let program = fixture.directory.file("hftml-runtime"), built = Paths.parent(RunProgram.runtime)
        for name in try Paths.entries(built) where name == "hftml-runtime" || name.hasSuffix(".resources") {
            try FileManager.default.copyItem(atPath: "\(built)/\(name)", toPath: fixture.directory.file(name))
        }
        let owned = try RunProgram.run("/bin/chown", ["-R", account, other], in: fixture.directory.path)
        #expect(owned.status == 0 && chmod(fixture.directory.path, 0o755) == 0)
        for path in [inbox] + (try Paths.entries(inbox)).map({ "\(inbox)/\($0)" }) { #expect(chown(path, 0, 0) == 0) }
        #expect(chmod(inbox, 0o1777) == 0)
        func accept() throws -> [JSONValue] {
            let result = try RunProgram.run(
                "/usr/bin/setpriv",
                ["--reuid", account, "--regid", account, "--clear-groups", program, "accept", other, "--json"],
                in: fixture.directory.path)
            let node = try JSONParser.parse(Array(result.output.utf8), file: "accept")
            return try #require(node[key: "receipts"]?.listValue, "\(result.output)\(result.errors)")
        }
        let reasons = try accept().compactMap { $0[key: "reason"]?.stringValue }
        #expect(reasons.count == 4 && reasons.filter { $0.hasPrefix("inbox.entry: ") }.count == 2, "\(reasons)")
        #expect(try accept().isEmpty, "told once")
        #expect(try Paths.entries(inbox) == ["a.authority.json", "a.hftbundle"])
    }

    @Test("what is still being written, and what is nobody's mail, is left alone")
    func parts() throws {
        let fixture = try EnvironmentFixture()
        let bytes = try TinyModel.bundle(TinyModel.key)
        let names = [".a.hftbundle.tmp-1", ".hidden.hftbundle", "a.hftbundle.part", "notes.txt"]
        for name in names { try fixture.send(bytes, as: name) }
        #expect(try fixture.installer.look().receipts.isEmpty && fixture.installer.current() == nil)
        #expect(try Paths.entries(fixture.environment.inbox) == names)
    }

    @Test("a name that is not UTF-8 is nobody's mail, and blocks none")
    func strangeNames() throws {
        let fixture = try EnvironmentFixture()
        try Paths.makeDirectory(fixture.environment.inbox)
        let name = fixture.environment.inbox.utf8.map { CChar(bitPattern: $0) } + [0x2F, -1, -2] + [0]
        let descriptor = open(name, O_WRONLY | O_CREAT, 0o644)
        #expect(descriptor >= 0 && close(descriptor) == 0)
        try fixture.install(1)
        #expect(try fixture.installer.look().receipts.isEmpty && unlink(name) == 0)
    }

    @Test("another process that works in the environment is named; who only looks is not kept out")
    func locked() throws {
        let fixture = try EnvironmentFixture()
        let error = #expect(throws: Failure.self) { try BundleInstaller(fixture.environment) }
        #expect(error?.code == "runtime.locked" && error?.message.contains("\(getpid())") == true)
        #expect(try RuntimeStatus(fixture.environment, clock: fixture.clock).bundle == nil)
    }

    @Test("a lock of the host that cannot be opened is told, with what to move away; nothing is handed over to nobody")
    func closedLock() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment, path = environment.lockFile
        try fixture.install(1)
        try Paths.remove(path)
        // As one that another account made: nobody here can open it.
        try Paths.makeDirectory(path)
        let error = #expect(throws: Failure.self) { try BundleInstaller(environment, clock: fixture.clock) }
        #expect(error?.code == "file.failed", "no process is at work that would take an order")
        #expect(error?.message.hasPrefix("found \(path) to be what this account cannot open, ") == true)
        #expect(
            error?.hint?.hasSuffix("then move it away: mv '\(path)' '\(path).aside'") == true, "\(error?.hint ?? "")")
        let status = try RuntimeStatus(environment, clock: fixture.clock)
        #expect(status.problems.contains { $0.hasPrefix("found \(path) to be what ") }, "\(status.problems)")
        #expect(rename(path, path + ".aside") == 0)
        #expect(try BundleInstaller(environment, clock: fixture.clock).look().problem == nil)
    }

    @Test("a link or a pipe in the place of a lock is called that, by status as well")
    func noPlainLock() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        let locks = [environment.lockFile, "\(environment.installed)/.halts.lock"]
        func problems() throws -> [String] { try RuntimeStatus(environment, clock: fixture.clock).problems }
        let before = try problems()
        for path in locks {
            try Paths.remove(path)
            #expect(symlink("nowhere", path) == 0)
            #expect(try problems().contains { $0.hasPrefix("found a link in the place of \(path), ") }, "\(path)")
            try Paths.remove(path)
            #expect(mkfifo(path, 0o600) == 0)
            #expect(
                try problems().contains { $0.hasPrefix("found no plain file in the place of \(path), ") }, "\(path)")
            try Paths.remove(path)
        }
        #expect(try problems() == before)
    }

    @Test("the lock goes with its holder")
    func unlocked() throws {
        var fixture: EnvironmentFixture? = try EnvironmentFixture()
        let environment = try #require(fixture?.environment), directory = fixture?.directory
        fixture = nil
        _ = try BundleInstaller(environment)
        withExtendedLifetime(directory) {}
    }

    @Test("an environment that is reached through a link is its target: one lock, one name, one place")
    func linked() throws {
        let fixture = try EnvironmentFixture()
        let link = fixture.directory.file("live")
        #expect(symlink(fixture.environment.directory, link) == 0)
        for path in [link, "\(link)/runtime.json"] {
            let environment = try DeploymentDirectory(path)
            #expect(environment.directory == fixture.environment.directory && environment.name == "test")
            #expect(throws: Failure.self) { try BundleInstaller(environment) }
        }
    }

    @Test("a directory that is copied or renamed is no other environment: the pinned keys are of one name")
    func renamed() throws {
        let fixture = try EnvironmentFixture()
        try AtomicFile.write(
            #"{"schemaVersion": 1, "name": "live"}"#, to: "\(fixture.environment.directory)/runtime.json")
        let error = #expect(throws: Failure.self) {
            try TradingHost(DeploymentDirectory(fixture.environment.directory))
        }
        #expect(error?.code == "runtime.other-environment")
    }

    @Test("a receipt that somebody wrote or broke by hand moves nothing and blocks nothing")
    func receipts() throws {
        let fixture = try EnvironmentFixture()
        let digest = try fixture.install(1)[0]
        let forged = Receipt(
            environment: "test", outcome: .installed, bundle: String(repeating: "a", count: 64), counter: 99,
            name: "tiny", version: 7, time: AuthorityKit.start + AuthorityKit.day)
        for (name, text) in [
            ("forged.json", forged.json.text(.pretty)), ("stranger.json", try forged.signed(by: TinyModel.key).text),
            ("broken.json", "{"), ("revision-99-aaaaaaaaaaaa.json", "[]"),
        ] { try AtomicFile.write(text, to: "\(fixture.environment.receipts)/\(name)") }
        #expect(try fixture.receipts().map(\.bundle) == [digest])
        #expect(try fixture.installer.look().receipts.isEmpty)
        let status = try RuntimeStatus(fixture.environment, clock: fixture.clock)
        #expect(status.bundle == digest && status.version == 1 && status.counter == 1)
        try fixture.install(2)
    }
}
