import Basics
import Deployment
import ModelBundles
import Promotion
import Registry
import Testing

/// What counts no more after a rollback, and which verdicts are known though their keys are gone.
@Suite struct TakenBackTests {
    private static let second = PromotionWorld.second

    /// Version 1 is approved and judged, came in force after version 2, and was rolled back.
    private static func rolledBack() throws -> PromotionWorld {
        var world = PromotionWorld()
        try world.state(.approval, 1, by: 0)
        for (version, isRollback) in [(2, false), (1, false), (2, true)] {
            world.now += second
            try world.deploy(version, isRollback: isRollback, reason: isRollback ? "bad open" : "")
        }
        world.now += second
        try world.judge(1)
        world.now += second
        return world
    }

    @Test("a verdict from before a rollback counts no more, whatever people say since; a new one does")
    func verdict() throws {
        var world = PromotionWorld()
        world.now += Self.second
        try world.deploy(2)
        world.now += Self.second
        try world.judge(1)
        world.now += Self.second
        try world.deploy(1)
        world.now += Self.second
        try world.deploy(2, isRollback: true, reason: "bad open")
        world.now += Self.second
        try world.state(.approval, 1, by: 0)
        world.now += Self.second
        guard case .refused(let objections) = try world.decide(1) else {
            Issue.record("found it admitted")
            return
        }
        #expect(objections.map(\.code) == ["promote.old-gate"], "\(objections)")
        let told = objections.first?.message ?? ""
        #expect(told.contains(", before m/1 was rolled back at ") && told.contains("(bad open)"), "\(told)")
        try world.judge(1)
        world.now += Self.second
        guard case .admitted = try world.decide(1) else {
            Issue.record("found a refusal: \(try world.decide(1))")
            return
        }
    }

    @Test(
        "a host whose clock runs behind or ahead decides nothing: the log says which verdict came before its rollback")
    func hostClock() throws {
        for skew in [-240 * Self.second, 7200 * Self.second] {
            var world = PromotionWorld()
            world.now += Self.second
            try world.deploy(2)
            world.now += Self.second
            try world.deploy(1)
            // Entries 1 to 4 of the log: a verdict, something, a rollback that was taken up, another verdict.
            let hashes = ["a", "b", "c", "d"]
            world.now += 300 * Self.second
            try world.judge(1, log: Verdict.LogPosition(sequence: 1, hash: "a"))
            world.now += Self.second
            try world.deploy(2, isRollback: true, reason: "bad open")
            let last = world.events.count - 1
            (world.events[last].entry, world.events[last].entryTime) = (3, world.now)
            world.events[last].time += skew
            world.now += Self.second
            func isOld(_ world: PromotionWorld) throws -> Bool {
                var world = world
                var facts = try world.facts(1)
                facts.logHashes = hashes
                guard case .refused(let objections) = PromotionCheck.decide(facts) else { return false }
                return objections.contains { $0.code == "promote.old-gate" }
            }
            #expect(try isOld(world), "\(skew)")
            // One that names an entry of another log is told by its time.
            var other = world
            try other.judge(1, log: Verdict.LogPosition(sequence: 4, hash: "z"))
            #expect(try !isOld(other), "\(skew)")
            try world.judge(1, log: Verdict.LogPosition(sequence: 4, hash: "d"))
            world.now += Self.second
            #expect(try !isOld(world), "\(skew)")
        }
    }

    @Test("a yes from before a rollback counts no more, and what was said of the rollback is told; a new yes counts")
    func approval() throws {
        var world = try Self.rolledBack()
        guard case .refused(let objections) = try world.decide(1) else {
            Issue.record("found it admitted")
            return
        }
        #expect(objections.map(\.code) == ["promote.people"])
        let told = objections.first?.message ?? ""
        #expect(told.contains("0 of 1 approvals") && told.contains("before m/1 was rolled back at "), "\(told)")
        #expect(told.contains("(bad open)"), "\(told)")
        // A waiver of the approvals from before is no way around; one signed since is a word of its own.
        func waived(at time: Nanoseconds) throws -> [String] {
            let key = PromotionWorld.people[0]
            let statement = Statement(
                kind: .waiver, subject: "m/1", weights: PromotionWorld.weights(1), policy: "p",
                policyDigest: world.policyDigest, lineage: "l", signer: key.name, reason: "because", signedAt: time,
                rule: "approvals", expiresAt: time + 10 * PromotionWorld.day)
            var other = world
            other.statements.append(try statement.signed(with: key, model: "m", version: 1))
            return try PromotionWorld.codes(other.decide(1))
        }
        #expect(try waived(at: PromotionWorld.start) == ["promote.people"] && waived(at: world.now) == [])
        // Who stayed in force, and what never ran, is not concerned.
        #expect(TakenBack.last(of: PromotionWorld.weights(2), strategy: nil, in: world.events) == nil)
        #expect(TakenBack.last(of: PromotionWorld.weights(3), strategy: nil, in: world.events) == nil)
        try world.state(.approval, 1, by: 0)
        world.now += Self.second
        guard case .admitted = try world.decide(1) else {
            Issue.record("found a refusal: \(try world.decide(1))")
            return
        }
    }

    @Test(
        "a rollback takes back what came in force since its target was; between strategies, that strategy alone"
    )
    func concerned() throws {
        var world = PromotionWorld()
        func last(_ version: Int, _ strategy: Int? = nil) -> Nanoseconds? {
            TakenBack.last(
                of: PromotionWorld.weights(version), strategy: strategy.map(PromotionWorld.strategy), in: world.events
            )?.time
        }
        for (version, strategy) in [(1, 0), (2, 0), (2, 1), (3, 0)] {
            world.now += Self.second
            try world.deploy(version, strategy: strategy)
        }
        world.now += Self.second
        try world.deploy(2, strategy: 0, isRollback: true)
        let first = world.now
        #expect(last(3) == first && last(2, 1) == first && last(2, 0) == nil && last(1) == nil)
        world.now += Self.second
        try world.deploy(1, isRollback: true)
        #expect(last(3) == first && last(2, 0) == world.now && last(1) == nil)
        #expect(last(2, 1) == world.now, "the weights went, whatever the strategy")
    }

    @Test("a refusal is known after its gate key has left or ended; one of a revoked key, or without the role, is not")
    func refusals() throws {
        let former = SigningKey(generating: "gate-0")
        func codes(_ world: PromotionWorld, _ change: (inout PublicKey) -> Void = { _ in }) throws -> [String] {
            var world = world
            var facts = try world.facts(1), key = former.publicKey
            (key.roles, key.expiresAt) = (["gate"], world.now)
            change(&key)
            facts.formerGates = [key]
            return PromotionWorld.codes(PromotionCheck.decide(facts))
        }
        var world = try PromotionCheckTests.ready()
        #expect(try codes(world) == [])
        try world.judge(1, passed: false, by: former)
        world.now += Self.second
        #expect(try codes(world) == ["promote.refused"])
        #expect(try codes(world) { $0.revoked = PublicKey.Revocation(at: 0, reason: "lost") } == [])
        #expect(
            try codes(world) { $0.expiresAt = world.now - Self.second } == [], "it was signed after the key had left")
        // A later pass of the gate of today counts; one of the former gate says nothing.
        try world.judge(1, by: former)
        #expect(try codes(world) == ["promote.refused"])
        world.now += Self.second
        try world.judge(1)
        #expect(try codes(world) == [])
        // Rows dated ahead, by a revoked key of a gate and by a key without the role, hide nothing.
        let now = world.now
        world.now += 100 * PromotionWorld.day
        for key in [PromotionWorld.gates[1], PromotionWorld.promoters[0], former] {
            try world.judge(1, passed: false, by: key)
        }
        world.now = now
        world.revoked = ["gate-2"]
        #expect(try codes(world) == [])
    }
}
