import Basics
package import Deployment
import Foundation

/// The right to put bundles in force in an environment: one process has it at a time, as long as it lives.
///
/// The kernel gives it back when the process dies, so a killed one blocks nobody. Who only reads does not need it.
package final class EnvironmentLock: Sendable {
    private let lock: FileLock

    /// - Throws: ``Failure`` with code `runtime.locked` where another process has it, ``FileError``.
    package init(_ directory: DeploymentDirectory) throws {
        lock = try FileLock(directory.lockFile, isPrivate: true) {
            // Who holds it without writing to it is not the one that is named there.
            let named = HostFile.words(directory.lockFile).trimmingCharacters(in: .whitespacesAndNewlines)
            let holder = pid_t(named).map { kill($0, 0) == 0 || errno == EPERM } ?? false ? named : ""
            throw Failure(
                "runtime.locked",
                "found another process\(holder.isEmpty ? "" : " (\(holder))") at work in '\(directory.name)'",
                hint: "let it look into the inbox by itself, or end it; to see what it does: hftml-runtime status "
                    + directory.directory)
        }
    }
}
