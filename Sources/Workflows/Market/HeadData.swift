import Basics
package import MarketData
package import Tables

/// A file of market data in, its kind and its first rows out.
package enum HeadData {
    /// One of the canonical tables, as commands name it.
    package typealias Table = CanonicalKind

    /// What a file was found to be, and the first rows of one of its tables.
    package struct Outcome: Sendable, Equatable {
        package let path: String
        /// What the file is, in a few words.
        package let kind: String
        /// Tables that it can be read as, the main one first.
        package let tables: [CanonicalKind]
        /// The table that ``rows`` come from.
        package let shown: CanonicalKind
        /// What was assumed and found out.
        package let notes: [String]
        /// The first rows; fewer than were asked for when the table has no more.
        package let rows: TableChunk
    }

    /// - Parameters:
    ///   - path: of a file, plain or compressed.
    ///   - count: rows to show, at least 1.
    ///   - table: which of its tables; its main one by default.
    ///   - known: what the file does not say itself.
    /// - Throws: ``FileError``; ``Failure`` with code `data.format` for a file or a table that is not there.
    package static func run(_ path: String, count: Int, table: CanonicalKind?, known: KnownOfData) throws -> Outcome {
        let (file, table) = try FoundTable.find(path, table: table, known: known)
        let source = try file.read(table)
        var rows = TableRows(fields: source.fields)
        while rows.count < count, let chunk = try source.next() { rows.append(chunk, upTo: count) }
        // Notes of readers that find something out while they read are complete only now.
        return Outcome(
            path: path, kind: file.kindName, tables: file.tables, shown: table, notes: file.notes, rows: rows.chunk)
    }
}

/// One table of one file.
enum FoundTable {
    static func find(_ path: String, table: CanonicalKind?, known: KnownOfData) throws -> (
        file: any FoundFile, table: CanonicalKind
    ) {
        let file = try known.find(path)
        guard let main = file.tables.first else {
            throw Failure("data.format", "found no table in '\(path)', a \(file.kindName)")
        }
        guard let table else { return (file, main) }
        guard file.tables.contains(table) else {
            let names = file.tables.map(\.rawValue)
            throw Failure(
                "data.format",
                "found no table of \(table.rawValue) in '\(path)', a \(file.kindName); it has \(list(names))",
                hint: "hftml data head '\(path)' --table \(names[0])")
        }
        return (file, table)
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
