import Basics
import MarketData

/// The bars of an unbroken stretch, adjusted as of the newest: what a feature stream goes through again when a split or
/// a dividend puts the past on another level.
///
/// So the row of a bar is what the features of the series adjusted as of that bar are, offline and live.
struct AdjustedHistory: Sendable {
    private var factors: PointInTimeFactors
    private var bars: [(bar: Bar, timeOfDay: Double)] = []

    /// - Throws: ``Failure`` with code `data.actions` where the market adjusts and no actions are given, `time.zone`.
    init?(_ actions: CorporateActionTable?, market: MarketSpec) throws {
        guard let adjust = market.adjust else { return nil }
        guard let actions else {
            // Also for tickers alone: whose these bars are is not known here.
            throw Failure(
                "data.actions",
                "found features of a market with 'adjust: {prices: \(adjust.prices.rawValue)}', and no corporate "
                    + "actions to adjust these bars by",
                hint: "use features of unadjusted prices here, or run where the files of corporate actions are read")
        }
        guard !actions.actions.isEmpty else { return nil }
        factors = try PointInTimeFactors(actions, adjust.prices, interval: market.interval)
    }

    mutating func beginSegment() { bars.removeAll(keepingCapacity: true) }

    /// Goes on to a bar.
    ///
    /// - Returns: whether the bars before it in the stretch must be gone through again.
    mutating func push(_ bar: Bar, timeOfDay: Double) -> Bool {
        let isChanged = factors.advance(to: bar.time) && !bars.isEmpty
        bars.append((bar, timeOfDay))
        return isChanged
    }

    /// Bars before the newest.
    var past: Int { max(0, bars.count - 1) }

    /// A bar of the stretch with what its prices and volume are multiplied by.
    mutating func bar(_ index: Int) -> (bar: Bar, timeOfDay: Double, price: Double, volume: Double) {
        let (bar, timeOfDay) = bars[index], (price, volume) = factors.factors(bar.time)
        return (bar, timeOfDay, price, volume)
    }

    /// What the newest bar is multiplied by.
    mutating func factors(_ bar: Bar) -> (price: Double, volume: Double) { factors.factors(bar.time) }
}
