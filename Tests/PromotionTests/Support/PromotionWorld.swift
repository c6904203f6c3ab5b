import Basics
import Deployment
import ModelBundles
import Promotion
import Registry
import Testing
import Trading

/// An environment with real keys, and what its gate, people and hosts signed so far: the ground of tests of
/// ``PromotionCheck``.
struct PromotionWorld {
    static let second: Nanoseconds = 1_000_000_000
    static let hour: Nanoseconds = 3_600 * second
    static let day: Nanoseconds = 24 * hour
    static let start: Nanoseconds = 20_000 * day

    /// Made once: keys take no part in what differs between worlds.
    static let root = SigningKey(generating: "root")
    static let gates = [SigningKey(generating: "gate-1"), SigningKey(generating: "gate-2")]
    static let promoters = [SigningKey(generating: "promoter-1"), SigningKey(generating: "promoter-2")]
    static let host = SigningKey(generating: "host")
    /// The last one has no role that the policy asks for.
    static let people = ["ann", "bob", "carl"].map { SigningKey(generating: $0) }

    static let policy = GateFixtures.checkPolicy

    var now = PromotionWorld.start
    /// Of keys of the environment, by name.
    var revoked: Set<String> = []
    /// Of people's keys, by name.
    var revokedPeople: Set<String> = []
    var counter = 1
    var expiresAt = PromotionWorld.start + 20 * PromotionWorld.day
    var freezes: [EnvironmentAuthority.Freeze] = []
    var canaryHours: Double?
    var minimumCostBps = 1.0
    var policyDigest = PromotionWorld.policy?.digest ?? ""
    var judgements: [PromotionFacts.Judgement] = []
    var statements: [StatementRecord] = []
    var events: [PromotionFacts.Event] = []
    var runs: [RevisionHistory.Run] = []
    private var signed: (key: String, envelope: AuthorityEnvelope)?

    static func weights(_ version: Int) -> String { Digest.sha256("weights \(version)") }

    /// Strategy 0 reckons with 2 bps, 1 with 1 bps, 2 with nothing.
    static func costs(_ strategy: Int) -> Double { [2, 1, 0][strategy] }
    static func strategy(_ number: Int) -> String { Digest.sha256("strategy \(number)") }
    static let limits: RiskLimits = {
        var limits = RiskLimits()
        limits.maximumPosition = 100
        return limits
    }()
    static let limitsDigest = Digest.sha256(limits.json.text(.canonical))

    /// The document in force, as the root key signs it.
    mutating func document() throws -> AuthorityEnvelope {
        let state =
            "\(counter) \(revoked.sorted()) \(expiresAt) \(freezes) \(canaryHours ?? 0) \(policyDigest)"
            + " \(minimumCostBps)"
        if let signed, signed.key == state { return signed.envelope }
        func key(_ key: SigningKey, _ roles: [String]) -> PublicKey {
            var key = key.publicKey
            key.roles = roles
            if revoked.contains(key.name) { key.revoked = PublicKey.Revocation(at: now, reason: "lost") }
            return key
        }
        let authority = EnvironmentAuthority(
            name: "live", counter: counter, createdAt: PromotionWorld.start - PromotionWorld.day, expiresAt: expiresAt,
            root: try RootKeys(threshold: 1, keys: [Self.root.publicKey]),
            keys: Self.gates.map { key($0, ["gate"]) } + Self.promoters.map { key($0, ["promoter"]) }
                + [key(Self.host, ["host"])],
            policy: ("p", policyDigest), minimumCostBps: minimumCostBps, limits: RiskLimits(), freezes: freezes,
            canary: canaryHours.map { EnvironmentAuthority.Canary(hours: $0, share: 0.5) }, verdictDays: 5,
            deploymentDays: 3)
        let envelope = try AuthorityEnvelope(authority, signer: Self.root)
        signed = (state, envelope)
        return envelope
    }

    var trusted: TrustedKeys {
        TrustedKeys(
            Self.people.map { key in
                var key = key.publicKey
                key.roles = [key.name == "carl" ? "trader" : "risk"]
                if revokedPeople.contains(key.name) { key.revoked = PublicKey.Revocation(at: now, reason: "left") }
                return key
            })
    }

    // MARK: What happens

    /// A verdict, as the gate signs it.
    mutating func judge(
        _ version: Int, strategy: Int = 0, passed: Bool = true, isWaived: Bool = false, by key: SigningKey? = nil,
        environment: String = "live", policy: String? = nil, subject: String? = nil, log: Verdict.LogPosition? = nil
    ) throws {
        let status = isWaived ? "waived" : passed ? "passed" : "failed"
        let report = JSONValue.map([
            "passed": .bool(passed), "time": .int(Int(now)),
            "items": .list([.map(["name": .string("metric"), "status": .string(status)])]),
        ]).text(.canonical)
        let running = events.filter { $0.kind == .inForce }.last
        let verdict = Verdict(
            subject: subject ?? "m/\(version)", weights: Self.weights(version), isPassed: passed,
            environment: environment, authority: try document().digest, policy: ("p", policy ?? policyDigest),
            strategy: Self.strategy(strategy), limits: Self.limitsDigest, features: "sha256:f",
            incumbent: running.map { ($0.reference, $0.weights ?? "") },
            evidence: [("report", Digest.sha256(report))], trials: Verdict.Trials(runs: 1, strategies: 1), log: log,
            time: now)
        judgements.append(
            PromotionFacts.Judgement(envelope: try verdict.signed(by: key ?? Self.gates[0]), report: report))
    }

    /// An approval, rejection or waiver of the rule `metric`.
    mutating func state(
        _ kind: StatementRecord.Kind, _ version: Int, by person: Int, days: Double = 10, policy: String? = nil,
        weights: String? = nil
    ) throws {
        let key = Self.people[person], isWaiver = kind == .waiver
        let statement = Statement(
            kind: kind, subject: "m/\(version)", weights: weights ?? Self.weights(version), policy: "p",
            policyDigest: policy ?? policyDigest, lineage: "l", signer: key.name, reason: "because", signedAt: now,
            rule: isWaiver ? "metric" : nil,
            expiresAt: isWaiver ? now + Nanoseconds(saturating: days * Double(Self.day)) : nil)
        statements.append(try statement.signed(with: key, model: "m", version: version))
    }

    /// A deployment came in force.
    mutating func deploy(
        _ version: Int, strategy: Int = 0, share: Double = 1, isRollback: Bool = false, reason: String = ""
    ) throws {
        var event = PromotionFacts.Event(
            kind: .inForce, counter: (events.map(\.counter).max() ?? 0) + 1, reference: "m/\(version)",
            weights: Self.weights(version), strategy: Self.strategy(strategy), share: share,
            authority: try document().digest, time: now)
        (event.isRollback, event.reason) = (isRollback, reason)
        events.append(event)
    }

    /// The host's loop trades with what is in force for so long, and signs it.
    mutating func trade(_ time: Nanoseconds, isNew: Bool = false) {
        runs.append(
            RevisionHistory.Run(
                counter: events.map(\.counter).max() ?? 0, from: now, to: now + time, isNew: isNew))
        now += time
    }

    // MARK: What is asked

    mutating func facts(_ version: Int, strategy: Int = 0, share: Double = 1, promoter: Int = 0) throws
        -> PromotionFacts
    {
        var verified: [Statement.Verified] = [], rejected: [String] = []
        for record in statements where record.version == version {
            do { verified.append(try Statement.verify(record, trusted: trusted, at: now)) } catch let failure as Failure
            { rejected.append(failure.message) }
        }
        var facts = PromotionFacts(
            now: now, authority: try document(),
            candidate: PromotionFacts.Candidate(
                subject: "m/\(version)", weights: Self.weights(version), strategy: Self.strategy(strategy),
                costBps: Self.costs(strategy), limits: Self.limits, share: share),
            judgements: judgements.filter { judgement in
                judgement.envelope.flatMap { try? Verdict($0) }.map { $0.weights == Self.weights(version) } ?? true
            },
            policy: Self.policy,
            standing: StandingEvidence(
                subject: "m/\(version)", weights: Self.weights(version), statements: verified,
                rejectedStatements: rejected, authors: ["dave"], now: now),
            events: events, promoter: Self.promoters[promoter].publicKey)
        facts.runs = runs
        return facts
    }

    mutating func decide(_ version: Int, strategy: Int = 0, share: Double = 1, promoter: Int = 0) throws
        -> PromotionCheck.Decision
    {
        PromotionCheck.decide(try facts(version, strategy: strategy, share: share, promoter: promoter))
    }

    /// Codes of the objections; empty where there are none.
    static func codes(_ decision: PromotionCheck.Decision) -> [String] {
        if case .refused(let objections) = decision { objections.map(\.code) } else { [] }
    }
}

extension GateFixtures {
    /// One approval by somebody of risk; waivers of at most thirty days by the same.
    static let checkPolicy = try? policy(
        #""quality-passed", {"rule": "approvals", "count": 1, "roles": ["risk"]}"#,
        extra: #", "validDays": 5, "waivers": {"roles": ["risk"], "longestDays": 30}"#)
}
