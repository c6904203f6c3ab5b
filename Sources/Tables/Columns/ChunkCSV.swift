import Basics

/// Tables as CSV: a header, then a line a row; times in UTC with `Z`, no value as nothing.
package enum ChunkCSV {
    /// Writes all chunks of a source, atomically.
    ///
    /// - Returns: rows written.
    /// - Throws: ``FileError``, and what the source throws; in both cases the final name is untouched.
    package static func write(_ source: any ChunkSource, to path: String) throws -> Int {
        var rows = 0
        try AtomicFile.write(to: path) { writer in
            try writer.append(source.fields.map { quoted($0.name) }.joined(separator: ",") + "\n")
            while let chunk = try source.next() {
                rows += chunk.rowCount
                let columns = zip(chunk.fields, chunk.columns).map { (type: $0.type, column: $1) }
                for row in 0..<chunk.rowCount {
                    let cells = columns.map { quoted(ColumnText.cell($0.column, $0.type, row)) }
                    try writer.append(cells.joined(separator: ",") + "\n")
                }
            }
        }
        return rows
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
