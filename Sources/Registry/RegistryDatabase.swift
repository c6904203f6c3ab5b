package import Basics
import Foundation
import GRDB
import Synchronization

/// The one SQLite file that remembers runs, models, lineage, decisions and deployments.
///
/// Write-ahead log, foreign keys on, strict tables. Many processes may write at once: every write is one immediate
/// transaction, and a busy database is waited for up to half a minute.
package final class RegistryDatabase: Sendable {
    package let path: String
    /// Who changes are recorded under: a person and a machine, as in `ann@desk-3`.
    package let actor: String
    let connections: ReadersBesideWriter
    private let clock: Clock
    let appended = Atomic<Int>(0)
    /// What the transaction under way changes.
    let changes = RowChanges()

    /// Entries that this connection has appended to the audit log; whoever ends a command asks whether there is
    /// anything to announce.
    package var appendedEntries: Int { appended.load(ordering: .relaxed) }

    /// Opens the registry, making it or bringing it up to date where needed.
    ///
    /// - Parameter actor: who changes are recorded under.
    /// - Throws: ``Failure`` with code `registry.open`, also for a registry that a newer hftml has written.
    package init(_ path: String, actor: String, clock: Clock = .system) throws {
        self.path = path
        self.actor = actor
        self.clock = clock
        do {
            try Paths.makeDirectory(Paths.parent(path))
            // One process at a time makes or migrates; the rest wait here instead of failing half-way.
            let lock = try FileLock(path + ".lock")
            defer { withExtendedLifetime(lock) {} }
            // SQLite gives its log the mode of the file.
            try SharedDirectory.prepare(path)
            connections = try ReadersBesideWriter(
                path: path, configuration: RegistryDatabase.configuration(changes))
            let writer = connections.writer
            try writer.writeWithoutTransaction { db in
                if try String.fetchOne(db, sql: "PRAGMA journal_mode") != "wal" {
                    try db.execute(sql: "PRAGMA journal_mode = WAL")
                }
            }
            let migrator = RegistrySchema.migrator
            if try writer.read({ try migrator.hasBeenSuperseded($0) }) {
                throw Failure(
                    "registry.newer", "found a registry in '\(path)' that a newer hftml has written",
                    hint: "update hftml")
            }
            try migrator.migrate(writer)
            try adoptRows()
        } catch let error as DatabaseError {
            if let damage = RegistryDatabase.damage(error, path) { throw damage }
            throw Failure(
                "registry.open",
                "cannot open the registry '\(path)': \(error.message ?? "SQLite error \(error.resultCode.rawValue)")",
                hint: RegistryDatabase.spaceHint(error)
                    ?? "check that the file is a registry of hftml and that its directory is writable")
        }
    }

    private static func configuration(_ changes: RowChanges) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            db.add(function: RowDigest.function)
            // Readers, which are opened read-only, need only their cache.
            if !db.configuration.readonly {
                changes.install(db)
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
                // A checkpoint every 40 MiB in place of 4: each waits for the disk, and writes pages that are about to
                // change again.
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 10000")
            }
            try db.execute(sql: "PRAGMA cache_size = -32768")
        }
        return configuration
    }

    package func now() -> Nanoseconds { clock.now() }

    /// Runs a transaction and ends it with its entries in the log.
    ///
    /// - Parameter isDurable: whether it is on the disk when this returns, so that a loss of power takes nothing of it:
    ///   for what decides, signs or puts something in force.
    func write<T>(isDurable: Bool = false, _ body: (Database) throws -> T) throws -> T {
        do {
            return try connections.write(isDurable: isDurable, prepare: changes.prepare) { db in
                changes.begin()
                let result = try body(db)
                try settle(db, changes)
                return result
            }
        } catch { throw explain(error) }
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T {
        do { return try connections.read(body) } catch { throw explain(error) }
    }

    func explain(_ error: any Error) -> any Error {
        if error is RowDecodingError {
            return RegistryDatabase.damage("a cell holds another type than its column", path)
        }
        guard let error = error as? DatabaseError else { return error }
        return RegistryDatabase.damage(error, path)
            ?? Failure(
                "registry.failed",
                "the registry refused: \(error.message ?? "SQLite error \(error.resultCode.rawValue)")",
                hint: RegistryDatabase.spaceHint(error))
    }

    /// What is wrong with the file, where SQLite says that it is.
    private static func damage(_ error: DatabaseError, _ path: String) -> Failure? {
        guard [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode.primaryResultCode) else { return nil }
        return damage(error.message ?? "SQLite error \(error.resultCode.rawValue)", path)
    }

    static func damage(_ what: String, _ path: String) -> Failure {
        Failure(
            "registry.damaged", "found the registry '\(path)' damaged: \(what)",
            hint: "see all that is damaged with: hftml registry verify; then restore a backup")
    }

    /// What to do where the disk is full; the shared memory of the log cannot even be made then, which SQLite calls an
    /// I/O error.
    private static func spaceHint(_ error: DatabaseError) -> String? {
        [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode)
            ? "free some space and run the same command again; if there is space, check the disk" : nil
    }

    /// The documented views: name, what it holds, and a query to start from.
    package static var viewExamples: [(name: String, about: String, example: String)] {
        RegistrySchema.currentViews.map { ($0.name, $0.about, $0.example) }
    }

    /// Copies the registry while others may write. The copy gets its name when all of it is on the disk.
    ///
    /// - Throws: ``Failure`` with code `registry.backup` when the file exists, and ``FileError``; nothing is left then.
    package func backup(to path: String) throws {
        func taken() -> Failure {
            Failure("registry.backup", "found a file at '\(path)'", hint: "choose another name")
        }
        guard !Paths.exists(path) else { throw taken() }
        let temporary = "\(Paths.parent(path))/.\(Paths.name(path)).tmp-\(getpid())-\(UInt32.random(in: .min ... .max))"
        defer { for end in ["", "-journal", "-wal", "-shm"] { unlink(temporary + end) } }
        do {
            let target = try DatabaseQueue(path: temporary)
            // A page that does not fit the disk is an error of the copy; SQLite's way to say so depends on the step.
            try connections.writer.backup(to: target)
            try target.close()
        } catch let error as DatabaseError
            where [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode.primaryResultCode)
        {
            throw FileError("write", path, number: error.resultCode == .SQLITE_FULL ? ENOSPC : EIO)
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_CANTOPEN {
            let directory = Paths.parent(path)
            throw FileError("create", path, number: Paths.isDirectory(directory) ? EACCES : ENOENT)
        }
        let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", temporary) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("write", path) }
        // Unlike a renaming, a link never takes the place of a file that came meanwhile.
        if Foundation.link(temporary, path) == 0 { return }
        if errno == EEXIST { throw taken() }
        // Some file systems know no links.
        guard rename(temporary, path) == 0 else { throw FileError("rename to", path) }
    }
}
