/// How much capital a strategy can trade without being more than a stated share of what trades.
package struct Capacity: Sendable, Equatable {
    /// The share of what trades that is allowed.
    package let participation: Double
    /// Capital at which half of the trades, and nine of ten, stay within the participation rate.
    package let median: Double
    /// Capital at which nine of ten trades stay within it.
    package let cautious: Double
    /// Trades with a known traded value.
    package let trades: Int

    /// - Parameters:
    ///   - tradedValues: of every trade of the strategy, what was traded in its bar in the whole market, in currency.
    ///   - instruments: among which the capital is divided equally.
    package init?(tradedValues: [Double], instruments: Int, participation: Double) {
        let sorted = tradedValues.filter { $0.isFinite && $0 >= 0 }.sorted()
        guard !sorted.isEmpty, instruments > 0, participation > 0 else { return nil }
        self.participation = participation
        trades = sorted.count
        median = sorted[sorted.count / 2] * participation * Double(instruments)
        cautious = sorted[sorted.count / 10] * participation * Double(instruments)
    }
}
