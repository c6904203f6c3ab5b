import Basics
import Deployment
import ModelBundles
import Promotion
import Registry
import Testing
import Trading

/// What may go into force, and every way in which it may not: each attack is a change of one thing.
@Suite struct PromotionCheckTests {
    /// Judged, approved, nothing in force: may go.
    static func ready() throws -> PromotionWorld {
        var world = PromotionWorld()
        try world.state(.approval, 1, by: 0)
        world.now += PromotionWorld.second
        try world.judge(1)
        world.now += PromotionWorld.second
        return world
    }

    @Test("what is judged, approved and wanted as it was judged is admitted, until the earlier of two ends")
    func admits() throws {
        var world = try Self.ready()
        guard case .admitted(let grant) = try world.decide(1) else {
            Issue.record("found a refusal: \(try world.decide(1))")
            return
        }
        #expect(grant.verdict == world.judgements[0].envelope)
        #expect(grant.report == Digest.sha256(world.judgements[0].report))
        #expect(grant.expiresAt == world.now + 3 * PromotionWorld.day)
        world.expiresAt = world.now + PromotionWorld.day
        guard case .admitted(let short) = try world.decide(1) else {
            Issue.record("found a refusal")
            return
        }
        #expect(short.expiresAt == world.expiresAt)
    }

    struct Attack: Sendable, CustomTestStringConvertible {
        let name: String
        let code: String
        let change: @Sendable (inout PromotionWorld) throws -> Void
        var testDescription: String { name }

        init(_ name: String, _ code: String, _ change: @escaping @Sendable (inout PromotionWorld) throws -> Void) {
            (self.name, self.code, self.change) = (name, code, change)
        }
    }

    private static let stranger = SigningKey(generating: "stranger")

    static let attacks: [Attack] = [
        Attack("no verdict", "promote.no-gate") { $0.judgements = [] },
        Attack("a forged row that nobody signed", "promote.unsigned-gate") {
            let report = $0.judgements[0].report
            $0.judgements = [PromotionFacts.Judgement(envelope: nil, report: report)]
        },
        Attack("a verdict signed by a stranger's key", "promote.gate-key") {
            $0.judgements = []
            try $0.judge(1, by: stranger)
        },
        Attack("a verdict signed by the promoter", "promote.gate-key") {
            $0.judgements = []
            try $0.judge(1, by: PromotionWorld.promoters[0])
        },
        Attack("a report that was altered after signing", "promote.altered-gate") {
            let old = $0.judgements[0]
            $0.judgements = [
                PromotionFacts.Judgement(
                    envelope: old.envelope, report: old.report.replacing("\"passed\"", with: "\"waived\""))
            ]
        },
        Attack("a weaker policy", "promote.other-policy") {
            $0.judgements = []
            try $0.judge(1, policy: Digest.sha256("lax"))
        },
        Attack("paper's verdict on live", "promote.other-environment") {
            $0.judgements = []
            try $0.judge(1, environment: "paper")
        },
        Attack("a verdict on the same weights under another name", "promote.no-gate") {
            $0.judgements = []
            try $0.judge(1, subject: "M/1")
        },
        Attack("a refusal after the pass", "promote.refused") { try $0.judge(1, passed: false) },
        Attack("the gate's key revoked after the gate", "promote.gate-key") {
            $0.revoked = ["gate-1"]
            $0.counter += 1
        },
        Attack("the promoter's key revoked", "promote.key") {
            $0.revoked = ["promoter-1"]
            $0.counter += 1
        },
        Attack("the approver's key revoked after the gate", "promote.people") { $0.revokedPeople = ["ann"] },
        Attack("rejected after the gate", "promote.people") { try $0.state(.rejection, 1, by: 1) },
        Attack("rejected after the gate by one without a role", "promote.people") {
            try $0.state(.rejection, 1, by: 2)
        },
        Attack("an approval replayed on another version", "promote.people") {
            $0.statements = []
            try $0.state(.approval, 1, by: 0, weights: PromotionWorld.weights(2))
        },
        Attack("an approval replayed under another policy", "promote.people") {
            $0.statements = []
            try $0.state(.approval, 1, by: 0, policy: Digest.sha256("lax"))
        },
        Attack("an approval by one without the role", "promote.people") {
            $0.statements = []
            try $0.state(.approval, 1, by: 2)
        },
        Attack("a freeze begun after the gate", "promote.freeze") {
            $0.freezes = [EnvironmentAuthority.Freeze(from: $0.now, to: $0.now + 9, reason: "holidays")]
        },
        Attack("an old verdict", "promote.old-gate") { $0.now += 5 * PromotionWorld.day - PromotionWorld.second },
        Attack("a verdict of the future", "promote.old-gate") { $0.now -= 2 * PromotionWorld.second },
        Attack("an expired document", "authority.expired") { $0.expiresAt = $0.now },
        Attack("another policy in a newer document", "promote.other-policy") { $0.policyDigest = Digest.sha256("new") },
        Attack("a floor of costs raised since", "promote.costs") { $0.minimumCostBps = 3 },
        Attack("another incumbent", "promote.other-incumbent") { try $0.deploy(2) },
        Attack("a waiver that ended since", "promote.people") {
            $0.judgements = []
            try $0.state(.waiver, 1, by: 0, days: 1)
            try $0.judge(1, isWaived: true)
            $0.now += PromotionWorld.day
        },
        Attack("a waiver longer than allowed", "promote.people") {
            $0.judgements = []
            try $0.state(.waiver, 1, by: 0, days: 31)
            try $0.judge(1, isWaived: true)
        },
        Attack("a waiver by one without the role", "promote.people") {
            $0.judgements = []
            try $0.state(.waiver, 1, by: 2, days: 1)
            try $0.judge(1, isWaived: true)
        },
        Attack("no canary", "promote.canary") { $0.canaryHours = 1 },
        Attack("a canary of a second", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(1, share: 0.5)
            $0.trade(PromotionWorld.second)
        },
        Attack("a canary that lay in force while nothing ran", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(1, share: 0.5)
            $0.now += 2 * PromotionWorld.hour
        },
        Attack("a canary in two parts, with a halt in between", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(1, share: 0.5)
            $0.trade(PromotionWorld.hour / 2)
            $0.trade(PromotionWorld.hour / 2, isNew: true)
        },
        Attack("a canary that was taken back for its health", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(1, share: 0.5)
            $0.trade(2 * PromotionWorld.hour)
            $0.events[0].isTakenBack = true
        },
        Attack("a canary that was rolled back", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(2)
            try $0.deploy(1, share: 0.5)
            $0.trade(2 * PromotionWorld.hour)
            try $0.deploy(2)
            $0.events[2].isRollback = true
            // Whoever wants it back says so again; the canary begins anew all the same.
            $0.now += PromotionWorld.second
            try $0.state(.approval, 1, by: 0)
            try $0.judge(1)
        },
        Attack("a canary with another strategy", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(1, strategy: 1, share: 0.5)
            $0.trade(2 * PromotionWorld.hour)
        },
        Attack("a canary of a larger share than allowed", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(1, share: 0.9)
            $0.trade(2 * PromotionWorld.hour)
        },
        Attack("a canary that was halted all the time", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(1, share: 0.5)
            var halt = $0.events[0]
            (halt.kind, halt.time) = (.halted, $0.now + PromotionWorld.second)
            $0.events.append(halt)
            $0.now += 2 * PromotionWorld.hour
        },
        Attack("a canary that came in force during a halt", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(2)
            var halt = $0.events[0]
            (halt.kind, halt.time) = (.halted, $0.now + PromotionWorld.second)
            $0.events.append(halt)
            $0.now += 2 * PromotionWorld.second
            try $0.deploy(1, share: 0.5)
            $0.now += 2 * PromotionWorld.hour
        },
        Attack("a canary before another version, by a host whose clock was set back", "promote.canary") {
            $0.canaryHours = 1
            try $0.deploy(1, share: 0.5)
            $0.trade(PromotionWorld.second)
            $0.now -= PromotionWorld.hour
            try $0.deploy(2)
            $0.now += 3 * PromotionWorld.hour
            try $0.judge(1)
        },
    ]

    @Test("each attack alone is refused, for its own reason", arguments: attacks)
    func refuses(_ attack: Attack) throws {
        var world = try Self.ready()
        try attack.change(&world)
        let decision = try world.decide(1)
        #expect(Set(PromotionWorld.codes(decision)) == [attack.code], "\(attack.name): \(decision)")
    }

    @Test("a strategy that no gate saw, that is too cheap, or whose limits are too wide")
    func candidates() throws {
        var world = try Self.ready()
        #expect(PromotionWorld.codes(try world.decide(1, strategy: 1)) == ["promote.other-strategy"])
        #expect(
            PromotionWorld.codes(try world.decide(1, strategy: 2)) == ["promote.other-strategy", "promote.costs"])
        var facts = try world.facts(1)
        facts.candidate.limits.maximumPosition = 100_000
        #expect(PromotionWorld.codes(PromotionCheck.decide(facts)) == ["promote.limits", "promote.limits"])
        // Costs of nothing, judged so: the verdict is good, and the floor holds.
        world.judgements = []
        try world.judge(1, strategy: 2)
        #expect(PromotionWorld.codes(try world.decide(1, strategy: 2)) == ["promote.costs"])
    }

    @Test("the log, the policy's file and a foreign promoter are looked at too")
    func surroundings() throws {
        var world = try Self.ready(), facts = try world.facts(1)
        facts.logProblems = ["found audit entry 3 altered"]
        #expect(PromotionWorld.codes(PromotionCheck.decide(facts)) == ["promote.log"])
        facts = try world.facts(1)
        facts.policy = nil
        #expect(PromotionWorld.codes(PromotionCheck.decide(facts)) == ["promote.no-policy"])
        facts.policy = try GateFixtures.policy("\"quality-passed\"")
        #expect(PromotionWorld.codes(PromotionCheck.decide(facts)) == ["promote.other-policy"])
        facts = try world.facts(1)
        facts.promoter = Self.stranger.publicKey
        #expect(PromotionWorld.codes(PromotionCheck.decide(facts)) == ["promote.key"])
        facts.promoter = PromotionWorld.gates[0].publicKey
        #expect(PromotionWorld.codes(PromotionCheck.decide(facts)) == ["promote.key"])
    }

    @Test("forged rows beside a good verdict neither help nor hinder")
    func inert() throws {
        var world = try Self.ready()
        world.now += PromotionWorld.second
        try world.judge(1, passed: false, by: Self.stranger)
        world.judgements.insert(PromotionFacts.Judgement(envelope: nil, report: "{}"), at: 0)
        guard case .admitted = try world.decide(1) else {
            Issue.record("found forged rows that hinder: \(try world.decide(1))")
            return
        }
    }

    @Test("what is in force by the same document stands; by another one it is ordered anew")
    func standing() throws {
        var world = try Self.ready()
        try world.deploy(1)
        #expect(try world.decide(1) == .standing)
        world.now += 30 * PromotionWorld.day
        #expect(try world.decide(1) == .standing, "whatever its verdict is worth by now")
        world.events[0].isTakenBack = true
        #expect(try world.decide(1) != .standing, "it lies in force, and was taken back")
        world = try Self.ready()
        try world.deploy(1)
        world.counter += 1
        guard case .admitted = try world.decide(1) else {
            Issue.record("found a refusal")
            return
        }
        #expect(try world.decide(1, strategy: 1) != .standing && world.decide(1, share: 0.5) != .standing)
        // Nearly all instruments are no canary.
        world.canaryHours = 1
        #expect(PromotionWorld.codes(try world.decide(1, share: 0.9)) == ["promote.canary"])
    }
}
