import Basics
import Tables

/// Times that are all written alike: a date of a fixed width that is remembered, hours and minutes behind it, perhaps
/// seconds, decimals of them and an offset; or a number since 1970.
struct CSVPlainTime {
    private let rules: CSVRules
    private let shape: CSVStamp.Shape
    /// Bytes of a date; digits of a number.
    private let width: Int
    private let isNumber: Bool
    private var zone: ExchangeZone?
    /// The date that was read last, its bytes, its midnight on the wall clock, and how far that is ahead of UTC.
    private var date: (UInt64, UInt64) = (0, 0)
    private var midnight: Int64 = 0
    private var ahead: Int64 = 0

    private static let day: Int64 = 86_400_000_000_000

    /// - Parameter sample: the time of a row, of whose kind all others must be.
    /// - Returns: nil for times that are written in another way.
    init?(_ sample: UnsafeBufferPointer<UInt8>, layout: CSVLayout, rules: CSVRules, zone: String?) {
        guard layout.time.clock == nil, let stamp = CSVStamp.parse(sample) else { return nil }
        (self.rules, shape, isNumber) = (rules, stamp.shape, stamp.shape == .number)
        if isNumber {
            width = sample.count
            guard rules.unit > 0, CSVPlainTime.widths[rules.unit] == width, sample.allSatisfy({ $0 >= 48 && $0 < 58 })
            else { return nil }
            return
        }
        guard [.yearFirst, .yearLast, .digits].contains(shape), stamp.offset != nil || !rules.hasOffset else {
            return nil
        }
        width = sample.firstIndex { $0 == 32 || $0 == 84 || $0 == 116 } ?? sample.count
        guard width == 8 || width == 10 else { return nil }
        if !rules.hasOffset, !layout.time.isUTC, let zone { self.zone = try? ExchangeZone(zone) }
    }

    /// Digits of a number of time by its unit: their first digit is 1 to 6, so that no other unit fits.
    private static let widths: [Int64: Int] = [1_000_000_000: 10, 1_000_000: 13, 1000: 16, 1: 19]

    /// A time and where it ended.
    struct Moment {
        var time: Int64
        var local: Int64
        /// Bytes; 0 where the cell is written in another way.
        var length: Int

        static let none = Moment(time: 0, local: 0, length: 0)
    }

    /// The time at a place; a byte that ends a cell stands behind it, or it is none.
    @inline(__always)
    mutating func read(_ place: UnsafePointer<UInt8>, mark: UInt8) -> Moment {
        if isNumber { return number(place, mark) }
        let first = CSVPlainCells.load(place)
        let second = width == 8 ? 0 : UInt64(place[8]) | UInt64(place[9]) &<< 8
        if first != date.0 || second != date.1 {
            guard newDay(place) else { return .none }
            date = (first, second)
        }
        let next = place[width]
        if next == mark { return moment(0, width, place, mark) }
        guard next == 32 || next == 84 || next == 116 else { return .none }
        // `HH:MM:SS`, or `HH:MM` and the end of the cell.
        let clock = place + width + 1
        let digits = CSVPlainCells.load(clock) ^ 0x3030_3A30_303A_3030
        if digits & 0x0000_FF00_00FF_0000 == 0, CSVPlainCells.areDigits(digits) {
            let hour = digits & 15 &* 10 &+ digits >> 8 & 15, minute = digits >> 24 & 15 &* 10 &+ digits >> 32 & 15
            let second = digits >> 48 & 15 &* 10 &+ digits >> 56
            guard hour < 24, minute < 60, second < 60 else { return .none }
            let seconds = (hour &* 60 &+ minute) &* 60 &+ second
            return moment(Int64(truncatingIfNeeded: seconds) &* 1_000_000_000, width &+ 9, place, mark)
        }
        guard digits & 0xFF_0000 == 0, CSVPlainCells.areDigits(digits & 0xFF_FFFF_FFFF) else { return .none }
        let hour = digits & 15 &* 10 &+ digits >> 8 & 15, minute = digits >> 24 & 15 &* 10 &+ digits >> 32 & 15
        guard hour < 24, minute < 60 else { return .none }
        return moment(
            Int64(truncatingIfNeeded: hour &* 60 &+ minute) &* 60_000_000_000, width &+ 6, place, mark)
    }

    /// What stands behind the clock: decimals, an offset, the end.
    @inline(__always)
    private func moment(_ clock: Int64, _ length: Int, _ place: UnsafePointer<UInt8>, _ mark: UInt8) -> Moment {
        if place[length] == mark, !rules.hasOffset {
            let local = midnight &+ clock
            return Moment(time: local &- ahead, local: local, length: length)
        }
        return tail(clock, length, place, mark)
    }

    @inline(never)
    private func tail(_ clock: Int64, _ start: Int, _ place: UnsafePointer<UInt8>, _ mark: UInt8) -> Moment {
        var length = start, local = midnight &+ clock
        if place[length] == 46, place[length &- 3] == 58, length > width &+ 6 {
            var power: Int64 = 100_000_000
            length &+= 1
            let first = length
            while place[length] >= 48, place[length] < 58, length < first &+ 9 {
                local &+= Int64(place[length] &- 48) &* power
                power /= 10
                length &+= 1
            }
            guard length > first else { return .none }
        }
        guard rules.hasOffset else {
            return place[length] == mark ? Moment(time: local &- ahead, local: local, length: length) : .none
        }
        guard length > width else { return .none }
        if place[length] == 90 {
            length &+= 1
            return place[length] == mark ? Moment(time: local, local: local, length: length) : .none
        }
        guard place[length] == 43 || place[length] == 45, place[length &+ 3] == 58, place[length &+ 6] == mark,
            let hours = two(place + (length + 1)), let minutes = two(place + (length + 4)), hours < 24, minutes < 60
        else { return .none }
        let offset = (hours &* 60 &+ minutes) &* 60_000_000_000
        return Moment(
            time: place[length] == 45 ? local &+ offset : local &- offset, local: local, length: length &+ 6)
    }

    private func two(_ place: UnsafePointer<UInt8>) -> Int64? {
        guard (48...57).contains(place[0]), (48...57).contains(place[1]) else { return nil }
        return Int64(place[0] &- 48) &* 10 &+ Int64(place[1] &- 48)
    }

    /// - Returns: false for a date that is none, or one on which or near which the clock changes.
    @inline(never)
    private mutating func newDay(_ place: UnsafePointer<UInt8>) -> Bool {
        guard let stamp = CSVStamp.parse(UnsafeBufferPointer(start: place, count: width)), stamp.shape == shape,
            stamp.clock == nil, stamp.offset == nil, let day = stamp.day(dayFirst: rules.dayFirst)
        else { return false }
        midnight = Int64(day) * CSVPlainTime.day
        guard var zone else { return true }
        ahead = midnight.saturatingMinus(zone.utc(midnight))
        let near: Int64 = 10_800_000_000_000
        for other in [midnight - near, midnight + CSVPlainTime.day - 1, midnight + CSVPlainTime.day + near]
        where other.saturatingMinus(zone.utc(other)) != ahead { return false }
        self.zone = zone
        return true
    }

    private func number(_ place: UnsafePointer<UInt8>, _ mark: UInt8) -> Moment {
        guard place[width] == mark, place[0] >= 49, place[0] < 55 else { return .none }
        var value: Int64 = 0
        for index in 0..<width {
            let digit = place[index] &- 48
            guard digit < 10 else { return .none }
            value = value &* 10 &+ Int64(digit)
        }
        value = value &* rules.unit
        return Moment(time: value, local: value, length: width)
    }
}
