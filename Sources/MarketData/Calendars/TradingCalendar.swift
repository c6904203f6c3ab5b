package import Basics

/// Says when a market is open, in UTC; remembers the last day, so that a look-up for bar after bar costs a comparison.
///
/// Beyond the days that a calendar knows nothing is assumed: every question there is the error `calendar.unknown`.
package struct TradingCalendar: Sendable {
    /// As configurations write it; `own hours` for hours that a configuration states.
    package let name: String
    /// The first day that is known; nil where there is no limit.
    package let first: CivilDate?
    /// The last day that is known; nil where there is no limit.
    package let last: CivilDate?
    /// Of the calendar's wall clock.
    package private(set) var zone: ExchangeZone
    /// Of the wall clock of stamps, which says what date a daily bar means.
    var stampZone: ExchangeZone
    private let hours: @Sendable (CivilDate) -> DayHours?
    private let evening: MarketCalendar.Evening?
    private var day = Day()
    private var stretch = Stretch()

    /// What is remembered of one day of the wall clock.
    private struct Day: Sendable {
        var start = Nanoseconds.max
        var end = Nanoseconds.min
        var number = 0
        var session: TradingSession?
        /// From when on a time belongs to the session that begins in the evening.
        var eveningStart = Nanoseconds.max
        var evening: TradingSession?
        /// Where nobody knows whether there is one: the day that it would be named by.
        var unknownEvening: CivilDate?
    }

    /// What is remembered of the stretch of regular trading that was last asked for.
    private struct Stretch: Sendable {
        var interval = SessionInterval(open: .max, close: .min)
        var day = 0
        var elapsed: Nanoseconds = 0
        var seconds = 0.0
    }

    /// The calendar of a market.
    ///
    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone, `config.invalid` for an unknown calendar.
    package init(_ market: MarketSpec) throws { try self.init(market.calendar, zone: market.zone) }

    /// A built-in calendar, with stamps on its own wall clock.
    ///
    /// - Throws: ``ConfigError`` for an unknown name.
    package init(_ name: String) throws {
        try self.init(.named(name), zone: try MarketCalendar.kinds.find(name).zone)
    }

    /// - Parameter zone: IANA name of the zone of stamps; also of hours that the spec states.
    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone, ``ConfigError`` for an unknown calendar.
    package init(_ spec: CalendarSpec, zone: String) throws {
        stampZone = try ExchangeZone(zone)
        switch spec {
        case .named(let name):
            let calendar = try MarketCalendar.kinds.find(name)
            (self.name, first, last) = (name, calendar.first, calendar.last)
            (hours, evening) = (calendar.hours, calendar.evening)
            self.zone = try ExchangeZone(calendar.zone)
        case .weekdays:
            (name, first, last, evening) = ("own hours", nil, nil, nil)
            hours = spec.ownHours
            self.zone = stampZone
        }
    }

    // MARK: What is known

    /// Whether the calendar says anything of a day.
    package func knows(_ date: CivilDate) -> Bool {
        (first.map { date >= $0 } ?? true) && (last.map { date <= $0 } ?? true)
    }

    private func require(_ date: CivilDate) throws(Failure) {
        guard !knows(date) else { return }
        let span = last.map { "from \(first?.description ?? "") to \($0)" } ?? "from \(first?.description ?? "") on"
        throw Failure(
            "calendar.unknown", "found \(date), expected a day that the calendar \(name) knows, \(span)",
            hint: last == nil || date < (first ?? date)
                ? "leave out the days before, or state hours and holidays under 'calendar' of the market file"
                : "update hftml for the days after \(last?.description ?? ""), or state hours and holidays under "
                    + "'calendar' of the market file")
    }

    // MARK: Sessions

    /// The session that is named by a date, or nil when the market is closed.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func session(of date: CivilDate) throws(Failure) -> TradingSession? {
        try require(date)
        guard let hours = hours(date), !hours.regular.isEmpty else { return nil }
        return TradingSession(date, hours, &zone)
    }

    /// The sessions named by the dates from one to another, both included.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func sessions(from first: CivilDate, to last: CivilDate) throws(Failure) -> [TradingSession] {
        guard first <= last else { return [] }
        try require(first)
        try require(last)
        var sessions: [TradingSession] = []
        for day in first.daysSince1970...last.daysSince1970 {
            if let session = try session(of: CivilDate(daysSince1970: day)) { sessions.append(session) }
        }
        return sessions
    }

    /// The session in whose regular trading a time lies; nil in breaks, before and after it.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func session(containing time: Nanoseconds) throws(Failure) -> TradingSession? {
        guard let session = try owner(of: time), session.contains(time) else { return nil }
        return session
    }

    /// The session to whose day a time belongs, be it in a break, before or after trading; nil on closed days.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func owner(of time: Nanoseconds) throws(Failure) -> TradingSession? {
        try remember(time)
        guard time >= day.eveningStart else { return day.session }
        if let unknown = day.unknownEvening { try require(unknown) }
        return day.evening
    }

    /// How far a look for the next or previous session goes, in days: no market is closed for longer.
    static let longestClosure = 400

    /// The first session named by a later date; nil when there is none within a year.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func session(after date: CivilDate) throws(Failure) -> TradingSession? {
        for offset in 1...TradingCalendar.longestClosure {
            if let session = try session(of: date.adding(offset)) { return session }
        }
        return nil
    }

    /// The last session named by an earlier date; nil when there is none within a year.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    package mutating func session(before date: CivilDate) throws(Failure) -> TradingSession? {
        for offset in 1...TradingCalendar.longestClosure {
            if let session = try session(of: date.adding(-offset)) { return session }
        }
        return nil
    }

    // MARK: Places

    /// Where a time lies.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    /// - Complexity: O(1), and no allocation in the stretch or day that was last asked for.
    package mutating func place(_ time: Nanoseconds) throws(Failure) -> SessionPlace {
        if stretch.interval.contains(time) {
            let seconds = (stretch.elapsed + (time - stretch.interval.open)) / 1_000_000_000
            return SessionPlace(
                day: stretch.day, phase: .regular, timeOfDay: 2 * Double(seconds) / stretch.seconds - 1)
        }
        guard let session = try owner(of: time) else {
            return SessionPlace(day: day.number, phase: .closed, timeOfDay: 0)
        }
        let number = session.label.daysSince1970, timeOfDay = session.timeOfDay(time)
        if let index = session.intervals.firstIndex(where: { $0.contains(time) }) {
            let interval = session.intervals[index]
            stretch = Stretch(
                interval: interval, day: number, elapsed: session.elapsed(interval.open),
                seconds: Double(session.length / 1_000_000_000))
            return SessionPlace(day: number, phase: .regular, timeOfDay: timeOfDay)
        }
        let isBreak = time >= session.open && time < session.close
        return SessionPlace(
            day: number, phase: session.isExtended(time) ? .extended : isBreak ? .pause : .closed,
            timeOfDay: timeOfDay)
    }

    /// The stretch of regular trading that a time lies in, where it is the one that was last asked for.
    func remembered(_ time: Nanoseconds) -> SessionInterval? {
        stretch.interval.contains(time) ? stretch.interval : nil
    }

    /// Makes `day` the day of the wall clock that a time lies in.
    private mutating func remember(_ time: Nanoseconds) throws(Failure) {
        guard time < day.start || time >= day.end else { return }
        let second = TradingCalendar.floor(zone.local(time), 1_000_000_000)
        let number = TradingCalendar.floor(second, 86_400), date = CivilDate(daysSince1970: Int(number))
        var fresh = Day()
        fresh.number = Int(number)
        fresh.session = try session(of: date)
        let midnight = number.saturatingTimes(86_400_000_000_000)
        (fresh.start, fresh.end) = (
            zone.utc(midnight), zone.utc(midnight.saturatingPlus(86_400_000_000_000))
        )
        if let evening {
            fresh.eveningStart = zone.utc(midnight.saturatingPlus(Int64(evening.second) * 1_000_000_000))
            for offset in 1...evening.daysBefore {
                guard knows(date.adding(offset)) else {
                    fresh.unknownEvening = date.adding(offset)
                    break
                }
                let next = try session(of: date.adding(offset))
                if let next, next.open >= fresh.eveningStart, next.open < fresh.end {
                    fresh.evening = next
                    break
                }
            }
            if fresh.evening == nil, fresh.unknownEvening == nil { fresh.eveningStart = .max }
        }
        day = fresh
    }

    /// Quotient rounded down.
    static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }
}

/// Where a time lies in the trading of a market.
package struct SessionPlace: Sendable, Equatable {
    /// What goes on at the time.
    package enum Phase: Sendable {
        /// Regular trading.
        case regular
        /// Trading before or after, or an auction.
        case extended
        /// A break between two stretches of regular trading.
        case pause
        /// No trading.
        case closed
    }

    /// Days since 1970 of the date that the session is named by; on closed days of the date itself.
    package let day: Int
    /// What goes on.
    package let phase: Phase
    /// −1 at the open, 1 at the close of regular trading, beyond that outside it; 0 on closed days.
    package let timeOfDay: Double
}
