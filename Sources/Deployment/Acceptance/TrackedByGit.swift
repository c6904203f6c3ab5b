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

    /// What changes with what ``own(_:)`` says: where the indexes lie that it asks, and when each was written. A few
    /// `stat`, so that a process at work asks again only after Git wrote one.
    package static func marks(_ directory: DeploymentDirectory) -> [String] {
        let parents = links(on: directory.typed).map { Paths.resolved(Paths.parent($0)) }
        return ([directory.directory] + parents).map { place in
            guard let path = GitIndexNames.file(around: place) else { return "" }
            var info = stat()
            guard lstat(path, &info) == 0 else { return path }
            return "\(path) \(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
        }
    }

    /// Links on the way to a directory that Git tracks.
    private static func links(to directory: String) -> [String] {
        links(on: directory).filter {
            GitIndexNames.below(Paths.resolved(Paths.parent($0))).contains(Paths.name($0))
        }
    }

    /// All links on the way to a directory.
    private static func links(on directory: String) -> [String] {
        var found: [String] = [], place = directory
        while place != "/", !place.isEmpty {
            let parent = Paths.parent(place)
            var info = stat()
            if lstat(place, &info) == 0, info.st_mode & S_IFMT == S_IFLNK { found.append(place) }
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
