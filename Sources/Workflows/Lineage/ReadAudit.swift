import Basics
package import Registry

/// The audit log in; its entries, or the registry as it stood at a moment, out.
package enum ReadAudit {
    /// Oldest first.
    package static func entries(session: Session) throws -> [AuditEntry] { try session.registry().auditEntries() }

    /// What was registered, champion and live at a moment, replayed from the log.
    ///
    /// - Parameter time: a day or time, UTC.
    /// - Throws: ``Failure`` with code `usage.time`.
    package static func snapshot(at time: String, session: Session) throws -> RegistrySnapshot {
        guard let moment = TimeText.parseUTC(time) else {
            throw Failure(
                "usage.time", "found '\(time)', expected a time such as 2026-03-01 or 2026-03-01T09:30",
                exitStatus: .usage)
        }
        return try session.registry().snapshot(at: moment)
    }
}
