import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing

/// What lies in force is evidence of what came in force, where more than that was lost.
@Suite struct BundleInForceTests {
    /// Version 1, version 2, a rollback to version 1, version 4.
    private static func fixture() throws -> EnvironmentFixture {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let person = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: fixture.clock)
        #expect(try person.rollBack(with: fixture.installer).version == 1)
        try fixture.install(4)
        return fixture
    }

    private static func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? any UserFacingError)?.code ?? "\(error)" }
        return nil
    }

    private static func removeReceipts(_ fixture: EnvironmentFixture, _ counters: Int...) throws {
        for name in try Paths.entries(fixture.environment.receipts)
        where counters.contains(where: { name.hasPrefix("revision-\($0)-") }) {
            try Paths.remove("\(fixture.environment.receipts)/\(name)")
        }
    }

    @Test("no look puts an older bundle over a newer one in force, and a recovery takes it for what it is")
    func newestAlone() throws {
        let fixture = try Self.fixture(), environment = fixture.environment
        let newest = try FileChunks.bytes(environment.current)
        try Self.removeReceipts(fixture, 3, 4)
        for path in [environment.stateFile, environment.revision(3), environment.revision(4)] { try Paths.remove(path) }
        #expect(Self.code { _ = try fixture.installer.look() } == "runtime.state")
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.revision == 4 && recovery.spent == 4 && recovery.putBack == [1, 2, 4])
        #expect(recovery.unknown == [3...3], "nobody can tell what was rolled back")
        #expect(try FileChunks.bytes(environment.revision(4)) == newest)
        let look = try fixture.installer.look()
        #expect(try look.inForce?.identity.version == 4 && FileChunks.bytes(environment.current) == newest)
        #expect(look.receipts.map(\.counter) == [4], "signed anew")
        let person = try HostOperator(environment, person: "ben", reason: "losses", clock: fixture.clock)
        #expect(Self.code { _ = try person.rollBack(with: fixture.installer) } == "rollback.hole")
    }

    @Test("an older memory beside a newer bundle in force is told, and that bundle stays")
    func olderMemory() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        let older = try FileChunks.bytes(environment.stateFile)
        try fixture.install(2)
        let newest = try FileChunks.bytes(environment.current)
        try AtomicFile.write(older, to: environment.stateFile)
        try Self.removeReceipts(fixture, 2)
        try Paths.remove(environment.revision(2))
        let error = #expect(throws: Failure.self) { try fixture.installer.look() }
        #expect(error?.code == "runtime.state" && error?.message.contains("found revision 2 in force") == true)
        #expect(error?.hint?.contains("hftml-runtime recover ") == true)
        #expect(try FileChunks.bytes(environment.current) == newest)
        #expect(try HostRecovery(fixture.installer).putBack == [2])
        #expect(try fixture.installer.look().inForce?.identity.version == 2)
    }

    @Test("all but the bundle in force lost: a recovery begins with it, and its number is answered")
    func currentAlone() throws {
        let fixture = try Self.fixture(), environment = fixture.environment
        for path in [environment.stateFile, environment.history, environment.receipts] { try Paths.remove(path) }
        let error = #expect(throws: Failure.self) { try fixture.installer.look() }
        #expect(error?.code == "runtime.state" && error?.hint?.contains("hftml-runtime recover ") == true)
        let recovery = try HostRecovery(fixture.installer)
        #expect(recovery.revision == 4 && recovery.spent == 4 && recovery.unknown == [1...3])
        #expect(try fixture.installer.look().inForce?.identity.version == 4)
        #expect(try fixture.installer.look().objection == nil)
    }

    @Test("an order to another host is no evidence of what came in force here")
    func elsewhere() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1, 2)
        let other = SigningKey(generating: "other").publicKey.id
        let bytes = try fixture.kit.bundle(
            TinyModel.draft(version: 3, weight: 3), version: 3, counter: 3,
            order: { ($0.previous, $0.host) = (.nothing, other) })
        try AtomicFile.write(bytes, to: environment.current)
        let look = try fixture.installer.look()
        #expect(look.inForce?.identity.version == 2)
        #expect(look.problem?.contains("revision 2 was put back from installed/history") == true)
    }
}
