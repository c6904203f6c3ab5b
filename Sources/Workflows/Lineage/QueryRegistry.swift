package import Registry

/// One read-only SQL statement in, its rows out; and what people may rely on when they write one.
package enum QueryRegistry {
    package typealias Result = RegistryDatabase.QueryResult

    package struct View: Sendable {
        package let name: String
        package let columns: [String]
        /// What it holds.
        package let about: String
        /// A query to start from.
        package let example: String
    }

    /// - Throws: ``Failure`` with code `registry.query` for a statement that is not valid or would write,
    ///   `registry.query-limit` for one that costs more than allowed.
    package static func run(_ sql: String, seconds: Double = 30, rows: Int = 100_000, session: Session) throws -> Result
    {
        try session.registry().query(sql, limits: RegistryDatabase.QueryLimits(seconds: seconds, rows: rows))
    }

    /// The documented views, with their columns as they are.
    package static func views(session: Session) throws -> [View] {
        let registry = try session.registry()
        return try RegistryDatabase.viewExamples.map { view in
            View(
                name: view.name, columns: try registry.query("SELECT * FROM \(view.name) LIMIT 0").columns,
                about: view.about, example: view.example)
        }
    }

    /// Copies the registry while others may write.
    ///
    /// - Throws: ``Failure`` with code `registry.backup` when the file exists.
    package static func backUp(to file: String, session: Session) throws { try session.registry().backup(to: file) }
}
