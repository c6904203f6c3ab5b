import Basics
package import DataVersioning

/// Data under version control in; its SHA-256 beside DVC's MD5 in the pointer, or the comparison with it, out.
package enum AttestData {
    package struct Attestation: Sendable, Equatable {
        /// Relative to the workspace.
        package let pointer: String
        /// SHA-256 of the data as it stands: of a file its bytes, of a directory the lines `SHA256  PATH`.
        package let sha256: String
        /// Whether the pointer records exactly this, of the content that it names.
        package let agrees: Bool
    }

    /// Records the digests.
    ///
    /// - Parameter targets: pointers or data.
    /// - Throws: ``Failure`` with code `data.changed` for data that is not as its pointer says.
    package static func run(
        _ targets: [String], in workspace: Workspace, onWait: (String) -> Void = { _ in }
    ) throws -> [Attestation] {
        try targets.map { target in
            let pointer = try workspace.pointer(named: target)
            let made = try workspace.changing([pointer.dataPath], command: "hftml attest", onWait: onWait) {
                try workspace.attest(pointer)
            }
            return Attestation(pointer: workspace.shown(pointer.path), sha256: made.sha256, agrees: true)
        }
    }

    /// Compares the data with what is recorded; changes nothing. A pointer without a record does not agree.
    package static func check(_ targets: [String], in workspace: Workspace) throws -> [Attestation] {
        try targets.map { target in
            let pointer = try workspace.pointer(named: target)
            let recorded = pointer.entry.meta?[path: "hftml.sha256"]
            let digest = try workspace.sha256(of: pointer.dataPath)
            return Attestation(
                pointer: workspace.shown(pointer.path), sha256: digest,
                agrees: recorded?[key: "digest"]?.stringValue == digest
                    && recorded?[key: "md5"]?.stringValue == pointer.entry.md5)
        }
    }
}
