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
