import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// Receipts in; facts that decide about a promotion, out: of this host and of others alike.
struct DeploymentEvents {
    private let registry: RegistryDatabase
    private let taken: TakenUp

    init(_ registry: RegistryDatabase) throws { (self.registry, taken) = (registry, try TakenUp(registry)) }

    /// - Parameter terms: of the bundle; nil where nobody has it. Asked once a bundle.
    func events(_ receipts: [Receipt], terms: (Receipt) throws -> DeployedBundles.Terms?) throws
        -> [PromotionFacts.Event]
    {
        var known: [String: DeployedBundles.Terms?] = [:]
        return try receipts.compactMap { receipt in
            let kind: PromotionFacts.Event.Kind
            switch receipt.outcome {
            case .installed, .rolledBack: kind = .inForce
            case .halted: kind = .halted
            case .resumed: kind = .resumed
            case .refused, .withdrawn: return nil
            }
            if known[receipt.bundle] == nil { known[receipt.bundle] = .some(try terms(receipt)) }
            let terms = known[receipt.bundle] ?? nil, reference = terms?.reference ?? receipt.reference
            // Without the bundle, the record says which weights the version has.
            let recorded = reference.flatMap { try? registry.version($0).weights }
            var event = PromotionFacts.Event(
                kind: kind, counter: receipt.counter ?? 0, reference: reference ?? "an unknown version",
                weights: terms?.weights ?? recorded, strategy: terms?.strategy, share: terms?.share ?? 1,
                authority: terms?.authority, time: receipt.time)
            event.isRollback = receipt.outcome == .rolledBack
            (event.entry, event.entryTime) = (taken.entry(receipt)?.sequence, taken.time(receipt))
            let state = try registry.promotion(of: receipt.bundle)?.state
            event.isTakenBack = state == .refused || state == .withdrawn
            // In words of the host's operator, or of who ordered it.
            event.reason = receipt.reason ?? (terms?.isRollback == true ? terms?.reason : nil) ?? ""
            return event
        }
    }
}

extension DeployedBundles {
    /// Receipts as facts that decide about a promotion.
    func events(_ receipts: EnvironmentReceipts) throws -> [PromotionFacts.Event] {
        let told = Set(receipts.inForce.compactMap(\.counter))
        // Whose receipt was taken away came in force all the same: a rollback, perhaps.
        let untold = try kept().map(\.terms).filter { !told.contains($0.counter) }.map { terms in
            var event = PromotionFacts.Event(
                kind: .inForce, counter: terms.counter, reference: terms.reference, weights: terms.weights,
                strategy: terms.strategy, share: terms.share, authority: terms.authority, time: terms.time)
            (event.isRollback, event.reason) = (terms.isRollback, terms.reason)
            return event
        }
        return try untold
            + DeploymentEvents(session.registry()).events(receipts.proven) { try bytes($0).flatMap(terms) }
    }

    /// What the store has of a bundle that another host of the environment put in force, or of the one that was
    /// promoted to it with the same manifest: a host makes the bundles of its own rollbacks itself.
    ///
    /// - Parameter place: that host, as the record calls it.
    func storedTerms(_ receipt: Receipt, at place: String) throws -> Terms? {
        let registry = try session.registry()
        let promoted = try receipt.manifest.flatMap { try registry.promotion(manifest: $0, environment: place)?.bundle }
        for digest in [receipt.bundle, promoted].compactMap(\.self) {
            if let terms = session.storedBundle(digest).flatMap(terms) { return terms }
        }
        return nil
    }
}
