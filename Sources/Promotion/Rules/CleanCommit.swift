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
        return GateVerdict(
            evidence.dirtyFiles.isEmpty,
            evidence.dirtyFiles.isEmpty
                ? "the run was made from commit \(commit.prefix(12)) without changes"
                : "the run was made from commit \(commit.prefix(12)) with \(evidence.dirtyFiles.count) changed "
                    + "files: \(evidence.dirtyFiles.prefix(5).joined(separator: ", "))"
        )
    }
}
