import Basics
package import MarketData

/// What is taken for granted where no market file was named: it is said, not assumed in silence.
package enum AssumedMarket {
    /// - Parameter market: as bars are read without a market file.
    package static func text(_ market: MarketSpec = MarketSpec()) -> String {
        let calendar = market.calendar.json
        return "no --market: assumed zone \(market.zone), calendar \(calendar.stringValue ?? calendar.text(.compact)), "
            + "interval \(Interval.text(market.interval))"
    }
}
