package import Basics
package import MarketData
import Tables

/// A file of market data in, what its canonical table holds out: read once from front to end.
package enum DescribeData {
    /// Figures of one table.
    package struct Outcome: Sendable, Equatable {
        package let path: String
        /// What the file is, in a few words.
        package let kind: String
        /// Which of its tables was read.
        package let table: CanonicalKind
        /// What was assumed and found out.
        package let notes: [String]
        package let rows: Int
        /// The least and greatest time; nil without rows.
        package let first: Nanoseconds?
        package let last: Nanoseconds?
        /// Of ``CanonicalDigest``.
        package let digest: String
        /// Instruments with their rows, in order of name.
        package let instruments: [Instrument]
        /// Every column behind the common ones, with `sequence`.
        package let columns: [Column]
    }

    /// Rows of one instrument.
    package struct Instrument: Sendable, Equatable {
        package let name: String
        package let rows: Int
        package let first: Nanoseconds
        package let last: Nanoseconds
    }

    /// Figures of one column.
    package struct Column: Sendable, Equatable {
        package let name: String
        /// Rows with a value.
        package let count: Int
        /// Rows without.
        package let empty: Int
        /// The least and the greatest value as text, of numbers; nil where there is none.
        package let least: String?
        package let greatest: String?
    }

    /// - Throws: as ``HeadData/run(_:count:table:known:)``, and what the reader finds anywhere in the file.
    package static func run(_ path: String, table: CanonicalKind?, known: KnownOfData) throws -> Outcome {
        let (file, table) = try FoundTable.find(path, table: table, known: known)
        let source = try file.read(table)
        var digest = CanonicalDigest(), rows = 0
        var instruments: [String: Instrument] = [:]
        var spans = source.fields.map { _ in Span() }
        while let chunk = try source.next() {
            digest.add(chunk)
            rows += chunk.rowCount
            for (index, column) in chunk.columns.enumerated() { spans[index].add(column) }
            count(chunk, &instruments)
        }
        let columns = source.fields.indices.filter { $0 > 6 || $0 == 3 }.map { index in
            spans[index].column(source.fields[index])
        }
        return Outcome(
            path: path, kind: file.kindName, table: table, notes: file.notes, rows: rows, first: spans[0].least,
            last: spans[0].greatest, digest: digest.text,
            instruments: instruments.values.sorted { $0.name < $1.name }, columns: columns)
    }

    private static func count(_ chunk: TableChunk, _ instruments: inout [String: Instrument]) {
        guard case .text(let names)? = chunk["instrument"]?.values,
            case .int64(let times)? = chunk["time"]?.values
        else { return }
        // Counted by code first: one look-up of a name an instrument, not a row.
        var counted = [(rows: Int, first: Nanoseconds, last: Nanoseconds)](
            repeating: (0, .max, .min), count: names.values.count)
        for row in 0..<chunk.rowCount {
            let code = Int(names.codes[row])
            counted[code].rows += 1
            counted[code].first = min(counted[code].first, times[row])
            counted[code].last = max(counted[code].last, times[row])
        }
        for (name, here) in zip(names.values, counted) where here.rows > 0 {
            let before = instruments[name]
            instruments[name] = Instrument(
                name: name, rows: here.rows + (before?.rows ?? 0), first: min(here.first, before?.first ?? .max),
                last: max(here.last, before?.last ?? .min))
        }
    }

    /// Rows and extremes of a column while it is read.
    private struct Span {
        var count = 0
        var empty = 0
        var least: Int64?
        var greatest: Int64?

        mutating func add(_ column: ColumnVector) {
            empty += column.validity.nullCount
            count += column.count - column.validity.nullCount
            guard case .int64(let values) = column.values else { return }
            for (row, value) in values.enumerated() where column.validity[row] {
                least = min(least ?? value, value)
                greatest = max(greatest ?? value, value)
            }
        }

        func column(_ field: Field) -> Column {
            func text(_ value: Int64?) -> String? {
                value.map { ColumnText.cell(ColumnVector(.int64([$0])), field.type, 0) }
            }
            return Column(
                name: field.name, count: count, empty: empty, least: text(least), greatest: text(greatest))
        }
    }
}
