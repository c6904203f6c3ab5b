import Basics
import GRDB
import GRDBSQLite

/// The rows of a statement, column by column and by hand and without a box for each row, for searches that read
/// thousands of values.
struct StatementRows {
    let raw: OpaquePointer
    private let db: Database

    /// - Parameter arguments: nil where they are bound by hand.
    init(_ statement: Statement, _ arguments: StatementArguments?, _ db: Database) throws {
        if let arguments { try statement.setArguments(arguments) }
        (raw, self.db) = (statement.sqliteStatement, db)
        sqlite3_reset(raw)
    }

    /// Whether there is another row, which the columns then are.
    func next() throws -> Bool {
        switch sqlite3_step(raw) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
        }
    }

    /// Begins again with another text as the only argument.
    func restart(_ argument: String) {
        sqlite3_reset(raw)
        // SQLite copies the text before this returns.
        sqlite3_bind_text(raw, 1, argument, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
    }

    /// Ends reading; a statement that is left open holds its transaction.
    func end() { sqlite3_reset(raw) }

    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(raw, column) else { return "" }
        return String(
            decoding: UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(raw, column))), as: UTF8.self)
    }

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }
    func double(_ column: Int32) -> Double { sqlite3_column_double(raw, column) }
    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(raw, column) == SQLITE_NULL }
    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
    func optionalInt(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }
}
