/// Chunks that lie in memory, as a source.
package final class ChunkList: ChunkSource {
    package let fields: [Field]
    private let chunks: [TableChunk]
    private var position = 0

    /// - Parameter chunks: all with these fields.
    package init(fields: [Field], _ chunks: [TableChunk]) { (self.fields, self.chunks) = (fields, chunks) }

    package func next() -> TableChunk? {
        guard position < chunks.count else { return nil }
        position += 1
        return chunks[position - 1]
    }
}

extension TableChunk {
    /// The rows at the given positions, in that order.
    ///
    /// - Precondition: all are rows of this chunk.
    package func selecting(_ rows: [Int]) -> TableChunk {
        TableChunk(fields: fields, columns: columns.map { $0.selecting(rows) }, rowCount: rows.count)
    }
}

extension ColumnVector {
    /// The cells of the given rows, in that order.
    func selecting(_ rows: [Int]) -> ColumnVector {
        let kept: Values =
            switch values {
            case .bool(let values): .bool(rows.map { values[$0] })
            case .int64(let values): .int64(rows.map { values[$0] })
            case .uint64(let values): .uint64(rows.map { values[$0] })
            case .float64(let values): .float64(rows.map { values[$0] })
            case .text(let text): .text(DictionaryText(values: text.values, codes: rows.map { text.codes[$0] }))
            case .binary(let values): .binary(rows.map { values[$0] })
            case .null: .null(count: rows.count)
            }
        var bits = Validity()
        for row in rows { bits.append(validity[row]) }
        return ColumnVector(kept, validity: bits)
    }
}
