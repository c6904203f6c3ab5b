import Basics
import MarketData
import Tables
import TestSupport
import Testing

/// Resampled bars as lines, ours and pandas'.
enum ResampledLines {
    static let hasPandas =
        SharedData.isThere && SharedData.client("python3") != nil && SharedData.pythonHas("pandas")

    /// A source that is read to its end.
    struct Read {
        var lines: [String] = []
        var knownTimes: [Int64] = []
        var positions: [Int64] = []
        var times: [Int64] = []
        var largestChunk = 0
        var notes: [String] = []
        /// Of prices and of volumes.
        var decimals = (0, 0)
    }

    /// - Returns: per bar: start, open, high, low, close, volume, trades, with spaces; empty cells as `-`.
    static func read(
        _ source: any ChunkSource, kind: CanonicalKind, _ rule: String, calendar: String?, interval: Nanoseconds? = nil,
        resets: Bool = false
    ) throws -> Read {
        let bars = try ResampledBars(
            source, kind: kind, rule: BarRule(rule), calendar: try calendar.map { try TradingCalendar($0) },
            interval: interval, resetsAtSession: resets)
        var read = Read()
        while let chunk = try bars.next() {
            #expect(chunk.fields == bars.fields)
            read.largestChunk = max(read.largestChunk, chunk.rowCount)
            let columns = ["time", "open", "high", "low", "close", "volume", "trades"].compactMap { chunk[$0] }
            for row in 0..<chunk.rowCount {
                let cells = columns.map { column -> String in
                    guard column.validity[row], case .int64(let values) = column.values else { return "-" }
                    return String(values[row])
                }
                read.lines.append(cells.joined(separator: " "))
            }
            for (name, path) in [("known_time", \Read.knownTimes), ("position", \.positions), ("time", \.times)] {
                if case .int64(let values)? = chunk[name]?.values { read[keyPath: path] += values }
            }
        }
        read.notes = bars.notes
        let scales = bars.fields.compactMap { if case .decimal(let scale) = $0.type { scale } else { nil } }
        read.decimals = (scales[0], scales[4])
        return read
    }

    /// The same of a shared file.
    static func read(
        file: String, _ kind: CanonicalKind, _ rule: String, calendar: String?, zone: String? = nil,
        interval: Nanoseconds? = nil, resets: Bool = false
    ) throws -> Read {
        let found = try FoundFiles.find(SharedData.path("data/\(file)"), zone: zone, interval: interval)
        return try read(
            try found.read(kind), kind: kind, rule, calendar: calendar, interval: interval, resets: resets)
    }

    static func theirs(_ source: String, _ file: String, _ decimals: (Int, Int), _ rule: String, resets: Bool) throws
        -> [String]
    {
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run(
            try #require(SharedData.client("python3")),
            [
                "\(SharedData.repository)/Tests/MarketDataTests/Fixtures/resample_peer.py", source,
                SharedData.path("data/\(file)"), String(decimals.0), String(decimals.1), rule,
            ] + (resets ? ["reset"] : []), in: directory.path)
        try #require(result.status == 0, "\(result.errors.suffix(600))")
        return result.output.split(separator: "\n").map(String.init)
    }

    /// Trades that a test makes.
    static func trades(
        _ rows: [(instrument: String, time: Int64, price: Int64?, size: Int64?)], priceDecimals: Int = 2,
        sizeDecimals: Int = 0, chunk: Int = 1000
    ) -> ChunkList {
        let fields = CanonicalFields.fields(.trades, priceDecimals: priceDecimals, sizeDecimals: sizeDecimals)
        var builder = CanonicalBuilder(.trades, fields: fields, file: "made.csv"), chunks: [TableChunk] = []
        for (index, row) in rows.enumerated() {
            builder.add(
                .init(time: row.time, knownTime: row.time &+ 5, instrument: row.instrument, position: index + 1),
                row.price.map { .integer($0) } ?? .empty, row.size.map { .integer($0) } ?? .empty, .empty, .empty,
                .text("X"))
            if builder.rowCount == chunk { chunks.append(builder.take()) }
        }
        chunks.append(builder.take())
        return ChunkList(fields: fields, chunks)
    }
}
