import Backtesting
package import Basics

/// The probability that choosing the best of the trials was overfitting, by combinatorially symmetric cross-validation,
/// is small enough.
package struct Overfitting: GateRule {
    package static let name = "overfitting"
    package static let summary = "The probability that the choice among the trials was overfitting is small."
    package static let keys = ["maximum", "blocks"]
    let maximum: Double
    let blocks: Int

    package init(_ reader: ConfigReader) throws {
        maximum = try reader.double("maximum", default: 0.2, in: 0...1)
        blocks = try reader.int("blocks", default: 16, in: 4...20)
        guard blocks % 2 == 0 else {
            throw ConfigError("found \(blocks) blocks, expected an even number", at: reader.value("blocks")?.mark)
        }
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard evidence.trials >= 2 else {
            return GateVerdict(true, "one trial was made, so nothing was chosen among several")
        }
        let returns = evidence.trialReturns
        guard returns.count >= 2, let length = returns.map(\.count).min() else {
            return .noEvidence("\(evidence.trials) trials were made, and the returns of \(returns.count) are recorded")
        }
        guard let result = BacktestOverfitting(returns: (0..<length).map { t in returns.map { $0[t] } }, blocks: blocks)
        else {
            return .noEvidence("\(length) periods are too few for \(blocks) blocks")
        }
        return GateVerdict(
            result.probability <= maximum,
            "the best trial of one half of the time is below the median in the other half in "
                + "\(percent(result.probability, 1)) of \(result.splits.count) splits (\(returns.count) of "
                + "\(evidence.trials) trials, \(blocks) blocks), allowed \(percent(maximum, 1))",
            values: .map([
                "probability": .double(result.probability), "probabilityOfLoss": .double(result.probabilityOfLoss),
                "splits": .int(result.splits.count), "trials": .int(returns.count),
                "degradation": .double(result.degradation.slope),
                "logits": .doubles(Overfitting.quantiles(result.splits.map(\.logit))),
            ]))
    }

    /// Eleven quantiles, from the least to the greatest: they say what a histogram would. Empty without values.
    static func quantiles(_ values: [Double]) -> [Double] {
        guard !values.isEmpty else { return [] }
        let sorted = values.sorted()
        return (0...10).map { sorted[$0 * (sorted.count - 1) / 10] }
    }
}
