import Basics

extension TradingLoop {
    /// What happened since the start.
    package struct Counts: Sendable, Equatable {
        package var bars = 0, predictions = 0
        /// Predictions that are no finite numbers, counted among the others; none of them is traded.
        package var undefined = 0
        package var submitted = 0, denied = 0, filled = 0, cancelled = 0
        /// By the code of the risk rule.
        package var deniedReasons: [String: Int] = [:]
    }

    /// The result of a run.
    package struct Summary: Sendable {
        package var counts: Counts
        package var latency: LatencyRecorder.Summary
        /// In currency, before fees; then fees.
        package var grossProfit: Double
        package var fees: Double
        /// Instruments with a position at the end.
        package var openPositions: Int
    }
}
