package import Basics

/// Rollbacks as the log has them: what was ordered, and what was taken back before a host answered.
extension RegistryDatabase {
    /// The highest number of a rollback that was ordered for an environment, by the log; 0 for none.
    package func lastRollback(environment: String) throws -> Int {
        try rollbackOrder(environment: environment)?[key: "counter"]?.intValue ?? 0
    }

    /// Rollbacks of an environment that were taken back before a host had answered them.
    package func withdrawnRollbacks(environment: String) throws -> Set<WithdrawnRollback> {
        Set(
            try auditEntries(actionPrefix: "rollback.withdrawn").compactMap { entry in
                guard case .environment(environment)? = AuditSubject(entry.subject, action: entry.action),
                    let detail = try? JSONParser.parse(entry.detail), let counter = detail[key: "counter"]?.intValue,
                    let bundle = detail[key: "bundle"]?.stringValue
                else { return nil }
                return WithdrawnRollback(
                    counter: counter, bundle: bundle, isHostLost: detail[key: "hostIsLost"]?.boolValue ?? false)
            })
    }

    /// What the log has of the rollback with the highest number that was ordered for an environment; nil for none.
    package func rollbackOrder(environment: String) throws -> JSONValue? {
        try rollbackEntry(environment: environment)?.detail
    }

    /// The same, with when it was ordered.
    package func rollbackEntry(environment: String) throws -> (counter: Int, detail: JSONValue, time: Nanoseconds)? {
        try auditEntries(actionPrefix: "rollback").compactMap { entry in
            guard entry.action == "rollback",
                case .environment(environment)? = AuditSubject(entry.subject, action: entry.action),
                let detail = try? JSONParser.parse(entry.detail), let counter = detail[key: "counter"]?.intValue
            else { return nil }
            return (counter, detail, entry.time)
        }.max { $0.counter < $1.counter }
    }
}

/// A rollback that was taken back before a host had answered it.
package struct WithdrawnRollback: Sendable, Hashable {
    /// Of its order; a host's own rollback may come in force under the same number.
    package let counter: Int
    /// SHA-256 of the bundle that carried the order.
    package let bundle: String
    /// Whether it was ended by the word that its host is lost: nobody answers for it any more.
    package let isHostLost: Bool
}
