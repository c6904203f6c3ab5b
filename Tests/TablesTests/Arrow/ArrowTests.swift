import Basics
import Foundation
import Tables
import TestSupport
import Testing

/// What is in a table, as text that keeps every bit but those of a NaN.
struct TableText: Codable, Equatable {
    var fields: [[String]]
    var columns: [[String?]]

    init(path: String) throws {
        self = try JSONDecoder().decode(TableText.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    init(_ source: any ChunkSource) throws {
        fields = source.fields.map { [$0.name, TableText.name($0.type), $0.isOptional ? "True" : "False"] }
        columns = source.fields.map { _ in [] }
        while let chunk = try source.next() {
            for (index, column) in chunk.columns.enumerated() {
                columns[index] += (0..<chunk.rowCount).map { column.validity[$0] ? TableText.cell(column, $0) : nil }
            }
        }
    }

    private static func name(_ type: ColumnType) -> String {
        switch type {
        case .timestamp(let unit, let isUTC): "timestamp-\(unit)\(isUTC ? "-utc" : "")"
        case .timeOfDay(let unit): "time-\(unit)"
        case .decimal(let scale): "decimal-\(scale)"
        default: "\(type)"
        }
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func cell(_ column: ColumnVector, _ row: Int) -> String {
        switch column.values {
        case .bool(let values): "\(values[row])"
        case .int64(let values): "\(values[row])"
        case .uint64(let values): "\(values[row])"
        case .float64(let values):
            values[row].isNaN ? "nan" : withUnsafeBytes(of: values[row].bitPattern.bigEndian) { hex($0) }
        case .text(let text): text[row]
        case .binary(let values): hex(values[row])
        case .null: ""
        }
    }
}

@Suite struct ArrowTests {
    static func chunks(_ path: String) throws -> (fields: [Field], chunks: [TableChunk]) {
        let reader = try ArrowReader(path)
        var chunks: [TableChunk] = []
        while let chunk = try reader.next() { chunks.append(chunk) }
        return (reader.fields, chunks)
    }

    private static func run(_ arguments: [String], in directory: TemporaryDirectory) throws -> String? {
        guard let python = SharedData.client("python3") else { return nil }
        try directory.write(ArrowGridScript.text, to: "grid.py")
        let result = try RunProgram.run(python, ["grid.py"] + arguments, in: directory.path)
        try #require(result.status == 0, "\(result.errors.suffix(2000))")
        return result.output
    }

    @Test(
        "files of pyarrow, polars, pandas and DuckDB are read to the bit, and theirs are ours",
        .enabled(if: SharedData.pythonHas("polars") && SharedData.pythonHas("duckdb"), "needs the Python clients"))
    func grid() throws {
        let directory = try TemporaryDirectory()
        _ = try #require(try ArrowTests.run(["write", directory.path], in: directory))
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter {
            $0.hasSuffix(".arrow")
        }.sorted()
        #expect(names.count == 24)
        for name in names {
            let path = directory.file(name)
            let expected = try TableText(path: path + ".json")
            let (fields, chunks) = try ArrowTests.chunks(path)
            let text = try TableText(ChunkList(fields: fields, chunks))
            #expect(text.fields == expected.fields, "\(name)")
            for (index, column) in expected.columns.enumerated() {
                #expect(text.columns[index] == column, "\(name) \(expected.fields[index])")
            }
            for codec in [Codec.none, .lz4Frame, .zstd] where !name.contains("lz4") && !name.contains("zstd") {
                let written = "\(path)@\(codec.rawValue).written"
                try ArrowWriter.write(ChunkList(fields: fields, chunks), to: written, compression: codec)
                #expect(try TableText(ArrowReader(written)) == expected, "\(name)")
            }
        }
        // Twelve tables, three compressions, four readers.
        #expect(try ArrowTests.run(["check", directory.path], in: directory) == "144\n")
    }

    @Test(
        "bars of the shared Feather files are what pyarrow says", .enabled(if: SharedData.isThere, "needs shared data"))
    func sharedFiles() throws {
        let directory = try TemporaryDirectory()
        for (name, rows, close, volume) in [
            ("ADA", 5720, 5.2900000000000005e-05, 64164.30445427), ("ETH", 5760, 0.0994766, 31.94851561),
            ("LTC", 5760, 0.01690701, 20.97095642),
        ] {
            let path = SharedData.path("data/bars-crypto/\(name)_BTC-5m.feather")
            let (fields, chunks) = try ArrowTests.chunks(path)
            #expect(fields.map(\.name) == ["date", "open", "high", "low", "close", "volume"])
            #expect(fields[0].type == .timestamp(.nanosecond, isUTC: true))
            #expect(chunks.count == 1 && chunks[0].rowCount == rows)
            guard case .int64(let dates) = chunks[0].columns[0].values,
                case .float64(let closes) = chunks[0].columns[4].values,
                case .float64(let volumes) = chunks[0].columns[5].values
            else {
                Issue.record("other columns")
                return
            }
            #expect(dates[0] == 1_515_560_100_000_000_000 && closes[0] == close && volumes[rows - 1] == volume)
            if try ArrowTests.run(["describe", path, directory.file(name)], in: directory) != nil {
                #expect(try TableText(ArrowReader(path)) == TableText(path: directory.file(name) + ".json"))
            }
        }
    }

    @Test("large batches come in chunks of bounded size, also through gzip and as a pipe would bring them")
    func chunksAreBounded() throws {
        let directory = try TemporaryDirectory()
        let rows = 150_000
        let fields = [Field("n", .int64, isOptional: false), Field("b", .bool), Field("t", .text)]
        var validity = Validity()
        for row in 0..<rows { validity.append(row % 5 != 0) }
        let text = DictionaryText(values: ["up", "down"], codes: (0..<rows).map { UInt32($0 & 1) })
        let chunk = TableChunk(
            fields: fields,
            columns: [
                ColumnVector(.int64((0..<rows).map(Int64.init))),
                ColumnVector(.bool((0..<rows).map { $0 % 5 != 0 && $0 % 3 == 0 }), validity: validity),
                ColumnVector(.text(text)),
            ], rowCount: rows)
        let path = directory.file("large.arrow")
        try ArrowWriter.write(ChunkList(fields: fields, [chunk]), to: path, compression: .lz4Frame)
        #expect(try RunProgram.run("/usr/bin/env", ["gzip", "-k", path], in: directory.path).status == 0)
        for name in [path, path + ".gz"] {
            let (_, chunks) = try ArrowTests.chunks(name)
            #expect(chunks.map(\.rowCount) == [65_536, 65_536, 18_928])
            var collected = TableRows(fields: fields)
            for part in chunks { collected.append(part, upTo: rows) }
            #expect(collected.chunk == chunk)
        }
    }
}
