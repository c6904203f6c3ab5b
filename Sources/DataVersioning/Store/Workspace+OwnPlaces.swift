import Basics
import Foundation

extension Workspace {
    /// Where this machine keeps what Git never brings: the cache, and what is under way.
    private static let ownPlaces = [
        ".dvc", ".dvc/cache", ".dvc/cache/.hftml-partial", ".dvc/cache/.hftml-trash", ".dvc/cache/files",
        ".dvc/cache/files/md5", ".dvc/cache/runs", ".dvc/tmp", ".dvc/tmp/hftml-partial", ".dvc/tmp/hftml-run",
        ".dvc/tmp/hftml-state", ".dvc/tmp/hftml-state/trees",
    ]

    /// Refuses a symbolic link that Git has in one of these places: everything written there would go where somebody
    /// else chose. One that Git does not know, such as of a cache on a larger disk, is its user's own.
    ///
    /// - Throws: ``Failure`` with code `data.symbolic-link`, and `git.failed` where Git cannot tell.
    func requireOwnPlaces() throws {
        guard let link = try Workspace.committedLink(among: Workspace.ownPlaces, in: root) else { return }
        throw Failure(
            "data.symbolic-link",
            "found '\(link)' committed as a symbolic link, where only this machine keeps what it stores",
            hint: "nothing was written; look at who committed it, then: git -C '\(root)' rm -f '\(link)'",
            exitStatus: .refused)
    }

    /// The first of these places that is a symbolic link which Git has; nil for none, and outside a repository.
    ///
    /// - Parameters:
    ///   - places: relative to the root.
    ///   - root: a directory.
    /// - Throws: ``Failure`` with code `git.failed` where Git cannot tell.
    package static func committedLink(among places: [String], in root: String) throws -> String? {
        let links = places.filter { place in
            var info = stat()
            return lstat("\(root)/\(place)", &info) == 0 && info.st_mode & S_IFMT == S_IFLNK
        }
        guard !links.isEmpty, let git = try GitRepository.around(root) else { return nil }
        let resolved = Paths.resolved(root)
        return try links.first { try git.tracks("\(resolved)/\($0)") }
    }
}
