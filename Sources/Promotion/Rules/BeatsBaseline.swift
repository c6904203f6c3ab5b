import Backtesting
package import Basics

/// A measure is better than the naive forecaster's, and the block-bootstrap interval of the difference excludes zero.
package struct BeatsBaseline: GateRule {
    package static let name = "beats-baseline"
    package static let summary =
        "A measure is better than the naive baseline's, and the interval of the difference "
        + "excludes zero."
    package static let keys = ["metric"]
    /// Nil means log loss for probabilities and squared error for returns.
    let metric: String?
    package var distinction: String? { metric }

    package init(_ reader: ConfigReader) throws { metric = try reader.optionalString("metric") }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let own = MetricSums(evidence.predictions), naive = MetricSums(evidence.predictions.baseline)
        let name = metric ?? (evidence.predictions.kind == .probability ? "log_loss" : "mse")
        guard let measure = own.measure(name) else {
            return GateVerdict(
                false,
                "found no measure '\(name)' with an interval, expected one of "
                    + "\(own.measures.map(\.name).joined(separator: ", "))"
            )
        }
        guard let interval = own.difference(from: naive, measure: measure, block: own.block(evidence.predictions.kind))
        else {
            return GateVerdict(
                false, "\(name) is undefined for the naive baseline or the model, so nothing shows that it is better")
        }
        let holds = measure.isHigherBetter ? interval.lower > 0 : interval.upper < 0
        return GateVerdict(
            holds,
            "\(name) less the naive baseline's is \(rounded(interval.estimate, 6)) (95 % interval "
                + "\(rounded(interval.lower, 6)) … \(rounded(interval.upper, 6))); \(measure.requiredEnd)",
            values: .map([
                "estimate": .double(interval.estimate), "lower": .double(interval.lower),
                "upper": .double(interval.upper),
            ]))
    }
}

extension MetricSums.Measure {
    /// What excludes zero on the better side: the estimate alone may lie there, and the end of its interval not.
    var requiredEnd: String {
        isHigherBetter ? "the interval's lower end must be above 0" : "the interval's upper end must be below 0"
    }
}
