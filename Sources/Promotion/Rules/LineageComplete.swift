package import Basics

/// The lineage reaches from the version back to raw data, and to a commit without local changes if that is asked for.
package struct LineageComplete: GateRule {
    package static let name = "lineage"
    package static let summary = "The lineage reaches raw data, features, the run and its code."
    package static let keys = ["requireCleanCommit"]
    let requiresCleanCommit: Bool

    package init(_ reader: ConfigReader) throws {
        requiresCleanCommit = try reader.bool("requireCleanCommit", default: false)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let missing = ["raw-data", "features", "run", "code"].filter { !evidence.lineageKinds.contains($0) }
        if !missing.isEmpty {
            return GateVerdict(false, "the lineage does not reach \(missing.joined(separator: ", "))")
        }
        guard let commit = evidence.commit else {
            // A project outside Git names its code by the program alone; who needs more asks for it.
            return requiresCleanCommit
                ? .noEvidence("the run was made without a commit of Git")
                : GateVerdict(true, "the lineage reaches raw data, and no commit: the run was made without one")
        }
        let isOne = evidence.dirtyFiles.count == 1, files = isOne ? "" : "s"
        if requiresCleanCommit, !evidence.dirtyFiles.isEmpty {
            return GateVerdict(
                false,
                "the run was made with \(evidence.dirtyFiles.count) changed file\(files): "
                    + "\(evidence.dirtyFiles.prefix(5).joined(separator: ", "))"
            )
        }
        return GateVerdict(
            true,
            "the lineage reaches raw data and commit \(commit.prefix(12))"
                + (evidence.dirtyFiles.isEmpty
                    ? "" : " (\(evidence.dirtyFiles.count) file\(isOne ? " was" : "s were") changed)"))
    }
}
