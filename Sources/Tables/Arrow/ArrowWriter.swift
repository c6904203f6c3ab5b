package import Basics

/// Writes Arrow's IPC file format (Feather V2), a batch a chunk.
package struct ArrowWriter {
    private let fields: [Field]
    private let compression: Codec
    private let path: String
    private var blocks: [[Int64]] = []
    private var offset = 0

    /// Writes all chunks of a source to a file, which appears when it is whole.
    ///
    /// - Parameter compression: `none`, `lz4Frame` or `zstd`.
    /// - Throws: ``Failure`` with code `file.arrow` for another compression or values that Arrow has no place for,
    ///   `file.no-library`; ``FileError``; what the source throws.
    package static func write(_ source: any ChunkSource, to path: String, compression: Codec = .zstd) throws {
        try AtomicFile.write(to: path) { output in
            var writer = try ArrowWriter(fields: source.fields, path: path, compression: compression, to: &output)
            while let chunk = try source.next() { try writer.append(chunk, to: &output) }
            try writer.finish(to: &output)
        }
    }

    /// Begins a file.
    ///
    /// - Parameter path: for messages.
    package init(fields: [Field], path: String, compression: Codec, to output: inout AtomicFile.Writer) throws {
        guard [.none, .lz4Frame, .zstd].contains(compression) else {
            throw Failure(
                "file.arrow", "found the compression \(compression.rawValue), which Arrow files do not have",
                hint: "choose none, lz4 or zstd")
        }
        (self.fields, self.compression, self.path) = (fields, compression, path)
        try write(Array("ARROW1".utf8) + [0, 0], to: &output)
        try message(1, .table(try schema()), bodySize: 0, to: &output)
    }

    /// Adds the rows of a chunk; none for one without rows.
    package mutating func append(_ chunk: TableChunk, to output: inout AtomicFile.Writer) throws {
        guard chunk.fields == fields else { throw failure("a chunk with other columns", "the columns of the first") }
        if chunk.rowCount == 0 { return }
        var nodes: [[Int64]] = [], places: [[Int64]] = [], body: [UInt8] = []
        for (field, column) in zip(fields, chunk.columns) {
            guard field.isOptional || column.validity.nullCount == 0 else {
                throw failure("empty cells in column '\(field.name)'", "none, as the column says")
            }
            nodes.append([Int64(column.count), Int64(column.validity.nullCount)])
            for buffer in try ArrowEncoding.buffers(column, field, failure) {
                let stored = try compressed(buffer)
                places.append([Int64(body.count), Int64(stored.count)])
                body += stored
                while body.count % 8 != 0 { body.append(0) }
            }
        }
        let codec: FlatBuilder.Value =
            compression == .none ? .none : .table([.int8(compression == .zstd ? 1 : 0), .int8(0)])
        let start = offset
        let batch = FlatBuilder.Value.table([.int64(Int64(chunk.rowCount)), .words(nodes), .words(places), codec])
        try message(3, batch, bodySize: body.count, to: &output)
        blocks.append([Int64(start), Int64(offset - start), Int64(body.count)])
        try write(body, to: &output)
    }

    /// Writes where the batches are.
    package mutating func finish(to output: inout AtomicFile.Writer) throws {
        // The end of the messages, for those who read the file from the front.
        try write([255, 255, 255, 255, 0, 0, 0, 0], to: &output)
        let footer = FlatBuilder.build([.int16(4), .table(try schema()), .words([]), .words(blocks)])
        try write(footer, to: &output)
        try write(withUnsafeBytes(of: Int32(truncatingIfNeeded: footer.count).littleEndian) { Array($0) }, to: &output)
        try write(Array("ARROW1".utf8), to: &output)
    }

    private func failure(_ found: String, _ expected: String) -> Failure {
        Failure(
            "file.arrow", "cannot write '\(path)': found \(found), expected \(expected)",
            hint: "convert the column, or leave it out")
    }

    private func schema() throws -> [FlatBuilder.Value] {
        let columns = try fields.map { field -> [FlatBuilder.Value] in
            let (kind, type) = try ArrowEncoding.type(field, failure)
            return [.text(field.name), .bool(field.isOptional), .int8(kind), .table(type), .none, .tables([])]
        }
        return [.int16(0), .tables(columns)]
    }

    private mutating func message(
        _ kind: Int8, _ header: FlatBuilder.Value, bodySize: Int, to output: inout AtomicFile.Writer
    ) throws {
        // A multiple of 8 bytes, so with its prefix too.
        let bytes = FlatBuilder.build([.int16(4), .int8(kind), header, .int64(Int64(bodySize))])
        try write([255, 255, 255, 255], to: &output)
        try write(withUnsafeBytes(of: Int32(truncatingIfNeeded: bytes.count).littleEndian) { Array($0) }, to: &output)
        try write(bytes, to: &output)
    }

    private mutating func write(_ bytes: [UInt8], to output: inout AtomicFile.Writer) throws {
        try bytes.withUnsafeBytes { try output.append($0) }
        offset += bytes.count
    }

    /// The raw size, then the bytes; just the bytes, under −1, where compression makes them longer.
    private func compressed(_ buffer: [UInt8]) throws -> [UInt8] {
        if compression == .none || buffer.isEmpty { return buffer }
        let stored = try buffer.withUnsafeBytes { try compression.compress($0) }
        let isShorter = stored.count < buffer.count
        let size = isShorter ? Int64(buffer.count) : -1
        return withUnsafeBytes(of: size.littleEndian) { Array($0) } + (isShorter ? stored : buffer)
    }
}
