import Basics
import Foundation

/// What a host keeps to itself and Git tracks: ignored or not, the next `git pull` of the clone that the host lies in
/// replaces it, and asks nobody. Whoever may push would choose whom the host believes.
package enum TrackedByGit {
    /// What Git has as a link, or a module, leads elsewhere; files in `receipts` and `inbox` are signed.
    private static let directories: Set<String> = ["installed", "receipts", "inbox", "inbox/rejected", "journal"]

    /// Pin, private key and memory of a host that Git tracks, relative to its directory; and links that lead to its
    /// directory, absolute.
    package static func own(_ directory: DeploymentDirectory) -> [String] {
        let names = GitIndexNames.below(directory.directory).filter { name in
            name == "root.json" || name == "host.key.json" || name.hasPrefix("installed/") || directories.contains(name)
        }
        return names + links(to: directory.typed)
    }

    /// Links on the way to a directory that Git tracks.
    private static func links(to directory: String) -> [String] {
        var found: [String] = [], place = directory
        while place != "/", !place.isEmpty {
            let parent = Paths.parent(place)
            var info = stat()
            if lstat(place, &info) == 0, info.st_mode & S_IFMT == S_IFLNK,
                GitIndexNames.below(Paths.resolved(parent)).contains(Paths.name(place))
            {
                found.append(place)
            }
            guard parent != place else { break }
            place = parent
        }
        return found
    }

    /// - Throws: ``Failure`` with code `runtime.tracked`.
    package static func requireNone(_ directory: DeploymentDirectory) throws {
        let names = own(directory)
        guard let first = names.first else { return }
        let more = names.count == 1 ? "" : " and \(names.count - 1) more"
        throw Failure(
            "runtime.tracked",
            "found \(first)\(more) of '\(directory.name)' tracked by Git: a pull replaces what this host believes and "
                + "remembers by what somebody pushed",
            hint: "see what was there before, and who brought it: git -C '\(directory.directory)' log --stat -- . ; "
                + "bring this host's own back from its backup, then: git -C '\(directory.directory)' rm -r --cached "
                + "--ignore-unmatch root.json host.key.json installed", exitStatus: .refused)
    }
}
