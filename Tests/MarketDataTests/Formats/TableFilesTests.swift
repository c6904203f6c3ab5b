import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Table files whose columns are recognised, against pandas.
@Suite struct TableFilesTests {
    @Test(
        "the shared Parquet files equal a script's reading",
        .enabled(if: CanonicalPeer.isThere, "needs the shared data and Python"),
        arguments: [
            ("btcusdt_trades_brotli", CanonicalKind.trades, "trades", "btcusdt_trades_brotli"),
            ("xrp_eth_trades", .trades, "trades", "xrp_eth"),
            ("quotes_i64_zstd_10rowgroups", .quotes, "quotes", "quotes_i64_zstd_10rowgroups"),
            ("rb_20250605", .bookSnapshots, "shanghai", ""), ("rb_20250606", .bookSnapshots, "shanghai", ""),
            ("rb_20250609", .bookSnapshots, "shanghai", ""),
        ] as [(String, CanonicalKind, String, String)])
    func shared(_ name: String, _ kind: CanonicalKind, _ peer: String, _ instrument: String) throws {
        let path = SharedData.path("data/parquet/\(name).parquet")
        #expect(try FoundFiles.find(path).tables == [kind])
        #expect(try CanonicalPeer.ours(path) == CanonicalPeer.theirs(peer, path, instrument))
    }

    @Test(
        "the shared Feather files equal a script's reading",
        .enabled(if: CanonicalPeer.isThere, "needs the shared data and Python"),
        arguments: ["ADA_BTC-5m", "ETH_BTC-5m", "LTC_BTC-5m"])
    func feather(_ name: String) throws {
        let path = SharedData.path("data/bars-crypto/\(name).feather")
        #expect(try FoundFiles.find(path).tables == [.bars])
        #expect(try CanonicalPeer.ours(path) == CanonicalPeer.theirs("feather", path))
    }

    @Test("the first snapshot of Shanghai", .enabled(if: SharedData.isThere, "needs the shared data"))
    func shanghai() throws {
        let file = try FoundFiles.find(SharedData.path("data/parquet/rb_20250605.parquet"))
        #expect(file.kindName == "Parquet table of book-snapshots of 5 levels")
        let chunk = try #require(try file.read(.bookSnapshots).next())
        let cells = chunk.fields.indices.filter { $0 != 5 }.prefix(10).map {
            ColumnText.cell(chunk.columns[$0], chunk.fields[$0].type, 0)
        }
        #expect(
            cells == [
                "2025-06-04T12:59:00.518402Z", "2025-06-04T12:59:00.518402Z", "2025-06-04T12:59:00.518402Z", "",
                "rb2510",
                "1", "2975", "24", "2974", "305",
            ])
    }

    /// A table of columns in memory.
    static func table(_ columns: [(String, ColumnType, ColumnVector.Values)]) -> (fields: [Field], chunk: TableChunk) {
        let fields = columns.map { Field($0.0, $0.1) }
        let vectors = columns.map { ColumnVector($0.2) }
        return (fields, TableChunk(fields: fields, columns: vectors, rowCount: vectors.first?.count ?? 0))
    }

    static func rows(_ columns: [(String, ColumnType, ColumnVector.Values)], name: String = "X-5m.parquet") throws
        -> [String]
    {
        let (fields, chunk) = table(columns)
        let file = try MappedTable(name, container: "Parquet", fields: fields) { names in
            let kept = fields.indices.filter { names?.contains(fields[$0].name) ?? true }
            let fields = kept.map { chunk.fields[$0] }, columns = kept.map { chunk.columns[$0] }
            return ChunkList(
                fields: fields, [TableChunk(fields: fields, columns: columns, rowCount: chunk.rowCount)])
        }
        let source = try file.read(file.tables[0])
        var rows: [String] = []
        while let chunk = try source.next() {
            for row in 0..<chunk.rowCount {
                let cells = chunk.fields.indices.filter { $0 != 5 }.map {
                    ColumnText.cell(chunk.columns[$0], chunk.fields[$0].type, row)
                }
                rows.append(cells.joined(separator: ","))
            }
        }
        return rows
    }

    static let times = ColumnVector.Values.int64([1_509_836_520_000, 1_509_836_580_000])

    @Test("names in many spellings, small prices, missing values")
    func spellings() throws {
        let small: ColumnVector.Values = .float64([0.00000812, 2e-5])
        #expect(
            try TableFilesTests.rows([
                ("Open Time", .int64, TableFilesTests.times), ("O", .float64, small), ("High", .float64, small),
                ("low", .float64, small), ("CLOSE", .float64, .float64([0.00000812, .nan])),
                ("Volume", .decimal(scale: 2), .int64([150, 0])),
            ]) == [
                "2017-11-04T23:02:00Z,,2017-11-04T23:03:00Z,,X,1,0.00000812,0.00000812,0.00000812,0.00000812,1.5",
                "2017-11-04T23:03:00Z,,2017-11-04T23:04:00Z,,X,2,0.00002000,0.00002000,0.00002000,,0.0",
            ])
        #expect(
            try TableFilesTests.rows([
                ("ts_event", .timestamp(.millisecond, isUTC: true), TableFilesTests.times),
                ("ts_recv", .timestamp(.millisecond, isUTC: true), .int64([1_509_836_520_001, 1_509_836_580_001])),
                ("symbol", .text, .text(DictionaryText(values: ["B", "A"], codes: [1, 0]))),
                ("bid_px_00", .float64, .float64([1.5, 2])), ("ask_px_00", .float64, .float64([1.25, 3])),
                ("bid_sz_00", .uint64, .uint64([7, 8])), ("ask_sz_00", .uint64, .uint64([9, 10])),
                ("sequence", .int64, .int64([3, 4])),
            ]) == [
                "2017-11-04T23:02:00Z,2017-11-04T23:02:00.001Z,2017-11-04T23:02:00.001Z,3,A,1,1.50,7,1.25,9,",
                "2017-11-04T23:03:00Z,2017-11-04T23:03:00.001Z,2017-11-04T23:03:00.001Z,4,B,2,2.00,8,3.00,10,",
            ])
    }

    @Test("what cannot be meant is refused with the row")
    func refused() throws {
        func expect(_ part: String, _ columns: [(String, ColumnType, ColumnVector.Values)]) {
            let failure = #expect(throws: Failure.self) { try TableFilesTests.rows(columns) }
            #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
        }
        let numbers: ColumnVector.Values = .float64([1, 2])
        func bars(_ times: [Int64], _ close: ColumnVector.Values) -> [(String, ColumnType, ColumnVector.Values)] {
            [
                ("time", .int64, .int64(times)), ("open", .float64, numbers), ("high", .float64, numbers),
                ("low", .float64, numbers), ("close", .float64, close),
            ]
        }
        expect("row 2: found two bars with the same time", bars([1_509_836_520, 1_509_836_520], numbers))
        expect(
            "row 2: found no time in 'time', or one of another unit", bars([1_509_836_520, 1_509_836_580_000], numbers))
        expect("row 2: found a cell in 'close'", bars([1_509_836_520, 1_509_836_580], .float64([1, .infinity])))
        let wide: ColumnVector.Values = .float64([1e15, 1e-15])
        expect(
            "range no 64-bit integer",
            [("time", .int64, .int64([1_509_836_520, 1_509_836_580]))]
                + ["open", "high", "low", "close"].map { ($0, .float64, wide) })
        expect(
            "expected bars, trades, quotes or books",
            [("time", .int64, TableFilesTests.times), ("x", .float64, numbers)])
        expect(
            "found 'maybe' in 'side'",
            [
                ("time", .int64, TableFilesTests.times), ("price", .float64, numbers), ("size", .float64, numbers),
                ("side", .text, .text(DictionaryText(values: ["buy", "maybe"], codes: [0, 1]))),
            ])
        expect(
            "found a wall clock 540 minutes ahead of UTC, expected 480 as before",
            [
                (
                    "timestamp", .timestamp(.second, isUTC: false),
                    .int64([1_509_836_520 + 28_800, 1_509_836_580 + 32_400])
                ),
                ("epochTime", .int64, TableFilesTests.times), ("price", .float64, numbers), ("size", .float64, numbers),
            ])
    }

    @Test(
        "mutated Parquet is refused or read, and nothing else happens",
        .enabled(if: SharedData.isThere, "needs the shared data"))
    func mutations() throws {
        let path = SharedData.path("data/parquet/btcusdt_trades_brotli.parquet")
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        try Mutations.run(bytes, name: "x.parquet", count: 150) { path in
            let file = try FoundFiles.find(path), source = try file.read(file.tables[0])
            while try source.next() != nil {}
        }
    }
}
