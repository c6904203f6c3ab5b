package import Basics

/// Places bars in their session: whether one is traded at all, whether it follows the one before without a gap, and
/// whether a position can still be opened and closed before the session ends.
///
/// Labels reach beyond neither a session nor a gap, so neither do trades: features, the runtime and the back-test ask
/// the same clock. What is a gap is counted in bars that the calendar promises: a break at noon is none, nor is the
/// night where positions do not end with the session. Sessions do not bound bars of a day or longer.
///
/// Beyond the days that the calendar knows nothing is traded, fits or follows, and ``unknown`` says so.
package struct SessionClock: Sendable {
    private let rules: SessionRules
    private var calendar: TradingCalendar
    /// The first question about a day that the calendar does not know: whoever asked must end with this error.
    package private(set) var unknown: Failure?

    /// - Parameters:
    ///   - isBounded: whether positions end with the session.
    ///   - allHours: whether bars outside the regular session count.
    ///   - missingBarsAllowed: bars that may be missing between two that follow each other.
    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone, ``ConfigError`` for an unknown calendar.
    package init(market: MarketSpec, isBounded: Bool, allHours: Bool, missingBarsAllowed: Int) throws {
        let step = BarStep(market.interval)
        rules = SessionRules(
            interval: market.interval, missingBarsAllowed: max(0, missingBarsAllowed),
            isBounded: isBounded && !step.isDaily, tradesAllHours: allHours, step: step)
        calendar = try TradingCalendar(market)
    }

    /// - Throws: the first question that the calendar could not answer, with code `calendar.unknown`.
    package func requireKnown() throws(Failure) { if let unknown { throw unknown } }

    /// Whether the calendar knows the day that a time lies in.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func requireKnown(_ time: Nanoseconds) throws(Failure) { _ = try calendar.owner(of: time) }

    /// Whether `bars` more bars follow the one that starts at `time` before the session closes; always true where
    /// positions do not end with the session.
    package mutating func fits(bars: Int, after time: Nanoseconds) -> Bool {
        do { return try rules.fits(bars: bars, after: time, &calendar) } catch { return note(error, false) }
    }

    /// Whether a bar that starts at `time` is one that features, labels and trades are made of.
    package mutating func isTraded(_ time: Nanoseconds) -> Bool {
        do { return try rules.isTraded(time, &calendar) } catch { return note(error, false) }
    }

    /// Whether a bar is the next one after another: not later than the bars that may be missing allow, and in the same
    /// session where positions end with it.
    package mutating func follows(_ time: Nanoseconds, after earlier: Nanoseconds) -> Bool {
        do { return try rules.follows(time, after: earlier, &calendar) } catch { return note(error, false) }
    }

    /// Where a bar lies: the day of its session, and −1 at the open to 1 at the close. 0 on closed days, and for bars
    /// of a day or longer.
    package mutating func place(_ time: Nanoseconds) -> (day: Int, timeOfDay: Double) {
        do { return try rules.place(time, &calendar) } catch { return note(error, (Int.min, 0)) }
    }

    /// The end of a bar, from when on it can be known; see ``TradingCalendar/end(ofBarAt:interval:allHours:)``.
    package mutating func end(ofBarAt time: Nanoseconds) -> Nanoseconds {
        do {
            return try calendar.end(ofBarAt: time, interval: rules.interval, allHours: rules.tradesAllHours)
        } catch {
            return note(error, time.saturatingPlus(rules.interval))
        }
    }

    /// Bars that the calendar promises between two, neither counted; 0 where it promises none, as outside regular
    /// trading.
    ///
    /// - Complexity: as ``TradingCalendar/barsBetween(_:_:interval:limit:)``.
    package mutating func missing(after earlier: Nanoseconds, before later: Nanoseconds) -> Int {
        do {
            if !rules.step.isDaily { _ = try calendar.place(later) }
            return try calendar.barsBetween(earlier, later, interval: rules.interval, limit: .max - 1) ?? 0
        } catch {
            return note(error, 0)
        }
    }

    private mutating func note<T>(_ error: Failure, _ answer: T) -> T {
        if unknown == nil { unknown = error }
        return answer
    }
}

/// What a clock answers by, apart from what its calendar remembers.
private struct SessionRules: Sendable {
    let interval: Nanoseconds
    let missingBarsAllowed: Int
    let isBounded: Bool
    let tradesAllHours: Bool
    let step: BarStep

    func fits(bars: Int, after time: Nanoseconds, _ calendar: inout TradingCalendar) throws(Failure) -> Bool {
        guard isBounded else { return true }
        if let stretch = calendar.remembered(time), stretch.bars(of: interval, after: time) >= bars { return true }
        var session = try calendar.session(ofBarAt: time, interval)
        if session == nil { session = try calendar.owner(of: time) }
        guard let session, time < session.close else { return false }
        return session.bars(of: interval, after: time) >= bars
    }

    func isTraded(_ time: Nanoseconds, _ calendar: inout TradingCalendar) throws(Failure) -> Bool {
        guard !tradesAllHours else { return true }
        switch step {
        case .weeks: return true
        case .sessions: return try calendar.session(of: calendar.label(ofDailyBarAt: time)) != nil
        case .within:
            if try calendar.place(time).phase == .regular { return true }
            return try calendar.session(ofBarAt: time, interval) != nil
        }
    }

    func follows(_ time: Nanoseconds, after earlier: Nanoseconds, _ calendar: inout TradingCalendar) throws(Failure)
        -> Bool
    {
        guard time > earlier else { return false }
        if let stretch = calendar.remembered(time), stretch.contains(earlier) { return isNear(time, earlier) }
        if isBounded, try calendar.place(earlier).day != calendar.place(time).day { return false }
        let missing = try calendar.barsBetween(earlier, time, interval: interval, limit: missingBarsAllowed)
        // Outside regular trading nothing is promised: the time between them decides.
        return missing.map { $0 <= missingBarsAllowed } ?? isNear(time, earlier)
    }

    private func isNear(_ time: Nanoseconds, _ earlier: Nanoseconds) -> Bool {
        time.saturatingMinus(earlier) <= interval.saturatingTimes(Int64(missingBarsAllowed).saturatingPlus(1))
    }

    func place(_ time: Nanoseconds, _ calendar: inout TradingCalendar) throws(Failure) -> (Int, Double) {
        guard !step.isDaily else { return (try calendar.label(ofDailyBarAt: time).daysSince1970, 0) }
        let place = try calendar.place(time)
        if place.phase != .regular, let session = try calendar.session(ofBarAt: time, interval) {
            // It begins before the open and holds it.
            return (session.label.daysSince1970, max(-1, session.timeOfDay(time)))
        }
        return (place.day, place.timeOfDay)
    }
}
