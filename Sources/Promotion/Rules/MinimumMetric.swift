package import Basics

/// A measure on the test span is inside given bounds.
package struct MinimumMetric: GateRule {
    package static let name = "metric"
    package static let summary = "A measure on the test span is inside the stated bounds."
    package static let keys = ["metric", "minimum", "maximum"]
    /// Published information coefficients of single models on liquid bars lie below 0.1 (Grinold & Kahn 2000, ch. 6,
    /// call 0.1 exceptional); 0.2 leaves room for made-up data with a stated signal.
    package static let largestCoefficient = 0.2
    let metric: String
    let minimum: Double?
    let maximum: Double?
    package var distinction: String? { metric }

    package init(_ reader: ConfigReader) throws {
        metric = try reader.string("metric")
        minimum = try reader.optionalDouble("minimum")
        maximum = try reader.optionalDouble("maximum")
        guard minimum != nil || maximum != nil else {
            throw ConfigError("found neither 'minimum' nor 'maximum' for the metric '\(metric)'", at: reader.node.mark)
        }
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let value = evidence.metrics[metric] else {
            let near = NearestName.of(metric, in: evidence.metrics.keys.sorted())
            return GateVerdict(false, "found no measure '\(metric)'" + (near.map { "; the nearest is '\($0)'" } ?? ""))
        }
        let holds = minimum.map { value >= $0 } ?? true && maximum.map { value <= $0 } ?? true
        let bounds = [minimum.map { "at least \($0)" }, maximum.map { "at most \($0)" }].compactMap { $0 }.joined(
            separator: " and ")
        return GateVerdict(
            holds, "\(metric) is \(rounded(value)), required \(bounds)" + doubt(value),
            values: .map(["value": .double(value)]))
    }

    /// What to suspect of a coefficient that no real model has.
    private func doubt(_ value: Double) -> String {
        guard metric == "ic", abs(value) > MinimumMetric.largestCoefficient else { return "" }
        return
            "; above \(MinimumMetric.largestCoefficient) lies no published model of liquid bars (Grinold & Kahn 2000): "
            + "look for a feature that knows the label"
    }
}
