import Backtesting
package import Basics

/// The test span is at least as long as the Sharpe ratio needs to be told from zero.
package struct MinimumTrackRecord: GateRule {
    package static let name = "track-record"
    package static let summary = "The test span is as long as the Sharpe ratio needs to be told from zero."
    package static let keys = ["confidence"]
    let confidence: Double

    package init(_ reader: ConfigReader) throws {
        confidence = try reader.double("confidence", default: 0.95, in: 0.5...0.999)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let statistics = PerformanceStatistics(evidence.backtest.dailyReturns) else {
            return GateVerdict(false, "found no varying daily returns, so no track record length is defined")
        }
        let needed = statistics.minimumTrackRecord(benchmark: 0, confidence: confidence)
        return GateVerdict(
            Double(statistics.count) >= needed,
            "the test span has \(statistics.count) days, the Sharpe ratio needs "
                + "\(needed.isFinite ? rounded(needed, 1) : "infinitely many (it is not above 0)")",
            values: .map(["days": .int(statistics.count), "needed": .double(needed)]))
    }
}
