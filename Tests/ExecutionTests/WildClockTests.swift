import Basics
import Deployment
import Execution
import ModelBundles
import Testing

/// A host whose clock runs behind or ahead: "before a rollback" stays before it, and nothing is blocked for ever.
@Suite struct WildClockTests {
    private static func at(_ days: Double) -> Clock {
        Clock { AuthorityKit.start + 1000 + Int64(days * Double(AuthorityKit.day)) }
    }

    private static func days(_ days: Double) -> Nanoseconds {
        AuthorityKit.start + Int64(days * Double(AuthorityKit.day))
    }

    private static func rollBack(_ fixture: EnvironmentFixture, _ clock: Clock) throws -> Receipt {
        let person = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: clock)
        return try person.rollBack(with: fixture.installer(clock: clock))
    }

    /// Version 2, judged and ordered at a time.
    private static func second(_ kit: AuthorityKit, counter: Int, judged time: Nanoseconds) throws -> [UInt8] {
        try kit.bundle(
            TinyModel.draft(version: 2, weight: 2), version: 2, counter: counter, verdict: { $0.time = time },
            order: { ($0.time, $0.expiresAt) = (time, time + 20 * AuthorityKit.day) })
    }

    private static func answer(_ fixture: EnvironmentFixture, _ bytes: [UInt8], _ clock: Clock) throws -> String? {
        try fixture.send(bytes)
        let receipts = try fixture.installer(clock: clock).look().receipts
        #expect(receipts.count == 1)
        return receipts.first?.outcome == .refused ? receipts.first?.reason : nil
    }

    private static let before = "before these weights were rolled back at "

    @Test("a rollback by a clock that is behind is dated by what the host has seen: the verdict of before stays before")
    func behind() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(1, 2)
        #expect(try fixture.installer(clock: Self.at(9)).look().problem == nil)
        let back = try Self.rollBack(fixture, Self.at(2))
        #expect(back.version == 1 && back.time == Self.at(9).now())
        let old = try Self.answer(fixture, Self.second(fixture.kit, counter: 4, judged: Self.days(5)), Self.at(10))
        #expect(
            old?.hasPrefix("admission.verdict-old: ") == true && old?.contains(Self.before) == true, "\(old ?? "-")")
        let new = try Self.second(fixture.kit, counter: 5, judged: Self.days(9.5))
        #expect(try Self.answer(fixture, new, Self.at(10)) == nil)
    }

    @Test("a rollback is not dated before its own order, by a host that is some minutes behind")
    func minutesBehind() throws {
        let fixture = try EnvironmentFixture(), minute: Nanoseconds = 60_000_000_000
        try fixture.install(1, 2)
        let person = try HostOperator(fixture.environment, person: "ben", reason: "losses", clock: fixture.clock)
        #expect(try person.handOverRollback() == 3)
        let path = "\(fixture.environment.inbox)/rollback-3.hftbundle", kept = try FileChunks.bytes(path)
        let terms = try #require(
            try ModelBundle.verify(kept, trusted: TrustedKeys(fixture.kit.document.keys)).terms)
        var order = try DeploymentOrder(terms.deployment)
        order.time = AuthorityKit.start + 4 * minute
        try AtomicFile.write(
            try ModelBundle.redeployed(kept, deployment: try order.signed(by: fixture.kit.promoter)), to: path)
        let back = try #require(try fixture.installer.look().receipts.first)
        #expect(back.outcome == .rolledBack && back.time == order.time, "\(back.text)")
        let old = try Self.second(fixture.kit, counter: 4, judged: AuthorityKit.start + 3 * minute)
        let reason = try Self.answer(fixture, old, Self.at(0.1))
        #expect(reason?.contains(Self.before) == true, "\(reason ?? "installed")")
    }

    @Test("a rollback dated far ahead blocks its weights until a document disowns that time; later ones count as dated")
    func ahead() throws {
        let fixture = try EnvironmentFixture(), right = Self.at(3)
        try fixture.install(1, 2)
        #expect(try Self.rollBack(fixture, Self.at(3000)).time == Self.at(3000).now())
        #expect(try fixture.installer(clock: right).look().problem?.contains("and this host has seen 2033-") == true)
        let next = fixture.kit.next { $0.createdAt = Self.days(2) }
        try fixture.send(try next.authority())
        #expect(try fixture.installer(clock: right).look().problem == nil)
        // In state.json as well: with the one file gone nothing of that time comes back.
        try Paths.remove(fixture.environment.clockMemory)
        #expect(try fixture.installer(clock: right).look().problem == nil)
        let old = try Self.answer(fixture, Self.second(next, counter: 4, judged: Self.days(1)), Self.at(4))
        #expect(old?.contains(Self.before) == true, "\(old ?? "installed")")
        #expect(try Self.answer(fixture, Self.second(next, counter: 5, judged: Self.days(3.5)), Self.at(4)) == nil)
        // Days of the span come in earnest.
        #expect(try Self.rollBack(fixture, Self.at(5)).time == Self.at(5).now())
        let again = try Self.answer(fixture, Self.second(next, counter: 7, judged: Self.days(4.5)), Self.at(6))
        #expect(again?.contains(Self.before) == true, "\(again ?? "installed")")
        #expect(try Self.answer(fixture, Self.second(next, counter: 8, judged: Self.days(5.5)), Self.at(6)) == nil)
    }

    @Test("after one wild clock an older copy of installed/clock.json is still no earlier time")
    func olderCopy() throws {
        for isHalt in [true, false] {
            let fixture = try EnvironmentFixture(), environment = fixture.environment
            try fixture.install(1)
            _ = try fixture.installer(clock: Self.at(3000)).look()
            let next = fixture.kit.next { $0.createdAt = Self.days(1) }
            try fixture.send(try next.authority())
            #expect(try fixture.installer(clock: Self.at(2)).look().problem == nil)
            let old = try FileChunks.bytes(environment.clockMemory)
            if isHalt {
                // Its receipt alone says so, by its number.
                _ = try HostOperator(environment, person: "ben", reason: "a look", clock: Self.at(20)).halt()
                for path in [environment.haltFile, environment.haltMemory] { try Paths.remove(path) }
            } else {
                let late = try Self.second(next, counter: 2, judged: Self.days(20))
                #expect(try Self.answer(fixture, late, Self.at(20)) == nil)
                try Paths.remove(environment.receipts)
            }
            try AtomicFile.write(old, to: environment.clockMemory)
            let look = try fixture.installer(clock: Self.at(2)).look()
            #expect(
                look.problems.contains { $0.contains("this host has seen 2025-06-21") }, "\(isHalt): \(look.problems)")
        }
    }

    @Test("a receipt is read once as long as a process lives, and new ones count")
    func readOnce() throws {
        let fixture = try EnvironmentFixture(), installer = fixture.installer
        func write(_ name: String, _ days: Double) throws {
            let receipt = Receipt(environment: "test", outcome: .refused, bundle: "b", time: Self.days(days))
            try AtomicFile.write(
                try receipt.signed(by: fixture.kit.host).text, to: "\(fixture.environment.receipts)/\(name).json")
        }
        try write("a", 5)
        #expect(try installer.look().problem?.contains("has seen 2025-06-06") == true)
        try write("a", 50)
        #expect(try installer.look().problem?.contains("has seen 2025-06-06") == true)
        try write("b", 7)
        #expect(try installer.look().problem?.contains("has seen 2025-06-08") == true)
        #expect(try fixture.installer().look().problem?.contains("has seen 2025-07-21") == true, "another process")
    }
}
