import Promotion

/// Measures that are too good to be true: the first thing to suspect is a feature that knows the label.
package enum SuspiciousMeasures {
    static let largestCoefficient = MinimumMetric.largestCoefficient
    /// What accuracy may lie above that of the naive forecaster.
    static let largestGain = 0.2

    /// - Parameters:
    ///   - metrics: of a model on its test span.
    ///   - baseline: of the naive forecaster on the same samples.
    /// - Returns: sentences for people; none where nothing is suspicious.
    package static func warnings(metrics: [(name: String, value: Double)], baseline: [String: Double]) -> [String] {
        let hint = "look for a feature that knows the label: hftml lineage, and evaluate without one feature at a time"
        return metrics.compactMap { name, value in
            if name == "ic", abs(value) > largestCoefficient {
                return "an information coefficient of \(rounded(value)) is too good to be true on real data; \(hint)"
            }
            if name == "accuracy" || name == "sign_accuracy", let naive = baseline[name], value > naive + largestGain {
                return "\(name) \(rounded(value)) beside \(rounded(naive)) of the naive forecaster is too good to be "
                    + "true on real data; \(hint)"
            }
            return nil
        }
    }

    private static func rounded(_ value: Double) -> String { String((value * 1000).rounded() / 1000) }
}
