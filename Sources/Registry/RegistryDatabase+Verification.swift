package import Basics
import GRDB

/// What the registry is at one moment, for whoever compares it with what lies outside.
package struct RegistryExamination: Sendable {
    /// All that was found, in words.
    package var problems: [String] = []
    /// The hash of each entry of the log, the first one first.
    package var hashes: [String] = []
    /// Signed heads that the registry keeps.
    package var heads: [AuditHead] = []
    /// The time of each entry of the log.
    package var times: [Nanoseconds] = []
    /// Whether something was judged, approved, rejected, waived or put in force here.
    package var hasDecisions = false

    /// The hash of an entry by its number; nil for one that is not there.
    package func hash(_ sequence: Int) -> String? {
        sequence > 0 && sequence <= hashes.count ? hashes[sequence - 1] : nil
    }
}

extension RegistryDatabase {
    /// Checks the file, its references, its cells, the audit chain, and every table against the log.
    package func verify() throws -> [String] { try examine().problems }

    /// Checks the file, its references, its cells, the audit chain, and every table against the log.
    ///
    /// All of it is one read of one state of the file, whoever writes meanwhile. What cannot be read is a problem of
    /// the registry, not an error: the rest is checked all the same. Linear in the size of the file; the log is read
    /// once.
    package func examine() throws -> RegistryExamination {
        let fresh = try RegistryDatabase.fresh()
        return try read { db in
            var found = RegistryExamination()
            func check(_ what: String, _ body: () throws -> [String]) {
                do { found.problems += try body() } catch {
                    let error = explain(error)
                    found.problems.append(
                        "cannot check \(what): \((error as? any UserFacingError)?.message ?? "\(error)")")
                }
            }
            check("the file") { try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" } }
            check("references between tables") {
                try StoredRow.fetchAll(db, sql: "PRAGMA foreign_key_check").map {
                    "found a broken reference in table \(try $0[0] as String? ?? "?")"
                }
            }
            check("the cells of the tables") { try cellProblems(fresh.tables, db) }
            check("the triggers of the tables") { try RegistryDatabase.triggerProblems(fresh.triggers, db) }
            var entries: [AuditEntry] = []
            check("the audit log") {
                entries = try auditEntries(db)
                return RegistryDatabase.auditProblems(entries)
            }
            check("signed heads") {
                found.heads = try auditHeads(db)
                return []
            }
            (found.hashes, found.times) = (entries.map(\.hash), entries.map(\.time))
            found.hasDecisions = entries.contains { entry in
                // What came with an archive was decided elsewhere.
                ["gate.", "statement.", "promot", "deployment."].contains(where: entry.action.hasPrefix)
                    && !entry.detail.contains("\"imported\": true")
            }
            var named: Set<String> = []
            check("versions, aliases and verdicts against the audit log") {
                let facts = try RegistryDatabase.factProblems(entries, db)
                named.formUnion(facts.rows)
                return facts.texts
            }
            check("runs against the audit log") {
                let seals = try sealProblems(entries, db)
                named.formUnion(seals.runs.map { "run \(RowKey.text([$0.databaseValue]))" })
                return seals.texts
            }
            check("the rows of the tables against the audit log") {
                try RegistryDatabase.rowProblems(entries, named: named, db)
            }
            return found
        }
    }

    /// The tables, columns and triggers that this program makes.
    private static func fresh() throws -> (tables: [(String, [CheckedColumn])], triggers: [String: String]) {
        let fresh = try DatabaseQueue()
        try RegistrySchema.migrator.migrate(fresh)
        return try fresh.read { db in
            let names = try String.fetchAll(
                db,
                sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            return (try names.map { ($0, try RegistryDatabase.columns(of: $0, db)) }, try triggers(db))
        }
    }

    private static func triggers(_ db: Database) throws -> [String: String] {
        let rows = try StoredRow.fetchAll(
            db, sql: "SELECT type, name, sql FROM main.sqlite_master WHERE type IN ('trigger', 'view')")
        return Dictionary(try rows.map { ("\(try $0[0] as String) '\(try $0[1] as String)'", try $0[2] as String) }) {
            $1
        }
    }

    /// Triggers and views that this program did not make, or that are gone. People read the views; a trigger that
    /// somebody left in the file would write rows in the name of whoever runs the next command, and the log would
    /// vouch for them.
    private static func triggerProblems(_ known: [String: String], _ db: Database) throws -> [String] {
        let present = try triggers(db)
        return Set(known.keys).union(present.keys).sorted().compactMap { name in
            if known[name] == present[name] { return nil }
            if known[name] == nil { return "found the \(name), which hftml did not make" }
            return present[name] == nil ? "found no \(name)" : "found the \(name) altered"
        }
    }

    /// Tables, columns and cells that are not as this program makes them, whatever the schema in the file says:
    /// SQLite's own check believes that schema.
    private func cellProblems(_ tables: [(String, [CheckedColumn])], _ db: Database) throws -> [String] {
        var problems: [String] = []
        for (table, columns) in tables {
            let present = Set(try RegistryDatabase.columns(of: table, db).map(\.name))
            let missing = columns.filter { !present.contains($0.name) }
            guard missing.isEmpty else {
                problems += missing.map { "found no column '\($0.name)' in the table '\(table)'" }
                continue
            }
            let counts = columns.map { "sum(typeof(\"\($0.name)\") NOT IN (\($0.types)))" }
            guard
                let row = try StoredRow.fetchOne(
                    db, sql: "SELECT \(counts.joined(separator: ", ")) FROM \"\(table)\"")
            else { continue }
            for (index, column) in columns.enumerated() {
                guard let count = try row[index] as Int?, count > 0 else { continue }
                problems.append(
                    "found \(count) cell\(count == 1 ? "" : "s") of \(table).\(column.name) that "
                        + "\(count == 1 ? "is" : "are") not \(column.words)")
            }
        }
        return problems
    }

    private struct CheckedColumn {
        let name: String
        /// As `typeof` calls them, quoted.
        let types: String
        let words: String
    }

    private static func columns(of table: String, _ db: Database) throws -> [CheckedColumn] {
        let names = ["INTEGER": "integer", "TEXT": "text", "REAL": "real", "BLOB": "blob"]
        let words = ["INTEGER": "an integer", "TEXT": "a text", "REAL": "a number", "BLOB": "bytes"]
        return try StoredRow.fetchAll(
            db, sql: "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)", arguments: [table]
        ).map {
            let type: String = try $0[1], isNeeded = try ($0[2] as Int) != 0 || ($0[3] as Int) != 0
            let kinds = names[type].map { [$0] } ?? Array(names.values)
            return CheckedColumn(
                name: try $0[0], types: (kinds + (isNeeded ? [] : ["null"])).map { "'\($0)'" }.joined(separator: ", "),
                words: words[type] ?? "a value")
        }
    }
}
