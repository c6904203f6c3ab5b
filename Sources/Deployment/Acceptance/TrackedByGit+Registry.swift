import Basics
import Foundation
import Synchronization

/// A registry that Git tracks is replaced at the next pull like any other file. What SQLite keeps beside it is worse: a
/// log or a journal that somebody pushed is played over the registry that lies there.
extension TrackedByGit {
    /// What SQLite takes for the registry's own.
    private static let ends = ["", "-wal", "-shm", "-journal"]

    /// What was found, while the indexes are as they were: a server asks at every request.
    private static let looks = Mutex<[String: (stamp: String, names: [String])]>([:])

    /// - Parameter path: of a registry, which need not be there.
    /// - Throws: ``Failure`` with code `runtime.tracked`.
    package static func requireNone(registry path: String) throws {
        for path in Set([path, Paths.resolved(path)]) {
            let directory = Paths.resolved(Paths.parent(path)), name = Paths.name(path)
            let own = ends.map { name + $0 }
            let names = try names(directory, among: own)
            guard let first = names.first else { continue }
            let more = names.count == 1 ? "" : " and \(names.count - 1) more"
            let beside = names.filter { $0 != name }.map { "'\($0)'" }.joined(separator: " ")
            throw Failure(
                "runtime.tracked",
                "found \(first)\(more) in '\(directory)' tracked by Git: a pull replaces the registry, or plays over "
                    + "it what somebody pushed; it was not opened",
                hint: "see who brought it: git -C '\(directory)' log --stat -- '\(name)*' ; "
                    + (beside.isEmpty ? "" : "where it was somebody else, move \(beside) away; ")
                    + "then: git -C '\(directory)' rm --cached --ignore-unmatch "
                    + own.map { "'\($0)'" }.joined(separator: " ")
                    + " ; where the registry was replaced, bring your own back: hftml backup restore --help",
                exitStatus: .refused)
        }
    }

    private static func names(_ directory: String, among own: [String]) throws -> [String] {
        let key = "\(directory)/\(own[0])", stamp = GitIndexNames.stamp(around: directory)
        if let known = looks.withLock({ $0[key] }), known.stamp == stamp { return known.names }
        let found = try GitIndexNames.below(directory).filter(own.containsExactly)
        looks.withLock { $0[key] = (stamp, found) }
        return found
    }
}
