package import Basics
package import MarketData

/// Decides, bar by bar, which bars are used and where an unbroken stretch begins. The same code offline and live.
package struct BarSegmenter: Sendable {
    /// What is decided of one bar.
    package struct Verdict: Sendable {
        /// False for bars outside the hours that the spec asks for.
        package var isUsed: Bool
        /// Whether nothing of the bars before may be seen from here on.
        package var startsSegment: Bool
        /// −1 at the open, 1 at the close of the session.
        package var timeOfDay: Double
    }

    private let hours: FeatureSpec.Hours
    private let largestStep: Nanoseconds
    private let resetsAtSession: Bool
    private var calendar: TradingCalendar
    private var zone: ExchangeZone
    private var lastTime: Nanoseconds?
    private var lastDay = Int.min

    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
    package init(spec: FeatureSpec, market: MarketSpec) throws {
        hours = spec.hours
        largestStep = market.interval * Int64(spec.missingBarsAllowed + 1)
        resetsAtSession = spec.resetsAtSession
        calendar = TradingCalendar(market.calendar)
        zone = try ExchangeZone(market.zone)
    }

    /// Decides about the next bar.
    ///
    /// - Parameter time: the start of the bar.
    package mutating func push(_ time: Nanoseconds) -> Verdict {
        let seconds = Int(zone.local(time) / 1_000_000_000)
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let secondOfDay = seconds - day * 86_400
        let session = calendar.session(CivilDate(daysSince1970: day))
        let isInside = session.map { secondOfDay >= $0.open && secondOfDay < $0.close } ?? false
        guard isInside || hours == .all else { return Verdict(isUsed: false, startsSegment: false, timeOfDay: 0) }
        let starts =
            lastTime.map { time - $0 > largestStep || time <= $0 || (resetsAtSession && day != lastDay) } ?? true
        lastTime = time
        lastDay = day
        var position = 0.0
        if let session, session.close > session.open {
            position = 2 * Double(secondOfDay - session.open) / Double(session.close - session.open) - 1
        }
        return Verdict(isUsed: true, startsSegment: starts, timeOfDay: position)
    }
}
