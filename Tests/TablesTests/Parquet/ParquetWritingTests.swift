import Basics
import Foundation
import Tables
import TestSupport
import Testing

@Suite struct ParquetWritingTests {
    @Test(
        "what is written, pyarrow, polars and duckdb read to the bit, with exact types and right bounds",
        .enabled(if: SharedData.pythonHas("pyarrow"), "needs the Python clients"))
    func peers() throws {
        let python = try #require(SharedData.client("python3"))
        let directory = try TemporaryDirectory()
        let names = ["none-v1-plain-none", "nulls-v1-plain-none", "zero", "empty", "groupless"]
        let made = try ParquetGrid.run(python, "parquet_grid.py", [directory.path] + names)
        try #require(made.status == 0, "\(made.errors)")
        var pairs: [String] = []
        for name in names {
            let original = "\(directory.path)/\(name).parquet"
            // A decimal of 30 digits has values that the 18 of ours do not hold.
            let columns = try ParquetReader(original).fields.map(\.name).filter { $0 != "d30" }
            for codec in [Codec.none, .snappy, .gzip, .brotli, .zstd, .lz4Raw] {
                for usesDictionary in [true, false] {
                    var options = ParquetWriter.Options()
                    (options.codec, options.usesDictionary, options.groupRows) = (codec, usesDictionary, 230)
                    let written = "\(directory.path)/\(name)-\(codec.rawValue)-\(usesDictionary).written"
                    let reader = try ParquetReader(original, columns: columns, chunkRows: 71)
                    try ParquetWriter.write(reader, to: written, options: options)
                    let again = try ParquetReader(written)
                    #expect(again.metadata.writer == "hftml")
                    try expectSame(try ParquetReader(original, columns: columns), again, written)
                    pairs += [original, written]
                }
            }
        }
        let answer = try ParquetGrid.run(python, "parquet_compare.py", pairs)
        #expect(answer.output == "compared \(pairs.count / 2)\n", "\(answer.errors)")
    }

    private func expectSame(_ a: ParquetReader, _ b: ParquetReader, _ place: String) throws {
        #expect(a.fields == b.fields, "\(place)")
        let (first, second) = (try ParquetGrid.all(a), try ParquetGrid.all(b))
        for (field, (x, y)) in zip(a.fields, zip(first.columns, second.columns)) {
            let difference = ParquetGrid.difference(x, y)
            #expect(difference == nil, "\(place) \(field.name)")
        }
    }

    @Test("a dictionary is given up where values stop repeating, and what lies beside the table comes back")
    func fallback() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/x.parquet"
        let count = 200_000
        let fields = [
            Field("n", .int64, isOptional: false), Field("t", .text), Field("s", .timestamp(.second, isUTC: true)),
        ]
        // The first page has few values, the others all different ones.
        let numbers = (0..<count).map { Int64($0 < 70_000 ? $0 % 10 : $0) }
        let texts = DictionaryText(values: ["a", "b", ""], codes: (0..<count).map { UInt32($0 % 3) })
        let chunk = TableChunk(
            fields: fields,
            columns: [ColumnVector(.int64(numbers)), ColumnVector(.text(texts)), ColumnVector(.int64(numbers))],
            rowCount: count)
        var options = ParquetWriter.Options()
        options.keyValues = [("zone", "Europe/London"), ("empty", "")]
        try ParquetWriter.write(to: path, fields: fields, options: options) { try $0.append(chunk) }
        let reader = try ParquetReader(path)
        #expect(reader.metadata.rowCount == count)
        #expect(reader.metadata.keyValues.map(\.key) == ["zone", "empty"])
        #expect(reader.metadata.keyValues.map(\.value) == ["Europe/London", ""])
        #expect(reader.fields[0] == fields[0])
        #expect(reader.fields[2].type == .timestamp(.millisecond, isUTC: true))
        let back = try ParquetGrid.all(reader)
        #expect(back.columns[0] == chunk.columns[0])
        #expect(back.columns[1] == chunk.columns[1])
        #expect(back.columns[2].values == .int64(numbers.map { $0 * 1000 }))
    }

    @Test(
        "bounds of times, decimals and doubles are what pyarrow finds; NaN is none of them",
        .enabled(if: SharedData.pythonHas("pyarrow"), "needs the Python clients"))
    func bounds() throws {
        let directory = try TemporaryDirectory(), path = directory.file("bounds.parquet")
        let fields = [
            Field("ms", .timestamp(.millisecond, isUTC: true)), Field("ns", .timestamp(.nanosecond, isUTC: false)),
            Field("day", .date), Field("clock", .timeOfDay(.microsecond)), Field("price", .decimal(scale: 3)),
            Field("nan", .float64), Field("some", .float64), Field("zero", .float64), Field("small", .float32),
        ]
        let whole: ColumnVector.Values = .int64([5, -7, 1_700_000_000_000])
        let columns = [
            ColumnVector(whole), ColumnVector(whole), ColumnVector(.int64([19_000, -3, 4])),
            ColumnVector(.int64([86_399_999_999, 0, 1])), ColumnVector(.int64([-1500, 2250, 0])),
            ColumnVector(.float64([.nan, .nan, .nan])), ColumnVector(.float64([.nan, 2, -1.5])),
            ColumnVector(.float64([0, -0.0, 0])), ColumnVector(.float64([.nan, 0.5, -.infinity])),
        ]
        try ParquetWriter.write(
            ChunkList(fields: fields, [TableChunk(fields: fields, columns: columns, rowCount: 3)]), to: path)
        let script = """
            import pyarrow.parquet as pq
            group = pq.ParquetFile('bounds.parquet').metadata.row_group(0)
            for c in range(group.num_columns):
                s = group.column(c).statistics
                if s is None or not s.has_min_max: print(group.column(c).path_in_schema, 'none')
                else: print(group.column(c).path_in_schema, s.min, s.max, s.min_raw, s.max_raw)
            """
        try directory.write(script, to: "bounds.py")
        let python = try #require(SharedData.client("python3"))
        let result = try RunProgram.run(python, ["bounds.py"], in: directory.path)
        let lines = result.output.split(separator: "\n").map(String.init)
        let raw = lines.map { $0.split(separator: " ").suffix(2).joined(separator: " ") }
        #expect(
            raw == [
                "-7 1700000000000", "-7 1700000000000", "-3 19000", "0 86399999999", "-1500 2250", "nan none",
                "-1.5 2.0", "-0.0 0.0", "-inf 0.5",
            ], "\(result.output) \(result.errors)")
        #expect(lines.count > 4 && lines[0].contains("1969-12-31 23:59:59.993000+00:00"))
        #expect(lines.count > 4 && lines[2].contains("1969-12-29") && lines[4].contains("-1.500 2.250"))
    }

    @Test("values that the format does not hold are refused, and the file that was there stays")
    func refusals() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/x.parquet"
        try Data("before".utf8).write(to: URL(fileURLWithPath: path))
        let cases: [(ColumnType, ColumnVector)] = [
            (.date, ColumnVector(.int64([1 << 40]))),
            (.timestamp(.second, isUTC: true), ColumnVector(.int64([.max]))),
            (.decimal(scale: 2), ColumnVector(.int64([1_000_000_000_000_000_000]))),
            (.decimal(scale: 40), ColumnVector(.int64([1]))),
            (.float32, ColumnVector(.float64([0.1]))),
            (.int64, ColumnVector(.float64([0.1]))),
        ]
        for (type, column) in cases {
            let fields = [Field("x", type)]
            let failure = #expect(throws: Failure.self) {
                try ParquetWriter.write(to: path, fields: fields) { writer in
                    try writer.append(TableChunk(fields: fields, columns: [column], rowCount: 1))
                }
            }
            #expect(failure?.code == "file.parquet")
            #expect(failure?.message.contains("'x'") == true)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["x.parquet"])
    }
}
