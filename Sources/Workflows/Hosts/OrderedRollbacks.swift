import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// Rollbacks that a promoter ordered and no host has answered, since it waits or is lost: what they were to take out is
/// promoted again by a new verdict and a new yes alone, as after one that came in force.
enum OrderedRollbacks {
    /// What each found in force, and what it was to put there; none for those that were taken back by hand.
    ///
    /// - Parameter events: of the environment, by receipts.
    static func events(
        _ bundles: DeployedBundles, _ receipts: EnvironmentReceipts, _ events: [PromotionFacts.Event]
    ) throws -> [[PromotionFacts.Event]] {
        let registry = try bundles.session.registry(), name = bundles.files.name
        let answered = Set(receipts.proven.map(\.bundle))
        let withdrawn = try registry.withdrawnRollbacks(environment: name).filter { !$0.isHostLost }.map(\.bundle)
        return try registry.auditEntries(actionPrefix: "rollback").compactMap { entry in
            guard entry.action == "rollback",
                case .environment(name)? = AuditSubject(entry.subject, action: entry.action),
                let detail = try? JSONParser.parse(entry.detail), let counter = detail[key: "counter"]?.intValue,
                let bundle = detail[key: "bundle"]?.stringValue, !answered.contains(bundle),
                !withdrawn.contains(bundle),
                let taken = events.filter({ $0.kind == .inForce && $0.counter < counter }).max(by: {
                    $0.counter < $1.counter
                }),
                // An entry is the word of whoever writes the registry; the order is a promoter's.
                let path = bundles.storedPath(bundle),
                let bytes = try? SmallFile.bytes(path, most: ModelBundle.mostBytes), Digest.sha256(bytes) == bundle,
                let terms = bundles.terms(bytes), terms.isRollback
            else { return nil }
            var event = PromotionFacts.Event(
                kind: .inForce, counter: counter, reference: terms.reference, weights: terms.weights,
                strategy: terms.strategy, share: terms.share, authority: terms.authority, time: entry.time)
            (event.isRollback, event.reason) = (true, terms.reason)
            (event.entry, event.entryTime) = (entry.sequence, entry.time)
            return [taken, event]
        }
    }
}
