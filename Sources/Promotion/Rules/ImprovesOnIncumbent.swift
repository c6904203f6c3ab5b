import Backtesting
package import Basics

/// Better than the version in force: the interval of the difference excludes zero. Holds when there is none.
package struct ImprovesOnIncumbent: GateRule {
    package static let name = "improves-on-incumbent"
    package static let summary = "The version is significantly better than the incumbent on the same samples."
    package static let keys = ["metric", "confidence"]
    let metric: String
    package var distinction: String? { metric }
    let confidence: Double

    package init(_ reader: ConfigReader) throws {
        metric = try reader.string("metric", default: "ic")
        confidence = try reader.double("confidence", default: 0.95, in: 0.5...0.999)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        if let objection = evidence.incumbentObjection { return .noEvidence(objection) }
        guard let incumbent = evidence.incumbent else { return GateVerdict(true, "there is no incumbent") }
        let own = MetricSums(incumbent.own), theirs = MetricSums(incumbent.theirs)
        guard let measure = own.measure(metric), theirs.measure(metric) != nil,
            let interval = own.difference(
                from: theirs, measure: measure, block: own.block(incumbent.own.kind), confidence: confidence)
        else { return .noEvidence("'\(metric)' is not defined for both this version and \(incumbent.reference)") }
        return GateVerdict(
            measure.isHigherBetter ? interval.lower > 0 : interval.upper < 0,
            "\(metric) less that of \(incumbent.reference) is \(rounded(interval.estimate, 5)) over "
                + "\(evidence.comparedOn) (\(percent(confidence, 1)) interval \(rounded(interval.lower, 5)) … "
                + "\(rounded(interval.upper, 5)), block bootstrap); \(measure.requiredEnd)",
            values: .map([
                "estimate": .double(interval.estimate), "lower": .double(interval.lower),
                "upper": .double(interval.upper),
            ]))
    }
}
