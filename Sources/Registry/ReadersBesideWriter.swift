import GRDB
import Synchronization

/// The connections of one open registry: one that writes, and readers beside it that are opened when two callers want
/// to read at once.
///
/// A command reads and writes in turn, so the writer serves both and nothing else is opened: a pool that is opened with
/// the file writes to it each time (it makes a table and drops it), which a start of three milliseconds shows. From the
/// first read that meets another caller on, every read has a connection of its own, so that a long read never holds up
/// a write. Each read is one transaction and sees one state of the file.
final class ReadersBesideWriter: Sendable {
    /// As many as a server of one machine can use; more wait for their turn.
    private static let mostReaders = 16

    let writer: DatabaseQueue
    private let path: String
    private let configuration: Configuration
    /// Callers that hold or wait for the writer.
    private let callers = Atomic<Int>(0)
    private let readers = Mutex<DatabasePool?>(nil)

    /// - Throws: ``DatabaseError`` when the file cannot be opened.
    init(path: String, configuration: Configuration) throws {
        (self.path, self.configuration) = (path, configuration)
        writer = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Connections beside the writer have been opened.
    var hasReaders: Bool { readers.withLock { $0 != nil } }

    /// Runs a transaction.
    ///
    /// - Parameters:
    ///   - isDurable: whether the disk has it when this returns. Otherwise the log of SQLite is written to the disk at
    ///     its next checkpoint: a loss of power may take the newest transactions, and never leaves half of one.
    ///   - prepare: runs before the transaction, each time.
    func write<T>(
        isDurable: Bool = false, prepare: (Database) throws -> Void, _ body: (Database) throws -> T
    ) throws -> T {
        callers.add(1, ordering: .acquiring)
        defer { callers.subtract(1, ordering: .releasing) }
        return try writer.writeWithoutTransaction { db in
            try prepare(db)
            // SQLite takes another level only between transactions.
            if isDurable { try db.execute(sql: "PRAGMA synchronous = FULL") }
            defer { if isDurable { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
            var result: T?
            try db.inTransaction(.immediate) {
                result = try body(db)
                return .commit
            }
            guard let result else { throw CancellationError() }
            return result
        }
    }

    /// Reads one state of the file; from the writer's connection while nobody else wants it.
    func read<T>(_ body: (Database) throws -> T) throws -> T {
        if let pool = readers.withLock({ $0 }) { return try pool.read(body) }
        guard callers.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged else {
            return try opened().read(body)
        }
        defer { callers.subtract(1, ordering: .releasing) }
        return try writer.read(body)
    }

    private func opened() throws -> DatabasePool {
        try readers.withLock { known in
            if let known { return known }
            var configuration = configuration
            configuration.readonly = true
            configuration.maximumReaderCount = ReadersBesideWriter.mostReaders
            let pool = try DatabasePool(path: path, configuration: configuration)
            known = pool
            return pool
        }
    }
}
