package import Basics
package import MarketData

/// Says whether a position can still be opened and closed inside the session: labels never reach beyond it, so neither
/// do trades. The runtime and the back-test ask the same clock.
package struct SessionClock: Sendable {
    private let interval: Nanoseconds
    private let isBounded: Bool
    private var calendar: TradingCalendar
    private var zone: ExchangeZone

    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
    package init(features: FeatureSpec, market: MarketSpec) throws {
        interval = market.interval
        isBounded = features.resetsAtSession
        calendar = TradingCalendar(market.calendar)
        zone = try ExchangeZone(market.zone)
    }

    /// Whether `bars` more bars follow the one that starts at `time` before the session closes; always true where the
    /// features do not reset at sessions.
    package mutating func fits(bars: Int, after time: Nanoseconds) -> Bool {
        guard isBounded else { return true }
        let seconds = Int(zone.local(time) / 1_000_000_000)
        let day = seconds / 86_400
        guard let session = calendar.session(CivilDate(daysSince1970: day)) else { return false }
        return seconds - day * 86_400 + (bars + 1) * Int(interval / 1_000_000_000) <= session.close
    }
}
