import Backtesting
package import Basics

/// Features of the test span are distributed as those of the training span were.
package struct Drift: GateRule {
    package static let name = "drift"
    package static let summary = "Features of the test span are distributed as those of the training span."
    package static let keys = ["maximumIndex"]
    let maximumIndex: Double

    package init(_ reader: ConfigReader) throws {
        maximumIndex = try reader.double("maximumIndex", default: 0.25, in: 0...100)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let worst = evidence.featureDrift.max(by: { $0.drift.stabilityIndex < $1.drift.stabilityIndex }) else {
            return .noEvidence("features of the training and test span were not compared")
        }
        let moved = evidence.featureDrift.filter { !($0.drift.stabilityIndex <= maximumIndex) }.map {
            "\($0.name) \(rounded($0.drift.stabilityIndex, 3))"
        }
        return GateVerdict(
            moved.isEmpty,
            moved.isEmpty
                ? "the stability index of \(evidence.featureDrift.count) features is at most "
                    + "\(rounded(worst.drift.stabilityIndex, 3)) (\(worst.name)), allowed \(maximumIndex)"
                : "found features that moved more than \(maximumIndex) between training and test span: "
                    + "\(moved.prefix(5).joined(separator: ", "))",
            values: .map(evidence.featureDrift.map { ($0.name, .double($0.drift.stabilityIndex)) }))
    }
}
