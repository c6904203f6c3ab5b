import Basics
import GRDB

extension RegistrySchema {
    /// Sixth schema: a run may have been pruned, which is neither interrupted nor finished.
    ///
    /// Only the constraint of a column changes, and no row: the way that SQLite describes for this
    /// (lang_altertable.html, section 7) keeps the table, its indices and the views on it as they are.
    static func addPrunedRuns(_ db: Database) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA schema_version") ?? 0
        try db.execute(sql: "PRAGMA writable_schema = ON")
        try db.execute(
            sql: "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'run'",
            arguments: ["'failed', 'interrupted')", "'failed', 'interrupted', 'pruned')"])
        try db.execute(sql: "PRAGMA schema_version = \(version + 1)")
        try db.execute(sql: "PRAGMA writable_schema = OFF")
        let text = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'run'")
        guard text?.contains("'pruned'") == true else {
            throw Failure(
                "registry.damaged", "found a table of runs that no version of hftml has made, expected its states")
        }
    }
}
