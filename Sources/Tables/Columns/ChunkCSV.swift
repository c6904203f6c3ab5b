package import Basics

/// Tables as CSV: a header, then a line a row; times in UTC with `Z`, no value as nothing.
package enum ChunkCSV {
    /// Writes all chunks of a source, atomically.
    ///
    /// - Returns: rows written.
    /// - Throws: ``FileError``, and what the source throws; in both cases the final name is untouched.
    package static func write(_ source: any ChunkSource, to path: String) throws -> Int {
        var rows = 0
        try AtomicFile.write(to: path) { writer in
            try append(header: source.fields, to: &writer)
            while let chunk = try source.next() {
                rows += chunk.rowCount
                try append(chunk, to: &writer)
            }
        }
        return rows
    }

    /// Writes the names of columns as the first line.
    package static func append(header fields: [Field], to writer: inout AtomicFile.Writer) throws {
        try writer.append(fields.map { quoted($0.name) }.joined(separator: ",") + "\n")
    }

    /// Writes the rows of a chunk.
    package static func append(_ chunk: TableChunk, to writer: inout AtomicFile.Writer) throws {
        let columns = zip(chunk.fields, chunk.columns).map { (type: $0.type, column: $1) }
        for row in 0..<chunk.rowCount {
            let cells = columns.map { quoted(ColumnText.cell($0.column, $0.type, row)) }
            try writer.append(cells.joined(separator: ",") + "\n")
        }
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
