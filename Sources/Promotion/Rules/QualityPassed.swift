package import Basics

/// The data behind the features passed its quality check.
package struct QualityPassed: GateRule {
    package static let name = "quality-passed"
    package static let summary = "The quality report of the data behind the features passed."
    package static let keys: [String] = []
    package init(_ reader: ConfigReader) throws {}

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        switch evidence.qualityPassed {
        case true?: GateVerdict(true, "the data quality report behind the features passed")
        case false?: GateVerdict(false, "the data quality report behind the features failed")
        case nil: GateVerdict(false, "found no data quality report behind the features")
        }
    }
}
