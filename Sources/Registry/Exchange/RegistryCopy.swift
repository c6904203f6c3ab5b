import Basics
import GRDB

/// What a copy of a registry says of itself, read without changing a byte of it.
///
/// A copy is not opened as a registry is: that could bring its tables up to date, and it would no longer be what was
/// copied.
package struct RegistryCopy: Sendable, Equatable {
    /// Entries of the audit log, and the hash of the newest; nil for an empty log.
    package var entries = 0
    package var tip: String?
    /// Versions that were not deleted.
    package var versions = 0
    /// SHA-256 of every file that runs and versions name and that lies beside the registry, sorted.
    package var artefacts: [String] = []

    /// The hash of the entry that was asked for; nil where there is none.
    package var hash: String?

    /// - Parameter sequence: of an entry whose hash is asked for.
    /// - Parameter path: of a copy that ``RegistryDatabase/backup(to:)`` has made, in a directory that may be written.
    /// - Throws: ``Failure`` with code `registry.damaged`.
    package init(_ path: String, hashAt sequence: Int? = nil) throws {
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read { db in
                try fill(db)
                hash = try String.fetchOne(
                    db, sql: "SELECT hash FROM audit_entry WHERE sequence = ?", arguments: [sequence])
            }
            try queue.close()
        } catch let error as DatabaseError {
            throw RegistryDatabase.damage(error.message ?? "SQLite error \(error.resultCode.rawValue)", path)
        }
    }

    private mutating func fill(_ db: Database) throws {
        entries = try Int.fetchOne(db, sql: "SELECT count(*) FROM audit_entry") ?? 0
        tip = try String.fetchOne(db, sql: "SELECT hash FROM audit_entry ORDER BY sequence DESC LIMIT 1")
        versions = try Int.fetchOne(db, sql: "SELECT count(*) FROM version WHERE deleted_at IS NULL") ?? 0
        // Weights of versions that another tool keeps have a source, and are not here.
        let sql = """
            SELECT digest FROM artefact UNION SELECT weights FROM version WHERE weights <> '' AND source = ''
            """
        artefacts = try StoredRow.fetchAll(db, sql: sql).map { try $0[0] as String }.sorted()
    }
}
