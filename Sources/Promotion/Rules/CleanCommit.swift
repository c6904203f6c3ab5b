package import Basics
import ModelBundles
import Registry

/// The run was made from a commit without local changes.
package struct CleanCommit: GateRule {
    package static let name = "clean-commit"
    package static let summary = "The run was made from a commit without local changes."
    package static let keys: [String] = []
    package init(_ reader: ConfigReader) throws {}

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let commit = evidence.commit else { return .noEvidence("the run was made outside Git") }
        let files = evidence.dirtyFiles, made = "the run was made from commit \(commit.prefix(12))"
        guard !files.isEmpty else { return GateVerdict(true, "\(made) without changes") }
        return GateVerdict(
            false,
            "\(made) with \(files.count) changed file\(files.count == 1 ? "" : "s"): "
                + files.prefix(5).joined(separator: ", "))
    }
}
