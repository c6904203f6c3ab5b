package import Basics
import GRDB
import Synchronization

/// One entry of the append-only log. Each holds the hash of the one before, so a change anywhere breaks the chain from
/// there on.
package struct AuditEntry: Sendable, Equatable {
    package var sequence: Int
    package var time: Nanoseconds
    package var actor: String
    package var action: String
    package var subject: String
    package var detail: String
    package var previous: String
    package var hash: String

    fileprivate static func hash(
        sequence: Int, time: Nanoseconds, actor: String, action: String, subject: String, detail: String,
        previous: String
    ) -> String {
        let body = JSONValue.map([
            "sequence": .int(sequence), "time": .int(Int(time)), "actor": .string(actor), "action": .string(action),
            "subject": .string(subject), "detail": .string(detail),
        ])
        return Digest.sha256(previous + body.text(.canonical))
    }

    init(_ row: StoredRow) throws {
        sequence = try row["sequence"]
        time = try row["time"]
        actor = try row["actor"]
        action = try row["action"]
        subject = try row["subject"]
        detail = try row["detail"]
        previous = try row["previous"]
        hash = try row["hash"]
    }
}

extension RegistryDatabase {
    /// Appends inside the transaction of the change it describes: both happen, or neither.
    func appendAudit(
        _ db: Database, actor: String, action: String, subject about: AuditSubject, detail: JSONValue
    ) throws {
        let subject = about.text
        let last = try StoredRow.fetchOne(
            db.cachedStatement(sql: "SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1"))
        let sequence = ((try last?["sequence"] as Int?) ?? 0).saturatingPlus(1)
        let previous: String = try last?["hash"] ?? String(repeating: "0", count: 64)
        let time = now(), text = detail.text(.canonical)
        let hash = AuditEntry.hash(
            sequence: sequence, time: time, actor: actor, action: action, subject: subject, detail: text,
            previous: previous)
        try db.cachedStatement(
            sql:
                "INSERT INTO audit_entry(sequence, time, actor, action, subject, detail, previous, hash) VALUES (?, ?, "
                + "?, ?, ?, ?, ?, ?)"
        )
        .execute(arguments: [sequence, time, actor, action, subject, text, previous, hash])
        appended.add(1, ordering: .relaxed)
    }

    /// Appends an entry that goes with no change of the registry's own tables.
    package func audit(action: String, subject: AuditSubject, detail: JSONValue = .null) throws {
        try write { try appendAudit($0, actor: actor, action: action, subject: subject, detail: detail) }
    }

    /// Oldest first.
    package func auditEntries() throws -> [AuditEntry] {
        try read { try StoredRow.fetchAll($0, sql: "SELECT * FROM audit_entry ORDER BY sequence").map(AuditEntry.init) }
    }

    /// The hash of each entry under its number; what a signed head is compared with.
    package func auditHashes() throws -> [Int: String] {
        try read { db in
            var hashes: [Int: String] = [:]
            try StoredRow.forEach(db.makeStatement(sql: "SELECT sequence, hash FROM audit_entry")) {
                hashes[try $0[0]] = try $0[1]
            }
            return hashes
        }
    }

    /// Breaks in the chain, in words.
    static func auditProblems(_ entries: [AuditEntry]) -> [String] {
        var previous = String(repeating: "0", count: 64)
        var problems: [String] = []
        for (index, entry) in entries.enumerated() {
            if entry.sequence != index + 1 {
                problems.append("found audit entry \(entry.sequence) where \(index + 1) was expected")
            }
            let hash = AuditEntry.hash(
                sequence: entry.sequence, time: entry.time, actor: entry.actor, action: entry.action,
                subject: entry.subject, detail: entry.detail,
                previous: previous)
            if entry.previous != previous || entry.hash != hash {
                problems.append("found audit entry \(entry.sequence) altered")
            }
            previous = entry.hash
        }
        return problems
    }
}
