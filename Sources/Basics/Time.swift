import Foundation

/// Nanoseconds since 1970-01-01T00:00:00Z.
package typealias Nanoseconds = Int64

/// Where the current time comes from; tests and replays pass their own.
package struct Clock: Sendable {
    package let now: @Sendable () -> Nanoseconds

    package init(now: @escaping @Sendable () -> Nanoseconds) { self.now = now }

    /// The machine's real-time clock.
    package static let system = Clock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Nanoseconds of a clock that only goes forward; for durations.
    package static func monotonic() -> Nanoseconds {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// Conversions follow Howard Hinnant's civil-calendar algorithms; exact for all years that fit in nanoseconds.
package struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let year: Int
    package let month: Int
    package let day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    package init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    package var daysSince1970: Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// 0 is Monday, 6 is Sunday.
    package var weekday: Int { ((daysSince1970 + 3) % 7 + 7) % 7 }

    /// Whether month and day exist.
    package var isValid: Bool {
        (1...12).contains(month) && (1...31).contains(day) && CivilDate(daysSince1970: daysSince1970) == self
    }

    package static func < (a: CivilDate, b: CivilDate) -> Bool {
        (a.year, a.month, a.day) < (b.year, b.month, b.day)
    }

    package var description: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
}

package func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}

extension CivilDate {
    /// Reads `2026-12-25`; nil for anything else, and for years whose nanoseconds do not fit 64 bits.
    package init?(_ text: String) {
        let parts = text.split(separator: "-").map { Int($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
            (1678...2261).contains(year)
        else { return nil }
        self.init(year: year, month: month, day: day)
        guard isValid else { return nil }
    }
}

/// Times as text.
package enum TimeText {
    /// `2026-03-12T13:30:00Z`, with as many decimals as are needed.
    package static func utc(_ time: Nanoseconds) -> String { wallClock(time) + "Z" }

    /// `2026-03-12T13:30:00Z`, rounded down: for people, to whom the moment of a decision with nine decimals says less.
    /// Documents for machines, and whatever is compared or typed again, keep ``utc(_:)``.
    package static func seconds(_ time: Nanoseconds) -> String { String(wallClock(time).prefix(19)) + "Z" }

    /// `2026-03-12T13:30:00` of a time that is already shifted to a zone.
    package static func wallClock(_ time: Nanoseconds, separator: String = "T") -> String {
        // Rounded down, without a step beyond the range on the way.
        let (whole, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let seconds = Int(rest < 0 ? whole - 1 : whole), nanoseconds = Int(rest < 0 ? rest + 1_000_000_000 : rest)
        let days = seconds >= 0 ? seconds / 86_400 : -((-seconds + 86_399) / 86_400)
        let inDay = seconds - days * 86_400
        var text =
            "\(CivilDate(daysSince1970: days))\(separator)"
            + "\(padded(inDay / 3600, 2)):\(padded(inDay / 60 % 60, 2)):\(padded(inDay % 60, 2))"
        if nanoseconds > 0 {
            var decimals = padded(nanoseconds, 9)
            while decimals.hasSuffix("0") { decimals.removeLast() }
            text += ".\(decimals)"
        }
        return text
    }

    /// The moment by which something is to be known: as ``parseUTC(_:)``, where a day stands for its end.
    package static func parseKnownBy(_ text: String) -> Nanoseconds? {
        let isDay = text.utf8.count == (text.utf8.last == UInt8(ascii: "Z") ? 11 : 10)
        return parseUTC(text).map { isDay ? $0 + 86_400_000_000_000 : $0 }
    }

    /// The moment that `2026-03-12`, `2026-03-12T13:30`, `2026-03-12T13:30:15` or `2026-03-12T13:30:15.25` says, with
    /// or without a Z at the end; nil for anything else.
    package static func parseUTC(_ text: String) -> Nanoseconds? {
        var rest = Substring(text)
        if rest.last == "Z" { rest = rest.dropLast() }
        guard rest.count >= 10, let date = CivilDate(String(rest.prefix(10))) else { return nil }
        // Nanoseconds in 64 bits reach to the year 2262.
        let (day, overflows) = Int64(date.daysSince1970).multipliedReportingOverflow(by: 86_400_000_000_000)
        guard !overflows, day < Int64.max - 86_400_000_000_000 else { return nil }
        rest = rest.dropFirst(10)
        guard let separator = rest.popFirst() else { return day }
        guard separator == "T" || separator == " " else { return nil }
        let fraction = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = fraction[0].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3,
            parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } })
        else { return nil }
        let numbers = parts.compactMap { Int64($0) }, seconds = numbers.count == 3 ? numbers[2] : 0
        guard numbers[0] < 24, numbers[1] < 60, seconds < 60 else { return nil }
        var nanoseconds: Int64 = 0
        if fraction.count == 2 {
            guard numbers.count == 3, !fraction[1].isEmpty, fraction[1].count <= 9,
                fraction[1].allSatisfy({ $0.isASCII && $0.isNumber })
            else { return nil }
            nanoseconds = Int64(fraction[1] + String(repeating: "0", count: 9 - fraction[1].count)) ?? 0
        }
        return day + ((numbers[0] * 60 + numbers[1]) * 60 + seconds) * 1_000_000_000 + nanoseconds
    }

    /// Reads `2012-06-21T12:30:00`, seconds optional, as a time in whatever zone is meant.
    package static func parseWallClock(_ text: String) -> Nanoseconds? {
        text.count > 10 && !text.hasSuffix("Z") ? parseUTC(text) : nil
    }
}
