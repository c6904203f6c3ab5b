import Basics
import Deployment
import Registry

/// Rollbacks that were taken back by a promoter's signed word. An entry of the log alone takes back none: what such an
/// order is to take out would trade on, and nobody would be told.
struct WithdrawnRollbacks {
    struct Rollback {
        /// Of its order; a host's own rollback may come in force under the same number.
        let counter: Int
        /// SHA-256 of the bundle that carried the order.
        let bundle: String
        /// Whether it was ended by the word that its host is lost: nobody answers for it any more.
        let isHostLost: Bool
    }

    let all: [Rollback]

    /// - Parameters:
    ///   - place: as the record calls it.
    ///   - promoters: of its environment, by the bundle of an order; asked for once an order; nil where nobody here can
    ///     tell.
    init(at place: String, _ registry: RegistryDatabase, promoters: (String) throws -> PromotersOnRecord?) throws {
        var known: [String: PromotersOnRecord?] = [:]
        all = try registry.auditEntries(actionPrefix: "rollback.withdrawn").compactMap { entry in
            guard case .environment(place)? = AuditSubject(entry.subject, action: entry.action),
                let detail = try? JSONParser.parse(entry.detail), let order = detail[key: "bundle"]?.stringValue
            else { return nil }
            let own = try known[order] ?? promoters(order)
            known[order] = .some(own)
            return own?.withdrawal(entry, detail).map {
                Rollback(counter: $0.counter, bundle: $0.bundle, isHostLost: $0.isHostLost)
            }
        }
    }

    /// Those of an environment, or of a host of one.
    init(_ place: String, session: Session) throws {
        try self.init(at: place, session.registry()) {
            try PromotersOnRecord(at: place, order: $0, session: session)
        }
    }
}
