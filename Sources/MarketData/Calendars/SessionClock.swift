package import Basics

/// Places bars in their session: whether one is traded at all, whether it follows the one before without a gap, and
/// whether a position can still be opened and closed before the session ends.
///
/// Labels reach beyond neither a session nor a gap, so neither do trades: the runtime and the back-test ask the same
/// clock.
package struct SessionClock: Sendable {
    private let interval: Nanoseconds
    private let largestStep: Nanoseconds
    private let isBounded: Bool
    private let tradesAllHours: Bool
    private var calendar: TradingCalendar
    private var zone: ExchangeZone

    /// - Parameters:
    ///   - isBounded: whether positions end with the session.
    ///   - allHours: whether bars outside the regular session count.
    ///   - missingBarsAllowed: bars that may be missing between two that follow each other.
    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
    package init(market: MarketSpec, isBounded: Bool, allHours: Bool, missingBarsAllowed: Int) throws {
        interval = market.interval
        largestStep = market.interval.saturatingTimes(Int64(missingBarsAllowed).saturatingPlus(1))
        self.isBounded = isBounded
        tradesAllHours = allHours
        calendar = TradingCalendar(market.calendar)
        zone = try ExchangeZone(market.zone)
    }

    /// Whether `bars` more bars follow the one that starts at `time` before the session closes; always true where
    /// positions do not end with the session.
    package mutating func fits(bars: Int, after time: Nanoseconds) -> Bool {
        guard isBounded else { return true }
        let (day, second) = place(time)
        guard let session = calendar.session(CivilDate(daysSince1970: day)) else { return false }
        return second + (bars + 1) * Int(interval / 1_000_000_000) <= session.close
    }

    /// Whether a bar that starts at `time` is one that features, labels and trades are made of.
    package mutating func isTraded(_ time: Nanoseconds) -> Bool {
        guard !tradesAllHours else { return true }
        let (day, second) = place(time)
        guard let session = calendar.session(CivilDate(daysSince1970: day)) else { return false }
        return second >= session.open && second < session.close
    }

    /// Whether a bar is the next one after another: not later than the bars that may be missing allow, and in the same
    /// session where positions end with it.
    package mutating func follows(_ time: Nanoseconds, after earlier: Nanoseconds) -> Bool {
        let step = time.saturatingMinus(earlier)
        guard step > 0, step <= largestStep else { return false }
        return !isBounded || place(time).day == place(earlier).day
    }

    /// The day where the market is, counted from 1970, and the second in it.
    private mutating func place(_ time: Nanoseconds) -> (day: Int, second: Int) {
        let seconds = Int(zone.local(time) / 1_000_000_000)
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        return (day, seconds - day * 86_400)
    }
}
