import Basics
import Deployment
import Execution
import MarketData
import ModelBundles
import TestSupport
import Testing
import Trading

/// A new bundle between two bars.
@Suite struct SwapTests {
    @Test("the rule and the limits are the new bundle's from the next bar on; a position stays and is closed by it")
    func position() throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
        try harness.loop.push(TinyModel.bar(1), instrument: 0)
        // Held for two bars so far asked for; the new rule holds for four.
        let rule = PositionRule(enterAbove: 20, holdBars: 4, quantity: 7)
        try harness.loop.install(TinyModel.verified(version: 2, rule: rule), time: TinyModel.open)
        #expect(harness.loop.bundle?.identity.version == 2)
        for index in 2..<5 { try harness.loop.push(TinyModel.bar(index), instrument: 0) }
        try harness.loop.push(TinyModel.bar(5, score: 19), instrument: 0)
        try harness.loop.push(TinyModel.bar(6, score: 20), instrument: 0)
        let (lines, _) = try harness.finish()
        #expect(
            lines.suffix(4) == [
                "13:30:00,modelInstalled,,,,,,2.0,", "13:55:00,submitted,X,2,sell,50,97.5000,,",
                "13:55:00,filled,X,2,sell,50,100.0000,,", "14:05:00,submitted,X,3,buy,7,102.5000,20.0,",
            ], "\(lines)")
    }

    @Test("a bundle for bars of another length is not put in between two bars; the old one goes on")
    func otherBars() throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        let bytes = try AuthorityKit.standard.bundle(
            TinyModel.draft(version: 2, interval: 60_000_000_000), version: 2)
        let other = try ModelBundle.verify(bytes, trusted: TrustedKeys([TinyModel.key.publicKey]))
        var code: String?
        do { try harness.loop.install(other, time: TinyModel.open) } catch { code = (error as? Failure)?.code }
        #expect(code == "runtime.other-market")
        #expect(harness.loop.bundle?.identity.version == 1)
        _ = try harness.finish()
    }

    /// Bars of five minutes, and what comes into the inbox at the first look while they run.
    private static func replay(_ fixture: EnvironmentFixture, arriving bytes: [UInt8]) throws -> Replay.Outcome {
        let file = try ReplayTests.write([Int64](repeating: 0, count: 78), to: fixture.directory)
        let readings = EnvironmentFixture.Ticks(), inbox = fixture.environment.inbox
        let clock = Clock {
            let now = readings.next()
            // The third reading: the look at the first bar, before the inbox is listed for bundles.
            if now == AuthorityKit.start + 1002 { try? AtomicFile.write(bytes, to: inbox + "/a.hftbundle") }
            return now
        }
        return try Replay(fixture.installer(clock: clock)).run(data: [file], journal: fixture.directory.file("j.csv"))
    }

    private static let minute: Nanoseconds = 60_000_000_000

    @Test("a promotion for other bars than the loop takes is refused before the host signs that it is in force")
    func otherBarsByInbox() throws {
        let fixture = try EnvironmentFixture(), kit = fixture.kit
        try fixture.install(1)
        let other = try TinyModel.draft(version: 2, weight: 2, interval: Self.minute)
        let outcome = try Self.replay(fixture, arriving: try kit.bundle(other, version: 2))
        #expect(outcome.receipts.map(\.outcome) == [.refused] && outcome.model == "tiny/1", "\(outcome.receipts)")
        let reason = outcome.receipts.first?.reason
        #expect(reason?.hasPrefix("runtime.other-market: ") == true && outcome.objection == nil, "\(reason ?? "")")
        let history = try fixture.host.view.history()
        #expect(history.revisions.map(\.counter) == [1] && history.spentCounter == 2)
        // Where no loop trades, nothing stands against it.
        try fixture.send(
            try kit.bundle(other, version: 2, counter: 3))
        #expect(try fixture.installer.look().installed?.identity.version == 2)
    }

    @Test("a rollback to other bars than the loop takes comes in force, and the loop opens nothing any more")
    func rollbackToOtherBars() throws {
        let fixture = try EnvironmentFixture(), kit = fixture.kit
        let first = try TinyModel.draft(version: 1, weight: 2, interval: Self.minute)
        try fixture.send(try kit.bundle(first, version: 1))
        #expect(try fixture.installer.look().installed != nil)
        try fixture.send(try TinyModel.bundle(TinyModel.key, version: 2))
        #expect(try fixture.installer.look().installed?.identity.version == 2)
        let back = try kit.bundle(
            first, version: 1, counter: 3,
            order: { ($0.action, $0.reason) = (.rollback, "losses") })
        let outcome = try Self.replay(fixture, arriving: back)
        #expect(outcome.receipts.map(\.outcome) == [.rolledBack] && outcome.model == "tiny/2", "\(outcome.receipts)")
        #expect(outcome.objection?.hasPrefix("runtime.other-market: ") == true, "\(outcome.objection ?? "")")
        // What it signs of its health says what is in force beside what it still closes.
        let health = try JSONParser.parse(Envelope(FileChunks.text(fixture.environment.healthFile)).payload)
        #expect(health[key: "counter"]?.intValue == 2 && health[key: "inForce"]?.intValue == 3)
        #expect(
            try ReplayTests.lines(outcome.journalPath).map { $0.dropFirst(6) } == ["modelInstalled", "reducing"])
    }

    @Test("an order that works is still filled, and counts against the new limits until it is")
    func workingOrder() throws {
        var harness = try LoopHarness(instruments: ["X", "Y"])
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
        // One position of 50 × 102.5 fits, a second one beside the resting order does not.
        let tight = try TinyModel.verified(version: 2) { $0.maximumGross = 102_499_999 }
        try harness.loop.install(tight, time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 1)
        try harness.loop.push(TinyModel.bar(1), instrument: 0)
        let (lines, summary) = try harness.finish()
        #expect(
            lines.suffix(2).map { $0.contains("denied,Y") || $0.contains("filled,X,1,buy") } == [true, true], "\(lines)"
        )
        #expect(summary.counts.deniedReasons == ["GROSS": 1])
    }

    @Test("a position that the new bundle may not open, a canary's or a narrower one's, is closed all the same")
    func narrower() throws {
        for change: @Sendable (inout RiskLimits) -> Void in [
            { $0.instruments = ["Y"] }, { $0.maximumQuantity = 10 },
        ] {
            var harness = try LoopHarness(instruments: ["X", "Y"])
            try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
            try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
            try harness.loop.push(TinyModel.bar(1), instrument: 0)
            try harness.loop.install(TinyModel.verified(version: 2, limits: change), time: TinyModel.open)
            for index in 2..<4 { try harness.loop.push(TinyModel.bar(index), instrument: 0) }
            let summary = try harness.finish().summary
            #expect(summary.openPositions == 0 && summary.counts.filled == 2 && summary.counts.denied == 0)
        }
    }

    @Test("the position counts against the new bundle's limits")
    func positionCounts() throws {
        func denied(_ gross: Int64) throws -> [String: Int] {
            var harness = try LoopHarness(instruments: ["X", "Y"])
            let rule = PositionRule(enterAbove: 10, holdBars: 9, quantity: 50)
            try harness.loop.install(TinyModel.verified(rule: rule), time: TinyModel.open)
            try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
            try harness.loop.push(TinyModel.bar(1), instrument: 0)
            try harness.loop.install(TinyModel.verified(version: 2, rule: rule) { $0.maximumGross = gross }, time: 0)
            try harness.loop.push(TinyModel.bar(1, score: 10), instrument: 1)
            return try harness.finish().summary.counts.deniedReasons
        }
        // 50 × 100 held and 50 × 102.5 asked for.
        #expect(try denied(101_249_999) == ["GROSS": 1] && denied(101_250_000).isEmpty)
    }

    @Test("the reference price goes over, so that the new engine can judge at once")
    func reference() throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0), instrument: 0)
        try harness.loop.install(TinyModel.verified(version: 2), time: TinyModel.open + 300_000_000_000)
        try harness.loop.push(TinyModel.bar(1, score: 10), instrument: 0)
        #expect(try harness.finish().summary.counts.denied == 0)
    }

    @Test("the first bundle starts trading; a later one leaves a halted loop halted and a running one running")
    func halted() throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        #expect(harness.loop.health(at: 0)?.isHalted == false)
        try harness.loop.install(TinyModel.verified(version: 2), time: TinyModel.open)
        #expect(harness.loop.health(at: 0)?.isHalted == false)
        try harness.loop.setHalted(true, time: TinyModel.open)
        try harness.loop.install(TinyModel.verified(version: 3), time: TinyModel.open)
        #expect(harness.loop.health(at: 0)?.isHalted == true)
        _ = try harness.finish()
    }

    @Test("health counts from when the bundle was put in force")
    func health() throws {
        var harness = try LoopHarness(instruments: ["X", "Y"], feeBps: 1)
        let rule = PositionRule(enterAbove: 10, holdBars: 9, quantity: 50)
        let first = try TinyModel.verified(rule: rule) { $0.maximumQuantity = 50 }
        try harness.loop.install(first, time: TinyModel.open)
        // A position bought at 100 and marked at 101; a fee of 0.50.
        try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
        try harness.loop.push(TinyModel.bar(1, close: 1_010_000), instrument: 0)
        let early = harness.loop.health(at: 5)
        let before = try #require(early)
        #expect(before.bundle == first.digest && before.bars == 2 && before.predictions == 2 && before.submitted == 1)
        #expect(before.filled == 1 && before.denied == 0 && before.undefined == 0 && before.time == 5)
        #expect(abs(before.profit - (50 - 0.5)) < 1e-9 && before.p99Ns > 0)
        let second = try TinyModel.verified(version: 2, rule: rule) { $0.maximumQuantity = 49 }
        try harness.loop.install(second, time: TinyModel.open)
        let fresh = harness.loop.health(at: 6)
        #expect(fresh.map { [$0.bars, $0.predictions, $0.submitted, $0.filled, $0.denied] } == [0, 0, 0, 0, 0])
        // The position is marked at 103 now; an order of 50 is too large for the new limits.
        try harness.loop.push(TinyModel.bar(2, close: 1_030_000), instrument: 0)
        try harness.loop.push(TinyModel.bar(2, score: 10), instrument: 1)
        let late = harness.loop.health(at: 7)
        let after = try #require(late)
        #expect(after.bundle == second.digest && after.bars == 2 && after.denied == 1 && after.filled == 0)
        #expect(abs(after.profit - 50 * 2) < 1e-9, "\(after.profit)")
        _ = try harness.finish()
    }

    @Test("what was denied and undefined under the old bundle is not the new one's")
    func healthOfDenials() throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified { $0.maximumQuantity = 49 }, time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
        try harness.loop.install(TinyModel.verified(version: 2, weight: 3e38), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(1, score: 900), instrument: 0)
        let second = harness.loop.health(at: 0)
        #expect(second?.denied == 0 && second?.undefined == 1 && second?.predictions == 1)
        try harness.loop.install(TinyModel.verified(version: 3), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(2, score: 10), instrument: 0)
        let third = harness.loop.health(at: 0)
        #expect(third?.denied == 0 && third?.undefined == 0 && third?.submitted == 1 && third?.predictions == 1)
        #expect(try harness.finish().summary.counts.denied == 1)
    }

    @Test("after hundreds of bars a new model starts as warm as one that was there from the beginning")
    func warm() throws {
        let key = TinyModel.key, trusted = TrustedKeys([key.publicKey])
        let bundles = try (1...2).map {
            try ModelBundle.verify(
                RuntimeTests.bundle(key, version: $0, seed: UInt64($0), enterAbove: 2), trusted: trusted)
        }
        var config = SimulationConfig()
        config.sessions = 10
        let bars = try MarketSimulator(config).bars(instrument: 0)
        var swapped = try LoopHarness(instruments: ["SIM01"]), steady = try LoopHarness()
        try swapped.loop.install(bundles[0], time: 0)
        try steady.loop.install(bundles[1], time: 0)
        // 700 bars are more than the loop remembers; 37 bars into a session.
        for index in 0..<780 {
            if index == 700 { try swapped.loop.install(bundles[1], time: 0) }
            var one: Double?, other: Double?
            try swapped.loop.push(bars[index], instrument: 0, observe: { one = $0 })
            try steady.loop.push(bars[index], instrument: 0, observe: { other = $0 })
            if index >= 700 { #expect(one?.bitPattern == other?.bitPattern, "bar \(index)") }
        }
        #expect(swapped.loop.counts.predictions == steady.loop.counts.predictions)
        _ = try swapped.finish()
        _ = try steady.finish()
    }
}
