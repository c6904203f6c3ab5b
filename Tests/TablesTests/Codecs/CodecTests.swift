import Basics
import Foundation
import Tables
import TestSupport
import Testing

@Suite struct CodecTests {
    static let raws: [[UInt8]] = {
        var random = SeededRandom(seed: 7)
        let noise = (0..<70_001).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return [[], [5], [UInt8](repeating: 9, count: 300_000), noise, (0..<200_000).map { UInt8($0 / 7 % 13) }]
    }()

    @Test(arguments: Codec.allCases) func everyCodecComesBack(codec: Codec) throws {
        for raw in CodecTests.raws {
            let stored = try raw.withUnsafeBytes { try codec.compress($0) }
            #expect(try stored.withUnsafeBytes { try codec.decompress($0, rawCount: raw.count) } == raw)
            for wrong in [raw.count - 1, raw.count + 1] where wrong >= 0 {
                #expect(throws: Failure.self) {
                    try stored.withUnsafeBytes { _ = try codec.decompress($0, rawCount: wrong) }
                }
            }
            #expect(throws: Failure.self) {
                try (stored + [0]).withUnsafeBytes { _ = try codec.decompress($0, rawCount: raw.count) }
            }
            #expect(throws: Failure.self) {
                try stored.dropLast().withUnsafeBytes { _ = try codec.decompress($0, rawCount: raw.count) }
                if stored.isEmpty { throw Failure("file.compressed", "nothing to drop") }
            }
        }
    }

    @Test("pyarrow reads our blocks, and we read its", .enabled(if: SharedData.pythonHas("pyarrow"), "needs pyarrow"))
    func foreignBlocks() throws {
        let python = try #require(SharedData.client("python3"))
        let directory = try TemporaryDirectory()
        let script = """
            import pyarrow as pa
            for name in ('snappy', 'gzip', 'brotli', 'zstd', 'lz4_raw', 'lz4'):
                codec = pa.Codec(name)
                for i in range(5):
                    raw = open(f'{i}.raw', 'rb').read()
                    assert codec.decompress(open(f'{i}.{name}', 'rb').read(), len(raw)).to_pybytes() == raw, (name, i)
                    open(f'{i}.{name}.foreign', 'wb').write(codec.compress(raw).to_pybytes())
            """
        try directory.write(script, to: "blocks.py")
        for (index, raw) in CodecTests.raws.enumerated() {
            try Data(raw).write(to: URL(fileURLWithPath: directory.file("\(index).raw")))
            for codec in Codec.allCases where codec != .none {
                let stored = try raw.withUnsafeBytes { try codec.compress($0) }
                try Data(stored).write(to: URL(fileURLWithPath: directory.file("\(index).\(codec.rawValue)")))
            }
        }
        let result = try RunProgram.run(python, ["blocks.py"], in: directory.path)
        try #require(result.status == 0, "\(result.errors)")
        for (index, raw) in CodecTests.raws.enumerated() {
            for codec in Codec.allCases where codec != .none {
                let stored = try FileChunks.bytes(directory.file("\(index).\(codec.rawValue).foreign"))
                #expect(try stored.withUnsafeBytes { try codec.decompress($0, rawCount: raw.count) } == raw)
            }
        }
    }

    @Test(arguments: Codec.allCases) func damageIsAnErrorOrTheSameLength(codec: Codec) throws {
        var random = SeededRandom(seed: 11, UInt64(codec.rawValue.utf8.count))
        let raw = Array(CodecTests.raws[4].prefix(3000))
        let stored = try raw.withUnsafeBytes { try codec.compress($0) }
        for _ in 0..<1500 {
            var damaged = stored
            for _ in 0...random.index(below: 3) {
                damaged[random.index(below: damaged.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            let back = try? damaged.withUnsafeBytes { try codec.decompress($0, rawCount: raw.count) }
            #expect(back == nil || back?.count == raw.count)
        }
    }
}
