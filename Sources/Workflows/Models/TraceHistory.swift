package import Registry

/// A model in; every change of it, oldest first, out.
package enum TraceHistory {
    /// - Throws: ``Failure`` with code `registry.no-model` and the nearest name.
    package static func run(model: String, session: Session) throws -> [AuditEntry] {
        try session.registry().history(model: model)
    }
}
