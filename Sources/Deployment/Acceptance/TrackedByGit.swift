import Basics
import Foundation

/// What a host keeps to itself and Git tracks: ignored or not, the next `git pull` of the clone that the host lies in
/// replaces it, and asks nobody. Whoever may push would choose whom the host believes.
package enum TrackedByGit {
    /// What Git has as a link, or a module, leads elsewhere; files in `receipts` and `inbox` are signed.
    private static let directories: Set<String> = ["installed", "receipts", "inbox", "rejected", "journal"]

    /// Files in the place of which Git may make a directory as well, and does without asking where they are ignored.
    private static let files = ["root.json", "host.key.json", "health.json", "halt"]

    /// Pin, private key and memory of a host that Git tracks, relative to its directory; and links that lead to its
    /// directory, absolute.
    ///
    /// - Throws: ``Failure`` with code `runtime.tracked` where an index of Git cannot be read.
    package static func own(_ directory: DeploymentDirectory) throws -> [String] {
        let names = try GitIndexNames.below(directory.directory).filter { name in
            name == "root.json" || name == "host.key.json" || name.hasPrefix("installed/") || directories.contains(name)
                || files.contains { name.hasPrefix("\($0)/") }
                || (name == "runtime.json" && isLink("\(directory.directory)/\(name)"))
        }
        return try names + links(to: directory.ways)
    }

    /// What changes with what ``own(_:)`` says: where the indexes lie that it asks, and when each was written. A few
    /// `stat`, so that a process at work asks again only after Git wrote one.
    package static func marks(_ directory: DeploymentDirectory) -> [String] {
        let met = directory.ways.flatMap(MetLinks.on).map(\.directory)
        return ([directory.directory] + met).map(GitIndexNames.stamp)
    }

    private static func isLink(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFLNK
    }

    /// Links on the ways to a directory that Git tracks.
    private static func links(to ways: [String]) throws -> [String] {
        var found: [String] = []
        for link in ways.flatMap(MetLinks.on) {
            let path = Paths.join(link.directory, link.name)
            guard !found.containsExactly(path), try GitIndexNames.below(link.directory).contains(link.name) else {
                continue
            }
            found.append(path)
        }
        return found
    }

    /// - Throws: ``Failure`` with code `runtime.tracked`.
    package static func requireNone(_ directory: DeploymentDirectory) throws {
        let names = try own(directory)
        guard let first = names.first else { return }
        let more = names.count == 1 ? "" : " and \(names.count - 1) more"
        throw Failure(
            "runtime.tracked",
            "found \(first)\(more) of '\(directory.name)' tracked by Git: a pull replaces what this host believes and "
                + "remembers by what somebody pushed",
            hint: "see what was there before, and who brought it: git -C '\(directory.directory)' log --stat -- . ; "
                + "bring this host's own back from its backup, then: " + removals(names, directory),
            exitStatus: .refused)
    }

    /// What takes these out of Git, and leaves them where they lie.
    private static func removals(_ names: [String], _ directory: DeploymentDirectory) -> String {
        let own = names.filter { !$0.hasPrefix("/") }.map { String($0.prefix { $0 != "/" }) }
        let below =
            own.isEmpty
            ? []
            : [
                "git -C '\(directory.directory)' rm -r --cached --ignore-unmatch "
                    + Set(own).sorted().joined(separator: " ")
            ]
        let links = names.filter { $0.hasPrefix("/") }.map {
            "git -C '\(Paths.parent($0))' rm --cached --ignore-unmatch '\(Paths.name($0))' && rm '\($0)'"
        }
        return (below + links).joined(separator: " ; ")
    }
}
