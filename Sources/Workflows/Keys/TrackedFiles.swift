import Basics
import DataVersioning

/// A file of the workspace in; what Git's newest commit holds of it, out.
///
/// Who may sign is reviewed like code: what was written a minute ago and is in no commit vouches for nobody.
struct TrackedFiles {
    private let repository: GitRepository?
    private let session: Session
    private let prefix: String

    /// Outside Git there is nothing to compare with; files count as they are, and whoever may write them is believed.
    init(_ session: Session) throws {
        self.session = session
        repository = try GitRepository.around(session.root)
        let top = repository?.root.map { Paths.resolved(Paths.absolute($0)) } ?? ""
        let root = Paths.resolved(session.root)
        prefix = root.isBelow(top) ? root.part(below: top) + "/" : ""
    }

    /// Whether there is a repository whose commits count.
    var hasGit: Bool { repository?.root != nil }

    /// - Parameter path: from the root of the workspace.
    /// - Returns: nil where no commit holds it.
    func committed(_ path: String) throws -> [UInt8]? {
        guard let repository, repository.headCommit != nil else { return nil }
        return try repository.file(prefix + path, at: "HEAD")
    }

    /// What commits before the newest one held of a file, newest first, each content once.
    ///
    /// - Parameter most: commits to look through.
    func versions(_ path: String, most: Int) throws -> [[UInt8]] {
        guard let repository, repository.headCommit != nil else { return [] }
        var found: [[UInt8]] = []
        for commit in try repository.history(from: ["HEAD"], limit: most) {
            guard let bytes = try repository.file(prefix + path, at: commit), found.last != bytes else { continue }
            found.append(bytes)
        }
        return found
    }

    /// As ``committed(_:)`` with Git, as it is on the disk without.
    func vouchedFor(_ path: String) throws -> [UInt8]? {
        if hasGit { return try committed(path) }
        let file = "\(session.root)/\(path)"
        return Paths.exists(file) ? try FileChunks.bytes(file) : nil
    }
}
