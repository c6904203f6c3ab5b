package import Basics
import ModelBundles
import Registry

/// The strategy sets the risk limits that the runtime needs.
package struct RiskLimitsPresent: GateRule {
    package static let name = "risk-limits"
    package static let summary = "The strategy sets the risk limits that the runtime needs."
    package static let keys = ["required"]
    let required: [String]

    package init(_ reader: ConfigReader) throws {
        required = reader.has("required") ? try reader.strings("required") : []
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let limits = evidence.riskLimits, !limits.isEmpty else {
            return .noEvidence("the strategy sets no risk limits")
        }
        let missing = required.filter { !limits.contains($0) }
        return GateVerdict(
            missing.isEmpty,
            missing.isEmpty
                ? "the strategy sets \(limits.sorted().joined(separator: ", "))"
                : "found no limit for \(missing.joined(separator: ", "))")
    }
}
