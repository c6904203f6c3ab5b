import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// Rollbacks that a promoter ordered and no host has carried out, since it waits, refused it, or is lost: what they
/// were to take out is promoted again by a new verdict and a new yes alone, as after one that came in force. An order
/// at one host of an environment counts at all of them, as what came in force does.
struct OrderedRollbacks {
    private struct Order {
        let counter: Int
        /// SHA-256 of the bundle that carries it.
        let bundle: String
        let entry: AuditEntry
    }

    /// By the place where they were ordered, as the record calls it; without those that were taken back by hand.
    private let orders: [String: [Order]]
    /// Whose orders count; nil where none was ordered.
    private let promoters: PromotersOnRecord?

    /// - Parameter files: of the environment whose promoters take orders back.
    init(_ registry: RegistryDatabase, _ files: EnvironmentFiles) throws {
        var found: [String: [Order]] = [:]
        for entry in try registry.auditEntries(actionPrefix: "rollback") {
            guard entry.action == "rollback",
                case .environment(let place)? = AuditSubject(entry.subject, action: entry.action),
                let detail = try? JSONParser.parse(entry.detail), let counter = detail[key: "counter"]?.intValue,
                let bundle = detail[key: "bundle"]?.stringValue
            else { continue }
            found[place, default: []].append(Order(counter: counter, bundle: bundle, entry: entry))
        }
        let promoters = found.isEmpty ? nil : try PromotersOnRecord(files, registry)
        self.promoters = promoters
        for place in found.keys.sorted() {
            let withdrawn = try WithdrawnRollbacks(at: place, registry) { _ in promoters }.all.filter { !$0.isHostLost }
                .map(
                    \.bundle)
            found[place]?.removeAll { withdrawn.contains($0.bundle) }
        }
        orders = found.filter { !$0.value.isEmpty }
    }

    /// Whether any was ordered at a place.
    func isAny(at place: String) -> Bool { orders[place] != nil }

    /// What each found in force, and what it was to put there.
    ///
    /// - Parameters:
    ///   - place: as the record calls it.
    ///   - receipts: of that place.
    ///   - events: the same, as facts.
    ///   - bundles: of the environment, whose promoters order.
    func events(
        at place: String, _ receipts: [Receipt], _ events: [PromotionFacts.Event], _ bundles: DeployedBundles
    ) -> [[PromotionFacts.Event]] {
        let answered = Set(receipts.filter { $0.outcome != .refused }.map(\.bundle))
        return (orders[place] ?? []).compactMap { order in
            guard !answered.contains(order.bundle),
                let taken = events.filter({ $0.kind == .inForce && $0.counter < order.counter }).max(by: {
                    $0.counter < $1.counter
                }),
                // An entry is the word of whoever writes the registry; the order is one of who was a promoter then.
                let bytes = bundles.session.storedBundle(order.bundle),
                promoters?.isOrder(bytes, counter: order.counter, order.entry) == true,
                let terms = bundles.terms(bytes)
            else { return nil }
            var event = PromotionFacts.Event(
                kind: .inForce, counter: order.counter, reference: terms.reference, weights: terms.weights,
                strategy: terms.strategy, share: terms.share, authority: terms.authority, time: order.entry.time)
            (event.isRollback, event.reason) = (true, terms.reason)
            (event.entry, event.entryTime) = (order.entry.sequence, order.entry.time)
            return [taken, event]
        }
    }
}
