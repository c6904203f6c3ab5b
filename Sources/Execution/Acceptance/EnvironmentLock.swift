import Basics
package import Deployment
import Foundation

/// The right to put bundles in force in an environment: one process has it at a time, as long as it lives.
///
/// The kernel gives it back when the process dies, so a killed one blocks nobody. Who only reads does not need it.
package final class EnvironmentLock: Sendable {
    private let lock: FileLock

    /// - Throws: ``Failure`` with code `runtime.locked` where another process has it, `file.failed` where another
    ///   account made its file, so that nobody here can tell; ``FileError``.
    package init(_ directory: DeploymentDirectory) throws {
        do {
            lock = try FileLock(directory.lockFile, isPrivate: true) { throw EnvironmentLock.held(directory) }
        } catch {
            guard (error as? any UserFacingError)?.code != "runtime.locked",
                EnvironmentLock.isClosed(directory.lockFile)
            else { throw error }
            throw Failure(
                "file.failed", EnvironmentLock.found(directory), hint: EnvironmentLock.away(directory.lockFile))
        }
    }

    private static func held(_ directory: DeploymentDirectory) -> Failure {
        // Who holds it without writing to it is not the one that is named there.
        let named = HostFile.words(directory.lockFile).trimmingCharacters(in: .whitespacesAndNewlines)
        let holder = pid_t(named).map { kill($0, 0) == 0 || errno == EPERM } ?? false ? named : ""
        return Failure(
            "runtime.locked",
            "found another process\(holder.isEmpty ? "" : " (\(holder))") at work in '\(directory.name)'",
            hint: "let it look into the inbox by itself, or end it; to see what it does: hftml-runtime status "
                + directory.directory)
    }

    // MARK: Closed

    /// Whether a lock's file cannot be opened by an account that may write beside it: a command that root ran by hand
    /// leaves one that nobody else may open.
    static func isClosed(_ path: String) -> Bool {
        // Who may not write there at all looks on, and needs no lock.
        guard access(Paths.parent(path), W_OK | X_OK) == 0 else { return false }
        return Paths.isRealDirectory(path) || access(path, R_OK | W_OK) != 0 && errno == EACCES
    }

    /// What an operator should mend.
    static func problem(_ directory: DeploymentDirectory) -> String? {
        obstacle(directory.lockFile) == nil ? nil : "\(found(directory)); \(away(directory.lockFile))"
    }

    /// What keeps an account that may write there from taking a lock; nil for nothing.
    static func obstacle(_ path: String) -> String? {
        guard access(Paths.parent(path), W_OK | X_OK) == 0 else { return nil }
        var info = stat()
        if lstat(path, &info) == 0 {
            switch info.st_mode & S_IFMT {
            case S_IFREG, S_IFDIR: break
            case S_IFLNK: return "found a link in the place of \(path)"
            default: return "found no plain file in the place of \(path)"
            }
        }
        return isClosed(path) ? "found \(path) to be what this account cannot open" : nil
    }

    private static func found(_ directory: DeploymentDirectory) -> String {
        (obstacle(directory.lockFile) ?? "found no way to take \(directory.lockFile)")
            + ", so nothing comes in force in '\(directory.name)', and no rollback does"
    }

    /// Two processes at work would be worse than none, so it is moved by a person.
    private static func away(_ path: String) -> String {
        "see that no other account's process is at work here: ps -ef | grep hftml-runtime; then move it away: "
            + "mv '\(path)' '\(path).aside'"
    }
}
