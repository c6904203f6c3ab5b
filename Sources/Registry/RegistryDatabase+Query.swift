package import Basics
import Foundation
import GRDB
import GRDBSQLite

extension RegistryDatabase {
    package struct QueryResult: Sendable {
        package var columns: [String]
        package var rows: [[JSONValue]]
    }

    /// How much one query may cost: a statement can be written that never ends, or whose rows fill the memory.
    package struct QueryLimits: Sendable {
        package var seconds: Double
        package var rows: Int
        /// Of all texts of the rows together, and of one cell a quarter of it.
        package var bytes = 256 << 20

        package init(seconds: Double = 30, rows: Int = 100_000) { (self.seconds, self.rows) = (seconds, rows) }
    }

    /// Runs one read-only SQL statement.
    ///
    /// - Throws: ``Failure`` with code `registry.query` when it is not valid or would write, `registry.query-limit`
    ///   when it takes longer or gives more rows than allowed.
    package func query(_ sql: String, limits: QueryLimits = QueryLimits()) throws -> QueryResult {
        // SQLite counts ATTACH and some pragmas as reading; only these words begin a query.
        let word = sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        guard ["SELECT", "WITH", "VALUES", "EXPLAIN"].contains(word) else {
            throw Failure(
                "registry.read-only", "found '\(word)' at the start, expected a SELECT",
                hint: "registry query only reads; see hftml registry schema", exitStatus: .usage)
        }
        do {
            return try connections.read { db in
                let statement = try db.makeStatement(sql: sql)
                guard statement.isReadonly else {
                    throw Failure(
                        "registry.read-only", "found a statement that writes",
                        hint: "registry query only reads; see hftml registry schema", exitStatus: .usage)
                }
                return try Self.rows(of: statement, limits, db)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            throw Failure(
                "registry.query-limit", "the query was stopped after \(Self.text(limits.seconds)) s",
                hint: "narrow it, or allow more time: hftml registry query --timeout "
                    + "\(Self.text(limits.seconds * 10)) …")
        } catch let error as DatabaseError {
            throw Failure(
                "registry.query", "the query failed: \(error.message ?? "SQLite error \(error.resultCode.rawValue)")",
                hint: "see the views and example queries with: hftml registry schema", exitStatus: .usage)
        }
    }

    private static func rows(of statement: Statement, _ limits: QueryLimits, _ db: Database) throws -> QueryResult {
        try within(limits, db) {
            let cursor = try Row.fetchCursor(statement)
            var rows: [[JSONValue]] = [], bytes = 0
            while let row = try cursor.next() {
                guard rows.count < limits.rows else {
                    throw Failure(
                        "registry.query-limit", "the query was stopped at \(limits.rows) rows",
                        hint: "add a LIMIT, or allow more: hftml registry query --max-rows "
                            + "\(limits.rows.saturatingTimes(10)) …")
                }
                rows.append(row.map { Self.value($1) })
                bytes += rows.last?.reduce(0) { $0 + ($1.stringValue?.utf8.count ?? 8) } ?? 0
                guard bytes <= limits.bytes else {
                    throw Failure(
                        "registry.query-limit",
                        "the query was stopped at \(rows.count) rows, which hold \(limits.bytes >> 20) MiB",
                        hint: "select fewer columns, or add a LIMIT")
                }
            }
            return QueryResult(columns: statement.columnNames, rows: rows)
        }
    }

    private static func value(_ value: DatabaseValue) -> JSONValue {
        switch value.storage {
        case .null: .null
        case .int64(let number): .int(Int(number))
        // JSON has no infinity; null would say that nothing was stored.
        case .double(let number): number.isFinite ? .double(number) : .string(number > 0 ? "Infinity" : "-Infinity")
        case .string(let text): .string(text)
        case .blob(let data): .string(data.base64EncodedString())
        }
    }

    /// SQLite asks every thousand steps of its machine whether it may go on, so that what joins or sorts for ever ends
    /// too; and makes no text that is longer than a quarter of what all may hold.
    private static func within<T>(_ limits: QueryLimits, _ db: Database, _ body: () throws -> T) throws -> T {
        guard let connection = db.sqliteConnection else { return try body() }
        var deadline = Clock.monotonic().saturatingPlus(Int64(saturating: limits.seconds * 1e9))
        return try withUnsafeMutablePointer(to: &deadline) { deadline in
            sqlite3_progress_handler(
                connection, 1000,
                { Clock.monotonic() > ($0?.load(as: Int64.self) ?? .max) ? 1 : 0 }, deadline)
            let length = sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, Int32(clamping: limits.bytes / 4))
            defer {
                sqlite3_progress_handler(connection, 0, nil, nil)
                sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, length)
            }
            return try body()
        }
    }

    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? String(Int64(saturating: seconds)) : String(seconds)
    }
}
