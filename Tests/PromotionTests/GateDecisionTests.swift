import Basics
import ModelBundles
import Promotion
import Registry
import Synchronization
import TestSupport
import Testing

/// Which recorded verdict a promotion may rest on, and every reason why one does not count.
@Suite struct GateDecisionTests {
    /// A registry on a clock that the test moves, with one version and a policy that it passes.
    final class Desk {
        let directory: TemporaryDirectory
        let registry: RegistryDatabase
        let version: VersionRecord
        let policy: GatePolicy
        private let moment: Moment
        static let start: Nanoseconds = 20_000 * GateFixtures.day

        init(extra: String = #", "validDays": 2"#) throws {
            directory = try TemporaryDirectory()
            let box = Moment(Desk.start)
            moment = box
            registry = try RegistryDatabase(
                directory.file("r.sqlite"), actor: "ann@desk", clock: Clock { box.time.withLock { $0 } })
            try registry.start(GateFixtures.run(), parameters: [])
            version = try registry.register(model: "m", run: GateFixtures.run().id, weights: "w1")
            policy = try GateFixtures.policy("\"quality-passed\"", extra: extra)
        }

        private final class Moment: Sendable {
            let time: Mutex<Nanoseconds>
            init(_ time: Nanoseconds) { self.time = Mutex(time) }
        }
        func advance(_ span: Nanoseconds) { moment.time.withLock { $0 += span } }

        /// Evaluates and records, as the gate does.
        @discardableResult
        func decide(passes: Bool = true, incumbent: String? = nil, strategy: String = "s1") throws
            -> GateDecisionRecord
        {
            var evidence = GateFixtures.evidence()
            evidence.qualityPassed = passes
            let decision = GateDecision.record(
                policy.evaluate(evidence), version: version, policy: policy,
                basis: GateDecision.Basis(
                    policyPath: "gates/p.yaml", strategy: strategy, features: "f1", incumbent: incumbent),
                actor: "ann@desk", time: registry.now())
            try registry.record(decision)
            return decision
        }

        func required(
            strategy: String = "s1", incumbent: String? = nil, policy: ((String) throws -> GatePolicy?)? = nil
        ) throws -> (decision: GateDecisionRecord, policy: GatePolicy) {
            try GateDecision.required(
                for: version, policy: policy ?? { $0 == "gates/p.yaml" ? self.policy : nil }, strategy: strategy,
                incumbent: incumbent, in: registry)
        }

        /// Code and message of the refusal; every one has the exit status of a refusal and says how to go on.
        func refusal(
            strategy: String = "s1", incumbent: String? = nil, policy: ((String) throws -> GatePolicy?)? = nil
        ) throws -> Failure {
            let failure = try #require(
                #expect(throws: Failure.self) {
                    try required(strategy: strategy, incumbent: incumbent, policy: policy)
                })
            #expect(failure.exitStatus == .refused)
            return failure
        }
    }

    @Test("a passed verdict counts for its weights, policy, strategy and incumbent, and carries all of them")
    func counts() throws {
        let desk = try Desk(), decision = try desk.decide(incumbent: "m/0")
        #expect(decision.isPassed && decision.weights == "w1" && decision.policyDigest == desk.policy.digest)
        #expect(decision.decidedAt == Desk.start && decision.decidedBy == "ann@desk" && decision.policy == "p")
        #expect(decision.model == "m" && decision.version == 1 && decision.incumbent == "m/0")
        #expect(
            GateDecision.Basis(decision)
                == GateDecision.Basis(
                    policyPath: "gates/p.yaml", strategy: "s1", features: "f1", incumbent: "m/0"))
        let found = try desk.required(incumbent: "m/0")
        #expect(found.decision == decision && found.policy.digest == desk.policy.digest)
    }

    @Test("the version that is in force already may be promoted again, whatever it was compared with")
    func inForce() throws {
        let desk = try Desk()
        try desk.decide(incumbent: "m/0")
        #expect(throws: Never.self) { try desk.required(incumbent: "m/1") }
    }

    @Test("no verdict, or one on other weights, is none")
    func missing() throws {
        let desk = try Desk()
        let none = try desk.refusal()
        #expect(none.code == "promote.no-gate")
        #expect(none.message == "found no gate verdict on m/1 with exactly these weights")
        #expect(none.hint == "run: hftml gate m/1 --policy POLICY --features FILE --strategy FILE")
        try desk.decide()
        var other = desk.version
        other.weights = "w2"
        let failure = #expect(throws: Failure.self) {
            try GateDecision.required(
                for: other, policy: { _ in desk.policy }, strategy: "s1", incumbent: nil, in: desk.registry)
        }
        #expect(failure?.code == "promote.no-gate")
    }

    @Test("a refusal is told with its policy and time, and a later pass replaces it")
    func refused() throws {
        let desk = try Desk()
        try desk.decide(passes: false)
        let refused = try desk.refusal()
        #expect(refused.code == "promote.refused")
        #expect(refused.message == "the gate 'p' refused m/1 at \(TimeText.utc(Desk.start))")
        #expect(refused.hint == "run: hftml gate m/1 --policy p --features FILE --strategy FILE")
        desk.advance(1)
        try desk.decide()
        #expect(throws: Never.self) { try desk.required() }
    }

    @Test("a report that was changed, or says another incumbent than its record, does not count")
    func altered() throws {
        let desk = try Desk()
        var decision = try desk.decide(passes: false)
        desk.advance(1)
        decision.decidedAt += 1
        decision.isPassed = true
        decision.digest = "forged"
        try desk.registry.record(decision)
        #expect(try desk.refusal().code == "promote.altered-gate")
        #expect(
            try desk.refusal().message == "found the gate verdict on m/1 altered since it was made")

        // Intact by its digest, and still of another incumbent than its basis.
        let second = try Desk()
        var evidence = GateFixtures.evidence()
        evidence.qualityPassed = true
        let made = GateDecision.record(
            second.policy.evaluate(evidence), version: second.version, policy: second.policy,
            basis: GateDecision.Basis(policyPath: "gates/p.yaml", strategy: "s1", features: "f", incumbent: "m/0"),
            actor: "a", time: Desk.start)
        var turned = made
        turned.incumbent = nil
        try second.registry.record(turned)
        #expect(turned.isIntact)
        #expect(try second.refusal().code == "promote.altered-gate")

        // A report without a basis.
        let third = try Desk()
        let bare = GateDecisionRecord(
            model: "m", version: 1, weights: "w1", policy: "p", policyDigest: third.policy.digest, isPassed: true,
            report: #"{"passed": true}"#, decidedAt: Desk.start, decidedBy: "a", incumbent: nil)
        #expect(GateDecision.Basis(bare) == nil)
        try third.registry.record(bare)
        #expect(try third.refusal().code == "promote.altered-gate")
    }

    @Test("a policy that is gone or has another text")
    func policies() throws {
        let desk = try Desk()
        try desk.decide()
        let gone = try desk.refusal(policy: { _ in nil })
        #expect(gone.code == "promote.no-policy")
        #expect(gone.message == "found no policy 'p', which the gate verdict on m/1 rests on")
        let other = try GateFixtures.policy("\"drift\"")
        let changed = try desk.refusal(policy: { _ in other })
        #expect(changed.code == "promote.other-policy")
        #expect(
            changed.message == "found the policy 'p' changed since it decided on m/1 at \(TimeText.utc(Desk.start))")
    }

    @Test("a verdict counts for as many days as the policy says, the last moment included")
    func age() throws {
        let desk = try Desk()
        try desk.decide()
        desk.advance(2 * GateFixtures.day)
        #expect(throws: Never.self) { try desk.required() }
        desk.advance(GateFixtures.day / 2)
        let old = try desk.refusal()
        #expect(old.code == "promote.old-gate")
        #expect(
            old.message == "found a gate verdict on m/1 of \(TimeText.utc(Desk.start)), 2.5 days old; it counts for 2.0"
        )
    }

    @Test("another strategy, or another version in force, than the verdict was made with")
    func basis() throws {
        let desk = try Desk()
        try desk.decide(incumbent: "m/0")
        let strategy = try desk.refusal(strategy: "s2", incumbent: "m/0")
        #expect(strategy.code == "promote.other-strategy")
        #expect(
            strategy.message
                == "found another strategy than the gate evaluated m/1 with: rule, costs or limits differ")
        let incumbent = try desk.refusal(incumbent: "m/5")
        #expect(incumbent.code == "promote.other-incumbent")
        #expect(
            incumbent.message
                == "found m/5 in force, and the gate verdict on m/1 compared it with m/0")
        #expect(
            try desk.refusal().message
                == "found no version in force, and the gate verdict on m/1 compared it with m/0")
        let second = try Desk()
        try second.decide()
        #expect(
            try second.refusal(incumbent: "m/5").message
                == "found m/5 in force, and the gate verdict on m/1 compared it with none")
    }
}
