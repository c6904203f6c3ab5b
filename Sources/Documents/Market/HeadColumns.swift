import Basics
import MarketData
import Tables

/// Which columns of first rows people see: what is the same in every row is said once, what has no value in any is left
/// out, and what does not fit the screen is named below it. A row stays a line.
struct HeadColumns {
    private let names: [String]
    private let numbers: Set<Int>
    private let rows: [[String]]
    /// That of all rows.
    let instrument: String?
    /// What is said below the table in place of columns, a sentence each.
    let remarks: [String]

    /// Columns beside the table of times: their distance from `time` is mostly the same.
    private static let times = [
        ("receive_time", "rows are received at their time", "rows are received"),
        ("known_time", "rows are known at their time", "rows are known"),
    ]

    init(_ chunk: TableChunk) {
        func cell(_ index: Int, _ row: Int) -> String {
            ColumnText.cell(chunk.columns[index], chunk.fields[index].type, row)
        }
        let rows = 0..<chunk.rowCount
        var hidden: Set<String> = ["file"], remarks: [String] = [], instrument: String?
        if let index = chunk.fields.firstIndex(where: { $0.name == "instrument" }), let first = rows.first {
            let name = cell(index, first)
            if rows.allSatisfy({ cell(index, $0) == name }) {
                instrument = name
                hidden.insert("instrument")
            }
        }
        for (name, same, known) in HeadColumns.times {
            guard let offset = HeadColumns.offset(of: name, in: chunk) else { continue }
            hidden.insert(name)
            let seconds = Double(offset.magnitude) / 1e9
            let length = offset % 1_000_000_000 == 0 ? Interval.text(abs(offset)) : "\(fixed(seconds, 9)) s"
            remarks.append(offset == 0 ? same : "\(known) \(length) \(offset > 0 ? "after" : "before") their time")
        }
        let shown = chunk.fields.indices.filter { index in
            !hidden.contains(chunk.fields[index].name) && rows.contains { chunk.columns[index].validity[$0] }
        }
        names = shown.map { chunk.fields[$0].name }
        numbers = Set(shown.indices.filter { chunk.fields[shown[$0]].type != .text })
        self.rows = rows.map { row in shown.map { cell($0, row) } }
        (self.instrument, self.remarks) = (instrument, remarks)
    }

    /// How far a time stands from `time`, where it is as far in every row.
    private static func offset(of name: String, in chunk: TableChunk) -> Nanoseconds? {
        guard let column = chunk[name], case .int64(let values) = column.values, column.validity.nullCount == 0,
            case .int64(let times)? = chunk["time"]?.values, chunk.rowCount > 0, values.count == times.count
        else { return nil }
        let offsets = zip(values, times).map { $0.saturatingMinus($1) }
        return offsets.allSatisfy { $0 == offsets[0] } && offsets[0] > .min ? offsets[0] : nil
    }

    /// Fewer columns than this tell nothing: lines are broken then.
    private static let fewest = 3

    /// As many columns as fit, and the names of the others.
    func table(width: Int?) -> (table: TextTable, left: [String]) {
        var count = names.count
        if let width {
            var used = 0
            for index in names.indices {
                let cells = rows.map { DisplayWidth.columns(Escaping.terminal($0[index])) }
                used += max(DisplayWidth.columns(names[index]), cells.max() ?? 0) + (index > 0 ? 2 : 0)
                if used > width {
                    count = max(index, min(HeadColumns.fewest, names.count))
                    break
                }
            }
        }
        var table = TextTable(Array(names.prefix(count)), rightAligned: numbers)
        for row in rows { table.add(Array(row.prefix(count))) }
        return (table, Array(names.dropFirst(count)))
    }
}
