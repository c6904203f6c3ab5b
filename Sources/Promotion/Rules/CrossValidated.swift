import Backtesting
package import Basics

/// The model earns on most paths of combinatorial cross-validation (López de Prado 2018, chapter 12), not only on the
/// one test span.
package struct CrossValidated: GateRule {
    package static let name = "cross-validated"
    package static let summary = "The model earns on most paths of combinatorial cross-validation."
    package static let keys = ["minimumMedianSharpe", "maximumDrawdown"]
    /// Daily.
    let minimumMedianSharpe: Double
    let maximumDrawdown: Double

    package init(_ reader: ConfigReader) throws {
        minimumMedianSharpe = try reader.double("minimumMedianSharpe", default: 0, in: -10...10)
        maximumDrawdown = try reader.double("maximumDrawdown", default: 0.2, in: 0...1)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let sharpes = evidence.pathSharpes.sorted(), drawdowns = evidence.pathDrawdowns.sorted()
        guard !drawdowns.isEmpty else {
            return .noEvidence(
                "nobody cross-validated this recipe on these features with this strategy; use hftml cross-validate")
        }
        guard sharpes.count == drawdowns.count else {
            return GateVerdict(
                false, "the model never trades in \(drawdowns.count - sharpes.count) of \(drawdowns.count) paths")
        }
        // The drawdown that one path in twenty exceeds; with fewer than twenty paths, the largest.
        let median = sharpes[sharpes.count / 2], drawdown = -drawdowns[sharpes.count / 20]
        return GateVerdict(
            median > minimumMedianSharpe && drawdown <= maximumDrawdown,
            "over \(sharpes.count) paths the median daily ratio is \(rounded(median)), required above "
                + "\(minimumMedianSharpe), and the drawdown of one in twenty is \(percent(drawdown)) or more, allowed "
                + "\(percent(maximumDrawdown))",
            values: .map(["medianSharpe": .double(median), "drawdown": .double(drawdown), "paths": .int(sharpes.count)])
        )
    }
}
