import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing

/// A memory that is put together again forgets no rollback: what was bad does not come back by the next one.
@Suite struct HostRecoveryTests {
    /// Version 1, version 2, a rollback to version 1, version 4; and the memory of before the rollback.
    private static func fixture() throws -> (EnvironmentFixture, older: [UInt8]) {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let older = try FileChunks.bytes(fixture.environment.stateFile)
        #expect(try rollBack(fixture) == 1)
        try fixture.install(4)
        return (fixture, older)
    }

    private static func person(_ fixture: EnvironmentFixture) throws -> HostOperator {
        try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: fixture.clock)
    }

    /// - Returns: the version that is in force afterwards.
    private static func rollBack(_ fixture: EnvironmentFixture, to counter: Int? = nil) throws -> Int? {
        try person(fixture).rollBack(to: counter, with: fixture.installer).version
    }

    private static func receipt(_ counter: Int, _ fixture: EnvironmentFixture) throws -> String {
        let names = try Paths.entries(fixture.environment.receipts)
        return fixture.environment.receipts + "/" + (try #require(names.first { $0.hasPrefix("revision-\(counter)-") }))
    }

    private static func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? any UserFacingError)?.code ?? "\(error)" }
        return nil
    }

    @Test("an older memory and a rollback whose receipt was dropped: its kept bundle says what it was")
    func receiptGone() throws {
        let (fixture, older) = try Self.fixture()
        try AtomicFile.write(older, to: fixture.environment.stateFile)
        try Paths.remove(Self.receipt(3, fixture))
        #expect(Self.code { _ = try fixture.installer.look() } == "runtime.state")
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.putBack == [3, 4] && recovery.lost.isEmpty && recovery.unknown.isEmpty)
        #expect(try fixture.installer.look().inForce?.identity.version == 4)
        #expect(try Self.rollBack(fixture) == 1)
    }

    @Test("a lost memory and a rollback whose bundle was lost: its receipt says what it went back to")
    func bundleGone() throws {
        let (fixture, _) = try Self.fixture(), environment = fixture.environment
        for path in [environment.stateFile, environment.revision(3)] { try Paths.remove(path) }
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.putBack == [1, 2, 3, 4] && recovery.lost.isEmpty && recovery.unknown.isEmpty)
        #expect(try fixture.installer.look().problem == nil)
        #expect(try Self.rollBack(fixture) == 1)
    }

    @Test("between a recovery and the next look the status says that nothing trades, and what puts it back")
    func notPutBack() throws {
        let (fixture, _) = try Self.fixture(), environment = fixture.environment
        for path in [environment.stateFile, environment.current] { try Paths.remove(path) }
        _ = try HostRecovery(fixture.installer)
        func told() throws -> Bool {
            try RuntimeStatus(environment, clock: fixture.clock).problems.contains {
                $0.contains("revision 4 in the memory") && $0.hasSuffix("hftml-runtime accept \(environment.directory)")
            }
        }
        #expect(try told())
        _ = try fixture.installer.look()
        #expect(try !told())
    }

    @Test("a revision whose own bundle is gone is gone back to by another of its manifest")
    func otherBundle() throws {
        let (fixture, _) = try Self.fixture(), environment = fixture.environment
        try Paths.remove(environment.revision(1))
        #expect(try Self.rollBack(fixture) == 1)
        // None of its bundles is left.
        try fixture.install(6)
        for counter in [3, 5] { try Paths.remove(environment.revision(counter)) }
        let error = #expect(throws: Failure.self) { try Self.rollBack(fixture) }
        #expect(error?.code == "runtime.state" && error?.hint?.contains("name another with --to") == true)
    }

    @Test("where receipt and bundle are gone there is a hole: no rollback crosses it by itself, and a person may")
    func hole() throws {
        let (fixture, older) = try Self.fixture(), environment = fixture.environment
        let gone = [try Self.receipt(3, fixture), environment.revision(3)]
        let copies = try gone.map { try FileChunks.bytes($0) }
        try AtomicFile.write(older, to: environment.stateFile)
        try gone.forEach(Paths.remove)
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.putBack == [4] && recovery.unknown == [3...3])
        #expect(recovery.lines.contains("not known what came in force by order 3"), "\(recovery.lines)")
        let look = try fixture.installer.look()
        #expect(look.inForce?.identity.version == 4)
        #expect(look.problem?.contains("came in force by orders 3, so the version before") == true, "\(look.problems)")
        let status = try RuntimeStatus(environment, clock: fixture.clock)
        #expect(status.problems.contains { $0.contains("name it with --to (1, 2)") }, "\(status.problems)")
        let error = #expect(throws: Failure.self) { try Self.rollBack(fixture) }
        #expect(error?.code == "rollback.hole" && error?.hint?.contains("--to (1, 2)") == true, "\(error?.hint ?? "")")
        #expect(Self.code { _ = try Self.person(fixture).handOverRollback() } == "rollback.hole")
        #expect(try fixture.installer.current()?.identity.version == 4, "nothing came in force by it")
        // Found again, it is no hole any more.
        for (path, bytes) in zip(gone, copies) { try AtomicFile.write(bytes, to: path) }
        let again = try HostRecovery(fixture.installer)
        #expect(again.putBack == [3] && again.unknown.isEmpty && again.problem == nil)
        try gone.forEach(Paths.remove)
        try AtomicFile.write(older, to: environment.stateFile)
        _ = try HostRecovery(fixture.installer)
        _ = try fixture.installer.look()
        #expect(try Self.rollBack(fixture, to: 1) == 1)
        #expect(Self.code { _ = try Self.rollBack(fixture) } == "rollback.hole", "what lies before it is not known")
        #expect(try fixture.host.view.history().unknown == [3...3])
    }

    @Test("a revision that was left out of the memory is found out by its receipt, and put back")
    func leftOut() throws {
        let (fixture, _) = try Self.fixture(), path = fixture.environment.stateFile
        let edited = RevisionHistory(try fixture.host.view.history().revisions.filter { $0.counter != 3 })
        try AtomicFile.write(edited.json.text(.pretty) + "\n", to: path)
        let error = #expect(throws: Failure.self) { try fixture.installer.look() }
        #expect(error?.code == "runtime.state" && error?.message.contains("state.json without it") == true)
        #expect(error?.hint?.contains("hftml-runtime recover ") == true)
        #expect(Self.code { _ = try RuntimeStatus(fixture.environment, clock: fixture.clock) } == "runtime.state")
        #expect(try HostRecovery(fixture.installer).putBack == [3])
        #expect(try fixture.installer.look().problem == nil)
        #expect(try Self.rollBack(fixture) == 1)
    }

    @Test("a revision that is signed and lost is a hole, also where an older memory has both of its neighbours")
    func lostBetween() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(2, 3)
        let back = try fixture.kit.bundle(
            TinyModel.draft(version: 2, weight: 2), version: 2, counter: 4,
            order: { ($0.action, $0.reason) = (.rollback, "losses") })
        try fixture.send(back)
        #expect(try fixture.installer.look().inForce?.identity.version == 2)
        let edited = RevisionHistory(try fixture.host.view.history().revisions.filter { $0.counter != 3 })
        try AtomicFile.write(edited.json.text(.pretty) + "\n", to: environment.stateFile)
        for path in [environment.revision(3), try Self.receipt(4, fixture)] { try Paths.remove(path) }
        #expect(Self.code { _ = try fixture.installer.look() } == "runtime.state")
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.lost == [3] && recovery.unknown == [3...3] && recovery.putBack.isEmpty)
        #expect(try fixture.installer.look().inForce?.identity.version == 2, "the hint led on")
        #expect(try fixture.receipts().filter { $0.counter == 4 }.map(\.replaced) == [nil], "nobody knows")
        #expect(Self.code { _ = try Self.rollBack(fixture) } == "rollback.hole")
    }

    @Test("what the host has signed with its key of before counts where the key was replaced in the same place")
    func formerKey() throws {
        let (fixture, older) = try Self.fixture(), environment = fixture.environment
        var kit = fixture.kit.next { document in document.keys.removeAll { $0.name == "test-host" } }
        kit.host = SigningKey(generating: "test-host-2")
        kit.document.createdAt = fixture.clock.now()
        var key = kit.host.publicKey
        key.roles = ["host", "promoter"]
        kit.document.keys.append(key)
        try fixture.send(try kit.authority())
        _ = try fixture.installer.look()
        try Paths.remove(environment.hostKey)
        try kit.host.write(to: environment.hostKey)
        let installer = BundleInstaller(try TradingHost(environment), lock: fixture.lock, clock: fixture.clock)
        try AtomicFile.write(older, to: environment.stateFile)
        #expect(Self.code { _ = try installer.look() } == "runtime.state")
        #expect(try Paths.entries(environment.history).count == 4, "nothing of it is thrown away")
        try Paths.remove(environment.stateFile)
        let recovery = try HostRecovery(installer)
        #expect(recovery.putBack == [1, 2, 3, 4] && recovery.unknown.isEmpty)
        #expect(try installer.look().objection == nil)
        #expect(try Self.person(fixture).rollBack(with: installer).version == 1)
    }

    @Test("all that it installed lost: status says so, as a look does, and each hint leads on")
    func allLost() throws {
        let (fixture, _) = try Self.fixture(), environment = fixture.environment
        let newest = try FileChunks.bytes(environment.revision(4))
        try Paths.remove(environment.installed)
        #expect(Self.code { _ = try RuntimeStatus(environment, clock: fixture.clock) } == "runtime.state")
        #expect(Self.code { _ = try fixture.installer.look() } == "runtime.state")
        let error = #expect(throws: Failure.self) { try HostRecovery(fixture.installer) }
        let hint = try #require(error?.hint)
        #expect(hint.contains("mkdir -p \(environment.history) && cp BACKUP/000004.hftbundle "), "\(hint)")
        #expect(hint.contains("--name NEW > Registry/keys/NEW.pub.json"), "\(hint)")
        try AtomicFile.write(newest, to: environment.revision(4))
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.revision == 4 && recovery.lost == [1, 2, 3] && recovery.unknown == [1...3])
        #expect(try fixture.installer.look().inForce?.identity.version == 4)
    }

    @Test("of the way that led here and of every rollback the receipts stay, though the log has them")
    func retained() throws {
        let log = SigningKey(generating: "log")
        let kit = AuthorityKit.standard.next { document in
            var key = log.publicKey
            key.roles = ["log"]
            document.keys.append(key)
        }
        let fixture = try EnvironmentFixture(kit), place = fixture.environment.receipts
        let installer = BundleInstaller(
            fixture.host, lock: fixture.lock, clock: fixture.clock, retention: Retention(receipts: 0))
        func install(_ version: Int) throws {
            let draft = try TinyModel.draft(version: version, weight: Float(version))
            #expect(try fixture.refusal(of: kit.bundle(draft, version: version)) == nil)
        }
        try install(1)
        try install(2)
        _ = try Self.person(fixture).rollBack(with: installer)
        try install(4)
        let digests = try Paths.entries(place).map { try Digest.sha256(file: "\(place)/\($0)") }
        let list = ReceiptsTaken(environment: "test", sequence: 9, receipts: digests, time: AuthorityKit.start)
        try fixture.send(Array(try list.signed(by: log).text.utf8), as: "9.receipts.json")
        #expect(try installer.look().receipts.isEmpty)
        #expect(try fixture.receipts().map(\.counter) == [1, 3, 4])
    }

    @Test("copies of what was ordered before, or for another host, get one answer, however many come")
    func copies() throws {
        let fixture = try EnvironmentFixture(), place = fixture.environment.receipts, kit = fixture.kit
        try fixture.install(1, 2)
        let other = SigningKey(generating: "other").publicKey.id
        let elsewhere = try kit.bundle(
            TinyModel.draft(version: 1), version: 1, counter: 3, order: { ($0.previous, $0.host) = (.nothing, other) })
        let count = try Paths.entries(place).count
        for (index, bytes) in [try FileChunks.bytes(fixture.environment.revision(1)), elsewhere].enumerated() {
            for copy in 0..<9 { try fixture.send(bytes, as: "copy-\(index)-\(copy).hftbundle") }
        }
        #expect(try fixture.installer.look().receipts.count == 2)
        for copy in 0..<9 { try fixture.send(elsewhere, as: "again-\(copy).hftbundle") }
        #expect(try fixture.installer.look().receipts.isEmpty)
        #expect(try Paths.entries(place).count == count + 2 && Paths.entries(fixture.environment.inbox).isEmpty)
        // Neither they nor junk say what became of an order.
        let order = try TinyModel.bundle(TinyModel.key, version: 3, weight: 3)
        try fixture.send(order, as: "a.hftbundle")
        try fixture.send([1, 2, 3], as: "b.hftbundle")
        let look = try fixture.installer.look()
        #expect(look.receipts.last?.outcome == .refused && look.lastAnswer?.outcome == .installed)
    }
}
