import Basics
import MarketData
import Tables

/// Writes canonical tables in the formats that there are, chunk by chunk: the file shows under its name once it is
/// whole.
enum TableOutput {
    /// Calls `body` with what appends rows.
    ///
    /// - Parameter groupRows: the most rows that lie in memory until they are written, where many files are open.
    /// - Throws: ``FileError``, what the format says of rows that it has no place for, what `body` throws: what was at
    ///   the path before is untouched then.
    static func write(
        to path: String, _ format: ConvertData.Format, fields: [Field], groupRows: Int? = nil,
        _ body: ((TableChunk) throws -> Void) throws -> Void
    ) throws {
        switch format {
        case .parquet:
            var options = ParquetWriter.Options()
            if let groupRows { options.groupRows = groupRows }
            try ParquetWriter.write(to: path, fields: fields, options: options) { writer in
                try body { try writer.append($0) }
            }
        case .csv:
            try AtomicFile.write(to: path) { file in
                try ChunkCSV.append(header: fields, to: &file)
                try body { try ChunkCSV.append($0, to: &file) }
            }
        case .arrow:
            try AtomicFile.write(to: path) { file in
                var writer = try ArrowWriter(fields: fields, path: path, compression: .zstd, to: &file)
                try body { try writer.append($0, to: &file) }
                try writer.finish(to: &file)
            }
        }
    }

    /// Writes all rows of a source.
    static func write(_ source: any ChunkSource, to path: String, _ format: ConvertData.Format) throws {
        try write(to: path, format, fields: source.fields) { append in
            while let chunk = try source.next() { try append(chunk) }
        }
    }
}

/// What is told of the rows of a table: how many, from when to when, their digest.
struct TableFigures {
    private var running = CanonicalDigest()
    private(set) var rows = 0
    /// The least and the greatest time.
    private(set) var first: Nanoseconds?
    private(set) var last: Nanoseconds?
    /// Of the rows' positions in the source.
    private(set) var firstPosition: Int64?
    private(set) var lastPosition: Int64?

    /// Of ``CanonicalDigest``.
    var digest: String { running.text }

    mutating func add(_ chunk: TableChunk) {
        running.add(chunk)
        rows += chunk.rowCount
        if case .int64(let times)? = chunk["time"]?.values {
            for time in times { (first, last) = (min(first ?? time, time), max(last ?? time, time)) }
        }
        if case .int64(let places)? = chunk["position"]?.values {
            for place in places {
                (firstPosition, lastPosition) = (min(firstPosition ?? place, place), max(lastPosition ?? place, place))
            }
        }
    }
}

/// Chunks on their way, and the figures of those that have passed.
final class DigestedSource: ChunkSource {
    private let source: any ChunkSource
    private(set) var figures = TableFigures()

    init(_ source: any ChunkSource) { self.source = source }

    var fields: [Field] { source.fields }

    func next() throws -> TableChunk? {
        guard let chunk = try source.next() else { return nil }
        figures.add(chunk)
        return chunk
    }
}
