/// Numbers of digits and at most one point, eight bytes at a time.
///
/// Every function reads up to eight bytes beyond what it takes: buffers are padded.
enum CSVPlainCells {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080
    static let padding = 64

    @inline(__always)
    static func load(_ place: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
    }

    /// A byte in all eight places.
    static func pattern(_ byte: UInt8) -> UInt64 { UInt64(byte) &* ones }

    /// How many bytes stand before the first one that is that of the pattern: 8 where none is.
    @inline(__always)
    static func count(_ word: UInt64, before pattern: UInt64) -> Int {
        let x = word ^ pattern
        return ((x &- ones) & ~x & highs).trailingZeroBitCount >> 3
    }

    /// Whether all bytes are numbers below ten.
    @inline(__always)
    static func areDigits(_ word: UInt64) -> Bool { ((word &+ 0x7676_7676_7676_7676) | word) & highs == 0 }

    /// The number that eight bytes below ten are, the first one in front.
    @inline(__always)
    static func value(_ word: UInt64) -> UInt64 {
        var x = (word &* 2561) >> 8 & 0x00FF_00FF_00FF_00FF
        x = (x &* 6_553_601) >> 16 & 0x0000_FFFF_0000_FFFF
        return (x &* 42_949_672_960_001) >> 32
    }

    /// A number and where it ended.
    struct Cell {
        var value: Int64
        /// Digits behind the point; −1 for what is no such number.
        var decimals: Int
        /// Bytes in front of the mark that ended it.
        var length: Int
    }

    /// A number of at most 14 digits that ends before `mark`.
    @inline(__always)
    static func number(_ place: UnsafePointer<UInt8>, mark: UInt64, point: UInt64) -> Cell {
        let word = load(place)
        let length = count(word, before: mark)
        guard length > 0, length < 8 || place[8] == UInt8(truncatingIfNeeded: mark) else {
            return long(place, mark: mark, point: point)
        }
        let head = count(word, before: point)
        var digits = word, width = length, decimals = 0
        if head < length {
            let mask = (1 as UInt64) &<< UInt64(truncatingIfNeeded: head &* 8) &- 1
            digits = word & mask | word >> 8 & ~mask
            width = length &- 1
            decimals = width &- head
            if width == 0 { return Cell(value: 0, decimals: -1, length: 0) }
        }
        let shift = UInt64(truncatingIfNeeded: (8 &- width) &* 8)
        digits = digits &<< shift ^ 0x3030_3030_3030_3030 &<< shift
        guard areDigits(digits) else { return Cell(value: 0, decimals: -1, length: 0) }
        return Cell(value: Int64(truncatingIfNeeded: value(digits)), decimals: decimals, length: length)
    }

    @inline(never)
    private static func long(_ place: UnsafePointer<UInt8>, mark: UInt64, point: UInt64) -> Cell {
        let end = UInt8(truncatingIfNeeded: mark), dot = UInt8(truncatingIfNeeded: point)
        var value: Int64 = 0, digits = 0, decimals = -1, index = 0
        while index < 16, place[index] != end {
            let byte = place[index]
            if byte == dot, decimals < 0 {
                decimals = 0
            } else if byte >= 48, byte <= 57, digits < 14 {
                value = value &* 10 &+ Int64(byte &- 48)
                digits &+= 1
                if decimals >= 0 { decimals &+= 1 }
            } else {
                return Cell(value: 0, decimals: -1, length: 0)
            }
            index &+= 1
        }
        guard index < 16, digits > 0 else { return Cell(value: 0, decimals: -1, length: 0) }
        return Cell(value: value, decimals: max(decimals, 0), length: index)
    }

    /// Where a cell that is not read ends; nil for one that begins as a quoted one, or is very long.
    @inline(__always)
    static func skip(_ place: UnsafePointer<UInt8>, mark: UInt64, newline: UInt64, isLast: Bool) -> Int? {
        // A space may stand before a quote.
        guard place[0] != 34, place[0] != 32 else { return nil }
        var length = 0
        while length < 1 << 12 {
            let word = load(place + length)
            let end = count(word, before: mark), line = count(word, before: newline)
            if isLast {
                // A further cell, in this word or in an earlier one: the row is too wide.
                if end < line { return nil }
                if line < 8 { return length &+ line }
            } else if min(end, line) < 8 {
                return line < end ? nil : length &+ end
            }
            length &+= 8
        }
        return nil
    }
}
