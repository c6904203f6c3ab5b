import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Bars that cannot be meant are refused with one code and in the same words, whichever format they are in.
@Suite struct BarRefusalTests {
    /// A bar a row: time in seconds, instrument, open, high, low, close, volume.
    struct Row {
        var time: Int64
        var instrument = "A"
        var open = 10.0, high = 11.0, low = 9.0, close = 10.5, volume = 100.0
    }

    static let start: Int64 = 1_736_173_800

    /// Rows of a minute each.
    static func minutes(_ count: Int) -> [Row] { (0..<count).map { Row(time: start + 60 * Int64($0)) } }

    /// Writes rows in every format, and opens each.
    static func open(_ rows: [Row], format: String, _ body: (any FoundFile) throws -> Void) throws {
        let directory = try TemporaryDirectory(), path = directory.file("X.\(format)")
        let names = Array(Set(rows.map(\.instrument))).sorted()
        let codes = rows.map { row in UInt32(names.firstIndex(of: row.instrument) ?? 0) }
        let numbers: [(String, [Double])] = [
            ("open", rows.map(\.open)), ("high", rows.map(\.high)), ("low", rows.map(\.low)),
            ("close", rows.map(\.close)), ("volume", rows.map(\.volume)),
        ]
        let fields =
            [Field("time", .timestamp(.second, isUTC: true)), Field("symbol", .text)]
            + numbers.map { Field($0.0, .float64) }
        let chunk = TableChunk(
            fields: fields,
            columns: [
                ColumnVector(.int64(rows.map(\.time))),
                ColumnVector(.text(DictionaryText(values: names, codes: codes))),
            ] + numbers.map { ColumnVector(.float64($0.1)) }, rowCount: rows.count)
        switch format {
        case "parquet": try ParquetWriter.write(ChunkList(fields: fields, [chunk]), to: path)
        case "arrow": try ArrowWriter.write(ChunkList(fields: fields, [chunk]), to: path)
        case "csv":
            let lines = rows.map {
                "\($0.time),\($0.instrument),\($0.open),\($0.high),\($0.low),\($0.close),\($0.volume)\n"
            }
            try AtomicFile.write("time,symbol,open,high,low,close,volume\n" + lines.joined(), to: path)
        default:
            let objects = rows.map {
                "{\"time\":\($0.time),\"symbol\":\"\($0.instrument)\",\"open\":\($0.open),\"high\":\($0.high),"
                    + "\"low\":\($0.low),\"close\":\($0.close),\"volume\":\($0.volume)}"
            }
            try AtomicFile.write("[" + objects.joined(separator: ",\n") + "]", to: path)
        }
        try body(try FoundFiles.find(path))
    }

    static let formats = ["parquet", "arrow", "json", "csv"]

    private func refused(_ rows: [Row], _ format: String, _ code: String, _ part: String) {
        let failure = #expect(throws: Failure.self, "\(format)") {
            try BarRefusalTests.open(rows, format: format) { file in
                let source = try file.read(.bars)
                while try source.next() != nil {}
            }
        }
        #expect(failure?.code == code && failure?.message.contains(part) == true, "\(format): \(failure as Any)")
    }

    @Test("bars of one and of five minutes in a file", arguments: formats)
    func mixedIntervals(_ format: String) {
        let five = (0..<40).map { Row(time: Self.start + 6000 + 300 * Int64($0)) }
        refused(Self.minutes(100) + five, format, "data.cadence", "found a step of 5m among bars of 1m, expected one")
        let other = (0..<40).map { Row(time: Self.start + 300 * Int64($0), instrument: "B") }
        refused(Self.minutes(100) + other, format, "data.cadence", "found a step of 5m among bars of 1m, expected one")
    }

    @Test("highs below lows, and prices outside of them", arguments: formats)
    func impossibleRanges(_ format: String) {
        var rows = Self.minutes(20)
        for row in 3..<13 { (rows[row].high, rows[row].low) = (9, 11) }
        refused(rows, format, "data.meaning", "found a high below or a low above open or close, in 10 of 20 rows")
        rows = Self.minutes(20)
        for row in 3..<13 { rows[row].close = 12 }
        refused(rows, format, "data.meaning", "found a high below or a low above open or close, in 10 of 20 rows")
        rows = Self.minutes(20)
        for row in 3..<13 { rows[row].open = 8 }
        refused(rows, format, "data.meaning", "expected the high to be the highest and the low the lowest")
    }

    @Test("volumes below 0", arguments: formats)
    func negativeVolumes(_ format: String) {
        var rows = Self.minutes(20)
        for row in 0..<10 { rows[row].volume = -5 }
        refused(rows, format, "data.meaning", "found a volume below 0, in 10 of 20 rows")
    }

    @Test("a time twice, and times that turn back", arguments: formats)
    func order(_ format: String) {
        var rows = Self.minutes(20)
        rows[7].time = rows[6].time
        refused(rows, format, "data.order", "with the same time")
        rows = Self.minutes(20)
        rows[7].time = rows[3].time - 30
        refused(rows, format, "data.order", "that turns back, expected times in order")
        // Of two instruments each may have the time once.
        rows = Self.minutes(20).flatMap { [$0, Row(time: $0.time, instrument: "B")] }
        #expect(throws: Never.self) { try BarRefusalTests.open(rows, format: format) { _ in } }
        rows[7].time = rows[5].time
        refused(rows, format, "data.order", "found two bars of 'B' with the same time")
    }

    @Test("few wrong rows are told and kept", arguments: formats)
    func notes(_ format: String) throws {
        var rows = Self.minutes(20)
        (rows[4].high, rows[5].volume) = (1, -1)
        try Self.open(rows, format: format) { file in
            #expect(file.notes.contains { $0.contains("1 of 20 rows have a high below or a low above open or close") })
            #expect(file.notes.contains { $0.contains("1 rows have a volume below 0, the first one at") })
            var count = 0
            let source = try file.read(.bars)
            while let chunk = try source.next() { count += chunk.rowCount }
            #expect(count == 20)
        }
    }

    @Test("canonical tables of others' making", arguments: ["parquet", "csv"])
    func canonical(_ format: String) throws {
        let directory = try TemporaryDirectory(), path = directory.file("X.\(format)")
        func write(_ times: [Int64], high: Int64) throws {
            let fields = CanonicalFields.fields(.bars, priceDecimals: 0, sizeDecimals: 0)
            var builder = CanonicalBuilder(.bars, fields: fields, file: "a")
            for (row, time) in times.enumerated() {
                let time = time * 1_000_000_000
                builder.add(
                    .init(time: time, knownTime: time + 60_000_000_000, instrument: "A", position: row + 1),
                    .integer(10), .integer(high), .integer(9), .integer(10), .integer(1))
            }
            let chunk = builder.take()
            if format == "csv" {
                _ = try ChunkCSV.write(ChunkList(fields: fields, [chunk]), to: path)
            } else {
                try ParquetWriter.write(ChunkList(fields: fields, [chunk]), to: path)
            }
        }
        func read() throws {
            let source = try FoundFiles.find(path).read(.bars)
            while try source.next() != nil {}
        }
        try write([60, 120, 180], high: 11)
        try read()
        try write([60, 120, 120], high: 11)
        #expect(#expect(throws: Failure.self) { try read() }?.code == "data.order")
        try write([60, 120, 180], high: 8)
        #expect(#expect(throws: Failure.self) { try read() }?.code == "data.meaning")
    }
}
