import Basics
import GRDB

/// The tables against the log: what the rows must be by what the entries say.
extension RegistryDatabase {
    /// What the log says of one table.
    private struct Told {
        /// By key; nil for a row that was taken away.
        var rows: [String: String?] = [:]
        /// Rows of before the log knew rows that have changed since, as they were.
        var before: [String: String] = [:]
        /// What was taken over: how many rows, and the digest over all.
        var adopted: (count: Int, digest: String)?
    }

    /// Rows that are gone, were added or altered behind the log's back, in words.
    ///
    /// - Parameter named: rows of which something was said already, as `table key`.
    /// - Complexity: linear in the rows and in the log.
    static func rowProblems(_ entries: [AuditEntry], named: Set<String>, _ db: Database) throws -> [String] {
        var problems: [String] = []
        let told = try replay(entries, &problems, db)
        for table in TrackedTable.all {
            let known = told[table.name] ?? Told(), present = try digests(of: table, db)
            problems += rowProblems(table, known, present, named: named)
        }
        return problems
    }

    private static func rowProblems(
        _ table: TrackedTable, _ told: Told, _ present: [String: String], named: Set<String>
    ) -> [String] {
        func words(_ key: String) -> String {
            "\(table.name.replacing("_", with: " ")) \(RowKey.words(table.name, key))"
        }
        var problems: [String] = []
        for (key, digest) in told.rows.sorted(by: { $0.key < $1.key })
        where present[key] != digest && !named.contains("\(table.name) \(key)") {
            switch (digest, present[key]) {
            case (nil, _): problems.append("found the \(words(key)), which the log says was removed")
            case (_, nil): problems.append("found no \(words(key)), which is on record in the log")
            default: problems.append("found the \(words(key)) altered: it is not what the log says")
            }
        }
        let untold = present.filter { told.rows[$0.key] == nil }
        guard let adopted = told.adopted else {
            // A row that nobody recorded stays one when a command has changed it.
            problems += (Array(untold.keys) + told.before.keys).sorted()
                .filter { !named.contains("\(table.name) \($0)") }
                .map { "found the \(words($0)), which nobody recorded" }
            return problems
        }
        let before = untold.merging(told.before) { $1 }
        if setDigest(before) != adopted.digest, !untold.keys.contains(where: { named.contains("\(table.name) \($0)") })
        {
            let count = "\(before.count) row\(before.count == 1 ? "" : "s")",
                place = "in the table '\(table.name)' from before the log knew rows"
            problems.append(
                before.count == adopted.count
                    ? "found rows altered among the \(count) \(place)"
                    : "found \(count) \(place), \(adopted.count) were taken over")
        }
        return problems
    }

    /// Follows the log from its first entry to its last.
    private static func replay(_ entries: [AuditEntry], _ problems: inout [String], _ db: Database) throws
        -> [String: Told]
    {
        var told: [String: Told] = [:], knowsRows = false
        if try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM audit_rows WHERE sequence <= 0)") == true {
            problems.append("found that somebody wants rows taken over, which are taken over once")
        }
        let changes = try db.makeStatement(sql: "SELECT changes FROM audit_rows WHERE sequence = ?")
        for entry in entries where entry.mayNameRows || entry.action == adoption {
            let detail = (try? JSONParser.parse(entry.detail)) ?? .null
            defer { knowsRows = true }
            if entry.action == adoption, knowsRows {
                problems.append(
                    "found rows taken over in audit entry \(entry.sequence), though the log knew rows before it")
                continue
            }
            for table in detail[key: "adopted"]?.mapValue ?? [] where entry.action == adoption {
                told[table.key, default: Told()].adopted = (
                    table.value[key: "rows"]?.intValue ?? 0, table.value[key: "sha256"]?.stringValue ?? ""
                )
            }
            // A table that was empty then has nothing of before.
            if entry.action == adoption {
                for table in TrackedTable.all where told[table.name]?.adopted == nil {
                    told[table.name, default: Told()].adopted = (0, setDigest([:]))
                }
            }
            guard let digest = detail[key: "rows"]?.stringValue else { continue }
            guard let text = try String.fetchOne(changes, arguments: [entry.sequence]), Digest.sha256(text) == digest,
                let rows = (try? JSONParser.parse(text))?.listValue
            else {
                problems.append("found the rows of audit entry \(entry.sequence) altered or gone")
                continue
            }
            for row in rows { follow(row, entry, &told, &problems) }
        }
        return told
    }

    private static func follow(
        _ row: JSONValue, _ entry: AuditEntry, _ told: inout [String: Told], _ problems: inout [String]
    ) {
        let parts = row.listValue ?? []
        guard parts.count == 4, let table = parts[0].stringValue, let key = parts[1].stringValue else { return }
        let was = parts[2].stringValue, now = parts[3].stringValue
        if let known = told[table]?.rows[key] {
            // Whoever altered a row behind the log's back cannot hide it by changing it again with a command.
            if known != was {
                problems.append(
                    "found the \(table.replacing("_", with: " ")) \(RowKey.words(table, key)) altered before audit "
                        + "entry \(entry.sequence) changed it")
            }
        } else if let was {
            told[table, default: Told()].before[key] = was
        }
        told[table, default: Told()].rows.updateValue(now, forKey: key)
    }
}
