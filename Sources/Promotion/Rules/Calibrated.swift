import Backtesting
package import Basics

/// Stated probabilities come true as often as they say.
package struct Calibrated: GateRule {
    package static let name = "calibration"
    package static let summary = "Stated probabilities come true as often as they say."
    package static let keys = ["maximumError", "bins"]
    let maximumError: Double
    let bins: Int

    package init(_ reader: ConfigReader) throws {
        maximumError = try reader.double("maximumError", default: 0.05, in: 0...1)
        bins = try reader.int("bins", default: 10, in: 2...100)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let predictions = evidence.predictions
        guard predictions.kind == .probability,
            let calibration = Calibration(
                probabilities: predictions.bars.map(\.score), outcomes: predictions.targets.map { $0 > 0.5 }, bins: bins
            )
        else { return .noEvidence("the model states no probability of one outcome") }
        // Ten bins of which nine are empty say no more than one would.
        let used = calibration.bins.count { $0.count > 0 }
        return GateVerdict(
            calibration.expectedError <= maximumError,
            "stated and observed frequency differ by \(rounded(calibration.expectedError)) on average over \(bins) "
                + "bins\(used < bins ? ", \(bins - used) of them empty" : ""), by "
                + "\(rounded(calibration.largestError)) at most, allowed \(maximumError) on average",
            values: .map([
                "expectedError": .double(calibration.expectedError), "largestError": .double(calibration.largestError),
                "brier": .double(calibration.brier), "usedBins": .int(used),
            ]))
    }
}
