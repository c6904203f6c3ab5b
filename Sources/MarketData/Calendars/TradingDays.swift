package import Basics

/// The trading day that a moment belongs to, which days of returns and closes are counted by: the date of its session,
/// so that an evening counts to the day it is traded for; where there is no session, the date of the wall clock.
package struct TradingDays: Sendable {
    private var calendar: TradingCalendar?
    private var zone: ExchangeZone
    private let isDaily: Bool

    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone, ``ConfigError`` for an unknown calendar.
    package init(_ market: MarketSpec) throws {
        zone = try ExchangeZone(market.zone)
        calendar = try TradingCalendar(market)
        isDaily = BarStep(market.interval).isDaily
    }

    /// Dates of a zone, where no market is known.
    package init(zone: ExchangeZone) {
        self.zone = zone
        calendar = nil
        isDaily = false
    }

    /// Days since 1970.
    ///
    /// - Complexity: O(1) and no allocation in the stretch of trading that was last asked for.
    package mutating func day(_ time: Nanoseconds) -> Int32 {
        if calendar != nil, let day = known(time) { return Int32(clamping: day) }
        return Int32(clamping: TradingCalendar.floor(zone.local(time), 86_400_000_000_000))
    }

    private mutating func known(_ time: Nanoseconds) -> Int? {
        isDaily
            ? (try? calendar?.label(ofDailyBarAt: time))?.daysSince1970 : (try? calendar?.place(time))?.day
    }
}
