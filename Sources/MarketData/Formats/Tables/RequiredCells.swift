import Basics
import Tables

/// Canonical tables of others' making, held to what they promise: no row without a time, an instrument and a place.
final class RequiredCells: ChunkSource {
    private let source: any ChunkSource
    private let path: String
    private var row = 0
    /// Columns that may not have an empty cell.
    private let required: [Int]

    init(_ source: any ChunkSource, path: String) {
        (self.source, self.path) = (source, path)
        let names = Set(CanonicalFields.common.filter { !$0.isOptional }.map(\.name)).union(["action"])
        required = source.fields.indices.filter { names.contains(source.fields[$0].name) }
    }

    var fields: [Field] { source.fields }

    func next() throws -> TableChunk? {
        guard let chunk = try source.next() else { return nil }
        for column in required where chunk.columns[column].validity.nullCount > 0 {
            let empty = (0..<chunk.rowCount).first { !chunk.columns[column].validity[$0] } ?? 0
            throw Failure(
                "data.bad-rows", "\(path): row \(row + empty + 1): found no '\(fields[column].name)'",
                hint: "write the table again: hftml data convert")
        }
        row += chunk.rowCount
        return chunk
    }
}
