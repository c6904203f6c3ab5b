package import Basics
package import DataVersioning

/// Two states of the data in; what differs between them, down to files, out.
package enum DiffData {
    package struct Renamed: Sendable, Equatable {
        package let from: String
        package let to: String
    }

    /// Paths are relative to the workspace; directories end in `/`.
    package struct Outcome: Sendable, Equatable {
        package let added: [String]
        package let deleted: [String]
        package let modified: [String]
        package let renamed: [Renamed]
        /// Directories whose listing the cache lacks, so that nothing can be said of their files.
        package let notInCache: [String]

        /// What could not be read or looked at; everything else was compared.
        package let problems: [PathProblem]

        package var isEmpty: Bool { added.isEmpty && deleted.isEmpty && modified.isEmpty && renamed.isEmpty }
    }

    /// - Parameters:
    ///   - old: a revision.
    ///   - new: a revision; the workspace as it stands when nil.
    ///   - targets: only what lies below these paths, or belongs to these pointers; everything when empty.
    /// - Throws: ``Failure`` with code `git.revision` for a revision that Git does not know.
    package static func run(
        from old: String = "HEAD", to new: String? = nil, targets: [String] = [], in workspace: Workspace
    ) throws -> Outcome {
        let difference = try workspace.difference(from: old, to: new, targets: targets)
        try workspace.hashes.save()
        return Outcome(
            added: difference.added.map(\.path), deleted: difference.deleted.map(\.path),
            modified: difference.modified.map(\.path),
            renamed: difference.renamed.map { Renamed(from: $0.from.path, to: $0.to.path) },
            notInCache: difference.notInCache.map(\.path), problems: difference.unreadable.map(\.problem))
    }
}
