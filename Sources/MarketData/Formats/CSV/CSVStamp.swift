import Basics

/// A time as it stands in a cell, before it is decided what it means.
struct CSVStamp: Equatable {
    /// How it is written.
    enum Shape: Hashable {
        /// A number: since 1970, in a unit that its size says.
        case number
        /// Eight to seventeen digits: `20240102`, `202401020930`.
        case digits
        /// The year first: `2024-01-02`.
        case yearFirst
        /// Two numbers before the year: `01/02/2024`.
        case yearLast
        /// The month by name.
        case monthName
        /// A month or a week of a year: `2024-01`, `2024-W05`.
        case month, week
        /// A time of day alone.
        case clock
    }

    var shape: Shape
    var year = 0
    /// Month; of ``Shape/yearLast`` the first number; of ``Shape/week`` the week.
    var first = 0
    /// Day; of ``Shape/yearLast`` the second number.
    var second = 0
    /// Nanoseconds since midnight; nil for a date alone.
    var clock: Int64?
    /// Nanoseconds that the wall clock is ahead of UTC; nil where the cell does not say.
    var offset: Int64?
    /// Of ``Shape/number``.
    var number = CSVNumber(mantissa: 0, decimals: 0)
    /// Two digits of the year were written.
    var isShortYear = false
    /// Ten digits may be seconds or a date with an hour.
    var digitCount = 0

    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> CSVStamp? {
        guard !bytes.isEmpty, bytes.count <= 48 else { return nil }
        var parser = CSVStampParser(bytes: bytes)
        return parser.parse()
    }

    /// Days since 1970, or nil for a date that does not exist.
    func day(dayFirst: Bool) -> Int? {
        let date: CivilDate
        switch shape {
        case .yearFirst, .monthName, .digits: date = CivilDate(year: year, month: first, day: second)
        case .yearLast:
            date = CivilDate(year: year, month: dayFirst ? second : first, day: dayFirst ? first : second)
        case .month: date = CivilDate(year: year, month: first, day: 1)
        case .week:
            guard (1...53).contains(first), (1900...2200).contains(year) else { return nil }
            // Week 1 holds 4 January.
            let fourth = CivilDate(year: year, month: 1, day: 4)
            let monday = fourth.daysSince1970 - fourth.weekday + (first - 1) * 7
            // A year has 52 or 53 weeks: the last one holds its 28 December.
            guard monday <= CivilDate(year: year, month: 12, day: 28).daysSince1970 else { return nil }
            return monday
        case .number, .clock: return nil
        }
        return date.isValid && (1900...2200).contains(year) ? date.daysSince1970 : nil
    }

    /// The unit of a number of time by its size, in nanoseconds; nil for a number that is no time of 1973 to 2200.
    ///
    /// The ranges do not meet: a thousand times the least is more than the greatest.
    static func unit(of number: CSVNumber) -> Int64? {
        let value = number.value
        switch value {
        case 1e8..<7.3e9: return 1_000_000_000
        case 1e11..<7.3e12: return 1_000_000
        case 1e14..<7.3e15: return 1000
        case 1e17..<7.3e18: return 1
        default: return nil
        }
    }

    /// Nanoseconds since 1970 of a number of time; nil where it is no whole number of them.
    static func time(_ number: CSVNumber, unit: Int64) -> Int64? {
        guard number.decimals <= 18 else { return nil }
        var scale = 0
        while unit > CSVStamp.powers[scale] { scale += 1 }
        return number.scaled(scale)
    }

    private static let powers: [Int64] = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
        1_000_000_000,
    ]
}
