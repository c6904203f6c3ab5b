import Basics
import Foundation
import Tables
import TestSupport
import Testing

@Suite struct ParquetReadingTests {
    @Test(
        "what pyarrow, polars and duckdb write in every version, encoding and codec is read to the bit",
        .enabled(if: SharedData.pythonHas("pyarrow"), "needs the Python clients"))
    func grid() throws {
        let python = try #require(SharedData.client("python3"))
        let directory = try TemporaryDirectory()
        let made = try ParquetGrid.run(python, "parquet_grid.py", [directory.path])
        try #require(made.status == 0, "\(made.errors)")
        let list = try String(contentsOfFile: directory.path + "/files.txt", encoding: .utf8).split(separator: "\n")
        #expect(list.count == 186)
        var expected: [String: [ParquetGrid.Expected]] = [:]
        for line in list {
            let parts = line.split(separator: " ").map(String.init)
            if expected[parts[1]] == nil {
                expected[parts[1]] = try ParquetGrid.expected("\(directory.path)/\(parts[1])")
            }
            let columns = expected[parts[1]] ?? []
            do {
                let reader = try ParquetReader("\(directory.path)/\(parts[0])", chunkRows: 97)
                let chunk = try ParquetGrid.all(reader)
                #expect(reader.fields.map(\.name) == columns.map(\.field.name), "\(parts[0])")
                #expect(chunk.rowCount == reader.metadata.rowCount)
                for (column, (field, vector)) in zip(columns, zip(chunk.fields, chunk.columns)) {
                    #expect(field.type == column.field.type, "\(parts[0]) \(field.name)")
                    let difference = ParquetGrid.difference(vector, column.column)
                    #expect(difference == nil, "\(parts[0]) \(field.name)")
                }
                if parts[0].contains("dictionary") || parts[0].contains("mixed") {
                    #expect(reader.metadata.refused.map(\.name) == ["list", "struct", "map"])
                    let file = "\(directory.path)/\(parts[0])"
                    let refusal = #expect(throws: Failure.self) { _ = try ParquetReader(file, columns: ["list"]) }
                    #expect(refusal?.message.contains("'list'") == true)
                }
            } catch {
                Issue.record("\(parts[0]): \(error)")
            }
        }
    }

    @Test(
        "columns of the shared files: rows, empty cells, sums of bits and text equal what pyarrow finds",
        .enabled(if: SharedData.isThere && SharedData.pythonHas("pyarrow"), "needs the shared data and pyarrow"))
    func shared() throws {
        let python = try #require(SharedData.client("python3"))
        let names = [
            "rb_20250605", "rb_20250606", "rb_20250609", "xrp_eth_trades", "btcusdt_trades_brotli",
            "quotes_i64_zstd_10rowgroups",
        ]
        let paths = names.map { SharedData.path("data/parquet/\($0).parquet") }
        let answer = try ParquetGrid.run(python, "parquet_sums.py", paths)
        try #require(answer.status == 0, "\(answer.errors)")
        var found = ""
        for path in paths {
            let reader = try ParquetReader(path)
            var sums = reader.fields.map { _ in ColumnSum() }
            while let chunk = try reader.next() {
                for index in sums.indices { sums[index].add(chunk.columns[index]) }
            }
            for (field, sum) in zip(reader.fields, sums) { found += "\(field.name) \(sum.text)\n" }
        }
        #expect(found == answer.output)
    }

    @Test("a column that is not there, a file that is none and one that is cut are refused by name")
    func refusals() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/x.parquet"
        try ParquetWriter.write(to: path, fields: [Field("a", .int64)]) { writer in
            try writer.append(
                TableChunk(
                    fields: [Field("a", .int64)], columns: [ColumnVector(.int64([1, 2, 3]))], rowCount: 3))
        }
        let absent = #expect(throws: Failure.self) { _ = try ParquetReader(path, columns: ["b"]) }
        #expect(absent?.code == "file.parquet")
        #expect(absent?.message.contains("no column 'b'") == true)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for count in 0..<whole.count {
            try whole.prefix(count).write(to: URL(fileURLWithPath: path))
            #expect(throws: Failure.self) { try ParquetGrid.all(ParquetReader(path)) }
        }
        // A bit of the page: the checksum does not fit.
        var damaged = whole
        damaged[30] ^= 1
        try damaged.write(to: URL(fileURLWithPath: path))
        #expect(throws: Failure.self) { try ParquetGrid.all(ParquetReader(path)) }
    }

    @Test(
        "codecs that are not read are refused by name", arguments: [(3, "LZO"), (5, "LZ4 of Hadoop"), (9, "codec 9")])
    func codecs(_ number: Int, _ name: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/x.parquet"
        var options = ParquetWriter.Options()
        options.codec = .none
        let fields = [Field("a", .int64)]
        try ParquetWriter.write(to: path, fields: fields, options: options) { writer in
            try writer.append(TableChunk(fields: fields, columns: [ColumnVector(.int64([7]))], rowCount: 1))
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // The path of the column, then its codec 0, then the field with the count of values.
        let place = try #require(bytes.range(of: Data([0x19, 0x18, 1, 0x61, 0x15, 0, 0x16])))
        bytes[place.lowerBound + 5] = UInt8(2 * number)
        try bytes.write(to: URL(fileURLWithPath: path))
        let failure = #expect(throws: Failure.self) { try ParquetGrid.all(ParquetReader(path)) }
        #expect(failure?.message.contains(name) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("column 'a'") == true)
    }
}

/// Sums that depend on every bit and every position of a column.
struct ColumnSum {
    private var rows: UInt64 = 0, nulls = 0, sum: UInt64 = 0
    private var first: UInt64?, last: UInt64 = 0
    private var codes: [String: UInt64] = [:]

    init() {}

    mutating func add(_ column: ColumnVector) {
        let isFull = column.validity.nullCount == 0
        nulls += column.validity.nullCount
        switch column.values {
        case .int64(let values): for row in 0..<values.count { add(UInt64(bitPattern: values[row])) }
        case .uint64(let values): for row in 0..<values.count { add(values[row]) }
        case .bool(let values): for row in 0..<values.count { add(values[row] ? 1 : 0) }
        case .float64(let values):
            for row in 0..<values.count {
                add(isFull || column.validity[row] ? values[row].bitPattern : 0)
            }
        case .text(let text):
            let hashes = text.values.map { ColumnSum.hash(Array($0.utf8)) }
            for row in 0..<text.codes.count { add(column.validity[row] ? hashes[Int(text.codes[row])] : 0) }
        case .binary(let values):
            for row in 0..<values.count { add(column.validity[row] ? ColumnSum.hash(values[row]) : 0) }
        case .null(let count): for _ in 0..<count { add(0) }
        }
    }

    private mutating func add(_ bits: UInt64) {
        rows &+= 1
        sum &+= bits &* rows
        if first == nil { first = bits }
        last = bits
    }

    static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    var text: String { "\(rows) \(nulls) \(sum) \(first ?? 0) \(last)" }
}
