package import Basics
package import ModelBundles
import Trading

/// Whether an environment takes a bundle: the one place where all that its document demands is asked, by the host
/// before it puts a bundle in force, and by the promotion before it hands one over.
///
/// Pure: what was verified of the bundle itself, the newest document, the revision history and the time come in as
/// arguments. A promotion answers everything. A rollback goes back to what was admitted here before: keys that expired
/// or were taken out of the document since, the age of its verdict, another policy, the cost floor, the canary rule and
/// a freeze do not stop it; revoked keys and hard limits do. Under a document that has expired an emergency alone
/// passes: a rollback along the way that led here. Its order's key has to be good by the newest document always.
package struct Admission: Sendable {
    /// The environment that the root keys were pinned for.
    package let environment: String
    /// Its newest document.
    package let authority: AuthorityEnvelope
    /// What was in force there.
    package let history: RevisionHistory
    /// The latest time that the host has seen; 0 where nobody keeps it.
    package let seen: Nanoseconds
    /// Id of the host's key; nil where it is asked for no certain host.
    package let host: String?
    /// Clocks of two machines may differ so much.
    package static let clockTolerance: Nanoseconds = 300_000_000_000

    /// Keys of all documents up to the newest.
    private let known: [PublicKey]

    /// The rules of an environment at a moment of its history.
    ///
    /// - Parameters:
    ///   - trail: the documents up to the newest; nil where only that one is known.
    ///   - seen: the latest time that the host has seen.
    ///   - host: id of its key.
    package init(
        environment: String, authority: AuthorityEnvelope, history: RevisionHistory, trail: DocumentTrail? = nil,
        seen: Nanoseconds = 0, host: String? = nil
    ) {
        (self.environment, self.authority, self.history, self.seen) = (environment, authority, history, seen)
        self.host = host
        known = (trail ?? DocumentTrail(authority)).keys
    }

    var document: EnvironmentAuthority { authority.authority }
    var again: String { "promote the version again: hftml promote NAME/VERSION --to \(environment)" }
    private var nextDocument: String { "sign the next document: hftml environments sign \(environment) --as KEY" }

    /// The order by which a bundle comes into force.
    ///
    /// - Parameter bundle: verified with the keys of the document.
    /// - Throws: ``Failure`` with a code `admission.…` that says what stands against it, `authority.expired`,
    ///   `order.format` or `verdict.format`.
    package func check(_ bundle: ModelBundle, at now: Nanoseconds) throws -> DeploymentOrder {
        guard let terms = bundle.terms else {
            throw Failure(
                "admission.version", "found a bundle of version 1, which carries neither order nor verdict", hint: again
            )
        }
        let isRollback = (try? DeploymentOrder(terms.deployment))?.action == .rollback
        if !isRollback { try checkClock(now) }
        // What has ended once has ended, whatever a clock says now.
        let now = max(now, seen)
        if !isRollback { try authority.requireCurrent(at: now) }
        if let objection = document.objection(
            to: terms.deployment, role: EnvironmentAuthority.Role.promoter, at: now)
        {
            throw Failure(
                "admission.order-key", "found an order that does not count: \(objection)", hint: orderHint)
        }
        let order = try DeploymentOrder(terms.deployment)
        try checkPlace(order, terms)
        try checkAuthority(order)
        try checkTime(order, at: now)
        let verdict = try checkVerdict(bundle, terms, order, at: now)
        try checkLimits(bundle, terms, order)
        switch order.action {
        case .rollback: try checkRollback(order)
        case .promote: try checkPromotion(bundle, terms, order, verdict, at: now)
        }
        return order
    }

    private var orderHint: String {
        "let a key with the role promoter order it, or give the role to this one: hftml environments sign "
            + "\(environment) --as KEY"
    }

    // MARK: The verdict

    private func checkVerdict(
        _ bundle: ModelBundle, _ terms: ModelBundle.Terms, _ order: DeploymentOrder, at now: Nanoseconds
    ) throws -> Verdict {
        let isRollback = order.action == .rollback
        if let objection = keyObjection(bundle.key, isRollback: isRollback, at: now) {
            throw Failure(
                "admission.manifest-key", "found a manifest that does not count: \(objection)", hint: orderHint)
        }
        let objection =
            isRollback
            ? Admission.knownObjection(terms.verdict, among: known, of: document)
            : document.objection(to: terms.verdict, role: EnvironmentAuthority.Role.gate, at: now)
        if let objection {
            throw Failure(
                "admission.verdict-key", "found a verdict that does not count: \(objection)",
                hint: "judge the version with a key that has the role gate: hftml gate NAME/VERSION --for "
                    + environment)
        }
        let verdict = try Verdict(terms.verdict)
        guard verdict.weights == terms.weightsDigest, verdict.strategy == terms.strategy.digest,
            verdict.limits == terms.limitsDigest, verdict.environment == environment,
            verdict.subject == "\(bundle.identity.name)/\(bundle.identity.version)"
        else {
            throw Failure(
                "admission.verdict-other", "found a verdict about \(other(verdict, bundle, terms))", hint: judgeAgain)
        }
        guard verdict.isPassed else {
            throw Failure(
                "admission.verdict-failed", "found a verdict by which \(verdict.subject) did not pass", hint: judgeAgain
            )
        }
        return verdict
    }

    private var judgeAgain: String { "judge the version for this environment: hftml gate NAME/VERSION" }

    private func other(_ verdict: Verdict, _ bundle: ModelBundle, _ terms: ModelBundle.Terms) -> String {
        if verdict.environment != environment { return "the environment '\(verdict.environment)'" }
        if verdict.weights != terms.weightsDigest {
            return "the weights \(verdict.weights.prefix(12)), the bundle's are \(terms.weightsDigest.prefix(12))"
        }
        if verdict.strategy != terms.strategy.digest { return "another strategy than the bundle's" }
        if verdict.limits != terms.limitsDigest { return "other limits than the bundle's" }
        return "'\(verdict.subject)', the bundle is \(bundle.identity.name)/\(bundle.identity.version)"
    }

    /// Who signs a manifest has the promoter's role. For a rollback the key has to be known and not revoked: it was
    /// asked for everything when the manifest first came into force.
    private func keyObjection(_ key: PublicKey, isRollback: Bool, at now: Nanoseconds) -> String? {
        guard let known = (isRollback ? known : document.keys).first(where: { $0.id == key.id }) else {
            return "its signature is of no key of the environment '\(document.name)'"
        }
        if isRollback { return known.revoked == nil ? nil : known.objection(at: now) }
        if let objection = known.objection(at: now) { return objection }
        guard known.roles.contains(EnvironmentAuthority.Role.promoter) else {
            return "the key of '\(known.name)' (\(known.id)) has no role 'promoter' in '\(document.name)'"
        }
        return nil
    }

    private static func knownObjection(
        _ envelope: Envelope, among keys: [PublicKey], of document: EnvironmentAuthority
    ) -> String? {
        let signers = envelope.signers(among: keys)
        if signers.contains(where: { $0.revoked == nil }) { return nil }
        return signers.first?.objection(at: .min) ?? "its signature is of no key of the environment '\(document.name)'"
    }

    // MARK: Limits

    private func checkLimits(_ bundle: ModelBundle, _ terms: ModelBundle.Terms, _ order: DeploymentOrder) throws {
        let excesses = bundle.limits.excesses(over: document.limits)
        guard excesses.isEmpty else {
            throw Failure(
                "admission.limits",
                "found limits wider than those of '\(environment)': \(excesses.joined(separator: "; "))",
                hint: "narrow the strategy's limits and judge it again: hftml gate NAME/VERSION")
        }
        let canary = terms.canary
        // All instruments but one at most, whatever the share is rounded to: else it were no canary.
        let most = canary.map {
            let all = $0.universe.count, share = Int(saturating: (Double(all) * order.share).rounded())
            return max(1, min(share, all - 1))
        }
        guard (order.share < 1) == (canary != nil), (canary?.instruments.count ?? 0) <= (most ?? 0) else {
            let found = canary.map { "\($0.instruments.count) of \($0.universe.count) instruments" }
            throw Failure(
                "admission.share",
                "found an order for the share \(order.share), and a bundle that trades \(found ?? "all instruments")",
                hint: again)
        }
    }

    // MARK: Promotion or rollback

    private func checkRollback(_ order: DeploymentOrder) throws {
        guard !order.reason.isEmpty, !order.person.isEmpty else {
            throw Failure(
                "admission.rollback", "found a rollback without person or reason",
                hint: "say both: hftml rollback \(environment) --reason TEXT")
        }
        guard history.revisions.contains(where: { $0.manifest == order.manifest }),
            history.current?.manifest != order.manifest
        else {
            throw Failure(
                "admission.rollback",
                "found a rollback to \(order.manifest.prefix(12)), which is in force or never was in '\(environment)'",
                hint: again)
        }
        // Forward to what was taken back is a promotion, which asks more.
        guard history.leadsBack(to: order.manifest) else {
            throw Failure(
                "admission.rollback", "found a rollback to \(order.manifest.prefix(12)), which a rollback has left",
                hint: "go back to what was in force before, without --to; or promote it again")
        }
    }

    private func checkPromotion(
        _ bundle: ModelBundle, _ terms: ModelBundle.Terms, _ order: DeploymentOrder, _ verdict: Verdict,
        at now: Nanoseconds
    ) throws {
        try checkPrevious(order)
        guard verdict.policy.digest == document.policy.digest else {
            throw Failure(
                "admission.verdict-policy",
                "found a verdict under the policy '\(verdict.policy.name)' (\(verdict.policy.digest.prefix(12))), "
                    + "'\(environment)' asks for '\(document.policy.name)' (\(document.policy.digest.prefix(12)))",
                hint: judgeAgain)
        }
        try requirePast(verdict.time, "a verdict", at: now, next: again)
        let end = verdict.time.saturatingPlus(Int64(saturating: document.verdictDays * 86_400_000_000_000))
        guard now < end else {
            throw Failure(
                "admission.verdict-old",
                "found a verdict of \(TimeText.seconds(verdict.time)), which counted until \(TimeText.seconds(end))",
                hint: judgeAgain)
        }
        let back = history.takenBack(weights: terms.weightsDigest, strategy: terms.strategy.digest)
        if let back, verdict.time <= back {
            throw Failure(
                "admission.verdict-old",
                "found a verdict of \(TimeText.seconds(verdict.time)), before these weights were rolled back at "
                    + TimeText.seconds(back)
                    + (history.unknown.isEmpty ? "" : ", or may have been: nobody can tell what came in force before"),
                hint: judgeAgain)
        }
        guard terms.strategy.costBps >= document.minimumCostBps else {
            throw Failure(
                "admission.costs",
                "found a strategy judged with costs of \(terms.strategy.costBps) basis points, '\(environment)' asks "
                    + "for at least \(document.minimumCostBps)",
                hint: "set costBps in the strategy, and judge it again: hftml gate NAME/VERSION")
        }
        if let rule = document.canary, order.share > rule.share,
            !history.hasPassed(rule, weights: terms.weightsDigest, strategy: terms.strategy.digest, at: now)
        {
            throw Failure(
                "admission.canary",
                "found no canary of \(bundle.identity.name)/\(bundle.identity.version) on record that traded "
                    + "for \(rule.hours) hours",
                hint: "promote a canary first: hftml promote NAME/VERSION --to \(environment) --share \(rule.share)")
        }
        if let freeze = document.freeze(at: now) {
            let reason = freeze.reason.isEmpty ? "" : " (\(freeze.reason))"
            throw Failure(
                "admission.freeze",
                "found '\(environment)' frozen until \(TimeText.seconds(freeze.to))\(reason)",
                hint: "promote after that, or make safe with: hftml rollback \(environment) --reason TEXT")
        }
    }

    // MARK: In force

    /// Why what is in force may not go on trading; nil where it may: its manifest's, order's and verdict's keys are
    /// known and not revoked. Keys that expired meanwhile signed while they were good. For what a rollback brought back
    /// keys of earlier documents count: the order, by a key of this one, vouches for it anew.
    package func objection(inForce bundle: ModelBundle) -> String? {
        Admission.objection(inForce: bundle, document: document, known: known)
    }

    /// The same by a document, and the keys of all documents up to it.
    package static func objection(inForce bundle: ModelBundle, document: EnvironmentAuthority, known: [PublicKey])
        -> String?
    {
        func objection(to envelope: Envelope, among keys: [PublicKey]) -> String? {
            knownObjection(envelope, among: keys, of: document)
        }
        guard let terms = bundle.terms else { return "the bundle in force is of version 1" }
        let isRollback = (try? DeploymentOrder(terms.deployment))?.action == .rollback
        let keys = isRollback ? known : document.keys
        guard let key = keys.first(where: { $0.id == bundle.key.id }) else {
            return "its manifest: its signature is of no key of the environment '\(document.name)'"
        }
        if key.revoked != nil { return key.objection(at: .min).map { "its manifest: \($0)" } }
        if let objection = objection(to: terms.deployment, among: document.keys) { return "its order: \(objection)" }
        return objection(to: terms.verdict, among: keys).map { "its verdict: \($0)" }
    }
}
