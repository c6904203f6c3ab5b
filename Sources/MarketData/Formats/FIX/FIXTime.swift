package import Basics

/// Times of FIX messages: `20150406-12:17:27`, UTC, with up to nine digits of a second.
package enum FIXTime {
    /// - Returns: nil for anything else.
    package static func parse(_ text: String) -> Nanoseconds? {
        let bytes = Array(text.utf8)
        func number(_ first: Int, _ count: Int) -> Int? {
            guard first + count <= bytes.count else { return nil }
            return bytes[first..<first + count].reduce(Int?(0)) { value, byte in
                value.flatMap { (48...57).contains(byte) ? $0 * 10 + Int(byte) - 48 : nil }
            }
        }
        guard bytes.count >= 17, bytes.count <= 27, bytes[8] == UInt8(ascii: "-"), bytes[11] == UInt8(ascii: ":"),
            bytes[14] == UInt8(ascii: ":"), let year = number(0, 4), let month = number(4, 2), let day = number(6, 2),
            let hour = number(9, 2), let minute = number(12, 2), let second = number(15, 2),
            (1970...2200).contains(year),
            // A leap second is written as 60.
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard date.isValid else { return nil }
        var fraction = 0
        if bytes.count > 17 {
            guard bytes[17] == UInt8(ascii: "."), bytes.count > 18, let digits = number(18, bytes.count - 18) else {
                return nil
            }
            fraction = (bytes.count..<27).reduce(digits) { value, _ in value * 10 }
        }
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return seconds * 1_000_000_000 + Int64(fraction)
    }
}
