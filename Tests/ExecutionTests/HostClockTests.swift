import Basics
import Deployment
import Execution
import ModelBundles
import Testing

/// A host whose clock is set back does not take what has ended.
@Suite struct HostClockTests {
    private static func at(_ days: Double) -> Clock {
        Clock { AuthorityKit.start + 1000 + Int64(days * Double(AuthorityKit.day)) }
    }

    @Test("set back, a host takes no order, whatever its clock says; a rollback passes, and a newer document ends it")
    func setBack() throws {
        let fixture = try EnvironmentFixture(), kit = fixture.kit
        try fixture.install(1, 2)
        #expect(try fixture.installer(clock: Self.at(40)).look().receipts.isEmpty)
        // Good until the thirtieth day, by the clock that was set back to the second.
        let back = fixture.installer(clock: Self.at(2))
        func answer(_ bytes: [UInt8]) throws -> String? {
            try fixture.send(bytes)
            return try back.look().receipts.first?.reason
        }
        let ended = try answer(kit.bundle(TinyModel.draft(version: 3, weight: 3), version: 3))
        #expect(ended?.hasPrefix("admission.clock: ") == true, "\(ended ?? "installed")")
        #expect(try back.look().problem?.contains("and this host has seen 2025-07-11") == true)
        #expect(try RuntimeStatus(fixture.environment, clock: Self.at(2)).problem?.contains("has seen") == true)
        #expect(try RuntimeStatus(fixture.environment, clock: Self.at(40)).problem == nil)
        // Some minutes are no clock that was set back, and the latest time is the one that counts.
        let minutes = fixture.installer(clock: Self.at(40 - 4.0 / 1440))
        try fixture.send(try kit.bundle(TinyModel.draft(version: 3, weight: 3), version: 3, counter: 4))
        #expect(try minutes.look().receipts.first?.reason?.hasPrefix("admission.expired: ") == true)
        let person = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: Self.at(2))
        #expect(try person.rollBack(with: back).version == 1)
        // The clock was right all the time, and ahead once: root keys say so by the next document.
        let next = kit.next { $0.createdAt = AuthorityKit.start + AuthorityKit.day }
        try fixture.send(try next.authority())
        #expect(try back.look().problem == nil)
        try fixture.send(try next.bundle(TinyModel.draft(version: 3, weight: 3), version: 3, counter: 6))
        #expect(try back.look().installed?.identity.version == 3)
    }

    @Test("an old document that was not delivered does not bring back what ended: orders that were answered came later")
    func oldDocument() throws {
        func dated(_ days: Int64) -> (inout DeploymentOrder) -> Void {
            {
                $0.time = AuthorityKit.start + days * AuthorityKit.day
                $0.expiresAt = $0.time + 2 * AuthorityKit.day
            }
        }
        for isRefused in [false, true] {
            let fixture = try EnvironmentFixture(), kit = fixture.kit
            try fixture.install(1)
            let late = try kit.bundle(
                TinyModel.draft(version: 2, weight: 2), version: 2,
                verdict: {
                    $0.time = AuthorityKit.start + 20 * AuthorityKit.day
                    $0.isPassed = !isRefused
                }, order: dated(20))
            try fixture.send(late)
            let receipt = try #require(try fixture.installer(clock: Self.at(20)).look().receipts.first)
            #expect(receipt.counter == 2 && (receipt.outcome == .refused) == isRefused, "\(receipt.text)")
            #expect(try fixture.installer(clock: Self.at(40)).look().problem == nil)
            // Drawn up on the first day, and kept back; the clock is set to the second.
            let back = fixture.installer(clock: Self.at(2))
            try fixture.send(try kit.next { $0.createdAt = AuthorityKit.start + AuthorityKit.day }.authority())
            #expect(try back.look().problem?.contains("this host has seen 2025-06-21") == true)
            try fixture.send(
                try kit.bundle(TinyModel.draft(version: 3, weight: 3), version: 3, order: dated(1)))
            let reason = try back.look().receipts.first?.reason
            #expect(reason?.hasPrefix("admission.clock: ") == true, "\(reason ?? "installed")")
        }
    }

    @Test("a host whose installed/clock.json was taken away has seen the latest time of all that it keeps")
    func takenAway() throws {
        let fixture = try EnvironmentFixture(), environment = fixture.environment
        let person = try HostOperator(environment, person: "ben", reason: "a look", clock: Self.at(9))
        _ = try person.halt()
        // The halt, and the receipt of it; then the receipt alone, whatever strangers write beside it.
        for gone in [
            [environment.clockMemory], [environment.clockMemory, environment.haltMemory, environment.haltFile],
        ] {
            for path in gone where Paths.exists(path) { try Paths.remove(path) }
            try AtomicFile.write("{}", to: environment.receipts + "/a.json")
            let look = try fixture.installer(clock: Self.at(1)).look()
            #expect(look.problem?.contains("this host has seen 2025-06-10") == true, "\(look.problem ?? "")")
        }
        let stranger = Receipt(environment: "test", outcome: .refused, bundle: "b", time: Self.at(99).now())
        try Paths.remove(environment.clockMemory)
        try AtomicFile.write(
            try stranger.signed(by: SigningKey(generating: "stranger")).text, to: environment.receipts + "/b.json")
        #expect(try fixture.installer(clock: Self.at(10)).look().problem == nil)
    }

    @Test("a host of before, which remembers no time, has seen that of what came in force")
    func older() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send(try fixture.kit.bundle(TinyModel.draft(version: 1), version: 1))
        #expect(try fixture.installer(clock: Self.at(5)).look().installed != nil)
        try Paths.remove(fixture.environment.clockMemory)
        try fixture.send(try fixture.kit.bundle(TinyModel.draft(version: 2, weight: 2), version: 2))
        let reason = try fixture.installer(clock: Self.at(1)).look().receipts.first?.reason
        #expect(reason?.hasPrefix("admission.clock: ") == true, "\(reason ?? "installed")")
    }

    @Test("an older copy of installed/clock.json is no earlier time, unless a newer document has said so")
    func olderCopy() throws {
        let fixture = try EnvironmentFixture(), kit = fixture.kit, path = fixture.environment.clockMemory
        try fixture.install(1)
        let old = try FileChunks.bytes(path)
        let person = try HostOperator(fixture.environment, person: "ben", reason: "a look", clock: Self.at(9))
        _ = try person.halt()
        _ = try person.resume()
        #expect(try fixture.installer(clock: Self.at(9)).look().problem == nil)
        try AtomicFile.write(old, to: path)
        // Whoever takes the halts away as well has the receipts left.
        try Paths.remove(fixture.environment.haltMemory)
        let back = fixture.installer(clock: Self.at(1))
        func answer(_ bytes: [UInt8]) throws -> String? {
            try fixture.send(bytes)
            return try back.look().receipts.first?.reason
        }
        let reason = try answer(kit.bundle(TinyModel.draft(version: 2, weight: 2), version: 2))
        #expect(reason?.hasPrefix("admission.clock: ") == true, "\(reason ?? "installed")")
        // The clock was ahead: the next document says so, and receipts of that time do not bring it back.
        let next = kit.next { $0.createdAt = AuthorityKit.start + AuthorityKit.day / 2 }
        try fixture.send(try next.authority())
        for _ in 1...2 { #expect(try back.look().problem == nil) }
        #expect(try answer(next.bundle(TinyModel.draft(version: 3, weight: 3), version: 3)) == nil)
        let memory = try ClockMemory(try JSONParser.parse(FileChunks.bytes(path)))
        #expect(try ClockMemory(memory.json) == memory && memory.disowned?.to == Self.at(9).now())
    }

    @Test("a damaged installed/clock.json stops no rollback, and is no new beginning for what has ended")
    func damaged() throws {
        for text in ["{}", "", "junk"] {
            let fixture = try EnvironmentFixture(), path = fixture.environment.clockMemory
            try fixture.install(1, 2)
            _ = try HostOperator(fixture.environment, person: "ben", reason: "a look", clock: Self.at(9)).halt()
            try AtomicFile.write(text, to: path)
            try fixture.send(try fixture.kit.bundle(TinyModel.draft(version: 3, weight: 3), version: 3))
            let back = fixture.installer(clock: Self.at(1)), reason = try back.look().receipts.first?.reason
            #expect(reason?.hasPrefix("admission.clock: ") == true, "\(reason ?? "installed")")
            #expect(try FileChunks.text(path).contains("2025-06-10"), "it is written anew")
            try AtomicFile.write(text, to: path)
            let person = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: Self.at(1))
            let receipt = try person.rollBack(with: back)
            #expect(receipt.version == 1 && receipt.time == Self.at(9).now(), "by a clock that is behind")
        }
    }
}
