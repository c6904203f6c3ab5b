package import Deployment

/// What came of letting the real program run a version's bundle over the test span.
package struct RehearsalEvidence: Sendable, Equatable {
    /// In currency.
    package struct Money: Sendable, Equatable {
        /// Realised and unrealised, before fees.
        package var gross: Double
        /// Of all fills.
        package var fees: Double

        /// Money as given.
        package init(gross: Double, fees: Double) { (self.gross, self.fees) = (gross, fees) }
    }

    /// Why there was no rehearsal; nil where there was one.
    package var missing: String?
    /// Order by order.
    package var comparison = JournalComparison()
    /// By the back-test.
    package var backtest = Money(gross: 0, fees: 0)
    /// By the runtime's own account.
    package var runtime = Money(gross: 0, fees: 0)
    /// That the runtime traded on.
    package var bars = 0

    /// No rehearsal, and why.
    package init(missing: String) { self.missing = missing }

    /// A rehearsal that took place.
    package init(comparison: JournalComparison, backtest: Money, runtime: Money, bars: Int) {
        (self.comparison, self.backtest, self.runtime, self.bars) = (comparison, backtest, runtime, bars)
    }
}
