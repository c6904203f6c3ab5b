import Basics
import Deployment
import ModelBundles
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
        if Paths.name(path) == "authority.next.json" { return try mergeSignatures(ours: ours, theirs: theirs, path) }
        let result = try MergeDriver(workspace).merge(
            base: try FileChunks.text(base), ours: try FileChunks.text(ours), theirs: try FileChunks.text(theirs),
            path: path)
        try AtomicFile.write(result.text, to: ours)
        return result.notes
    }

    /// Of one text both sides' signatures count, of two texts ours stays: nobody's signature is of a text that is made
    /// of both.
    private static func mergeSignatures(ours: String, theirs: String, _ path: String) throws -> [String] {
        let mine = try? AuthorityEnvelope(FileChunks.text(ours)),
            other = try? AuthorityEnvelope(FileChunks.text(theirs))
        guard let mine, let other else {
            throw Failure(
                "merge.conflict",
                "found no document of an environment on \(mine == nil ? "our" : "the other") side of "
                    + "'\(path)'",
                hint: "take the side that is one: git checkout --\(mine == nil ? "theirs" : "ours") -- '\(path)'",
                exitStatus: .refused)
        }
        guard mine.digest == other.digest else {
            // One of a later number follows from what was completed on that side meanwhile.
            let isLater = other.authority.counter > mine.authority.counter
            let (kept, gone) = isLater ? (other, mine) : (mine, other)
            if isLater { try AtomicFile.write(other.envelope.text + "\n", to: ours) }
            return [
                "document \(kept.authority.counter) of '\(kept.authority.name)' was drawn up on both sides, each with "
                    + "another text; \(isLater ? "the other" : "our") side stays, signed by "
                    + "\(named(EnvironmentFiles.signers(kept))); the signatures of "
                    + "\(named(EnvironmentFiles.signers(gone))) on the other text are gone: merge "
                    + "environment.yaml, then those sign again"
            ]
        }
        // Root keys of the document before, which lies beside it, may have to sign as well.
        let before = (try? AuthorityEnvelope(FileChunks.text("\(Paths.parent(path))/authority.json")))?.authority.root
        let keys = mine.authority.root.keys + (before?.keys ?? [])
        try AtomicFile.write(mine.envelope.joined(with: other.envelope, keys: keys).text + "\n", to: ours)
        return []
    }

    private static func named(_ persons: [String]) -> String {
        persons.isEmpty ? "nobody" : persons.joined(separator: ", ")
    }
}
