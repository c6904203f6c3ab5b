import Basics
package import Tables

/// A table file whose columns were recognised: own canonical tables, bars, trades, quotes or books of some levels.
package struct MappedTable: FoundFile {
    package let kindName: String
    package let tables: [CanonicalKind]
    package let notes: [String]
    private let path: String
    private let name: String
    private let mapping: TableMapping?
    /// Names of the columns that are needed; nil for all.
    private let columns: [String]?
    private let open: ([String]?) throws -> any ChunkSource
    private let options: CSVOptions
    /// Of bars, which are held against what they are called before one is handed out.
    private let survey: TableSurvey?
    package private(set) var isZoneAssumed = false

    /// - Parameters:
    ///   - container: what the file is: `Parquet`.
    ///   - fields: all columns of the file.
    ///   - more: what else is known of the file, a sentence each.
    ///   - instrument: what the file says beside its columns.
    ///   - options: what is known of the file: zone and stamp side are read.
    ///   - open: reads columns of those names, or all, from the front; called again for every pass.
    /// - Throws: ``Failure`` with code `data.format` for columns that are no market data; for bars what ``BarSurvey``
    ///   throws; what `open` throws.
    /// - Complexity: for bars, a pass over all rows.
    package init(
        _ path: String, container: String, fields: [Field], notes more: [String] = [], instrument: String? = nil,
        options: CSVOptions = CSVOptions(), open: @escaping ([String]?) throws -> any ChunkSource
    ) throws {
        (self.path, self.open, self.options) = (path, open, options)
        if let kind = CanonicalTableFile.kind(fields) {
            try CanonicalTableFile.require(fields, kind, path: path)
            (kindName, tables, mapping, columns, name, survey) = (
                "canonical \(kind.rawValue) in \(container)", [kind], nil, nil, "", nil
            )
            notes = ["the columns are those of hftml's own tables, which are read as they are"] + more
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
        name = instrument ?? FileInstrument.name(path)
        columns = mapping.columns.map { fields[$0].name }
        let levels = mapping.kind == .bookSnapshots ? " of \(mapping.prices.count / 2) levels" : ""
        kindName = "\(container) table of \(mapping.kind.rawValue)\(levels)"
        tables = [mapping.kind]
        try options.requireRead(["stamp"], by: kindName, path: path)
        isZoneAssumed = options.zone == nil ? try MappedTable.lacksZone(mapping, fields, open) : false
        if mapping.kind == .bars {
            let source = try open(columns)
            survey = try TableMapping(source.fields).map {
                try TableSurvey(
                    source, $0, path: path, zone: options.zone ?? "UTC", interval: options.interval)
            }
        } else {
            survey = nil
        }
        let isAtClose = mapping.kind == .bars && options.stampSide == .close
        notes =
            mapping.notes + (isZoneAssumed ? ["its times name no zone: shown as if they were UTC; say theirs"] : [])
            + (mapping.kind == .bars ? ["times are taken as the \(isAtClose ? "end" : "start") of bars"] : [])
            + (mapping.instrument == nil
                ? ["the instrument '\(name)' is that of the file's \(instrument == nil ? "name" : "own words")"] : [])
            + ["prices and sizes have as many decimals as their numbers need, doubles those of 15 digits"]
            + (survey?.notes ?? []) + more
    }

    /// Whether times need a zone that the file does not say; of text the first one tells.
    private static func lacksZone(
        _ mapping: TableMapping, _ fields: [Field], _ open: ([String]?) throws -> any ChunkSource
    ) throws -> Bool {
        switch mapping.timeColumn {
        case .stamp, .number: return false
        case .wallClock, .date: return true
        case .text:
            let name = fields[mapping.time].name, source = try open([name])
            while let chunk = try source.next() {
                guard let column = chunk[name], case .text(let text) = column.values else { return true }
                if let row = (0..<chunk.rowCount).first(where: { column.validity[$0] }) {
                    return !TimeColumn.namesZone(text[row])
                }
            }
            return false
        }
    }

    package func read(_ table: CanonicalKind) throws -> any ChunkSource {
        guard tables.contains(table) else {
            throw Failure(
                "data.format", "found \(kindName) in '\(path)', which has no \(table.rawValue)",
                hint: "read it as \(tables.map(\.rawValue).joined(separator: ", "))")
        }
        guard mapping != nil else { return RequiredCells(try open(nil), path: path, kind: table) }
        // Of fewer columns the same ones are chosen, at other places.
        let source = try open(columns)
        guard let mapping = TableMapping(source.fields) else { return source }
        let zone = options.zone ?? "UTC"
        let survey =
            try self.survey
            ?? TableSurvey(try open(columns), mapping, path: path, zone: zone, interval: options.interval)
        return TableRowsOut(
            source, mapping, survey, path: path, name: name, zone: zone,
            isStampedAtClose: options.stampSide == .close)
    }
}
