import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

/// Making safe when the environment's papers are not in order: a document that has expired, keys that were taken out.
@Suite struct EmergencyTests {
    private static func person(_ fixture: EnvironmentFixture, clock: Clock? = nil) throws -> HostOperator {
        try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: clock ?? fixture.clock)
    }

    /// An order by the promoter for a version of before, without an end of its own.
    private static func rollback(
        _ kit: AuthorityKit, to version: Int, counter: Int, at time: Nanoseconds, by signer: SigningKey? = nil
    ) throws -> [UInt8] {
        try kit.bundle(
            TinyModel.draft(version: version, weight: Float(version)), version: version, counter: counter,
            orderKey: signer,
            order: {
                ($0.action, $0.reason, $0.time) = (.rollback, "losses", time)
                $0.expiresAt = time + AuthorityKit.day
            })
    }

    @Test("under a document that has expired the host goes back to what was in force, marked, and takes nothing else")
    func expired() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2, 3)
        let time = fixture.kit.document.expiresAt + AuthorityKit.day
        let installer = fixture.installer(clock: Clock { time })
        func answer(_ bytes: [UInt8]) throws -> Receipt? {
            try fixture.send(bytes)
            return try installer.look().receipts.first
        }
        let promotion = try fixture.kit.bundle(
            TinyModel.draft(version: 4, weight: 4), version: 4, verdict: { $0.time = time }, order: { $0.time = time })
        #expect(try answer(promotion)?.reason?.hasPrefix("authority.expired: ") == true)
        let gate = try answer(Self.rollback(fixture.kit, to: 2, counter: 5, at: time, by: fixture.kit.gate))
        #expect(gate?.reason?.hasPrefix("admission.order-key: ") == true)
        let back = try #require(try answer(Self.rollback(fixture.kit, to: 2, counter: 5, at: time)))
        #expect(back.outcome == .rolledBack && back.version == 2)
        #expect(
            back.emergency?.hasPrefix("document 1 expired at ") == true && back.text.contains("emergency: document"))
        #expect(try installer.look().objection == nil, "and it trades")
        // Forward to what was rolled back is no way to safety.
        let forward = try answer(Self.rollback(fixture.kit, to: 3, counter: 6, at: time))
        #expect(forward?.reason?.hasPrefix("admission.rollback: ") == true, "\(forward?.reason ?? "installed")")
        // The host's own operator needs no workstation.
        let own = try Self.person(fixture, clock: Clock { time }).rollBack(with: installer)
        #expect(own.version == 1 && own.emergency != nil && own.person == "ben")
        // What was in order is not marked, and its signed text is as it was.
        let first = try #require(try fixture.receipts().first)
        #expect(first.emergency == nil && first.json[key: "emergency"] == nil)
        let path = "\(fixture.environment.receipts)/revision-5-\(back.bundle.prefix(12)).json"
        let read = try Receipt.read(try FileChunks.bytes(path), hosts: [fixture.kit.host.publicKey], in: path)
        #expect(read.receipt == back && read.host != nil, "the mark is signed")
    }

    @Test("stopped on the way, an emergency is marked as one by the next look")
    func interrupted() throws {
        struct Stop: Error {}
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let time = fixture.kit.document.expiresAt + AuthorityKit.day
        try fixture.send(Self.rollback(fixture.kit, to: 1, counter: 3, at: time))
        let stopping = fixture.installer(clock: Clock { time }) { if $0 == .current { throw Stop() } }
        #expect(throws: Stop.self) { try stopping.look() }
        let receipts = try fixture.installer(clock: Clock { time + 5 }).look().receipts
        #expect(receipts.first?.outcome == .rolledBack && receipts.first?.emergency != nil)
    }

    @Test("a revoked key signs no emergency, and what it signed does not come back by one")
    func revoked() throws {
        for name in ["signer", "gate"] {
            let fixture = try EnvironmentFixture()
            try fixture.install(1, 2)
            let kit = fixture.kit.next(key: name) { $0.revoked = PublicKey.Revocation(at: 0, reason: "stolen") }
            // Taken out of the document afterwards, it stays revoked.
            let gone = kit.next { $0.keys.removeAll { $0.name == name } }
            try fixture.send(try kit.authority())
            _ = try fixture.installer.look()
            try fixture.send(try gone.authority(), as: "3.authority.json")
            let time = fixture.kit.document.expiresAt + AuthorityKit.day
            let person = try Self.person(fixture, clock: Clock { time })
            let error = #expect(throws: Failure.self) {
                try person.rollBack(with: fixture.installer(clock: Clock { time }))
            }
            let code = name == "gate" ? "admission.verdict-key" : "admission.manifest-key"
            #expect(
                error?.code == code && error?.message.contains("stolen") == true, "\(name): \(error?.message ?? "")")
        }
    }

    @Test("a rollback passes to a bundle whose keys were taken out of the document, and it trades; promotions do not")
    func removed() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        let gate = SigningKey(generating: "gate-2"), promoter = SigningKey(generating: "promoter-2")
        var kit = fixture.kit.next { document in
            document.keys.removeAll { $0.name != "test-host" }
            for (key, role) in [(gate, "gate"), (promoter, "promoter")] {
                var own = key.publicKey
                own.roles = [role]
                document.keys.append(own)
            }
        }
        try fixture.send(try kit.authority())
        #expect(
            try fixture.installer.look().objection?.contains("is of no key of the environment") == true,
            "what a removed key promoted opens no orders")
        let own = try Self.person(fixture).rollBack(with: fixture.installer)
        #expect(own.version == 1 && own.emergency == nil)
        #expect(try fixture.installer.look().objection == nil)
        #expect(try RuntimeStatus(fixture.environment, clock: fixture.clock).objection == nil)
        #expect(try fixture.installer.current()?.identity.version == 1)
        // The old keys put nothing new in force, neither as a promotion nor under a rollback's name.
        let promoted = try fixture.refusal(of: fixture.kit.bundle(TinyModel.draft(version: 9, weight: 9), version: 9))
        #expect(promoted?.hasPrefix("admission.order-key: ") == true, "\(promoted ?? "installed")")
        let ordered = try fixture.refusal(
            of: Self.rollback(fixture.kit, to: 2, counter: 9, at: AuthorityKit.start))
        #expect(ordered?.hasPrefix("admission.order-key: ") == true, "\(ordered ?? "installed")")
        let again = try fixture.kit.bundle(
            TinyModel.draft(version: 8, weight: 8), version: 8, orderKey: promoter, order: { $0.action = .promote })
        let mixed = try fixture.refusal(of: again)
        #expect(mixed?.hasPrefix("admission.manifest-key: ") == true, "\(mixed ?? "installed")")
        // Where the host's directory has no earlier document, nobody knows the key.
        kit.document.counter = 2
        for directory in [fixture.environment.documents, fixture.environment.authorityChain] {
            if Paths.exists(directory) { try Paths.remove(directory) }
        }
        try AtomicFile.write(try kit.authority().envelope.text, to: fixture.environment.authorityFile)
        #expect(throws: ModelBundle.Refusal.self) { try fixture.installer.current() }
    }

    // MARK: Canaries

    @Test("a canary that is halted earns no hours, by the operator or by a file that somebody put there")
    func haltedCanary() throws {
        for isByHand in [false, true] {
            var kit = AuthorityKit.standard
            kit.document.canary = EnvironmentAuthority.Canary(hours: 2, share: 0.3)
            let fixture = try EnvironmentFixture(kit), hour: Nanoseconds = 3_600_000_000_000
            let some = ModelBundle.Canary(universe: ["A", "B", "C", "D"], instruments: ["B"])
            try fixture.send(
                try kit.bundle(
                    TinyModel.draft(version: 2, canary: some), version: 2, counter: 1, order: { $0.share = 0.25 }))
            #expect(try fixture.installer.look().installed != nil)
            func at(_ hours: Double) -> Clock { Clock { AuthorityKit.start + 2000 + Int64(hours * Double(hour)) } }
            func run(_ hours: Double...) throws {
                for hours in hours { try fixture.installer.noteRun(1, at: at(hours).now()) }
            }
            func promote(_ hours: Double, counter: Int) throws -> String? {
                try fixture.send(try kit.bundle(TinyModel.draft(version: 2), version: 2, counter: counter))
                return try fixture.installer(clock: at(hours)).look().receipts.first?.reason
            }
            try run(0, 0.9)
            if isByHand {
                try AtomicFile.write("", to: fixture.environment.haltFile)
                _ = try fixture.installer(clock: at(1)).look()
            } else {
                let person = try HostOperator(fixture.environment, person: "ben", reason: "feed", clock: at(1))
                _ = try person.halt()
            }
            try run(2, 2.9)
            #expect(try promote(3, counter: 2)?.hasPrefix("admission.canary: ") == true, "halted since the first hour")
            if isByHand {
                try Paths.remove(fixture.environment.haltFile)
                _ = try fixture.installer(clock: at(3)).look()
            } else {
                _ = try HostOperator(fixture.environment, person: "ben", reason: "back", clock: at(3)).resume()
            }
            try run(3, 3.8, 4.5)
            #expect(
                try promote(4.5, counter: 3)?.hasPrefix("admission.canary: ") == true, "one hour and one and a half")
            try run(5.1)
            #expect(try promote(5.1, counter: 4) == nil, "two hours without a break")
        }
    }
}
