import Basics

/// What a line of a LEAN file holds, by its cells alone.
enum LEANShape {
    /// `19980102 00:00,136300,162500,135000,162500,6315000`
    case stampedBars
    /// `14400000,6488000,6491000,6488000,6491000,300`
    case tradeBars
    /// `14460000`, four prices and a size of the bid, the same of the ask; a side may be missing.
    case quoteBars
    /// `14430270,1815200,283,P,20002020,0`
    case tickTrades
    /// `14400054,0,0,1836300,100,Q,1,0`
    case tickQuotes

    /// The shape of a line; nil for one that LEAN does not write.
    init?(_ row: LEANRow) {
        func areNumbers(_ cells: Range<Int>) -> Bool { cells.allSatisfy { row.number($0) != nil } }
        switch row.count {
        case 6 where row.stamp(0) != nil && areNumbers(1..<6): self = .stampedBars
        case 6 where areNumbers(0..<6): self = .tradeBars
        // A letter stands for an exchange, and tells ticks from bars.
        case 6 where areNumbers(0..<3) && row.isLetters(3) && row.isHex(4) && row.flag(5) != nil: self = .tickTrades
        case 8 where areNumbers(0..<5) && row.isLetters(5) && row.isHex(6) && row.flag(7) != nil: self = .tickQuotes
        case 11 where row.number(0) != nil && (1..<11).allSatisfy({ row.isEmpty($0) || row.number($0) != nil }):
            self = .quoteBars
        default: return nil
        }
    }

    /// What it is called in messages.
    var text: String {
        switch self {
        case .stampedBars: "trade bars with date and time"
        case .tradeBars: "trade bars"
        case .quoteBars: "quote bars"
        case .tickTrades: "trade ticks"
        case .tickQuotes: "quote ticks"
        }
    }
}

/// One line of a LEAN file, cut at its commas; valid while the line's bytes are.
struct LEANRow {
    let bytes: UnsafeBufferPointer<UInt8>
    private var ends: [Int] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        ends.reserveCapacity(12)
        for index in bytes.indices where bytes[index] == UInt8(ascii: ",") { ends.append(index) }
        ends.append(bytes.count)
    }

    /// Cells.
    var count: Int { ends.count }

    /// Column of the line at which a cell begins, from 1.
    func column(_ cell: Int) -> Int { start(cell) + 1 }

    private func start(_ cell: Int) -> Int { cell == 0 ? 0 : ends[cell - 1] + 1 }

    subscript(cell: Int) -> Slice<UnsafeBufferPointer<UInt8>> { bytes[start(cell)..<ends[cell]] }

    func isEmpty(_ cell: Int) -> Bool { start(cell) == ends[cell] }

    func text(_ cell: Int) -> String { String(decoding: self[cell], as: UTF8.self) }

    /// A whole number of up to 15 digits without a sign.
    func number(_ cell: Int) -> Int64? {
        let start = start(cell), end = ends[cell]
        guard end > start, end - start <= 15 else { return nil }
        var value: Int64 = 0
        for index in start..<end {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return value
    }

    /// `20140606 09:00` as day and minute of the day.
    func stamp(_ cell: Int) -> (date: CivilDate, minute: Int)? {
        let text = self[cell]
        guard text.count == 14, text[text.startIndex + 8] == 0x20, text[text.startIndex + 11] == 0x3A,
            let date = LEANDate.parse(String(decoding: text.prefix(8), as: UTF8.self))
        else { return nil }
        var digits: [Int] = []
        for place in [9, 10, 12, 13] {
            let digit = text[text.startIndex + place] &- 0x30
            guard digit <= 9 else { return nil }
            digits.append(Int(digit))
        }
        let hour = digits[0] * 10 + digits[1], minute = digits[2] * 10 + digits[3]
        return hour < 24 && minute < 60 ? (date, hour * 60 + minute) : nil
    }

    /// One to four capital letters.
    func isLetters(_ cell: Int) -> Bool {
        (1...4).contains(self[cell].count) && self[cell].allSatisfy { (0x41...0x5A).contains($0) }
    }

    /// Up to 16 hexadecimal digits.
    func isHex(_ cell: Int) -> Bool {
        (1...16).contains(self[cell].count)
            && self[cell].allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || (0x41...0x46).contains($0)
            }
    }

    /// 0 or 1.
    func flag(_ cell: Int) -> Bool? {
        guard self[cell].count == 1, let byte = self[cell].first, byte == 0x30 || byte == 0x31 else { return nil }
        return byte == 0x31
    }
}
