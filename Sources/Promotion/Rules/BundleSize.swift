package import Basics
import ModelBundles
import Registry

/// The weights are not larger than allowed.
package struct BundleSize: GateRule {
    package static let name = "bundle-size"
    package static let summary = "The weights are not larger than allowed."
    package static let keys = ["maximumKiB"]
    let maximum: Double

    package init(_ reader: ConfigReader) throws { maximum = try reader.double("maximumKiB", in: 0.1...1e9) }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let bytes = evidence.modelBytes else { return .noEvidence("the size of the model is not known") }
        let size = Double(bytes) / 1024
        return GateVerdict(
            size <= maximum, "the model has \(rounded(size, 1)) KiB, allowed \(maximum)",
            values: .map(["KiB": .double(size)]))
    }
}
