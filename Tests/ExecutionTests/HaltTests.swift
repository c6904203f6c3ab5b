import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing

/// A halt that a host has signed stands until somebody signs a resume, whatever becomes of the files that tell of it.
@Suite struct HaltTests {
    private static func at(_ days: Int64) -> Clock { Clock { AuthorityKit.start + days * AuthorityKit.day } }

    private static func person(_ fixture: EnvironmentFixture, clock: Clock? = nil) throws -> HostOperator {
        try HostOperator(fixture.environment, person: "ben", reason: "spread", clock: clock ?? fixture.clock)
    }

    /// Takes away all that says that trading is halted, but for the receipts.
    private static func forget(_ fixture: EnvironmentFixture) throws {
        for path in [fixture.environment.haltFile, fixture.environment.haltMemory] where Paths.exists(path) {
            try Paths.remove(path)
        }
    }

    private static func isHalted(_ fixture: EnvironmentFixture) throws -> Bool {
        _ = try fixture.installer.look()
        let isRemembered = try fixture.host.view.history().halts.last.map { $0.to == nil } ?? false
        #expect(isRemembered == Paths.exists(fixture.environment.haltFile))
        return isRemembered
    }

    private static func write(_ receipt: Receipt, as name: String, by key: SigningKey, _ fixture: EnvironmentFixture)
        throws
    {
        try AtomicFile.write(try receipt.signed(by: key).text + "\n", to: "\(fixture.environment.receipts)/\(name)")
    }

    @Test("a halt whose file and memory were both taken away is put back by its receipt, until somebody resumes")
    func bothTakenAway() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        let halted = try Self.person(fixture).halt()
        #expect(halted.act == 1)
        try Self.forget(fixture)
        let look = try fixture.installer.look()
        #expect(look.problem?.contains("trading stays halted (ben: spread)") == true, "\(look.problem ?? "")")
        #expect(look.problem?.contains("hftml-runtime resume \(fixture.environment.directory) --by") == true)
        #expect(try FileChunks.text(fixture.environment.haltFile).contains(" ben: spread"))
        #expect(try fixture.host.view.history().halts == [RevisionHistory.Halt(from: halted.time)])
        // Nobody looked meanwhile: who may resume can do so, and then it is over.
        try Self.forget(fixture)
        #expect(try Self.person(fixture).resume()?.act == 2)
        try Self.forget(fixture)
        #expect(try !Self.isHalted(fixture) && Self.person(fixture).resume() == nil)
        #expect(try Self.person(fixture).halt().act == 3)
        try Self.forget(fixture)
        #expect(try Self.isHalted(fixture))
    }

    @Test("of halts and resumes the one that was signed last counts, whatever the clock was set to")
    func clockSetBack() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        _ = try Self.person(fixture, clock: Self.at(9)).halt()
        _ = try Self.person(fixture, clock: Self.at(9)).resume()
        _ = try Self.person(fixture, clock: Self.at(2)).halt()
        try Self.forget(fixture)
        #expect(try Self.isHalted(fixture))
        _ = try Self.person(fixture, clock: Self.at(1)).resume()
        try Self.forget(fixture)
        #expect(try !Self.isHalted(fixture))
    }

    @Test("the halt file alone taken away ends no halt, though an earlier resume is dated ahead of it")
    func resumeAhead() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1)
        _ = try Self.person(fixture, clock: Self.at(5)).halt()
        _ = try Self.person(fixture, clock: Self.at(5)).resume()
        _ = try Self.person(fixture).halt()
        try Paths.remove(fixture.environment.haltFile)
        #expect(try fixture.installer.look().problems.contains { $0.contains("trading stays halted (ben: spread)") })
        #expect(try RuntimeStatus(fixture.environment, clock: fixture.clock).isHalted)
        #expect(try Self.person(fixture).resume()?.act == 4)
    }

    @Test("a halt that the host's earlier key has signed stands when the key was replaced, until the new one resumes")
    func replacedKey() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        #expect(try Self.person(fixture).halt().act == 1)
        var kit = fixture.kit.next { document in document.keys.removeAll { $0.name == "test-host" } }
        kit.host = SigningKey(generating: "test-host-2")
        var key = kit.host.publicKey
        key.roles = ["host", "promoter"]
        kit.document.keys.append(key)
        try fixture.send(try kit.authority())
        #expect(try fixture.installer.look().receipts.isEmpty)
        try Paths.remove(environment.hostKey)
        try kit.host.write(to: environment.hostKey)
        let installer = BundleInstaller(try TradingHost(environment), lock: fixture.lock, clock: fixture.clock)
        func isHalted() throws -> Bool {
            try Self.forget(fixture)
            _ = try installer.look()
            return Paths.exists(environment.haltFile)
        }
        #expect(try isHalted())
        // A resume by a key that is a host's no more ends nothing of the others.
        var other = Receipt(
            environment: "test", outcome: .resumed, bundle: "", time: AuthorityKit.start + AuthorityKit.day, act: 7)
        let stranger = SigningKey(generating: "stranger")
        try Self.write(other, as: "act-7-\(other.time)-resumed.json", by: stranger, fixture)
        #expect(try isHalted())
        #expect(try Self.person(fixture).resume()?.act == 2)
        #expect(try !isHalted())
        // Nor does one by the old key end a halt of the new one.
        #expect(try Self.person(fixture).halt().act == 3)
        (other.act, other.time) = (8, other.time + 1)
        try Self.write(other, as: "act-8-\(other.time)-resumed.json", by: fixture.kit.host, fixture)
        #expect(try isHalted())
    }

    @Test("whoever holds the lock of halts stops no halt and no look; a resume says who is in the way")
    func lockHeld() throws {
        let fixture = try EnvironmentFixture(), path = "\(fixture.environment.installed)/.halts.lock"
        try fixture.install(1)
        func mode(_ path: String) -> mode_t {
            var info = stat()
            return stat(path, &info) == 0 ? info.st_mode & 0o777 : 0
        }
        #expect(mode(fixture.environment.lockFile) == 0o600)
        do {
            let lock = try FileLock(path)
            defer { withExtendedLifetime(lock) {} }
            #expect(try Self.person(fixture).halt().outcome == .halted)
            let error = #expect(throws: Failure.self) { try Self.person(fixture).resume() }
            #expect(error?.code == "runtime.locked" && error?.hint?.contains("fuser -v \(path)") == true)
            try Self.forget(fixture)
            #expect(try Self.isHalted(fixture))
        }
        #expect(try Self.person(fixture).resume() != nil && mode(path) == 0o600, "nobody else can hold it")
    }

    @Test(
        "a lock of halts that cannot be opened stops no halt and no look, and is told; a resume says what to move away")
    func lockClosed() throws {
        let fixture = try EnvironmentFixture(), path = "\(fixture.environment.installed)/.halts.lock"
        try fixture.install(1)
        try Paths.remove(path)
        // As one that another account made: nobody here can open it.
        try Paths.makeDirectory(path)
        #expect(try Self.person(fixture).halt().outcome == .halted)
        try Self.forget(fixture)
        #expect(try Self.isHalted(fixture))
        let problem = "found \(path) to be what this account cannot open, so nobody can resume; "
        #expect(try fixture.installer.look().problems.contains { $0.hasPrefix(problem) })
        let error = #expect(throws: Failure.self) { try Self.person(fixture).resume() }
        let command = "mv '\(path)' '\(path).aside'; then resume again"
        #expect(error?.code == "runtime.locked" && error?.hint?.contains(command) == true, "\(error?.hint ?? "")")
        #expect(rename(path, path + ".aside") == 0)
        #expect(try Self.person(fixture).resume() != nil && fixture.installer.look().problem == nil)
    }

    @Test("receipts of a host of before, which have no number, go by their times; what comes after them is later")
    func older() throws {
        let fixture = try EnvironmentFixture(), start = AuthorityKit.start
        try fixture.install(1)
        func receipt(_ outcome: Receipt.Outcome, _ time: Nanoseconds) throws {
            let receipt = Receipt(
                environment: "test", outcome: outcome, bundle: "", reason: "spread", person: "ben", time: start + time)
            try Self.write(
                receipt, as: "\(start + time)--\(outcome.rawValue).json", by: fixture.kit.host, fixture)
        }
        try receipt(.halted, 100)
        try receipt(.resumed, 200)
        #expect(try !Self.isHalted(fixture))
        try receipt(.halted, 300)
        #expect(try Self.isHalted(fixture))
        // By a clock that is behind all of them.
        #expect(try Self.person(fixture, clock: Clock { start - 5 }).resume()?.act == 1)
        try Self.forget(fixture)
        #expect(try !Self.isHalted(fixture))
    }

    @Test("junk, forgeries and copies under the name of a later resume end no halt, and block nothing")
    func forged() throws {
        let fixture = try EnvironmentFixture(), place = fixture.environment.receipts
        try fixture.install(1)
        _ = try Self.person(fixture).halt()
        _ = try Self.person(fixture).resume()
        let resumed = try #require(try Paths.entries(place).first { $0.hasSuffix("-resumed.json") })
        _ = try Self.person(fixture).halt()
        let later = "-\(AuthorityKit.start + AuthorityKit.day)-resumed.json"
        try AtomicFile.write(try FileChunks.bytes("\(place)/\(resumed)"), to: "\(place)/act-7\(later)")
        let stranger = Receipt(
            environment: "test", outcome: .resumed, bundle: "", time: AuthorityKit.start + AuthorityKit.day, act: 8)
        try Self.write(stranger, as: "act-8\(later)", by: SigningKey(generating: "stranger"), fixture)
        var elsewhere = stranger
        (elsewhere.environment, elsewhere.act) = ("live", 9)
        try Self.write(elsewhere, as: "act-9\(later)", by: fixture.kit.host, fixture)
        try Paths.makeDirectory("\(place)/act-10\(later)")
        #expect(mkfifo("\(place)/act-11\(later)", 0o644) == 0)
        for name in ["act-12", "act-9223372036854775807", "act-99999999999999999999", "act--5", "act-0", "act-", ""] {
            try AtomicFile.write("junk", to: "\(place)/\(name)\(later)")
        }
        try Self.forget(fixture)
        #expect(try Self.isHalted(fixture))
        #expect(try Self.person(fixture).resume()?.act == 4)
        #expect(try !Self.isHalted(fixture))
        try fixture.install(2)
    }

    @Test("the receipt of the last halt or resume is not dropped, though the audit log has it")
    func kept() throws {
        let log = SigningKey(generating: "log")
        let kit = AuthorityKit.standard.next { document in
            var key = log.publicKey
            key.roles = ["log"]
            document.keys.append(key)
        }
        let fixture = try EnvironmentFixture(kit), place = fixture.environment.receipts
        let installer = BundleInstaller(
            fixture.host, lock: fixture.lock, clock: fixture.clock, retention: Retention(receipts: 0))
        #expect(try fixture.refusal(of: kit.bundle(TinyModel.draft(version: 1), version: 1)) == nil)
        _ = try Self.person(fixture).halt()
        _ = try Self.person(fixture).resume()
        _ = try Self.person(fixture).halt()
        let digests = try Paths.entries(place).map { try Digest.sha256(file: "\(place)/\($0)") }
        #expect(digests.count == 4)
        let list = ReceiptsTaken(environment: "test", sequence: 9, receipts: digests, time: AuthorityKit.start)
        try fixture.send(Array(try list.signed(by: log).text.utf8), as: "9.receipts.json")
        #expect(try installer.look().receipts.isEmpty)
        #expect(try fixture.receipts().map(\.act) == [nil, 3], "of what is in force, and of the halt")
        try Self.forget(fixture)
        #expect(try Self.isHalted(fixture))
    }
}
