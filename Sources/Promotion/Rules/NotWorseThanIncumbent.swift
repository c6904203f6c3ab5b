import Backtesting
package import Basics

/// Not significantly worse than the version in force, by the block bootstrap on the same samples. Holds when there is
/// none.
package struct NotWorseThanIncumbent: GateRule {
    package static let name = "not-worse-than-incumbent"
    package static let summary = "The version is not significantly worse than the incumbent on the same samples."
    package static let keys = ["metric"]
    let metric: String
    package var distinction: String? { metric }

    package init(_ reader: ConfigReader) throws { metric = try reader.string("metric", default: "ic") }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        if let objection = evidence.incumbentObjection { return .noEvidence(objection) }
        guard let incumbent = evidence.incumbent else { return GateVerdict(true, "there is no incumbent") }
        let own = MetricSums(incumbent.own), theirs = MetricSums(incumbent.theirs)
        guard let measure = own.measure(metric), theirs.measure(metric) != nil,
            let interval = own.difference(from: theirs, measure: measure, block: own.block(incumbent.own.kind))
        else {
            return GateVerdict(false, "'\(metric)' is not defined for both this version and \(incumbent.reference)")
        }
        let holds = measure.isHigherBetter ? interval.upper >= 0 : interval.lower <= 0
        return GateVerdict(
            holds,
            "\(metric) less that of \(incumbent.reference) is \(rounded(interval.estimate, 5)) over "
                + "\(evidence.comparedOn) (95 % interval "
                + "\(rounded(interval.lower, 5)) … \(rounded(interval.upper, 5))); the interval's "
                + "\(measure.isHigherBetter ? "upper end must not be below" : "lower end must not be above") 0",
            values: .map([
                "estimate": .double(interval.estimate), "lower": .double(interval.lower),
                "upper": .double(interval.upper),
            ]))
    }
}
