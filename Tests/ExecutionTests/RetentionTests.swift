import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing

/// What a host drops of what it has told, and what never.
@Suite struct RetentionTests {
    private static let log = SigningKey(generating: "log")

    private static func kit() -> AuthorityKit {
        var kit = AuthorityKit.standard, key = log.publicKey
        key.roles = ["log"]
        kit.document.keys.append(key)
        return kit
    }

    private static func names(_ fixture: EnvironmentFixture) throws -> Set<String> {
        Set(try Paths.entries(fixture.environment.receipts))
    }

    private static func digests(_ fixture: EnvironmentFixture, _ names: some Sequence<String>) throws -> [String] {
        try names.map { try Digest.sha256(file: fixture.environment.receipts + "/\($0)") }
    }

    private static func tell(
        _ fixture: EnvironmentFixture, _ digests: [String], environment: String = "test", by key: SigningKey = log
    ) throws {
        let list = ReceiptsTaken(environment: environment, sequence: 9, receipts: digests, time: AuthorityKit.start)
        try fixture.send(Array(try list.signed(by: key).text.utf8), as: "9.receipts.json")
    }

    @Test("receipts that the log has are dropped but for the newest; what it has not, and what is nobody's, stays")
    func receipts() throws {
        let fixture = try EnvironmentFixture(Self.kit()), place = fixture.environment.receipts
        let installer = BundleInstaller(
            fixture.host, lock: fixture.lock, clock: fixture.clock, retention: Retention(receipts: 3))
        #expect(try fixture.refusal(of: Self.kit().bundle(TinyModel.draft(version: 1), version: 1)) == nil)
        let first = try Self.names(fixture)
        for index in 0..<8 {
            _ = try HostOperator(
                fixture.environment, person: "ben", reason: "\(index)", clock: fixture.clock
            ).halt()
        }
        try AtomicFile.write("{", to: place + "/broken.json")
        try Paths.makeDirectory(place + "/directory.json")
        let foreign = try Receipt(environment: "test", outcome: .halted, bundle: "", time: 5)
            .signed(by: SigningKey(generating: "eve")).text
        try AtomicFile.write(foreign, to: place + "/foreign.json")
        let all = try Self.names(fixture), halts = all.filter { $0.hasSuffix("-halted.json") }.sorted()
        #expect(halts.count == 8)
        // The third was not taken up yet.
        let taken = halts.filter { $0 != halts[2] } + first
        try Self.tell(fixture, try Self.digests(fixture, taken) + [Digest.sha256("unknown")])
        #expect(try installer.look().receipts.isEmpty)
        let kept = try Self.names(fixture)
        #expect(kept == all.subtracting(halts.prefix(5)).union([halts[2]]), "\(kept.sorted())")
        #expect(kept.isSuperset(of: first), "of what is in force the receipt stays")
        #expect(try Paths.entries(fixture.environment.inbox).isEmpty)
        #expect(try installer.look().receipts.isEmpty, "nothing is told anew")
    }

    @Test("a list that the gate or a stranger signed, or that is of another environment, drops nothing")
    func refused() throws {
        let fixture = try EnvironmentFixture(Self.kit())
        let installer = BundleInstaller(
            fixture.host, lock: fixture.lock, clock: fixture.clock, retention: Retention(receipts: 0))
        for index in 0..<3 {
            _ = try HostOperator(
                fixture.environment, person: "ben", reason: "\(index)", clock: fixture.clock
            ).halt()
        }
        let all = try Self.names(fixture), digests = try Self.digests(fixture, all)
        for (key, environment, code) in [
            (fixture.kit.gate, "test", "receipts.key"), (SigningKey(generating: "log"), "test", "receipts.key"),
            (Self.log, "live", "receipts.environment"),
        ] {
            try Self.tell(fixture, digests, environment: environment, by: key)
            let receipts = try installer.look().receipts
            #expect(receipts.count == 1 && receipts[0].reason?.hasPrefix(code + ": ") == true, "\(receipts)")
        }
        try fixture.send(Array("{}".utf8), as: "9.receipts.json")
        #expect(try installer.look().receipts.first?.reason?.hasPrefix("statement.format: ") == true)
        #expect(try Self.names(fixture).isSuperset(of: all))
    }

    @Test("what is told once of an entry that is no file is not told again because its receipt was dropped")
    func entries() throws {
        let fixture = try EnvironmentFixture(Self.kit())
        let installer = BundleInstaller(
            fixture.host, lock: fixture.lock, clock: fixture.clock, retention: Retention(receipts: 0))
        try Paths.makeDirectory(fixture.environment.inbox + "/d.hftbundle")
        #expect(try installer.look().receipts.count == 1)
        try Self.tell(fixture, try Self.digests(fixture, try Self.names(fixture)))
        #expect(try installer.look().receipts.isEmpty && installer.look().receipts.isEmpty)
        #expect(try Self.names(fixture).count == 1)
    }

    @Test("of refused bundles the newest stay, by number and by bytes; every one has its receipt")
    func rejected() throws {
        for (files, bytes) in [(3, Int.max), (100, 3000)] {
            let fixture = try EnvironmentFixture(Self.kit())
            let installer = BundleInstaller(
                fixture.host, lock: fixture.lock, clock: fixture.clock,
                retention: Retention(rejected: (files, bytes)))
            var last = ""
            for index in 0..<9 {
                last = try fixture.send([UInt8](repeating: UInt8(index), count: 1000))
                #expect(try installer.look().receipts.count == 1)
            }
            let kept = try Paths.entries(fixture.environment.rejected)
            #expect(kept.count == 3 && kept.contains("\(last.prefix(16)).hftbundle"), "\(kept)")
            #expect(try fixture.receipts().filter { $0.outcome == .refused }.count == 9)
        }
    }

    @Test("a list reads back as it was signed, and nothing else does")
    func text() throws {
        let list = ReceiptsTaken(environment: "test", sequence: 3, receipts: ["b", "a"], time: 7)
        #expect(list.receipts == ["a", "b"])
        #expect(try ReceiptsTaken(try list.signed(by: Self.log)) == list)
        let spaced = try Envelope(
            payloadType: ReceiptsTaken.payloadType, payload: list.payload + " ", signer: Self.log)
        #expect(throws: Failure.self) { try ReceiptsTaken(spaced) }
        let other = try Envelope(payloadType: "text/plain", payload: list.payload, signer: Self.log)
        #expect(throws: Failure.self) { try ReceiptsTaken(other) }
    }
}
