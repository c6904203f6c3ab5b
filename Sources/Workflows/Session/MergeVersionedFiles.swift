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
        // Root keys of the document before, which lies beside it, may have to sign as well.
        let before = (try? AuthorityEnvelope(FileChunks.text("\(Paths.parent(path))/authority.json")))?.authority.root
        guard mine.digest == other.digest else {
            let (mineWeighs, otherWeighs) = (weight(mine, before), weight(other, before))
            // One of a later number follows from what was completed on that side meanwhile.
            let isLater = otherWeighs == 2 && other.authority.counter > mine.authority.counter
            let isOther = otherWeighs == mineWeighs ? isLater : otherWeighs > mineWeighs
            let (kept, gone) = isOther ? (other, mine) : (mine, other)
            if isOther { try AtomicFile.write(other.envelope.text + "\n", to: ours) }
            let number = kept.authority.counter, name = kept.authority.name
            let what =
                number == gone.authority.counter
                ? "document \(number) of '\(name)' was drawn up on both sides, each with another text"
                : "document \(number) of '\(name)' was drawn up on \(isOther ? "the other" : "our") side, and document "
                    + "\(gone.authority.counter) on \(isOther ? "ours" : "the other")"
            return [
                "\(what); \(isOther ? "the other" : "our") side stays, signed by "
                    + "\(named(EnvironmentFiles.signers(kept))); the signatures of "
                    + "\(named(EnvironmentFiles.signers(gone))) on the other text are gone: merge "
                    + "environment.yaml, then those sign again"
            ]
        }
        let keys = mine.authority.root.keys + (before?.keys ?? [])
        try AtomicFile.write(mine.envelope.joined(with: other.envelope, keys: keys).text + "\n", to: ours)
        return []
    }

    /// A number is anybody's word: what root keys of the document in force have signed goes before what only its own
    /// have, which whoever drew it up chose, and that before what nobody has.
    private static func weight(_ document: AuthorityEnvelope, _ before: RootKeys?) -> Int {
        if let before, !document.envelope.signers(among: before.keys).isEmpty { return 2 }
        return document.envelope.signers(among: document.authority.root.keys).isEmpty ? 0 : 1
    }

    private static func named(_ persons: [String]) -> String {
        persons.isEmpty ? "nobody" : persons.joined(separator: ", ")
    }
}
