import Basics
package import DataVersioning

/// Three versions of a pointer or lock in; the merged one, in the place of ours, out. Git calls it.
package enum MergeVersionedFiles {
    /// - Parameters:
    ///   - base: the file as the common ancestor has it.
    ///   - ours: our file; receives the result.
    ///   - theirs: the other side's file.
    ///   - path: the file's path in the work tree.
    /// - Returns: sentences about what was merged.
    /// - Throws: ``UserFacingError`` where people have to decide; our file is left as it was.
    package static func run(
        base: String, ours: String, theirs: String, path: String, in workspace: Workspace
    ) throws -> [String] {
        let result = try MergeDriver(workspace).merge(
            base: try FileChunks.text(base), ours: try FileChunks.text(ours), theirs: try FileChunks.text(theirs),
            path: path)
        try AtomicFile.write(result.text, to: ours)
        return result.notes
    }
}
