package import Basics
import Foundation

/// Conversion between exchange wall-clock time and UTC, with the last day's offset remembered.
///
/// A day on which the clock does not change costs one table look-up for all its rows. A wall-clock time that occurs
/// twice (autumn) is taken as the first; one that does not occur (spring) is moved forward.
package struct ExchangeZone: Sendable {
    /// IANA name.
    package let name: String
    private let zone: TimeZone
    private var cachedLocalDay = Int.min
    private var cachedUTCDay = Int.min
    private var localOffset: Int64 = 0
    private var utcOffset: Int64 = 0

    /// - Throws: ``Failure`` with code `time.zone` for an unknown name.
    package init(_ name: String) throws {
        guard let zone = TimeZone(identifier: name) else {
            throw Failure(
                "time.zone", "found the unknown time zone '\(name)'", hint: "use an IANA name such as America/New_York")
        }
        self.name = name
        self.zone = zone
    }

    /// Whether there is a zone of that name.
    package static func isKnown(_ name: String) -> Bool { TimeZone(identifier: name) != nil }

    private func offset(atUTC seconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }

    private static func day(_ seconds: Int64) -> Int {
        Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
    }

    /// UTC of a wall-clock time given as if it were UTC.
    package mutating func utc(_ local: Nanoseconds) -> Nanoseconds {
        let seconds = local / 1_000_000_000
        let day = ExchangeZone.day(seconds)
        if day != cachedLocalDay {
            let start = Int64(day) * 86_400
            let first = offset(atUTC: start - 14 * 3600), last = offset(atUTC: start + 86_400 + 14 * 3600)
            if first == last {
                (cachedLocalDay, localOffset) = (day, first)
            } else {
                // The clock changes near this day: try the offset before the change first.
                for candidate in [max(first, last), min(first, last)]
                where offset(atUTC: seconds - candidate) == candidate {
                    return local.saturatingMinus(candidate * 1_000_000_000)
                }
                return local.saturatingMinus(first * 1_000_000_000)
            }
        }
        return local.saturatingMinus(localOffset * 1_000_000_000)
    }

    /// Wall-clock time of a UTC time, as if it were UTC.
    package mutating func local(_ utc: Nanoseconds) -> Nanoseconds {
        let seconds = utc >= 0 ? utc / 1_000_000_000 : utc.saturatingMinus(999_999_999) / 1_000_000_000
        let day = ExchangeZone.day(seconds)
        if day != cachedUTCDay {
            let start = Int64(day) * 86_400
            let first = offset(atUTC: start), last = offset(atUTC: start + 86_399)
            if first == last {
                (cachedUTCDay, utcOffset) = (day, first)
            } else {
                return utc.saturatingPlus(offset(atUTC: seconds) * 1_000_000_000)
            }
        }
        return utc.saturatingPlus(utcOffset * 1_000_000_000)
    }
}
