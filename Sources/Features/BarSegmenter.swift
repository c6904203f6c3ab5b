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

    private var clock: SessionClock
    private var lastTime: Nanoseconds?

    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone, ``ConfigError`` for an unknown calendar.
    package init(spec: FeatureSpec, market: MarketSpec) throws {
        clock = try SessionClock(features: spec, market: market)
    }

    /// Decides about the next bar. One on a day that the calendar does not know is not used; see ``requireKnown()``.
    ///
    /// - Parameter time: the start of the bar.
    package mutating func push(_ time: Nanoseconds) -> Verdict {
        guard clock.isTraded(time) else { return Verdict(isUsed: false, startsSegment: false, timeOfDay: 0) }
        let starts = lastTime.map { !clock.follows(time, after: $0) } ?? true
        lastTime = time
        return Verdict(isUsed: true, startsSegment: starts, timeOfDay: clock.place(time).timeOfDay)
    }

    /// −1 at the open, 1 at the close of the session.
    mutating func timeOfDay(_ time: Nanoseconds) -> Double { clock.place(time).timeOfDay }

    /// - Throws: ``Failure`` with code `calendar.unknown` once a bar lay beyond the days that the calendar knows.
    package func requireKnown() throws(Failure) { try clock.requireKnown() }
}
