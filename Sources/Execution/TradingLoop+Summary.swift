import Basics
import Trading

extension TradingLoop {
    /// What happened since the start.
    package struct Counts: Sendable, Equatable {
        /// Bars that were pushed, and predictions made on them.
        package var bars = 0, predictions = 0
        /// Bars that only warmed features up, counted among the others; no prediction of theirs is.
        package var warmUpBars = 0
        /// Predictions that are no finite numbers, counted among the others; none of them is traded.
        package var undefined = 0
        /// Orders by what became of them.
        package var submitted = 0, denied = 0, filled = 0, cancelled = 0
        /// By the code of the risk rule.
        package var deniedReasons: [String: Int] = [:]

        mutating func note(_ event: TradingDesk.Event) {
            switch event.kind {
            case .submitted: submitted += 1
            case .filled: filled += 1
            case .cancelled: cancelled += 1
            case .denied:
                denied += 1
                if let reason = event.reason { deniedReasons[reason.rawValue, default: 0] += 1 }
            }
        }
    }

    /// The result of a run.
    package struct Summary: Sendable {
        /// Of the whole run.
        package var counts: Counts
        /// From bar to decision.
        package var latency: LatencyRecorder.Summary
        /// In currency, before fees; then fees.
        package var grossProfit: Double
        /// In currency.
        package var fees: Double
        /// Instruments with a position at the end.
        package var openPositions: Int
    }
}
