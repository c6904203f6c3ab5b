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

    @Test("of what nobody had ordered the newest receipts stay; those of orders, halts and revisions do")
    func strays() throws {
        let fixture = try EnvironmentFixture(Self.kit()), kit = Self.kit(), draft = try TinyModel.draft(version: 1)
        let installer = BundleInstaller(
            fixture.host, lock: fixture.lock, clock: fixture.clock, retention: Retention(strays: 2))
        func look(_ bytes: [UInt8], as name: String = "a.hftbundle") throws {
            try fixture.send(bytes, as: name)
            #expect(try installer.look().receipts.count == 1)
        }
        // By a promoter's key: in force, refused with its number, and for another host.
        try look(try kit.bundle(draft, version: 1))
        try look(try kit.bundle(draft, version: 1, counter: 2, verdict: { $0.isPassed = false }))
        let other = SigningKey(generating: "other").publicKey.id
        try look(try kit.bundle(draft, version: 1, counter: 3, order: { ($0.previous, $0.host) = (.nothing, other) }))
        let kept = try Self.names(fixture)
        #expect(kept.count == 3)
        for index in 0..<9 as Range<UInt8> {
            try look([index, 1, 2], as: index % 3 == 0 ? "\(index).withdrawal.json" : "a.hftbundle")
        }
        try look(try kit.bundle(draft, version: 1, counter: 4, orderKey: SigningKey(generating: "stranger")))
        let names = try Self.names(fixture)
        #expect(names.isSuperset(of: kept) && names.count == 5, "\(names.sorted())")
        #expect(try fixture.receipts().last?.reason?.hasPrefix("admission.order-key: ") == true)
    }

    @Test("a flood of junk, taken up by the log, pushes out no halt and no answer to an order")
    func flood() throws {
        let fixture = try EnvironmentFixture(Self.kit()), kit = Self.kit(), draft = try TinyModel.draft(version: 1)
        let installer = BundleInstaller(
            fixture.host, lock: fixture.lock, clock: fixture.clock, retention: Retention(receipts: 4))
        #expect(try fixture.refusal(of: kit.bundle(draft, version: 1)) == nil)
        for counter in [2, 3] {
            let failed = try kit.bundle(draft, version: 1, counter: counter, verdict: { $0.isPassed = false })
            #expect(try fixture.refusal(of: failed) != nil)
        }
        _ = try HostOperator(fixture.environment, person: "ben", reason: "x", clock: fixture.clock).halt()
        let kept = try Self.names(fixture)
        for index in 0..<9 as Range<UInt8> {
            try fixture.send([index, 1, 2], as: "\(index).hftbundle")
            try Paths.makeDirectory("\(fixture.environment.inbox)/d\(index).hftbundle")
        }
        #expect(try installer.look().receipts.count == 18)
        try Self.tell(fixture, try Self.digests(fixture, try Self.names(fixture)))
        #expect(try installer.look().receipts.isEmpty)
        #expect(try kept.count == 4 && Self.names(fixture).isSuperset(of: kept))
    }

    @Test("the receipt of the order that was refused or withdrawn last is not dropped: an older memory would take it")
    func lastAnswer() throws {
        let fixture = try EnvironmentFixture(Self.kit()), kit = Self.kit(), draft = try TinyModel.draft(version: 1)
        let installer = BundleInstaller(
            fixture.host, lock: fixture.lock, clock: fixture.clock, retention: Retention(receipts: 0))
        #expect(try fixture.refusal(of: kit.bundle(draft, version: 1)) == nil)
        let state = try FileChunks.bytes(fixture.environment.stateFile)
        for counter in [2, 3] {
            let bytes = try kit.bundle(draft, version: 1, counter: counter, verdict: { $0.isPassed = false })
            #expect(try fixture.refusal(of: bytes)?.hasPrefix("admission.verdict-failed: ") == true)
        }
        try Self.tell(fixture, try Self.digests(fixture, try Self.names(fixture)))
        #expect(try installer.look().receipts.isEmpty)
        #expect(try fixture.receipts().map(\.counter) == [1, 3])
        try AtomicFile.write(state, to: fixture.environment.stateFile)
        let copy = try kit.bundle(draft, version: 1, counter: 3)
        #expect(try fixture.refusal(of: copy)?.hasPrefix("admission.counter: ") == true)
    }

    @Test("what a killed process left half written goes at the first look of the next; what lives or is young stays")
    func leftovers() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        try fixture.install(1)
        // No process has the highest number.
        let dead = "tmp-\(Int32.max)-5"
        let left = [
            "\(environment.installed)/.clock.json.\(dead)", "\(environment.history)/.2.hftbundle.\(dead)",
            "\(environment.documents)/.2.json.\(dead)", "\(environment.receipts)/.a.json.\(dead)",
            "\(environment.rejected)/.b.\(dead)", "\(environment.directory)/.health.json.\(dead)",
            "\(environment.directory)/.halt.\(dead)",
            // In a container every process has the number of the one before; this one is older than it.
            "\(environment.installed)/.state.json.tmp-\(getpid())-5",
        ]
        let stays = [
            "\(environment.installed)/.state.json.tmp-\(getppid())-5", "\(environment.installed)/clock.json.\(dead)",
            "\(environment.installed)/.clock.json.tmp-x-5", "\(environment.inbox)/.a.hftbundle.\(dead)",
            "\(environment.directory)/.authority.json.\(dead)",
        ]
        var old = [timeval(tv_sec: 5, tv_usec: 0), timeval(tv_sec: 5, tv_usec: 0)]
        for path in left + stays {
            try AtomicFile.write("half", to: path)
            #expect(utimes(path, &old) == 0)
        }
        let young = "\(environment.installed)/.state.json.\(dead)"
        try AtomicFile.write("half", to: young)
        #expect(try fixture.installer().look().receipts.isEmpty)
        #expect(left.allSatisfy { !Paths.exists($0) } && (stays + [young]).allSatisfy(Paths.exists))
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
