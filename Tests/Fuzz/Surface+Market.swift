import Basics
import Foundation
import MarketData
import Tables

/// Files of market data as they come: tables, containers around them, and every format that bytes are tried as.
extension Surface {
    private static let bars =
        "timestamp,open,high,low,close,volume\n"
        + (0..<12).map { "2025-05-12 \(9 + $0 / 6):\($0 % 6)0:00,100.\($0 % 10),101,99.5,100.2,\(1000 + $0)\n" }
        .joined().replacingOccurrences(of: " 9:", with: " 09:")

    /// The same table as file after file of a kind, written under a name of the scratch place.
    private static func tables(_ name: String, _ write: (any ChunkSource, String) throws -> Void) -> [UInt8] {
        let fields = [
            Field("time", .timestamp(.nanosecond, isUTC: true)), Field("symbol", .text), Field("open", .float64),
            Field("high", .float64), Field("low", .float64), Field("close", .decimal(scale: 2)),
            Field("volume", .int64), Field("flag", .bool),
        ]
        let count = 40
        var validity = Validity()
        for row in 0..<count { validity.append(row % 7 != 0) }
        let numbers = (0..<count).map { 100 + Double($0 % 5) }
        let columns = [
            ColumnVector(.int64((0..<count).map { 1_747_056_600_000_000_000 + Int64($0) * 60_000_000_000 })),
            ColumnVector(.text(DictionaryText(values: ["A", "BRK_B"], codes: (0..<count).map { UInt32($0 % 2) }))),
            ColumnVector(.float64(numbers)), ColumnVector(.float64(numbers.map { $0 + 1 })),
            ColumnVector(.float64(numbers.map { $0 - 1 })),
            ColumnVector(.int64(numbers.map { Int64($0 * 100) })),
            ColumnVector(.int64((0..<count).map { Int64($0) }), validity: validity),
            ColumnVector(.bool((0..<count).map { $0 % 3 == 0 }), validity: validity),
        ]
        let path = "\(Surface.scratch.path)/seed-\(name)"
        defer { unlink(path) }
        do {
            try write(
                ChunkList(fields: fields, [TableChunk(fields: fields, columns: columns, rowCount: count)]), path)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch { return [] }
    }

    private static let parquet: [[UInt8]] = [Codec.none, .snappy, .gzip, .brotli, .zstd, .lz4Raw].map { codec in
        tables("\(codec.rawValue).parquet") { source, path in
            var options = ParquetWriter.Options()
            (options.codec, options.groupRows) = (codec, 25)
            try ParquetWriter.write(source, to: path, options: options)
        }
    }

    private static let arrow: [[UInt8]] = [Codec.none, .zstd, .lz4Frame].map { codec in
        tables("\(codec.rawValue).arrow") { try ArrowWriter.write($0, to: $1, compression: codec) }
    }

    private static func compressed(_ codec: Codec) -> [UInt8] {
        (try? Array(bars.utf8).withUnsafeBytes { try codec.compress($0) }) ?? []
    }

    private static func base64(_ text: String) -> [UInt8] { Data(base64Encoded: text).map { [UInt8]($0) } ?? [] }

    /// `a.csv` with the bars, deflated, and one of LEAN's with three minutes.
    private static let zips = [
        base64(
            "UEsDBBQAAAAIANx9fF1DB2IynAAAAE8CAAAFAAAAYS5jc3Zt0VEKgzAMgOF3T7EDREnSVu1uM0aZQrsKunn9TWHtCIESKHwv+bPNKaz"
                + "bLS2Ql/CEaX5MEPMO95jXAO8cXyk0jOxadC3xBf0V8fuAELtjEnjfufPLx0ShqWhSNAnNRbOiWWhTtFG0EdoWbRVthXZFO0W7f3"
                + "2u+NO9onuha5NB0YPQtcmo6FHo2sQr2gtdm5ByTELBaxRSrknUfABQSwECFAMUAAAACADcfXxdQwdiMpwAAABPAgAABQAAAAAAA"
                + "AAAAAAAgAEAAAAAYS5jc3ZQSwUGAAAAAAEAAQAzAAAAvwAAAAAA"),
        base64(
            "UEsDBBQAAAAIANx9fF1AEkSsIgAAAIQAAAAeAAAAMjAxNDA2MDZfYWFwbF9taW51dGVfdHJhZGUuY3N2MzYxMgABHUMDGA1m6Vham"
                + "kKFjaA0l7GJkRnxao2NiFULAFBLAQIUAxQAAAAIANx9fF1AEkSsIgAAAIQAAAAeAAAAAAAAAAAAAACAAQAAAAAyMDE0MDYwNl9h"
                + "YXBsX21pbnV0ZV90cmFkZS5jc3ZQSwUGAAAAAAEAAQBMAAAAXgAAAAAA"),
    ]

    private static let bzip2 = base64(
        "QlpoOTFBWSZTWWAP6gkAASXZgAAQQAd/8Crnz4AwAMxsNEj0PVGmgAA0Gp+qnqAAAB6mgIohI9IA2oADJ8Imy2V07ySAjgIBAqhURwQLU4li"
            + "SSSFA/vHX1v2gOtQuDA64B0mUHAMiBBMixsBhwDAaDFeV8udKWta0jSLxKM4AHMuNa5gzkDRHAORVGkkzJMo3BkFkMABalCpKDKCUgAA"
            + "gIs8cpHebWh2j7D3ij6CUQ09Ge34u5IpwoSDAH9QSA==")

    private static let itch: [UInt8] = {
        func message(_ type: String, _ body: [UInt8]) -> [UInt8] {
            let head = Array(type.utf8) + [0, 1, 0, 0, 31, 26, 206, 219, 0, 0]
            let count = UInt16(head.count + body.count)
            return [UInt8(count >> 8), UInt8(count & 255)] + head + body
        }
        func number(_ value: UInt64, _ width: Int) -> [UInt8] {
            (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }
        func add(_ ref: UInt64, _ side: String, _ price: UInt64) -> [UInt8] {
            message("A", number(ref, 8) + Array(side.utf8) + number(100, 4) + Array("AAPL    ".utf8) + number(price, 4))
        }
        return message("S", Array("O".utf8)) + add(1, "B", 1_000_000) + add(2, "S", 1_000_100)
            + message("E", number(1, 8) + number(50, 4) + number(9, 8))
            + message("U", number(1, 8) + number(3, 8) + number(70, 4) + number(999_900, 4))
            + message("X", number(3, 8) + number(10, 4)) + message("D", number(2, 8)) + message("S", Array("C".utf8))
    }()

    private static let textSeeds: [[UInt8]] = [
        bars,
        "1735689600000,1.5,2,1,1.7,10,1735689899999,15,3,5,7,0\n"
            + "1735689900000,1.7,2,1,1.8,11,1735690199999,16,3,5,7,0\n",
        #"[{"symbol":"A","t":1509836520,"o":1,"h":2,"l":1,"c":2,"v":1},"#
            + #"{"symbol":"B","t":1509836520,"o":1,"h":2,"l":1,"c":2}]"#,
        #"{"bars":{"A":[{"t":1509836520,"o":1,"h":2,"l":1,"c":2}],"#
            + #""B":[{"t":1509836520,"o":1,"h":2,"l":1,"c":2}]}}"#,
        #"{"columns":["open","high","low","close"],"index":[1509836520,1509836580],"data":[[2,3,1,2],[2,2,2,2]]}"#,
        #"1700000000000 {"stream":"btcusdt@depth@100ms","#
            + #""data":{"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":5,"#
            + #""u":7,"b":[["100.00","1.5"]],"a":[["100.10","0"]]}}"# + "\n"
            + #"1700000000100 {"lastUpdateId":6,"bids":[["100.00","1"]],"asks":[["100.10","2"]]}"# + "\n",
        "8=FIX.4.2\u{1}9=5\u{1}35=8\u{1}52=20150406-12:17:27\u{1}17=1\u{1}31=48.14\u{1}32=100\u{1}54=1\u{1}55=SJM\u{1}"
            + "60=20150406-12:17:27\u{1}150=2\u{1}10=000\u{1}\n",
        "34200.1,1,11,100,2239500,-1\n34200.2,4,11,50,2239500,-1\n34201,3,11,50,2239500,-1\n",
        "34200000,1000000,1010000,995000,1002000,100\n34260000,1000000,1010000,995000,1002000,100\n",
        "time,receive_time,known_time,sequence,instrument,file,position,open,high,low,close,volume\n"
            + "2025-01-06T14:30:00Z,,2025-01-06T14:35:00Z,,A,a.csv,2,100.00,101.50,99.50,101.00,1200\n",
    ].map { Array($0.utf8) }

    /// All rows of all tables that a file has.
    private static func read(_ path: String) throws {
        let file = try FoundFiles.find(path)
        for table in file.tables {
            let source = try file.read(table)
            while try source.next() != nil {}
        }
    }

    private static func drain(_ source: any ChunkSource) throws { while try source.next() != nil {} }

    /// What stands around files: found by its bytes, to any depth.
    private static func unpack(_ path: String) throws {
        let source = try ByteSource(path),
            block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
        defer { block.deallocate() }
        while try source.read(into: block) > 0 {}
    }

    /// Market data in files of every kind.
    static let market: [Surface] = [
        Surface(file: "A.parquet", "parquet", weight: 6, isText: false, seeds: parquet) { path in
            try? drain(try ParquetReader(path))
            try read(path)
        },
        Surface(file: "A.arrow", "arrow", weight: 6, isText: false, seeds: arrow) { path in
            try? drain(try ArrowReader(path))
            try read(path)
        },
        Surface(
            file: "A.zip", "zip", isText: false, seeds: zips
        ) { path in
            try? unpack(path)
            try read(path)
        },
        Surface(
            file: "A.packed", "compressed files", isText: false,
            seeds: [compressed(.gzip), compressed(.zstd), compressed(.lz4Frame), bzip2].filter { !$0.isEmpty }
        ) { path in
            try? unpack(path)
            try read(path)
        },
        Surface(file: "aapl.csv", "market texts", weight: 8, seeds: textSeeds) { try read($0) },
        Surface(file: "20190130.itch", "market bytes", isText: false, seeds: [itch] + textSeeds) { try read($0) },
    ]
}
