import Basics
import Foundation

/// What the footer of a Parquet file says beside its columns.
package struct ParquetMetadata: Sendable {
    /// Rows of all row groups.
    package let rowCount: Int
    /// Rows of each row group, in order.
    package let groupRows: [Int]
    /// The program that wrote the file, as it calls itself.
    package let writer: String?
    /// What the writer put beside the table, in order.
    package let keyValues: [(key: String, value: String)]
    /// Columns that are not read, with the reason: nested and repeated ones, and types that no column has here.
    package let refused: [(name: String, reason: String)]
}

/// Reads a Parquet file chunk by chunk, the columns of a chunk on all cores.
///
/// Memory is a page and a dictionary for each column, and 32 MiB of chunks: those that are used, those that are read
/// meanwhile, and those that are filled again. Chunks end where row groups do.
/// Source: the Parquet format, version 2.11 (parquet.thrift and Encodings.md of Apache Parquet).
package final class ParquetReader: ChunkSource {
    /// The file, for messages.
    package let path: String
    package let fields: [Field]
    /// What the footer says.
    package let metadata: ParquetMetadata
    /// Where the chunk that was read last began: row group and row in it, both from 0.
    package private(set) var position = (group: 0, row: 0)

    private let file: MappedFile
    private let groups: [ParquetFooter.Group]
    private let readers: [ParquetColumnReader]
    private let chunkRows: Int
    /// Where the next batch begins.
    private var cursor = (group: 0, row: 0)
    private var batches = 0
    /// What other threads read meanwhile.
    private var ahead: ParquetBatch?
    /// Chunks that have been read, with their places, the last one first.
    private var ready: [(chunk: TableChunk, group: Int, row: Int)] = []
    /// What went wrong: behind it the pages of different columns may stand at different rows.
    private var failure: (any Error)?

    /// Whether a file begins as Parquet files do; their end may still be missing.
    package static func recognises(_ head: [UInt8]) -> Bool {
        head.starts(with: [0x50, 0x41, 0x52, 0x31]) || head.starts(with: [0x50, 0x41, 0x52, 0x45])
    }

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - columns: names of the columns to read, in the order of ``fields``; nil for all that can be read.
    ///   - chunkRows: the most rows of a chunk, at most 1,048,576.
    /// - Throws: ``FileError``; ``Failure`` with code `file.parquet` for a damaged file, a column that is not there or
    ///   is not read, and files or columns that are encrypted.
    package init(_ path: String, columns: [String]? = nil, chunkRows: Int = TableChunk.usualRows) throws {
        self.path = path
        self.chunkRows = min(max(1, chunkRows), 1 << 20)
        file = try MappedFile(path)
        let bytes = file.bytes
        let (footer, footerStart): (ParquetFooter, Int)
        let all: (columns: [ParquetColumn], refused: [(name: String, reason: String)], leaves: Int)
        do {
            (footer, footerStart) = try ParquetReader.footer(bytes)
            all = try ParquetColumn.all(footer.schema)
            for group in footer.groups where group.chunks.count != all.leaves {
                throw ParquetDamage("a row group of \(group.chunks.count) columns in a file of \(all.leaves)")
            }
        } catch let damage as ParquetDamage {
            throw ParquetReader.failure(path, damage, "in its footer")
        }
        metadata = ParquetMetadata(
            rowCount: footer.rows, groupRows: footer.groups.map(\.rows), writer: footer.writer,
            keyValues: footer.keyValues, refused: all.refused)
        groups = footer.groups
        let chosen = try columns.map { try ParquetReader.choose($0, all.columns, all.refused, path) } ?? all.columns
        guard !chosen.isEmpty || all.refused.isEmpty || columns != nil else {
            let reasons = all.refused.prefix(3).map { "'\($0.name)': \($0.reason)" }.joined(separator: "; ")
            throw Failure(
                "file.parquet", "found no column in '\(path)' that is read (\(reasons))",
                hint: "write the file again with flat columns")
        }
        fields = chosen.map(\.field)
        let budget = PageBudget(max(256 << 20, bytes.count.saturatingTimes(16)))
        readers = chosen.map { ParquetColumnReader($0, file: bytes, footerStart: footerStart, budget: budget) }
    }

    private static func footer(_ bytes: UnsafeRawBufferPointer) throws -> (ParquetFooter, Int) {
        let magic = Array("PAR1".utf8)
        guard bytes.count >= 12 else { throw ParquetDamage("a file of \(bytes.count) bytes") }
        guard !bytes[(bytes.count - 4)...].elementsEqual("PARE".utf8) else {
            throw ParquetDamage("an encrypted footer, which is not read")
        }
        guard bytes[..<4].elementsEqual(magic), bytes[(bytes.count - 4)...].elementsEqual(magic) else {
            throw ParquetDamage("no 'PAR1' at both ends: it is cut short or no Parquet file")
        }
        let length = Int(bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt32.self))
        guard length <= bytes.count - 12 else { throw ParquetDamage("a footer of \(length) bytes") }
        let start = bytes.count - 8 - length
        return (
            try ParquetFooter(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]), fileSize: bytes.count),
            start
        )
    }

    private static func choose(
        _ names: [String], _ columns: [ParquetColumn], _ refused: [(name: String, reason: String)], _ path: String
    ) throws -> [ParquetColumn] {
        try names.map { name in
            if let column = columns.first(where: { $0.field.name == name }) { return column }
            if let reason = refused.first(where: { $0.name == name })?.reason {
                throw Failure(
                    "file.parquet", "cannot read the column '\(name)' of '\(path)': \(reason)",
                    hint: "leave the column out, or write the file again with flat columns")
            }
            throw Failure(
                "file.parquet",
                "found no column '\(name)' in '\(path)', only "
                    + columns.prefix(20).map { "'\($0.field.name)'" }.joined(separator: ", "),
                hint: "name a column that is there")
        }
    }

    private static func failure(_ path: String, _ damage: ParquetDamage, _ place: String) -> Failure {
        Failure(
            "file.parquet", "found \(damage.reason) in '\(path)', \(place)",
            hint: "fetch the file again, or write it again with: pyarrow.parquet.write_table")
    }

    package func next() throws -> TableChunk? {
        if let failure { throw failure }
        do {
            return try nextChunk()
        } catch {
            failure = error
            throw error
        }
    }

    private func nextChunk() throws -> TableChunk? {
        guard !fields.isEmpty else { return nil }
        while ready.isEmpty {
            guard let batch = ahead ?? plan() else {
                leave(position.group)
                return nil
            }
            ahead = nil
            if batches == 1 { batch.begin() }
            try take(batch)
            ahead = plan()
            ahead?.begin()
        }
        guard let (chunk, group, row) = ready.popLast() else { return nil }
        if group != position.group { leave(position.group) }
        position = (group, row)
        return chunk
    }

    deinit { ahead?.cancel() }

    /// The next rows of all columns; nil behind the last.
    private func plan() -> ParquetBatch? {
        guard cursor.group < groups.count else { return nil }
        // The first one is a chunk alone, for those who want no more; then 8 MiB at a time.
        let most = batches == 0 ? 1 : max(chunkRows, ParquetReader.mostAhead / max(1, readers.count))
        var parts: [ParquetBatch.Part] = [], rows = 0
        while cursor.group < groups.count, rows < most {
            let all = groups[cursor.group].rows
            var part = ParquetBatch.Part(group: cursor.group, begins: cursor.row == 0, firstRow: cursor.row)
            while cursor.row < all, rows < most {
                let count = min(all - cursor.row, chunkRows)
                part.counts.append(count)
                (cursor.row, rows) = (cursor.row + count, rows + count)
            }
            part.ends = cursor.row >= all
            if part.ends { cursor = (cursor.group + 1, 0) }
            parts.append(part)
        }
        batches += 1
        return ParquetBatch(parts, number: batches, readers, groups, file: file)
    }

    /// Cells that are read at once: 8 MiB.
    private static let mostAhead = 1 << 20

    private func take(_ batch: ParquetBatch) throws {
        let columns = try zip(readers, batch.columns()).map { reader, result in
            try inside(reader) { try result.get() }
        }
        var index = 0, chunks: [(TableChunk, Int, Int)] = []
        for part in batch.parts {
            var row = part.firstRow
            for count in part.counts {
                let vectors = columns.map { $0[index] }
                chunks.append((TableChunk(fields: fields, columns: vectors, rowCount: count), part.group, row))
                (index, row) = (index + 1, row + count)
            }
        }
        ready = chunks.reversed()
    }

    /// Gives back the memory that the pages of a row group are mapped in.
    private func leave(_ group: Int) {
        guard groups.indices.contains(group) else { return }
        let page = Int(getpagesize())
        for reader in readers {
            let chunk = groups[group].chunks[reader.column.leaf]
            guard let end = chunk.start.plus(chunk.storedSize), end <= file.count else { continue }
            let first = (chunk.start + page - 1) / page * page, last = end / page * page
            guard first < last, let base = file.bytes.baseAddress else { continue }
            madvise(UnsafeMutableRawPointer(mutating: base + first), last - first, MADV_DONTNEED)
        }
    }

    /// Adds the place to what went wrong.
    private func inside<T>(_ reader: ParquetColumnReader, _ body: () throws -> T) throws -> T {
        let place = "column '\(reader.column.field.name)', row group \(reader.group), before byte \(reader.position)"
        do {
            return try body()
        } catch let damage as ParquetDamage {
            throw ParquetReader.failure(path, damage, place)
        } catch let failure as Failure where failure.code == "file.compressed" {
            throw Failure(
                failure.code, "\(failure.message), in '\(path)', \(place)", hint: failure.hint,
                exitStatus: failure.exitStatus)
        }
    }
}
