package import Basics
import ModelBundles
import Registry

/// The model card says what the records ask for.
package struct ModelCardComplete: GateRule {
    package static let name = "model-card"
    package static let summary = "The model card fills the required fields, and owner and validator differ."
    package static let keys = ["fields"]
    /// What supervisors ask to be on file (risk-controls, section 4).
    package static let required = [
        "owner", "validator", "intendedUse", "instruments", "horizon", "prohibitedUses", "strategySummary",
        "materiality", "changeClass", "nextReview", "monitoring",
    ]
    let fields: [String]

    package init(_ reader: ConfigReader) throws {
        fields = reader.has("fields") ? try reader.strings("fields") : ModelCardComplete.required
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let card = evidence.card else {
            return .noEvidence("there is no model card; write Registry/cards/NAME.yaml")
        }
        let missing = fields.filter { (card[$0] ?? "").isEmpty }
        guard missing.isEmpty else {
            return GateVerdict(false, "the model card says nothing on \(missing.joined(separator: ", "))")
        }
        if let owner = card["owner"], let validator = card["validator"], owner == validator {
            return GateVerdict(
                false, "the model card names '\(owner)' as owner and as validator; two people are required")
        }
        return GateVerdict(true, "the model card fills \(fields.count) fields")
    }
}
