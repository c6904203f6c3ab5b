package import Basics
package import Tables

/// A table file whose columns were recognised: own canonical tables, bars, trades, quotes or books of some levels.
package struct MappedTable: FoundFile {
    package let kindName: String
    package let tables: [CanonicalKind]
    package let notes: [String]
    private let path: String
    private let name: String
    private let mapping: TableMapping?
    private let open: () throws -> any ChunkSource

    /// - Parameters:
    ///   - container: what the file is: `Parquet`.
    ///   - open: reads the table from the front; called again for every pass.
    /// - Throws: ``Failure`` with code `data.format` for columns that are no market data; what `open` throws.
    package init(_ path: String, container: String, open: @escaping () throws -> any ChunkSource) throws {
        (self.path, self.open) = (path, open)
        let fields = try open().fields
        if let kind = CanonicalTableFile.kind(fields) {
            try CanonicalTableFile.require(fields, kind, path: path)
            (kindName, tables, mapping, name) = ("canonical \(kind.rawValue) in \(container)", [kind], nil, "")
            notes = ["the table was written by hftml and is read as it is"]
            return
        }
        guard let mapping = TableMapping(fields) else {
            let names = fields.prefix(12).map(\.name).joined(separator: ", ")
            throw Failure(
                "data.format",
                "found a \(container) file with the columns \(names)\(fields.count > 12 ? ", …" : "") in '\(path)', "
                    + "expected bars, trades, quotes or books",
                hint: "name a time column and open, high, low, close, or price and size, or bid and ask")
        }
        self.mapping = mapping
        name = FileInstrument.name(path)
        let levels = mapping.kind == .bookSnapshots ? " of \(mapping.prices.count / 2) levels" : ""
        kindName = "\(container) table of \(mapping.kind.rawValue)\(levels)"
        tables = [mapping.kind]
        notes =
            mapping.notes
            + (mapping.instrument == nil ? ["the instrument '\(name)' is that of the file's name"] : [])
            + ["prices and sizes have as many decimals as their numbers need"]
    }

    package func read(_ table: CanonicalKind) throws -> any ChunkSource {
        guard tables.contains(table) else {
            throw Failure(
                "data.format", "found \(kindName) in '\(path)', which has no \(table.rawValue)",
                hint: "read it as \(tables.map(\.rawValue).joined(separator: ", "))")
        }
        guard let mapping else { return try open() }
        return TableRowsOut(
            try open(), mapping, try TableSurvey(try open(), mapping, path: path), path: path, name: name)
    }
}
