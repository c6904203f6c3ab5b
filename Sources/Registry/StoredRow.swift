import Basics
import GRDB

/// A row of the registry, or of another tool's database, whose cells are read with an error.
///
/// GRDB's own subscripts end the process where a cell holds another type than the caller expects. A file on a disk may
/// hold anything: a flipped bit, a row that another program wrote, a schema that somebody loosened.
struct StoredRow {
    private let row: Row

    private init(_ row: Row) { self.row = row }

    /// - Throws: ``Failure`` with code `registry.damaged` for a cell of another type. A missing column is nil where an
    ///   optional value is asked for.
    subscript<Value: DatabaseValueConvertible>(_ name: String) -> Value {
        get throws {
            try Self.value(row.hasColumn(name) ? row[name] as DatabaseValue : .null, name)
        }
    }

    /// - Throws: ``Failure`` with code `registry.damaged` for a cell of another type.
    subscript<Value: DatabaseValueConvertible>(_ index: Int) -> Value {
        get throws {
            guard index < row.count else { return try Self.value(.null, "\(index)") }
            return try Self.value(row[index] as DatabaseValue, Array(row.columnNames)[index])
        }
    }

    var columns: [(name: String, value: DatabaseValue)] { row.map { ($0, $1) } }

    private static func value<Value: DatabaseValueConvertible>(
        _ stored: DatabaseValue, _ column: @autoclosure () -> String
    ) throws -> Value {
        if let value = Value.fromDatabaseValue(stored) { return value }
        let found =
            switch stored.storage {
            case .null: "nothing"
            case .int64: "an integer"
            case .double: "a number"
            case .string: "a text"
            case .blob: "bytes"
            }
        throw Failure(
            "registry.damaged", "found \(found) in the column '\(column())', expected \(Self.name(of: Value.self))",
            hint: "see what else is damaged with: hftml registry verify")
    }

    private static func name(of type: Any.Type) -> String {
        let name = "\(type)"
        if name.contains("String") { return "a text" }
        if name.contains("Double") { return "a number" }
        return name.contains("Data") ? "bytes" : "an integer"
    }

    /// A time that other tools store in milliseconds.
    ///
    /// - Throws: ``Failure`` with code `registry.damaged` for one that does not fit nanoseconds.
    func nanoseconds(milliseconds column: String) throws -> Int64? {
        guard let time: Int64 = try self[column] else { return nil }
        if let nanoseconds = time.times(1_000_000) { return nanoseconds }
        throw Failure(
            "registry.damaged",
            "found \(time) in the column '\(column)', expected milliseconds of the years 1678 to 2261")
    }

    // MARK: Fetching

    static func fetchAll(_ db: Database, sql: String, arguments: StatementArguments = StatementArguments()) throws
        -> [StoredRow]
    {
        try Row.fetchAll(db, sql: sql, arguments: arguments).map(StoredRow.init)
    }

    static func fetchAll(_ statement: Statement, arguments: StatementArguments? = nil) throws -> [StoredRow] {
        try Row.fetchAll(statement, arguments: arguments).map(StoredRow.init)
    }

    static func fetchOne(_ db: Database, sql: String, arguments: StatementArguments = StatementArguments()) throws
        -> StoredRow?
    {
        try Row.fetchOne(db, sql: sql, arguments: arguments).map(StoredRow.init)
    }

    static func fetchOne(_ statement: Statement, arguments: StatementArguments? = nil) throws -> StoredRow? {
        try Row.fetchOne(statement, arguments: arguments).map(StoredRow.init)
    }

    /// Rows one after the other, so that none is held.
    static func forEach(
        _ statement: Statement, arguments: StatementArguments? = nil, _ body: (StoredRow) throws -> Void
    ) throws {
        let cursor = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try cursor.next() { try body(StoredRow(row)) }
    }
}
