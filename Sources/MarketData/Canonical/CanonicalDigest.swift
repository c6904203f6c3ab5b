import Basics
package import Tables

/// A digest of a canonical table that another program can compute.
///
/// SHA-256 of the rows as text: a line a row that ends with a newline, its cells with commas between them, whole
/// numbers as they are kept, no value as nothing; without the columns `file` and `position`, which say where a row
/// stood and not what it is.
package struct CanonicalDigest {
    private var hash = RunningDigest()

    /// Of no row yet.
    package init() {}

    /// Adds the rows of a chunk.
    package mutating func add(_ chunk: TableChunk) {
        let columns = zip(chunk.fields, chunk.columns).filter { $0.0.name != "file" && $0.0.name != "position" }
        var bytes: [UInt8] = []
        for row in 0..<chunk.rowCount {
            for (index, column) in columns.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                guard column.1.validity[row] else { continue }
                switch column.1.values {
                case .int64(let values): bytes += String(values[row]).utf8
                case .text(let text): bytes += text[row].utf8
                default: bytes += ColumnText.cell(column.1, column.0.type, row).utf8
                }
            }
            bytes.append(UInt8(ascii: "\n"))
            if bytes.count > 1 << 20 {
                hash.add(raw: bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        hash.add(raw: bytes)
    }

    /// Of all rows so far, 64 hexadecimal digits.
    package var text: String { hash.finish() }
}
