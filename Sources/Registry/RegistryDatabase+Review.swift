package import Basics
import GRDB

/// What reports and lists of verdicts ask for.
extension RegistryDatabase {
    /// Verdicts, the one that was recorded last first.
    ///
    /// - Parameters:
    ///   - model: only those about its versions; nil for all.
    ///   - number: only those about this version of the model.
    package func decisions(model: String? = nil, number: Int? = nil) throws -> [GateDecisionRecord] {
        let digests = try read { db in
            try String.fetchAll(
                db,
                sql:
                    "SELECT digest FROM gate_decision WHERE (?1 IS NULL OR model = ?1) "
                    + "AND (?2 IS NULL OR version = ?2) ORDER BY rowid DESC",
                arguments: [model, number])
        }
        return try digests.compactMap(decision)
    }

    /// The verdict whose digest begins so.
    ///
    /// - Throws: ``Failure`` with code `gates.no-decision` where none or several do.
    package func decision(prefix: String) throws -> GateDecisionRecord {
        let isDigest = prefix.count >= 4 && prefix.allSatisfy { $0.isHexDigit && $0.isASCII }
        let digests =
            isDigest
            ? try read { db in
                try String.fetchAll(
                    db, sql: "SELECT digest FROM gate_decision WHERE digest >= ?1 AND digest < ?1 || 'g' LIMIT 2",
                    arguments: [prefix.lowercased()])
            } : []
        guard digests.count == 1, let found = try decision(digests[0]) else {
            throw Failure(
                "gates.no-decision",
                "found \(digests.isEmpty ? "no verdict" : "several verdicts") whose digest begins with '\(prefix)', "
                    + "expected one",
                hint: "see them with: hftml gates list", exitStatus: .usage)
        }
        return found
    }

    /// Entries of the audit log from one moment to before another, oldest first.
    package func auditEntries(from start: Nanoseconds, until end: Nanoseconds) throws -> [AuditEntry] {
        try read {
            try StoredRow.fetchAll(
                $0, sql: "SELECT * FROM audit_entry WHERE time >= ? AND time < ? ORDER BY sequence",
                arguments: [start, end]
            ).map(AuditEntry.init)
        }
    }
}
