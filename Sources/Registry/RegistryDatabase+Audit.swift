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

    static func hash(
        sequence: Int, time: Nanoseconds, actor: String, action: String, subject: String, detail: String,
        previous: String
    ) -> String {
        // The canonical JSON of the six, written straight into bytes: a log is hashed whole at every promotion.
        var text: [UInt8] = []
        text.reserveCapacity(previous.utf8.count + actor.utf8.count + subject.utf8.count + detail.utf8.count + 256)
        text += previous.utf8
        text += #"{"action": "#.utf8
        quote(action, to: &text)
        text += #", "actor": "#.utf8
        quote(actor, to: &text)
        text += #", "detail": "#.utf8
        quote(detail, to: &text)
        text += #", "sequence": \#(sequence), "subject": "#.utf8
        quote(subject, to: &text)
        text += #", "time": \#(time)}"#.utf8
        return Digest.sha256(text)
    }

    /// As JSON in canonical layout quotes it.
    private static func quote(_ text: String, to out: inout [UInt8]) {
        let start = out.count
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: " ")...UInt8(ascii: "~"): out.append(byte)
            default:
                out.removeLast(out.count - start)
                out += JSONValue.string(text).text(.canonical).utf8
                return
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Whether the detail may name changed rows: most entries need not be parsed.
    var mayNameRows: Bool {
        let wanted = Array("\"rows\"".utf8)
        var matched = 0
        for byte in detail.utf8 {
            matched = byte == wanted[matched] ? matched + 1 : byte == wanted[0] ? 1 : 0
            if matched == wanted.count { return true }
        }
        return false
    }

    /// By position, as ``RegistryDatabase/auditEntries()`` selects them: names are looked up for every cell otherwise.
    fileprivate init(inOrder row: StoredRow) throws {
        (sequence, time, actor, action) = (try row[0], try row[1], try row[2], try row[3])
        (subject, detail, previous, hash) = (try row[4], try row[5], try row[6], try row[7])
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
    /// Appends inside the transaction of the change it describes: both happen, or neither. It is written when the
    /// transaction ends, with the digests of all rows that changed.
    func appendAudit(
        _ db: Database, actor: String, action: String, subject about: AuditSubject, detail: JSONValue
    ) throws {
        changes.add(RowChanges.Pending(time: now(), actor: actor, action: action, subject: about, detail: detail))
    }

    /// Writes an entry after the newest one.
    ///
    /// - Throws: ``Failure`` with code `audit.clock`.
    func insert(_ entry: RowChanges.Pending, _ db: Database) throws {
        let last = try StoredRow.fetchOne(
            db.cachedStatement(sql: "SELECT sequence, time, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1"))
        let sequence = ((try last?["sequence"] as Int?) ?? 0).saturatingPlus(1)
        let previous: String = try last?["hash"] ?? String(repeating: "0", count: 64)
        if let before: Nanoseconds = try last?["time"], !RegistryDatabase.unordered.contains(entry.action),
            // Not behind the newest entry is not behind those before it by more than that one was.
            entry.time < before
        {
            try RegistryDatabase.requireForward(from: try RegistryDatabase.latestTime(db), to: entry.time)
        }
        let subject = entry.subject.text, text = entry.detail.text(.canonical)
        let hash = AuditEntry.hash(
            sequence: sequence, time: entry.time, actor: entry.actor, action: entry.action, subject: subject,
            detail: text, previous: previous)
        try db.cachedStatement(
            sql:
                "INSERT INTO audit_entry(sequence, time, actor, action, subject, detail, previous, hash) VALUES (?, ?, "
                + "?, ?, ?, ?, ?, ?)"
        )
        .execute(arguments: [
            sequence, entry.time, entry.actor, entry.action, subject, text, previous, hash,
        ])
        appended.add(1, ordering: .relaxed)
    }

    /// Appends an entry that goes with no change of the registry's own tables.
    package func audit(action: String, subject: AuditSubject, detail: JSONValue = .null) throws {
        try write(isDurable: true) {
            try appendAudit($0, actor: actor, action: action, subject: subject, detail: detail)
        }
    }

    /// The same, where nobody has entered another one of that action and subject since somebody looked.
    ///
    /// - Parameter last: the number of the newest of them that was seen; 0 for none.
    /// - Returns: whether it was entered.
    package func audit(
        action: String, subject: AuditSubject, detail: JSONValue, following last: Int
    ) throws -> Bool {
        try write(isDurable: true) { db in
            let newest = try Int.fetchOne(
                db.cachedStatement(sql: "SELECT max(sequence) FROM audit_entry WHERE action = ? AND subject = ?"),
                arguments: [action, subject.text])
            guard (newest ?? 0) == last else { return false }
            try appendAudit(db, actor: actor, action: action, subject: subject, detail: detail)
            return true
        }
    }

    /// Oldest first.
    package func auditEntries() throws -> [AuditEntry] {
        try read { try auditEntries($0) }
    }

    func auditEntries(_ db: Database) throws -> [AuditEntry] {
        try StoredRow.fetchAll(
            db,
            sql:
                "SELECT sequence, time, actor, action, subject, detail, previous, hash FROM audit_entry "
                + "ORDER BY sequence"
        ).map(AuditEntry.init(inOrder:))
    }

    /// The hash of each entry, the first one first: what a signed head stands for.
    ///
    /// - Throws: ``Failure`` with code `registry.damaged` where a number is missing.
    package func auditHashList() throws -> [String] {
        try read { db in
            var hashes: [String] = []
            try StoredRow.forEach(db.makeStatement(sql: "SELECT sequence, hash FROM audit_entry ORDER BY sequence")) {
                guard try $0[0] == hashes.count + 1 else {
                    throw RegistryDatabase.damage("the audit log lacks entry \(hashes.count + 1)", path)
                }
                hashes.append(try $0[1])
            }
            return hashes
        }
    }

    /// Breaks in the chain, in words, and entries that are dated before the one that they follow.
    static func auditProblems(_ entries: [AuditEntry]) -> [String] {
        var previous = String(repeating: "0", count: 64)
        var problems: [String] = []
        // Entries of before the log knew rows were appended whatever the clock said.
        let ordered = entries.firstIndex { $0.action == adoption } ?? 0
        // The latest time since the clock was last set right.
        var latest = Nanoseconds.min
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
            if index > ordered, !unordered.contains(entry.action),
                (try? requireForward(from: latest, to: entry.time)) == nil
            {
                problems.append(
                    "found audit entry \(entry.sequence) dated \(TimeText.utc(entry.time)), before one that it "
                        + "follows (\(TimeText.utc(latest)))")
            }
            latest = index <= ordered || unordered.contains(entry.action) ? entry.time : max(latest, entry.time)
            previous = entry.hash
        }
        return problems
    }
}
