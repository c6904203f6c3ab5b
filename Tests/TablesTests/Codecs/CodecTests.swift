import Basics
import Foundation
import Testing

import Tables

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
