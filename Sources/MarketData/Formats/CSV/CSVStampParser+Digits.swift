import Basics

extension CSVStampParser {
    /// A stamp that begins with digits up to `run`, eight or more of them, or is nothing else.
    mutating func digits(_ run: Int) -> CSVStamp? {
        let width = run - index
        if width == 8, run < bytes.count, bytes[run] != UInt8(ascii: "."), bytes[run] | 32 != UInt8(ascii: "e") {
            guard var stamp = compact(8), let clock = behindDate() else { return nil }
            stamp.clock = clock
            return readOffset(&stamp) ? stamp : nil
        }
        if run == bytes.count, [8, 12, 14, 17].contains(width) {
            let start = index
            if let stamp = compact(width) { return stamp }
            index = start
        }
        guard let number = try? CSVNumber.parse(UnsafeBufferPointer(rebasing: bytes[index...]), .point),
            !number.isGrouped, !number.isAbbreviated, !number.hasCurrency
        else { return nil }
        return CSVStamp(shape: .number, number: number, digitCount: run == bytes.count ? width : 0)
    }

    /// `20240102`, with hours and minutes, seconds, milliseconds behind it; nil where this is no date.
    private mutating func compact(_ width: Int) -> CSVStamp? {
        guard let year = fixed(4), let month = fixed(2), let day = fixed(2) else { return nil }
        var stamp = CSVStamp(shape: .digits, year: year, first: month, second: day)
        stamp.digitCount = width
        guard stamp.day(dayFirst: false) != nil else { return nil }
        guard width > 8 else { return stamp }
        guard let hour = fixed(2), let minute = fixed(2), hour < 24, minute < 60 else { return nil }
        let second = width >= 14 ? fixed(2) ?? 60 : 0
        guard second < 60 else { return nil }
        let milliseconds = width == 17 ? fixed(3) ?? 0 : 0
        stamp.clock =
            Int64(hour * 3600 + minute * 60 + second) * 1_000_000_000 + Int64(milliseconds) * 1_000_000
        return stamp
    }

    /// `1.7356896E+12`.
    mutating func scientific() -> CSVStamp? {
        guard bytes.contains(where: { $0 | 32 == UInt8(ascii: "e") }), isDigit(index),
            let number = try? CSVNumber.parse(bytes, .point), !number.isGrouped, !number.isAbbreviated
        else { return nil }
        return CSVStamp(shape: .number, number: number)
    }
}
