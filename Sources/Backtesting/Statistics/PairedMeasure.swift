/// Whether two forecasts of the same samples differ in one measure: the test that fits the measure.
///
/// Means over samples (losses, accuracy) are compared by Diebold–Mariano's test on their differences by time; what is
/// no mean (correlation, F1) by the share of resampled blocks on either side of no difference. Under equal models
/// either says "different" at 5 % in about 5 % of cases; the bootstrap in a little more where times are few.
package struct PairedMeasure: Sendable, Equatable {
    /// How the p-value was found.
    package enum Method: String, Sendable {
        case dieboldMariano = "Diebold–Mariano"
        case bootstrap = "block bootstrap"
    }

    /// Two-sided; 1 where the sides are equal.
    package let pValue: Double
    /// The test that gave it.
    package let method: Method

    /// - Parameters:
    ///   - measure: by name; both sides must have it.
    ///   - horizon: times that a label looks ahead.
    ///   - difference: of the measure, A less B, by the block bootstrap.
    package init(
        _ a: MetricSums, _ b: MetricSums, measure: String, horizon: Int, difference: BlockBootstrap.Interval
    ) {
        if let own = a.means(measure), let theirs = b.means(measure) {
            method = .dieboldMariano
            let differences = zip(own, theirs).map { $0 - $1 }
            pValue =
                differences.contains { $0 != 0 }
                ? DieboldMariano(differences: differences, horizon: min(horizon, max(differences.count - 1, 1)))?.pValue
                    ?? 1 : 1
        } else {
            method = .bootstrap
            pValue = PairedMeasure.pValue(difference)
        }
    }

    /// Twice the smaller share of replicates on one side of no difference, never less than two replicates of 1000.
    package static func pValue(_ difference: BlockBootstrap.Interval) -> Double {
        guard difference.lower < difference.upper else { return difference.estimate == 0 ? 1 : 0.002 }
        let share = difference.shareNotPositive
        return min(1, max(2 * min(share, 1 - share), 0.002))
    }
}
