import Basics

/// Damages a text or a block of bytes, by token and by byte.
struct Mutation {
    private var random: SeededRandom

    init(seed: UInt64, number: UInt64) { random = SeededRandom(seed: seed, 0xF0, number) }

    /// What stands at the ends of ranges, and what opens and closes things.
    private static let words = [
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "4611686018427387904", "9007199254740993",
        "2147483648", "-2147483649", "4294967296", "1e308", "-1e308", "1e-320", "NaN", "-Infinity", ".inf", "0", "-0",
        "-1", "1", "0.1", "0xFF", "0o7", "1_000", "true", "null", "~", "''", "\"\"", "[", "]", "{", "}", "[]", "{}",
        "(",
        ")", ":", ",", "-", "&a", "*a", "!!int", "!!binary", "<<", "|", ">", "#", "%", "\n", "\n  ", "\t", "\u{0}",
        "\u{FEFF}", "é", "e\u{301}", "..", "/", "../x", "${a}", "${", "$", "\\", "9999-12-31", "0001-01-01",
        "2262-04-12",
        "1677-09-20", "24:00", "99:99", "9007199254740993-01-01", "=", "==", "!=", "LIKE", "IN", "AND", "'", "`", "*",
        "+", "%Y", "0.0.0", "1.", "1e", "-", "--", "[[", "]]", "[é]", "T", "Z", "+14:00",
    ].map { Array($0.utf8) }

    mutating func mutated(_ seeds: [[UInt8]], isText: Bool) -> [UInt8] {
        var bytes = seeds[random.index(below: seeds.count)]
        for _ in 0...random.index(below: 4) {
            if isText, random.index(below: 3) > 0 {
                byToken(&bytes, seeds)
            } else {
                byByte(&bytes, seeds)
            }
        }
        return bytes
    }

    private mutating func byToken(_ bytes: inout [UInt8], _ seeds: [[UInt8]]) {
        var tokens = Mutation.tokens(bytes)
        guard !tokens.isEmpty else { return bytes = pick(Mutation.words) }
        let at = random.index(below: tokens.count)
        switch random.index(below: 10) {
        case 0...3: tokens[at] = ArraySlice(pick(Mutation.words))
        case 4: tokens.remove(at: at)
        case 5: tokens.insert(tokens[random.index(below: tokens.count)], at: at)
        case 6: tokens.swapAt(at, random.index(below: tokens.count))
        case 7: tokens.insert(ArraySlice(pick(Mutation.words)), at: at)
        case 8:
            // Many of one: deep nesting, long names, long sums.
            let times = [10, 100, 1_000, 40_000][random.index(below: 4)],
                end = min(at + 1 + random.index(below: 3), tokens.count)
            let part = tokens[at..<end].joined()
            guard part.count * times < 1 << 20 else { return }
            tokens.insert(ArraySlice((0..<times).flatMap { _ in part }), at: at)
        default:
            let other = Mutation.tokens(pick(seeds))
            guard !other.isEmpty else { return }
            let from = random.index(below: other.count), to = min(from + 1 + random.index(below: 20), other.count)
            tokens.insert(contentsOf: other[from..<to], at: at)
        }
        bytes = Array(tokens.joined())
    }

    private mutating func byByte(_ bytes: inout [UInt8], _ seeds: [[UInt8]]) {
        guard !bytes.isEmpty else { return bytes = [UInt8(truncatingIfNeeded: random.next())] }
        let at = random.index(below: bytes.count)
        switch random.index(below: 8) {
        case 0: bytes[at] ^= 1 << UInt8(random.index(below: 8))
        case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes.removeSubrange(at..<min(at + 1 + random.index(below: 16), bytes.count))
        case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
        case 4: bytes.removeSubrange(at...)
        case 5:
            let end = min(at + 1 + random.index(below: 64), bytes.count)
            bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
        case 6:
            // An integer of some width at the end of its range.
            let width = [1, 2, 4, 8][random.index(below: 4)]
            let value = [0, UInt64.max, UInt64.max >> 1, 1 << 63, 1 << 31, 1 << 32][random.index(below: 6)]
            for i in 0..<width where at + i < bytes.count {
                bytes[at + i] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(i)))
            }
        default:
            let other = pick(seeds)
            guard !other.isEmpty else { return }
            let from = random.index(below: other.count), to = min(from + 1 + random.index(below: 64), other.count)
            bytes.replaceSubrange(at..<min(at + to - from, bytes.count), with: other[from..<to])
        }
    }

    private mutating func pick(_ list: [[UInt8]]) -> [UInt8] { list[random.index(below: list.count)] }

    /// Words, numbers, runs of spaces, and single signs.
    private static func tokens(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        func kind(_ byte: UInt8) -> Int {
            switch byte {
            case 0x30...0x39, 0x2E: 1
            case 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...0xFF: 2
            case 0x20: 3
            default: 0
            }
        }
        var out: [ArraySlice<UInt8>] = [], start = 0
        for index in bytes.indices
        where index + 1 == bytes.count || kind(bytes[index]) == 0
            || kind(bytes[index]) != kind(bytes[index + 1])
        {
            out.append(bytes[start...index])
            start = index + 1
        }
        return out
    }
}
