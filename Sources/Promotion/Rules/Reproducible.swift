package import Basics
import ModelBundles
import Registry

/// A rerun from the recorded code, data and seed gave the same weights.
package struct Reproducible: GateRule {
    package static let name = "reproducible"
    package static let summary = "A rerun from the recorded code, data and seed gave the same weights."
    package static let keys: [String] = []
    package init(_ reader: ConfigReader) throws {}

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let reproduction = evidence.reproduction else {
            return .noEvidence("nobody reran the training; run: hftml reproduce \(evidence.subject)")
        }
        return GateVerdict(reproduction.isEqual, reproduction.detail)
    }
}
