import Basics
import CGit2

extension GitRepository {
    /// Commits that people count on and no reference leads to: older stashes, and what other work trees of the
    /// repository have checked out without a branch.
    ///
    /// - Throws: ``Failure`` with code `git.failed`, ``FileError``.
    func unnamedCommits() throws -> [String] {
        guard let directory = git_repository_commondir(handle).map({ String(cString: $0) }) else { return [] }
        func words(_ path: String) throws -> [[Substring]] {
            guard let size = Paths.size(path) else { return [] }
            // Messages in it need not be UTF-8.
            let text = String(decoding: try FileChunks.bytes(path, size: size), as: UTF8.self)
            return text.textLines().map { $0.split(separator: " ") }
        }
        // "OLD NEW name …", one line per stash.
        var found = try words(Paths.join(directory, "logs/refs/stash")).compactMap { $0.dropFirst().first }
        // A digest, or "ref: …" for a branch, which is a reference.
        var heads = [Paths.join(directory, "HEAD")]
        let trees = Paths.join(directory, "worktrees")
        if Paths.isDirectory(trees) { heads += try Paths.entries(trees).map { "\(trees)/\($0)/HEAD" } }
        for head in heads { found += try words(head).compactMap { $0.count == 1 ? $0.first : nil } }
        return try found.map(String.init).filter { id in
            id.utf8.count == 40 && id.allSatisfy(\.isHexDigit) && id.contains { $0 != "0" }
                ? try holds(commit: id) : false
        }
    }
}
