import Basics

/// A batch of rows, which is given out in chunks.
struct ArrowBatch {
    let rowCount: Int
    private let columns: [ArrowColumn]

    /// - Parameter layouts: of the columns, with their names; of positions where a column has a dictionary.
    init(
        _ header: ArrowBatchHeader, _ body: ArrowBody, _ layouts: [(name: String, layout: ArrowLayout)],
        _ problems: ArrowProblems
    ) throws {
        rowCount = header.rowCount
        guard header.nodes.count == layouts.count else {
            throw problems.damage("a batch of \(header.nodes.count) columns", expected: "\(layouts.count)")
        }
        // Buffers lie one behind the other: many that are one could take a multiple of the file.
        guard header.buffers.reduce(0, { $0.saturatingPlus($1.count) }) <= body.bytes.count.saturatingTimes(2) else {
            throw problems.damage("buffers that lie above each other", expected: "one behind the other")
        }
        var left = body.mostRaw
        var buffers = header.buffers[...], viewCounts = header.viewBufferCounts[...]
        columns = try zip(layouts, header.nodes).map { column, node in
            guard node.rows == Int64(header.rowCount), (0...node.rows).contains(node.nulls) else {
                throw problems.damage(
                    "\(node.rows) rows and \(node.nulls) empty cells in column '\(column.name)'",
                    expected: "\(header.rowCount) rows")
            }
            var count = column.layout.bufferCount
            if column.layout.storage == .views {
                guard let more = viewCounts.popFirst(), more >= 0, more <= Int64(buffers.count) else {
                    throw problems.damage("no count of the buffers of column '\(column.name)'", expected: "one")
                }
                count += Int(more)
            }
            guard count <= buffers.count else {
                throw problems.damage("\(header.buffers.count) buffers", expected: "more")
            }
            let ranges = buffers.prefix(count)
            buffers = buffers.dropFirst(count)
            return try ArrowBatch.column(column, node, Array(ranges), header, body, &left, problems)
        }
        guard buffers.isEmpty else {
            throw problems.damage("\(buffers.count) more buffers", expected: "\(header.buffers.count - buffers.count)")
        }
    }

    private static func column(
        _ column: (name: String, layout: ArrowLayout), _ node: (rows: Int64, nulls: Int64), _ ranges: [Range<Int>],
        _ header: ArrowBatchHeader, _ body: ArrowBody, _ left: inout Int, _ problems: ArrowProblems
    ) throws -> ArrowColumn {
        var buffers: [ArrowBuffer] = []
        for range in ranges { buffers.append(try body.buffer(range, header.compression, left: &left)) }
        var validity: ArrowBuffer?
        if let first = buffers.first {
            // Where all cells have a value, the bits may be left out.
            if first.count > 0 || node.nulls > 0 { validity = first }
            buffers.removeFirst()
        }
        if case .views = column.layout.storage {
            // Views lead anywhere, and a read of the file for each would take long.
            buffers = try buffers.map { .memory(try $0.bytes(0, $0.count) ?? []) }
        }
        return ArrowColumn(
            name: column.name, layout: column.layout, rowCount: header.rowCount, validity: validity,
            nullCount: Int(node.nulls), buffers: buffers, problems: problems)
    }

    /// Some rows of every column.
    func vectors(_ rows: Range<Int>) throws -> [ColumnVector] { try columns.map { try $0.vector(rows) } }

    /// Compares the empty cells that were found with what the batch says.
    func check(nulls: [Int]) throws {
        for (column, found) in zip(columns, nulls) where column.layout.storage != .null && column.nullCount != found {
            throw column.damage("\(found) empty cells", expected: "\(column.nullCount), as the batch says")
        }
    }
}
