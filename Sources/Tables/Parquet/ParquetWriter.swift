import Basics
import Foundation

/// Writes a table as a Parquet file.
///
/// Pages are of version 1, with a dictionary as long as that is shorter, and with checksums; every column of a row
/// group has statistics. The file shows under its name once it is whole. Memory is one row group.
package struct ParquetWriter {
    /// How a file is written.
    package struct Options: Sendable {
        /// Of the pages; LZ4 frames are not one that the format has.
        package var codec = Codec.zstd
        /// Whether columns whose values repeat are written with a dictionary.
        package var usesDictionary = true
        /// The most rows of a row group; fewer where a table has many columns.
        package var groupRows = 262_144
        /// What lies beside the table, in order.
        package var keyValues: [(key: String, value: String)] = []

        /// Compressed with zstd, with dictionaries.
        package init() {}
    }

    private let fields: [Field]
    private let options: Options
    private let storages: [ParquetStorage]
    private let codecNumber: Int
    private var file: AtomicFile.Writer
    /// Chunks of the row group that is being filled, and which of their rows.
    private var parts: [(chunk: TableChunk, rows: Range<Int>)] = []
    private var pending = 0
    private var groups: [(columns: [(EncodedColumn, offset: Int)], rows: Int)] = []
    /// Rows so far.
    package private(set) var rowCount = 0

    /// Writes a file; `body` appends the rows.
    ///
    /// - Parameters:
    ///   - fields: of every chunk that will be appended.
    ///   - isDurable: whether to wait for the disk.
    /// - Throws: ``FileError``; ``Failure`` with code `file.parquet` for a type or a value that the format does not
    ///   hold; whatever `body` throws. In each case what was at the path before is untouched.
    package static func write(
        to path: String, fields: [Field], options: Options = Options(), isDurable: Bool = true,
        _ body: (inout ParquetWriter) throws -> Void
    ) throws {
        try AtomicFile.write(to: path, isDurable: isDurable) { file in
            var writer = try ParquetWriter(file, fields, options)
            try body(&writer)
            try writer.finish()
            file = writer.file
        }
    }

    /// Writes all rows of a table.
    ///
    /// - Throws: as ``write(to:fields:options:isDurable:_:)``; what the table throws.
    package static func write(_ table: any ChunkSource, to path: String, options: Options = Options()) throws {
        try write(to: path, fields: table.fields, options: options) { writer in
            while let chunk = try table.next() { try writer.append(chunk) }
        }
    }

    private init(_ file: AtomicFile.Writer, _ fields: [Field], _ options: Options) throws {
        guard let number = ParquetCodec.number(options.codec) else {
            throw Failure(
                "file.parquet", "cannot write a Parquet file with the codec \(options.codec.rawValue)",
                hint: "use one of: zstd, snappy, none")
        }
        (self.file, self.fields, self.options, codecNumber) = (file, fields, options, number)
        storages = try fields.map { try ParquetStorage($0) }
        try self.file.append("PAR1")
    }

    /// Adds rows.
    ///
    /// - Throws: as ``write(to:fields:options:isDurable:_:)``.
    package mutating func append(_ chunk: TableChunk) throws {
        guard chunk.fields == fields else {
            throw Failure("file.parquet", "found a chunk with other columns than the Parquet file that it goes to")
        }
        // Six columns of eight bytes make 12 MiB, and fifty 64.
        let most = max(1, min(options.groupRows, max(65_536, (64 << 20) / (8 * max(1, fields.count)))))
        var next = 0
        while next < chunk.rowCount {
            let end = min(chunk.rowCount, next + most - pending)
            parts.append((chunk, next..<end))
            pending += end - next
            next = end
            if pending == most { try writeGroup() }
        }
    }

    private mutating func writeGroup() throws {
        guard pending > 0 else { return }
        let results = Guarded([Result<EncodedColumn, any Error>?](repeating: nil, count: fields.count))
        let (fields, storages, options, parts) = (fields, storages, options, parts)
        DispatchQueue.concurrentPerform(iterations: fields.count) { index in
            let column = parts.map { ColumnPart(vector: $0.chunk.columns[index], rows: $0.rows) }
            let result = Result {
                try ParquetColumnEncoder.encode(column, fields[index], storages[index], options)
            }
            results.update { $0[index] = result }
        }
        var columns: [(EncodedColumn, offset: Int)] = []
        for result in results.value {
            guard var column = try result?.get() else { continue }
            let offset = file.count
            try column.bytes.withUnsafeBytes { try file.append($0) }
            column.storedSize = column.bytes.count
            column.bytes = []
            columns.append((column, offset))
        }
        groups.append((columns, pending))
        rowCount += pending
        self.parts = []
        pending = 0
    }

    private mutating func finish() throws {
        try writeGroup()
        let footer = footer()
        try footer.withUnsafeBytes { try file.append($0) }
        guard let length = UInt32(exactly: footer.count) else {
            throw Failure("file.parquet", "cannot write a footer of \(footer.count) bytes to a Parquet file")
        }
        try withUnsafeBytes(of: length.littleEndian) { try file.append($0) }
        try file.append("PAR1")
    }

    private func footer() -> [UInt8] {
        var out = ThriftWriter()
        out.structure { out in
            out.int32(1, 2)
            out.list(2, of: 12, count: fields.count + 1)
            out.structure { out in
                out.binary(4, Array("schema".utf8))
                out.int32(5, fields.count)
            }
            for (field, storage) in zip(fields, storages) { storage.write(field, to: &out) }
            out.int64(3, rowCount)
            out.list(4, of: 12, count: groups.count)
            for group in groups { write(group, to: &out) }
            if !options.keyValues.isEmpty {
                out.list(5, of: 12, count: options.keyValues.count)
                for pair in options.keyValues {
                    out.structure { out in
                        out.binary(1, Array(pair.key.utf8))
                        out.binary(2, Array(pair.value.utf8))
                    }
                }
            }
            out.binary(6, Array("hftml".utf8))
            // Bounds in the statistics are ordered as the types are.
            out.list(7, of: 12, count: fields.count)
            for _ in fields { out.structure { $0.structure(1) { _ in } } }
        }
        return out.bytes
    }

    private func write(_ group: (columns: [(EncodedColumn, offset: Int)], rows: Int), to out: inout ThriftWriter) {
        out.structure { out in
            out.list(1, of: 12, count: group.columns.count)
            for (index, (column, offset)) in group.columns.enumerated() {
                out.structure { out in
                    out.int64(2, 0)
                    out.structure(3) { write(column, index, offset, group.rows, to: &$0) }
                }
            }
            out.int64(2, group.columns.reduce(0) { $0 + $1.0.rawSize })
            out.int64(3, group.rows)
            if let first = group.columns.first { out.int64(5, first.offset) }
            out.int64(6, group.columns.reduce(0) { $0 + $1.0.storedSize })
        }
    }

    private func write(
        _ column: EncodedColumn, _ index: Int, _ offset: Int, _ rows: Int, to out: inout ThriftWriter
    ) {
        let hasDictionary = column.dictionarySize > 0
        let encodings = (column.hasPlainPages || hasDictionary ? [0] : []) + [3] + (hasDictionary ? [8] : [])
        out.int32(1, storages[index].physical)
        out.list(2, of: 5, count: encodings.count)
        for encoding in encodings { out.element(encoding) }
        out.list(3, of: 8, count: 1)
        out.element(Array(fields[index].name.utf8))
        out.int32(4, codecNumber)
        out.int64(5, rows)
        out.int64(6, column.rawSize)
        out.int64(7, column.storedSize)
        out.int64(9, offset + column.dictionarySize)
        if hasDictionary { out.int64(11, offset) }
        column.statistics.write(12, storages[index], to: &out)
    }
}
