import Basics

/// Times as vendors write them in columns, read from bytes without allocation.
///
/// Wall-clock times of the exchange (`2025-05-12 09:30:00`, `T` or a date alone also accepted, seconds and a fraction
/// of up to nine digits optional), ISO times with an offset or `Z`, or Unix seconds of 9 to 11 digits.
enum BarTimeText {
    /// The year 2201 in Unix seconds: no bar is later, whatever its time is written as.
    static let endOfTime = 7_289_654_400

    /// - Parameter zone: of wall-clock times; remembers the last day's offset.
    /// - Returns: nanoseconds UTC, or nil for anything else.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>, zone: inout ExchangeZone) -> Nanoseconds? {
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else {
            guard (9...11).contains(bytes.count), let seconds = number(bytes, 0, bytes.count), seconds < endOfTime
            else { return nil }
            return Int64(seconds) * 1_000_000_000
        }
        guard let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2) else {
            return nil
        }
        let date = CivilDate(year: year, month: month, day: day)
        guard date.isValid, (1900...2200).contains(year) else { return nil }
        let midnight = Int64(date.daysSince1970) * 86_400_000_000_000
        if bytes.count == 10 { return zone.utc(midnight) }
        guard let (clock, end) = clock(bytes) else { return nil }
        let local = midnight + clock
        if end == bytes.count { return zone.utc(local) }
        if end + 1 == bytes.count, bytes[end] == UInt8(ascii: "Z") { return local }
        return offset(bytes, at: end).map { local - $0 }
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ first: Int, _ count: Int) -> Int? {
        guard first + count <= bytes.count else { return nil }
        var value = 0
        for index in first..<first + count {
            let digit = Int(bytes[index]) - 48
            guard (0...9).contains(digit) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// `T09:30` or ` 09:30:00` behind the date, and where it ends.
    private static func clock(_ bytes: UnsafeBufferPointer<UInt8>) -> (Nanoseconds, end: Int)? {
        guard bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "T"), bytes.count >= 16,
            bytes[13] == UInt8(ascii: ":"), let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2),
            hour < 24, minute < 60
        else { return nil }
        let minutes = Int64(hour * 3600 + minute * 60) * 1_000_000_000
        guard bytes.count >= 19, bytes[16] == UInt8(ascii: ":") else { return (minutes, 16) }
        guard let second = number(bytes, 17, 2), second < 60 else { return nil }
        let (fraction, end) = fraction(bytes)
        return (minutes + Int64(second) * 1_000_000_000 + fraction, end)
    }

    /// `.000000` behind the seconds, as programs print times, and where it ends; more than nine digits are not read, so
    /// that the time is refused.
    private static func fraction(_ bytes: UnsafeBufferPointer<UInt8>) -> (Nanoseconds, end: Int) {
        guard bytes.count > 20, bytes[19] == UInt8(ascii: ".") else { return (0, 19) }
        var end = 20, value: Nanoseconds = 0
        while end < bytes.count, end < 29, (48...57).contains(bytes[end]) {
            value = value * 10 + Nanoseconds(bytes[end] - 48)
            end += 1
        }
        guard end > 20 else { return (0, 19) }
        for _ in end..<29 { value *= 10 }
        return (value, end)
    }

    /// `+05:30` at the end.
    private static func offset(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Nanoseconds? {
        guard start + 6 == bytes.count, bytes[start + 3] == UInt8(ascii: ":"),
            bytes[start] == UInt8(ascii: "+") || bytes[start] == UInt8(ascii: "-"),
            let hours = number(bytes, start + 1, 2), let minutes = number(bytes, start + 4, 2), hours < 24, minutes < 60
        else { return nil }
        let size = Int64(hours * 3600 + minutes * 60) * 1_000_000_000
        return bytes[start] == UInt8(ascii: "-") ? -size : size
    }
}
