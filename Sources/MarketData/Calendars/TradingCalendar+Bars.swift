package import Basics

/// How bars of a length step from one to the next.
package enum BarStep: Sendable, Equatable {
    /// By their length within a stretch of trading.
    case within(Nanoseconds)
    /// By a number of sessions.
    case sessions(Int)
    /// By a number of weeks, each from Monday on.
    case weeks(Int)

    private static let dayLength: Nanoseconds = 86_400_000_000_000

    /// Whole days step by session, whole weeks by week, anything shorter within the session.
    package init(_ interval: Nanoseconds) {
        let (days, rest) = interval.quotientAndRemainder(dividingBy: BarStep.dayLength)
        if days < 1 || rest != 0 {
            self = .within(interval)
        } else {
            self = days % 7 == 0 ? .weeks(Int(clamping: days / 7)) : .sessions(Int(clamping: days))
        }
    }

    /// Whether bars are of a day or longer, so that their stamps are dates and sessions do not bound them.
    package var isDaily: Bool { if case .within = self { false } else { true } }
}

extension TradingCalendar {
    /// The date of the session that a bar of a day or longer means: of the session that its stamp lies in, else the
    /// date of the stamp.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func label(ofDailyBarAt time: Nanoseconds) throws(Failure) -> CivilDate {
        if let session = try session(containing: time) { return session.label }
        return CivilDate(daysSince1970: Int(clamping: TradingCalendar.floor(stampZone.local(time), 86_400_000_000_000)))
    }

    /// The session that a bar shorter than a day is part of, or nil outside regular trading.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func session(ofBarAt time: Nanoseconds, _ interval: Nanoseconds) throws(Failure)
        -> TradingSession?
    {
        if let session = try owner(of: time), session.stretch(ofBarAt: time, interval) != nil { return session }
        // A bar may begin before the open, even on the day before.
        guard let session = try? owner(of: time.saturatingPlus(max(interval, 1) - 1)),
            session.stretch(ofBarAt: time, interval) != nil
        else { return nil }
        return session
    }

    /// The start of the bar after the one at a time: an interval later within a stretch of trading, else the open of
    /// the next; for bars of a day or longer the same place in the next session or week. Nil when the market is closed
    /// for a year.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func step(_ time: Nanoseconds, interval: Nanoseconds) throws(Failure) -> Nanoseconds? {
        switch BarStep(interval) {
        case .within:
            var found = try session(ofBarAt: time, interval)
            if found == nil { found = try owner(of: time) }
            // Without a session of the day, the next one is named by a later date.
            var label = CivilDate(daysSince1970: try place(time).day)
            if let session = found {
                label = session.label
                let next = time.saturatingPlus(interval)
                if let index = session.stretch(ofBarAt: time, interval), next < session.intervals[index].close {
                    return next
                }
                if let stretch = session.intervals.first(where: { $0.open > time }) { return stretch.open }
            }
            return try session(after: label)?.open
        case .sessions(let count):
            let label = try label(ofDailyBarAt: time)
            var next: TradingSession?
            for _ in 0..<max(1, count) {
                next = try session(after: next?.label ?? label)
                if next == nil { return nil }
            }
            guard let next else { return nil }
            if let session = try session(of: label), session.open == time { return next.open }
            return shift(time, days: next.label.daysSince1970 - label.daysSince1970)
        case .weeks(let count): return shift(time, days: max(1, count).saturatingTimes(7))
        }
    }

    /// The same time on the wall clock of stamps on another day.
    private mutating func shift(_ time: Nanoseconds, days: Int) -> Nanoseconds {
        stampZone.utc(
            stampZone.local(time).saturatingPlus(Int64(clamping: days).saturatingTimes(86_400_000_000_000)))
    }

    /// Bars that the calendar promises between two, neither counted; `limit` + 1 when there are more than that. Nil
    /// where one of them lies outside regular trading.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    /// - Complexity: O(1) within a stretch of trading, O(sessions) over several, up to the limit.
    package mutating func barsBetween(
        _ earlier: Nanoseconds, _ later: Nanoseconds, interval: Nanoseconds, limit: Int
    ) throws(Failure) -> Int? {
        guard later > earlier, interval > 0 else { return nil }
        switch BarStep(interval) {
        case .within:
            if let stretch = remembered(later), stretch.contains(earlier) {
                return TradingCalendar.missing(later.saturatingMinus(earlier), interval)
            }
            return try barsBetweenStretches(earlier, later, interval: interval, limit: limit)
        case .sessions(let count):
            let first = try label(ofDailyBarAt: earlier), last = try label(ofDailyBarAt: later)
            guard first < last else { return nil }
            var sessions = 0, label = first
            while let next = try session(after: label), next.label < last {
                sessions += 1
                label = next.label
                if sessions / max(1, count) > limit { break }
            }
            return sessions / max(1, count)
        case .weeks(let count):
            let first = try label(ofDailyBarAt: earlier), last = try label(ofDailyBarAt: later)
            let weeks = (last.daysSince1970 - last.weekday - first.daysSince1970 + first.weekday) / 7
            return weeks < 1 ? nil : (weeks - 1) / max(1, count)
        }
    }

    private static func missing(_ distance: Nanoseconds, _ interval: Nanoseconds) -> Int {
        let (quotient, rest) = distance.quotientAndRemainder(dividingBy: interval)
        return Int(clamping: rest > 0 ? quotient : quotient - 1)
    }

    private mutating func barsBetweenStretches(
        _ earlier: Nanoseconds, _ later: Nanoseconds, interval: Nanoseconds, limit: Int
    ) throws(Failure) -> Int? {
        guard let first = try session(ofBarAt: earlier, interval), let last = try session(ofBarAt: later, interval)
        else { return nil }
        if first.label == last.label {
            if first.stretch(ofBarAt: earlier, interval) == first.stretch(ofBarAt: later, interval) {
                return TradingCalendar.missing(later.saturatingMinus(earlier), interval)
            }
            return max(0, first.bars(of: interval, before: later) - first.bars(of: interval, before: earlier) - 1)
        }
        var count = first.bars(of: interval, after: earlier).saturatingPlus(last.bars(of: interval, before: later))
        var label = first.label
        while count <= limit, let next = try session(after: label), next.label < last.label {
            count = count.saturatingPlus(next.bars(of: interval))
            label = next.label
        }
        return min(count, limit.saturatingPlus(1))
    }
}
