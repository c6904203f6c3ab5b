import Backtesting
import Basics
import Deployment
import ModelBundles
import Promotion
import Registry
import Trading

/// What the program decides: the gate, the promotion, the host, the rollback.
extension LifeWorld {
    // MARK: The gate

    /// The report of the policy on a version whose measures are as good as told, and which rules were waived.
    func judge(_ version: Int, _ policy: Int, strategy: Int, failing: Set<Deeds.Rule>, at now: Int) throws -> (
        isPassed: Bool, waived: [String], text: String
    ) {
        let standing = try standing(version, at: now)
        var evidence = GateEvidence(
            subject: "m/\(version)",
            predictions: Predictions(kind: .probability, bars: [], targets: [], baselineScore: 0, horizon: 1),
            metrics: ["ic": failing.contains(.ic) ? 0.01 : 0.03, "hit_rate": failing.contains(.hits) ? 0.4 : 0.6],
            baselineMetrics: [:], backtest: BarBacktest.Result(), market: BarBacktest.Result(), trials: 1,
            trialSharpes: [], lineageKinds: [], dirtyFiles: [])
        (evidence.statements, evidence.rejectedStatements) = (standing.statements, standing.rejectedStatements)
        (evidence.weights, evidence.authors, evidence.now) = (standing.weights, standing.authors, standing.now)
        evidence.takenBack = TakenBack.last(
            of: standing.weights, strategy: LifeBundles.strategies[strategy].digest, in: events)
        let report = policies[policy].evaluate(evidence)
        var node = report.json
        node[key: "time"] = .int(Int(standing.now))
        return (
            report.isPassed, report.items.filter { $0.status == .waived }.map(\.name), node.text(.canonical)
        )
    }

    mutating func file(_ verdict: Deeds.Verdict, report: String) throws {
        let running = events.last { $0.kind == .inForce }
        let strategy = LifeBundles.strategies[verdict.strategy]
        let signed = try Verdict(
            subject: "m/\(verdict.subject)", weights: try weights(verdict.weights), isPassed: verdict.isPassed,
            environment: verdict.isLive ? "live" : "paper", authority: authority.digest,
            policy: ("p", policies[verdict.policy].digest), strategy: strategy.digest,
            limits: Digest.sha256(strategy.limits.json.text(.canonical)), features: "sha256:f",
            incumbent: running.map { ($0.reference, $0.weights ?? "") },
            evidence: [("report", Digest.sha256(report))], trials: Verdict.Trials(runs: 1, strategies: 1), log: nil,
            time: Self.time(verdict.time)
        ).signed(by: Self.keys[verdict.signer])
        envelopes[verdict.id] = signed
        let kept = verdict.isAltered ? report.replacing("\"failed\"", with: "\"waived\"") + " " : report
        judgements.append((verdict.filed, PromotionFacts.Judgement(envelope: signed, report: kept)))
    }

    // MARK: The promotion

    func decide(_ manifest: Deeds.Manifest, promoter: Int, isPolicyAltered: Bool, at now: Int) throws
        -> PromotionCheck.Decision
    {
        let strategy = LifeBundles.strategies[manifest.strategy], version = manifest.version
        let own = policies.firstIndex { $0.digest == authority.authority.policy.digest } ?? 0
        var facts = PromotionFacts(
            now: Self.time(now), authority: authority,
            candidate: PromotionFacts.Candidate(
                subject: "m/\(version)", weights: try weights(version), strategy: strategy.digest,
                costBps: strategy.costBps, limits: strategy.limits, share: Double(manifest.share) / 100),
            judgements: judgements.filter { $0.filed == version }.map(\.judgement),
            policy: policies[isPolicyAltered ? (own + 1) % policies.count : own],
            standing: try standing(version, at: now), events: events,
            promoter: Self.publicKeys[promoter])
        facts.runs = history.runs
        facts.formerGates = formerGates
        return PromotionCheck.decide(facts)
    }

    // MARK: The host

    /// A bundle with its order, as a host reads it.
    ///
    /// - Parameter isWhole: through its bytes; otherwise the parts of one that was read so before.
    func bundle(_ order: Deeds.Order, isWhole: Bool) throws -> ModelBundle {
        let made = try LifeBundles.made(order.manifest), nothing = String(repeating: "0", count: 64)
        guard let verdict = envelopes[order.verdict.id] else { throw Failure("test", "found no verdict") }
        var unsigned = DeploymentOrder(
            environment: order.isLive ? "live" : "paper",
            authority: (order.document.counter, digests[order.document] ?? ""),
            counter: order.counter, action: order.isRollback ? .rollback : .promote,
            manifest: order.mismatch == .manifest ? nothing : made.draft.manifestDigest,
            verdict: order.mismatch == .verdict ? nothing : verdict.payloadDigest,
            limits: order.mismatch == .limits ? nothing : made.draft.limitsDigest,
            share: Double(order.share) / 100, time: Self.time(order.time), expiresAt: Self.time(order.end),
            person: "ann", reason: order.hasReason ? "because" : "")
        unsigned.previous = order.previous.map { .revision(counter: $0, bundle: "\($0)") } ?? .nothing
        let signed = try unsigned.signed(by: Self.keys[order.signer])
        if isWhole {
            return try ModelBundle.verify(
                made.draft.signed(deployment: signed, verdict: verdict, by: Self.keys[order.maker]),
                trusted: TrustedKeys(Self.publicKeys))
        }
        var bundle = made.bundle
        bundle.key = Self.publicKeys[order.maker]
        bundle.terms?.deployment = signed
        bundle.terms?.verdict = verdict
        return bundle
    }

    /// Why the bundle does not come in force; nil where it may.
    func refusal(_ bundle: ModelBundle, atHost: Bool, at time: Int) throws -> String? {
        let admission = Admission(
            environment: "live", authority: atHost ? hostAuthority : authority, history: history,
            trail: atHost ? hostTrail : trail, seen: atHost ? seen : 0)
        do { _ = try admission.check(bundle, at: Self.time(time)) } catch let failure as Failure { return failure.code }
        return nil
    }

    /// The host looks into its inbox, and remembers the time.
    mutating func look(at time: Int) { seen = max(seen, Self.time(time)) }

    /// Root keys have signed a document that is new to the host.
    mutating func believe(at time: Int) {
        var memory = ClockMemory(seen: seen)
        memory.believe(hostAuthority.authority, after: history, at: Self.time(time))
        seen = memory.seen
    }

    /// The host has said no, and remembers the order that it was.
    mutating func refuse(_ bundle: ModelBundle, at time: Int) {
        let admission = Admission(
            environment: "live", authority: hostAuthority, history: history, trail: hostTrail, seen: seen)
        guard let counter = admission.asked(bundle, at: Self.time(time)), let terms = bundle.terms,
            let order = try? DeploymentOrder(terms.deployment)
        else { return }
        history.spend(counter)
        history.note(ordered: order.time, at: max(Self.time(time), seen))
    }

    mutating func install(_ order: Deeds.Order, _ bundle: ModelBundle, at time: Int) throws {
        guard let terms = bundle.terms else { throw Failure("test", "found no terms") }
        history.append(
            RevisionHistory.Revision(
                counter: order.counter, action: order.isRollback ? .rollback : .promote,
                bundle: "\(order.counter)", manifest: terms.manifestDigest, weights: terms.weightsDigest,
                strategy: terms.strategy.digest, share: Double(order.share) / 100, time: Self.time(time)))
        history.note(ordered: Self.time(order.time), at: max(Self.time(time), seen))
        var event = PromotionFacts.Event(
            kind: .inForce, counter: order.counter, reference: "m/\(order.manifest.version)",
            weights: terms.weightsDigest, strategy: terms.strategy.digest, share: Double(order.share) / 100,
            authority: digests[order.document], time: Self.time(time))
        event.isRollback = order.isRollback
        events.append(event)
    }
}
