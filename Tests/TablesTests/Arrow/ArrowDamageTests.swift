import Basics
import Foundation
import Tables
import TestSupport
import Testing

@Suite struct ArrowDamageTests {
    /// Damaged files of the fuzz test; ten thousand take a minute or two in a debug build.
    static let rounds = ProcessInfo.processInfo.environment["HFTML_ARROW_ROUNDS"].flatMap(Int.init) ?? 900

    /// A column of every type, with empty cells, two chunks.
    static let table: (fields: [Field], chunks: [TableChunk]) = {
        let rows = 40
        var validity = Validity()
        for row in 0..<rows { validity.append(row % 7 != 3) }
        let numbers = (0..<rows).map { (row: Int) -> Int64 in row % 7 == 3 ? 0 : Int64(row) * 1_000_003 - 5_000_000 }
        let small = (0..<rows).map { (row: Int) -> Int64 in row % 7 == 3 ? 0 : Int64(row) * 100 }
        let floats = (0..<rows).map { (row: Int) -> Double in row % 7 == 3 ? .nan : Double(row) * 0.25 }
        let text = DictionaryText(
            values: ["", "a", "much longer text"],
            codes: (0..<rows).map { (row: Int) -> UInt32 in row % 7 == 3 ? 0 : UInt32(row % 3) })
        var columns: [(ColumnType, ColumnVector.Values)] = []
        columns.append((.bool, .bool((0..<rows).map { $0 % 7 != 3 && $0 % 2 == 0 })))
        columns.append((.int64, .int64(numbers)))
        columns.append((.uint64, .uint64(small.map { UInt64($0) })))
        columns.append((.float32, .float64(floats)))
        columns.append((.float64, .float64(floats)))
        columns.append((.text, .text(text)))
        columns.append((.binary, .binary(small.map { [UInt8](repeating: 7, count: Int($0) / 400) })))
        columns.append((.date, .int64(small)))
        columns.append((.decimal(scale: 4), .int64(numbers)))
        columns.append((.null, .null(count: rows)))
        for unit in ColumnType.Unit.allCases {
            columns.append((.timestamp(unit, isUTC: unit == .second), .int64(numbers)))
            columns.append((.timeOfDay(unit), .int64(small)))
        }
        var none = Validity()
        for _ in 0..<rows { none.append(false) }
        let fields = columns.map { Field("\($0.0)", $0.0) }
        let chunk = TableChunk(
            fields: fields, columns: columns.map { ColumnVector($0.1, validity: $0.0 == .null ? none : validity) },
            rowCount: rows)
        return (fields, [chunk, chunk])
    }()

    private static func write(_ codec: Codec, _ directory: TemporaryDirectory) throws -> [UInt8] {
        let path = directory.file("\(codec.rawValue).arrow")
        try ArrowWriter.write(ChunkList(fields: table.fields, table.chunks), to: path, compression: codec)
        return try FileChunks.bytes(path)
    }

    @Test func whatIsWrittenIsRead() throws {
        let directory = try TemporaryDirectory()
        let expected = try TableText(ChunkList(fields: ArrowDamageTests.table.fields, ArrowDamageTests.table.chunks))
        for codec in [Codec.none, .lz4Frame, .zstd] {
            _ = try ArrowDamageTests.write(codec, directory)
            let read = try ArrowTests.chunks(directory.file("\(codec.rawValue).arrow"))
            #expect(read.fields == ArrowDamageTests.table.fields)
            #expect(try TableText(ChunkList(fields: read.fields, read.chunks)) == expected)
        }
        #expect(throws: Failure.self) { try ArrowDamageTests.write(.snappy, directory) }
    }

    @Test("damaged files are errors or tables, never the end of the program, in bounded memory")
    func damage() throws {
        let directory = try TemporaryDirectory()
        let wholes = try [Codec.none, .lz4Frame, .zstd].map { try ArrowDamageTests.write($0, directory) }
        var random = SeededRandom(seed: 23), errors = 0
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let before = usage.ru_maxrss
        for round in 0..<ArrowDamageTests.rounds {
            let whole = wholes[round % 3]
            var bytes = whole
            // Bytes in the footer, the messages and anywhere; words that are sizes; a cut end; a stream's view of it.
            let below = [bytes.count, 2500, 200, bytes.count][round % 4]
            for _ in 0...random.index(below: 4) {
                let at = bytes.count - 1 - random.index(below: min(below, bytes.count))
                let value = [UInt8(truncatingIfNeeded: random.next()), 0, 255, 127, 128][random.index(below: 5)]
                if random.index(below: 3) == 0 {
                    for place in at..<min(at + 8, bytes.count) { bytes[place] = value }
                } else {
                    bytes[at] = value
                }
            }
            if round % 9 == 0 { bytes.removeLast(random.index(below: bytes.count)) }
            if round % 5 == 0 { bytes.removeFirst(min(8, bytes.count)) }
            let path = directory.file("damaged.arrow")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                let reader = try ArrowReader(path)
                while let chunk = try reader.next() { #expect(chunk.columns.allSatisfy { $0.count == chunk.rowCount }) }
            } catch let error as Failure {
                #expect(error.code.hasPrefix("file."), "\(error)")
                errors += 1
            }
        }
        #expect(errors > ArrowDamageTests.rounds / 3)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        // In kilobytes; other tests run beside this one.
        #expect(usage.ru_maxrss - before < 2_000_000)
    }

    @Test func whatIsNotReadIsRefusedByName() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("old.feather")
        try Data("FEA1".utf8 + [UInt8](repeating: 0, count: 60) + "FEA1".utf8).write(to: URL(fileURLWithPath: path))
        #expect {
            try ArrowReader(path)
        } throws: { error in (error as? Failure)?.message.contains("Feather V1") == true }
        #expect(ArrowReader.isArrow(Array("FEA1".utf8)) && ArrowReader.isArrow(Array("ARROW1\0\0".utf8)))
        #expect(!ArrowReader.isArrow(Array("PAR1".utf8)) && !ArrowReader.isArrow([]))
    }

    @Test(
        "nesting, durations and too many digits are refused by name",
        .enabled(if: SharedData.pythonHas("pyarrow"), "needs pyarrow"))
    func typesThatAreNotRead() throws {
        let directory = try TemporaryDirectory(), python = try #require(SharedData.client("python3"))
        let script = """
            import pyarrow as pa, pyarrow.feather as f, decimal
            lists = pa.array([[1], [2, 3]]), pa.array([{'a': 1}, None]), pa.array([1, 2], pa.duration('s'))
            for name, a in zip(('lists', 'structures', 'durations'), lists):
                f.write_feather(pa.table({'c': a}), name + '.arrow')
            f.write_feather(pa.table({'c': pa.array([decimal.Decimal(2) ** 63])}), 'digits.arrow')
            """
        try directory.write(script, to: "make.py")
        #expect(try RunProgram.run(python, ["make.py"], in: directory.path).status == 0)
        for (name, words) in [
            ("lists", "lists in column 'c'"), ("structures", "structures in column 'c'"),
            ("durations", "durations in column 'c'"), ("digits", "more than 18 digits"),
        ] {
            #expect {
                _ = try ArrowTests.chunks(directory.file("\(name).arrow"))
            } throws: { error in (error as? Failure)?.message.contains(words) == true }
        }
    }
}
