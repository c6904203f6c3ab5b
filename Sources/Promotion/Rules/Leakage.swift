import Backtesting
package import Basics

/// No single feature knows the future: a feature that by itself predicts what comes next too well has most likely seen
/// it. This is how a leak in the raw data shows, where features cannot look ahead by themselves. In real markets a
/// tenth is much; a simulated one may have a stronger signal on purpose.
package struct Leakage: GateRule {
    package static let name = "leakage"
    package static let summary = "No single feature predicts what follows implausibly well."
    package static let keys = ["maximumCorrelation"]
    let maximumCorrelation: Double

    package init(_ reader: ConfigReader) throws {
        maximumCorrelation = try reader.double("maximumCorrelation", default: 0.25, in: 0.01...1)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let worst = evidence.featureCorrelation.max(by: { $0.correlation.magnitude < $1.correlation.magnitude })
        else {
            return .noEvidence("features and what came next were not compared")
        }
        let suspect = evidence.featureCorrelation.filter { !($0.correlation.magnitude <= maximumCorrelation) }.map {
            "\($0.name) \(rounded($0.correlation, 3))"
        }
        return GateVerdict(
            suspect.isEmpty,
            suspect.isEmpty
                ? "no feature by itself is correlated with what comes next by more than "
                    + "\(rounded(worst.correlation.magnitude, 3)) (\(worst.name)), allowed \(maximumCorrelation)"
                : "found features that predict what comes next better than \(maximumCorrelation), most likely "
                    + "because they have seen it: \(suspect.prefix(5).joined(separator: ", "))",
            values: .map(evidence.featureCorrelation.map { ($0.name, .double($0.correlation)) }))
    }
}
