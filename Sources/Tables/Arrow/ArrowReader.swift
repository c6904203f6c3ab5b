import Basics
import Foundation

/// Reads Arrow's IPC files and streams (format 1.5, versions 4 and 5; Feather V2 is the former), compressed or not.
///
/// Chunks have ``TableChunk/usualRows`` rows at most and do not reach over batches. Of a file, memory holds what is
/// compressed of one batch and the dictionaries; of a stream, one batch. Zones of timestamps, widths of integers and
/// what other programs noted in the file are not kept. Nested values, durations, intervals and decimals beyond 64 bits
/// are refused by name.
package final class ArrowReader: ChunkSource {
    package let fields: [Field]
    private let source: any ArrowMessages
    private let schema: ArrowSchema
    private let layouts: [(name: String, layout: ArrowLayout)]
    private let problems: ArrowProblems
    private var dictionaries = ArrowDictionaries()
    private var batch: ArrowBatch?
    private var row = 0
    private var nulls: [Int] = []

    /// Whether bytes begin an Arrow file or stream, Feather V1 included.
    package static func isArrow(_ head: [UInt8]) -> Bool {
        if head.starts(with: "ARROW1".utf8) || head.starts(with: "FEA1".utf8) { return true }
        // A stream: the sign of a message, then the size of the schema, which is a multiple of 8.
        let bytes = LittleEndianBytes(head)
        return bytes.count >= 8 && bytes.u32(0) == UInt32.max && bytes.u32(4) & 7 == 0
            && (1..<(1 << 28)).contains(bytes.u32(4))
    }

    /// Opens a file; a stream or a compressed file is read from the front, a bare file by its directory at the end.
    ///
    /// - Throws: ``FileError``; ``Failure`` with code `file.arrow`; those of ``ByteSource``.
    package init(_ path: String) throws {
        problems = ArrowProblems(path: path)
        let file = try OpenFile(path)
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw FileError("stat", path) }
        let isBare = try status.st_mode & S_IFMT == S_IFREG && file.bytes(at: 0, count: 6).elementsEqual("ARROW1".utf8)
        source = isBare ? try ArrowFile(file, Int(status.st_size), problems) : try ArrowStream(path, problems)
        schema = source.schema
        fields = schema.columns.map(\.field)
        layouts = schema.columns.map { ($0.field.name, $0.dictionary?.index ?? $0.layout) }
    }

    /// - Throws: ``FileError``; ``Failure`` with code `file.arrow` for damage that shows only here.
    package func next() throws -> TableChunk? {
        while true {
            if let batch {
                if row < batch.rowCount { return try chunk(of: batch) }
                try batch.check(nulls: nulls)
            }
            guard let (message, body) = try source.next() else { return nil }
            switch message.header {
            case .schema: throw problems.damage("another schema", expected: "rows")
            case .dictionary(let id, let isDelta, let header):
                batch = nil
                try dictionaries.add(id, isDelta: isDelta, header, body, schema, problems)
            case .batch(let header):
                batch = try ArrowBatch(header, body, layouts, problems)
                row = 0
                nulls = Array(repeating: 0, count: layouts.count)
            }
        }
    }

    private func chunk(of batch: ArrowBatch) throws -> TableChunk {
        let rows = row..<min(row + TableChunk.usualRows, batch.rowCount)
        let stored = try batch.vectors(rows)
        for (column, vector) in stored.enumerated() { nulls[column] += vector.validity.nullCount }
        let columns = try zip(schema.columns, stored).map { column, vector in
            column.dictionary == nil ? vector : try dictionaries.vector(vector, column, problems)
        }
        row = rows.upperBound
        return TableChunk(fields: fields, columns: columns, rowCount: rows.count)
    }
}

/// The messages of an Arrow file in order, dictionaries before the rows that need them.
protocol ArrowMessages: AnyObject {
    var schema: ArrowSchema { get }

    /// The next message and its body; nil behind the last.
    func next() throws -> (ArrowMessage, ArrowBody)?
}
