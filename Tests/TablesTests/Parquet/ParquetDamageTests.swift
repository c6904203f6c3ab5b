import Basics
import Foundation
import Tables
import TestSupport
import Testing

@Suite struct ParquetDamageTests {
    /// Files that are damaged; 10,000 where the environment asks for them.
    private static let count = SharedData.environment["HFTML_PARQUET_MUTATIONS"].flatMap { Int($0) } ?? 400

    /// Small files of every encoding: of Python where it is there, else our own.
    private func originals(_ directory: String) throws -> [String] {
        var paths: [String] = []
        let fields = [
            Field("t", .text), Field("x", .float64), Field("n", .int64, isOptional: false), Field("b", .bool),
        ]
        let count = 300
        let words = DictionaryText(values: ["a", "bc", "❌"], codes: (0..<count).map { UInt32($0 % 3) })
        var validity = Validity()
        for row in 0..<count { validity.append(row % 5 != 0) }
        let chunk = TableChunk(
            fields: fields,
            columns: [
                ColumnVector(.text(words), validity: validity),
                ColumnVector(.float64((0..<count).map { Double($0) / 7 })),
                ColumnVector(.int64((0..<count).map { Int64($0 / 20) })),
                ColumnVector(.bool((0..<count).map { $0 % 3 == 0 }), validity: validity),
            ], rowCount: count)
        for codec in [Codec.none, .snappy, .zstd, .gzip, .brotli, .lz4Raw] {
            var options = ParquetWriter.Options()
            (options.codec, options.groupRows) = (codec, 170)
            let path = "\(directory)/own-\(codec.rawValue).parquet"
            try ParquetWriter.write(to: path, fields: fields, options: options) { try $0.append(chunk) }
            paths.append(path)
        }
        guard SharedData.pythonHas("pyarrow"), let python = SharedData.client("python3") else { return paths }
        let names = [
            "nulls-v1-plain-snappy", "nulls-v2-delta-length-none", "nulls-v1-delta-bytes-none", "none-v2-split-lz4",
            "nulls-v1-mixed-gzip", "nulls-v2-dictionary-brotli", "none-v2-delta-bytes-zstd", "none-v1-split-none",
            "nulls-duckdb-uncompressed-v2", "nulls-polars-zstd", "int96", "zero", "nulls-decimals",
        ]
        let made = try ParquetGrid.run(python, "parquet_grid.py", [directory] + names)
        try #require(made.status == 0, "\(made.errors)")
        return paths + names.map { "\(directory)/\($0).parquet" }
    }

    @Test("damaged files give an error or rows, never a crash, a hang or a gibibyte")
    func mutations() throws {
        let directory = try TemporaryDirectory()
        let originals = try originals(directory.path).map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        let path = directory.path + "/damaged.parquet"
        var random = SeededRandom(seed: 17), errors = 0
        let before = peakMemory()
        var slowest = 0.0
        for index in 0..<Self.count {
            var bytes = originals[index % originals.count]
            mutate(&bytes, &random)
            try bytes.write(to: URL(fileURLWithPath: path))
            let start = Date()
            do {
                let reader = try ParquetReader(path)
                var rows = 0
                while let chunk = try reader.next() { rows += chunk.rowCount }
                #expect(rows == reader.metadata.rowCount || reader.fields.isEmpty)
            } catch let failure as Failure {
                #expect(["file.parquet", "file.compressed"].contains(failure.code), "\(failure)")
                errors += 1
            }
            slowest = max(slowest, Date().timeIntervalSince(start))
        }
        #expect(errors > Self.count / 4)
        #expect(slowest < 5)
        #expect(peakMemory() - before < 1 << 30)
    }

    @Test("footers that say they hold millions are refused before memory is taken for them")
    func footers() throws {
        let directory = try TemporaryDirectory(), path = directory.path + "/x.parquet"
        func write(_ footer: [UInt8], length: UInt32? = nil) throws {
            let size = length ?? UInt32(footer.count)
            let bytes = Array("PAR1".utf8) + footer + withUnsafeBytes(of: size.littleEndian) { Array($0) }
            try Data(bytes + Array("PAR1".utf8)).write(to: URL(fileURLWithPath: path))
        }
        func refused(_ part: String) {
            let failure = #expect(throws: Failure.self) { try ParquetReader(path) }
            #expect(failure?.code == "file.parquet" && failure?.message.contains(part) == true, "\(failure as Any)")
        }
        let before = peakMemory()
        // A list of four million structures of one byte: nodes of the schema, then row groups.
        let millions: [UInt8] = [0xFC, 0x80, 0x80, 0x80, 0x02] + [UInt8](repeating: 0, count: 4 << 20)
        try write([0x29] + millions + [0])
        refused("an empty structure in its lists")
        try write([0x49] + millions + [0])
        refused("an empty structure in its lists")
        // One that says there are more than bytes.
        try write([0x29, 0xFC, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0])
        refused("a length beyond the end")
        for length in [UInt32.max, 1 << 31, 1 << 30, 17] {
            try write([0x15, 2, 0], length: length)
            refused("a footer of \(length) bytes")
        }
        #expect(peakMemory() - before < 256 << 20)
    }

    /// Changes some bytes: half of the time in the footer, where numbers are that lead elsewhere.
    private func mutate(_ bytes: inout Data, _ random: inout SeededRandom) {
        let footer = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: $0.count - 8, as: UInt32.self)) }
        for _ in 0..<(1 + random.index(below: 4)) {
            let isInFooter = random.index(below: 2) == 0
            let at =
                isInFooter ? bytes.count - 8 - footer + random.index(below: footer) : random.index(below: bytes.count)
            switch random.index(below: 5) {
            case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[at] ^= 1 << UInt8(random.index(below: 8))
            case 2: bytes[at] = [0, 0x7F, 0x80, 0xFF][random.index(below: 4)]
            case 3:
                // The largest numbers that ten bytes hold.
                for k in 0..<max(0, min(5, bytes.count - 8 - at)) { bytes[at + k] = k == 4 ? 0x0F : 0xFF }
            default:
                let from = random.index(below: bytes.count)
                for k in 0..<min(8, bytes.count - max(at, from)) { bytes[at + k] = bytes[from + k] }
            }
        }
        if random.index(below: 20) == 0 { bytes = bytes.prefix(random.index(below: bytes.count)) }
    }

    /// The most bytes that this process had in memory.
    private func peakMemory() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(0), &usage)
        return usage.ru_maxrss * 1024
    }
}
