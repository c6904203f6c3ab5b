package import Basics

/// Rollbacks as the log has them.
extension RegistryDatabase {
    /// What the log has of the rollback with the highest number that was ordered for an environment; nil for none.
    package func rollbackOrder(environment: String) throws -> JSONValue? {
        try rollbackEntries(environment: environment).first?.detail
    }

    /// All rollbacks that were ordered for an environment, the highest number first; of one number the first.
    package func rollbackEntries(environment: String) throws -> [(counter: Int, detail: JSONValue, entry: AuditEntry)] {
        try auditEntries(actionPrefix: "rollback").compactMap { entry in
            guard entry.action == "rollback",
                case .environment(environment)? = AuditSubject(entry.subject, action: entry.action),
                let detail = try? JSONParser.parse(entry.detail), let counter = detail[key: "counter"]?.intValue,
                counter > 0
            else { return nil }
            return (counter, detail, entry)
        }.sorted { ($1.counter, $0.entry.sequence) < ($0.counter, $1.entry.sequence) }
    }
}
