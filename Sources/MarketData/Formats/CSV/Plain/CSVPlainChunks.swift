import Basics
import Tables

/// Makes chunks of canonical tables from plain rows.
struct CSVPlainChunks: Sendable {
    let fields: [Field]
    let plan: CSVPlan
    let path: String
    let instrument: String

    /// The chunks of a block, in order of time.
    func chunks(_ rows: CSVPlainRows, line: Int) -> [TableChunk] {
        if rows.count <= TableChunk.usualRows { return [chunk(rows, 0..<rows.count, line)] }
        let starts = Array(stride(from: 0, to: rows.count, by: TableChunk.usualRows))
        let parts = starts.map { chunk(rows, $0..<min($0 + TableChunk.usualRows, rows.count), line) }
        return plan.isDescending ? parts.reversed() : parts
    }

    private func chunk(_ rows: CSVPlainRows, _ range: Range<Int>, _ line: Int) -> TableChunk {
        let count = range.count
        let stamps = part(rows.columns[0], range)
        let interval = plan.interval ?? CSVCadence.Interval(length: 0)
        let isOpen = plan.stampSide == .open
        let others = stamps.map { isOpen ? interval.end($0) : interval.start($0) }
        let lines = [Int64](unsafeUninitializedCapacity: count) { buffer, filled in
            let first = Int64(line + (plan.isDescending ? range.upperBound - 1 : range.lowerBound))
            let step: Int64 = plan.isDescending ? -1 : 1
            for index in 0..<count { buffer[index] = first &+ Int64(index) &* step }
            filled = count
        }
        let empty = ColumnVector(.int64([Int64](repeating: 0, count: count)), validity: Validity(empty: count))
        let codes = [UInt32](repeating: 0, count: count)
        var columns: [ColumnVector] = [
            ColumnVector(.int64(isOpen ? stamps : others)), empty, ColumnVector(.int64(isOpen ? others : stamps)),
            empty,
            ColumnVector(.text(DictionaryText(values: [instrument], codes: codes))),
            ColumnVector(.text(DictionaryText(values: [path], codes: codes))), ColumnVector(.int64(lines)),
        ]
        let prices = (plan.isFixedPoint ? 0 : plan.priceDecimals) - rows.prices.scale
        let sizes = plan.sizeDecimals - rows.sizes.scale
        for (index, cells) in rows.columns.enumerated().dropFirst() {
            let power = index < 5 ? prices : sizes
            columns.append(ColumnVector(.int64(scaled(part(cells, range), by: power))))
        }
        if rows.columns.count == 5 { columns.append(empty) }
        return TableChunk(fields: fields, columns: columns, rowCount: count)
    }

    private func part(_ cells: [Int64], _ range: Range<Int>) -> [Int64] {
        if plan.isDescending { return cells[range].reversed() }
        return range.count == cells.count ? cells : Array(cells[range])
    }

    /// All cells fit: the survey knows the greatest.
    private func scaled(_ cells: [Int64], by power: Int) -> [Int64] {
        guard (1...18).contains(power) else { return cells }
        let factor = FixedPoint.powers[power]
        return cells.map { $0 &* factor }
    }
}
