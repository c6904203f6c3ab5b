import Basics
import GRDB

/// Every transaction ends with the log: entries get the digests of the rows that changed, and changes that no entry
/// tells of get one.
extension RegistryDatabase {
    /// What an entry's rows are kept as: `[[table, key, was, now], …]`.
    static func text(of rows: [RowChange]) -> String {
        JSONValue.list(
            rows.map { .list([.string($0.table), .string($0.key), .string($0.was), .string($0.now)]) }
        ).text(.compact)
    }

    /// One row before and after a transaction; nil where it was not on record.
    struct RowChange: Equatable {
        var table: String
        var key: String
        var was: String?
        var now: String?
    }

    /// Writes the entries that a transaction has asked for.
    ///
    /// - Throws: ``Failure`` with code `audit.clock`; the transaction is undone then.
    func settle(_ db: Database, _ changes: RowChanges) throws {
        var (notes, pending) = changes.take()
        guard !notes.isEmpty || !pending.isEmpty else { return }
        let tables = Dictionary(TrackedTable.all.map { ($0.name, $0) }) { $1 }
        var rows: [RowChange] = []
        for note in notes {
            guard let table = tables[note.table] else { continue }
            let now = try String.fetchOne(
                db.cachedStatement(sql: table.rowSQL), arguments: StatementArguments(note.key))
            guard now != note.was else { continue }
            rows.append(RowChange(table: note.table, key: RowKey.text(note.key), was: note.was, now: now))
        }
        if pending.isEmpty {
            guard let first = rows.first else { return }
            pending = [
                RowChanges.Pending(
                    time: now(), actor: actor, action: "\(tables[first.table]?.group ?? first.table).record",
                    subject: RegistryDatabase.subject(of: first), detail: .map([]))
            ]
        }
        let text = rows.isEmpty ? nil : RegistryDatabase.text(of: rows)
        if let text, let last = pending.indices.last {
            var detail = pending[last].detail.isNull ? .map([]) : pending[last].detail
            detail[key: "rows"] = .string(Digest.sha256(text))
            pending[last].detail = detail
        }
        for entry in pending { try insert(entry, db) }
        if let text {
            try db.cachedStatement(
                sql: "INSERT INTO audit_rows(sequence, changes) SELECT max(sequence), ? FROM audit_entry"
            ).execute(arguments: [text])
        }
    }

    /// What an entry is about that only tells of rows.
    private static func subject(of row: RowChange) -> AuditSubject {
        let parts = ((try? JSONParser.parse(row.key))?.listValue ?? []),
            first = parts.first?.stringValue ?? parts.first?.intValue.map(String.init) ?? "",
            number = parts.dropFirst().first?.intValue ?? 0
        switch row.table {
        case "run", "run_tag", "artefact", "run_start", "carried_trial": return .run(first)
        case "experiment", "experiment_tag": return .experiment(first)
        case "study", "trial": return .study(first)
        case "model", "model_tag": return .model(first)
        case "version", "version_tag": return .version(model: first, number: number)
        case "edge": return .lineage(parts.dropFirst().first?.stringValue ?? first)
        default: return .lineage(first)
        }
    }

    // MARK: Rows of before

    /// Takes the rows over that were there before the log knew rows: once. Where it knows some already, whoever asks
    /// for it wants rows vouched for that nobody recorded; verification says so.
    func adoptRows() throws {
        guard try read({ try Int.fetchOne($0, sql: "SELECT 1 FROM audit_rows WHERE sequence = 0") }) != nil else {
            return
        }
        try write { db in
            let knowsRows = try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM audit_rows WHERE sequence > 0) "
                    + "OR EXISTS (SELECT 1 FROM audit_entry WHERE action = ?)",
                arguments: [RegistryDatabase.adoption])
            guard knowsRows == false else { return }
            try db.execute(sql: "DELETE FROM audit_rows WHERE sequence = 0")
            guard db.changesCount == 1 else { return }
            var adopted: [(String, JSONValue)] = []
            for table in TrackedTable.all {
                let digests = try RegistryDatabase.digests(of: table, db)
                guard !digests.isEmpty else { continue }
                adopted.append(
                    (
                        table.name,
                        .map([
                            "rows": .int(digests.count), "sha256": .string(RegistryDatabase.setDigest(digests)),
                        ])
                    ))
            }
            try appendAudit(
                db, actor: actor, action: RegistryDatabase.adoption, subject: .tool("rows"),
                detail: .map(["adopted": .map(adopted)]))
        }
    }

    /// The action of the entry that takes rows of before over.
    static let adoption = "registry.rows-adopted"

    /// Every row that is on record, under its key.
    static func digests(of table: TrackedTable, _ db: Database) throws -> [String: String] {
        var digests: [String: String] = [:]
        try StoredRow.forEach(db.makeStatement(sql: table.rowsSQL)) { row in
            let values = row.columns.map(\.value)
            guard let last = values.last, let digest = String.fromDatabaseValue(last) else { return }
            digests[RowKey.text(Array(values.dropLast()))] = digest
        }
        return digests
    }

    /// SHA-256 over keys and digests, in the order of the keys.
    static func setDigest(_ digests: [String: String]) -> String {
        var digest = RunningDigest()
        for (key, row) in digests.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            digest.add(key)
            digest.add(row)
        }
        return digest.finish()
    }
}
