import Basics
import Foundation
import Synchronization

/// A registry that Git tracks is replaced at the next pull like any other file. What SQLite keeps beside it is worse: a
/// log or a journal that somebody pushed is played over the registry that lies there.
extension TrackedByGit {
    /// What SQLite takes for the registry's own.
    private static let ends = ["", "-wal", "-shm", "-journal"]

    /// An index as it was when it was read: a server asks at every request.
    private struct Look {
        let device, inode, size: UInt64
        let seconds, nanoseconds: Int
        let names: [String]
    }

    private static let looks = Mutex<[String: Look]>([:])

    /// - Parameter path: of a registry, which need not be there.
    /// - Throws: ``Failure`` with code `runtime.tracked`.
    package static func requireNone(registry path: String) throws {
        for path in Set([path, Paths.resolved(path)]) {
            let directory = Paths.resolved(Paths.parent(path)), name = Paths.name(path)
            let own = ends.map { name + $0 }
            guard let index = GitIndexNames.file(around: directory) else { continue }
            let names = names(directory, index: index, among: own)
            guard let first = names.first else { continue }
            let more = names.count == 1 ? "" : " and \(names.count - 1) more"
            let beside = names.filter { $0 != name }.map { "'\($0)'" }.joined(separator: " ")
            throw Failure(
                "runtime.tracked",
                "found \(first)\(more) in '\(directory)' tracked by Git: a pull replaces the registry, or plays over it "
                    + "what somebody pushed; it was not opened",
                hint: "see who brought it: git -C '\(directory)' log --stat -- '\(name)*' ; "
                    + (beside.isEmpty ? "" : "where it was somebody else, move \(beside) away; ")
                    + "then: git -C '\(directory)' rm --cached --ignore-unmatch "
                    + own.map { "'\($0)'" }.joined(separator: " ")
                    + " ; where the registry was replaced, bring your own back: hftml backup restore --help",
                exitStatus: .refused)
        }
    }

    private static func names(_ directory: String, index: String, among own: [String]) -> [String] {
        var info = stat()
        guard stat(index, &info) == 0 else { return [] }
        let key = "\(directory)/\(own[0])"
        let now = Look(
            device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: UInt64(info.st_size),
            seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec, names: [])
        let known = looks.withLock { $0[key] }
        if let known, known.device == now.device, known.inode == now.inode, known.size == now.size,
            known.seconds == now.seconds, known.nanoseconds == now.nanoseconds
        {
            return known.names
        }
        let found = GitIndexNames.below(directory).filter(own.containsExactly)
        looks.withLock {
            $0[key] = Look(
                device: now.device, inode: now.inode, size: now.size, seconds: now.seconds,
                nanoseconds: now.nanoseconds, names: found)
        }
        return found
    }
}
