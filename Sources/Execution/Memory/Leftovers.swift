import Basics
import Deployment
import Foundation
import Synchronization

/// Files that a process left half written when it was killed: `.NAME.tmp-PROCESS-NUMBER`, which nothing reads. A host
/// in a loop of crashes would fill its disk with them, so a process takes them away at its first look.
final class Leftovers: Sendable {
    private let isDone = Mutex(false)
    /// A process of another container may have a number that is nobody's here; what it writes is young.
    private static let youngest: Duration = .seconds(60)

    /// Takes away what dead processes left in the host's own directories; the inbox is others'. What may not be taken
    /// away stays.
    func sweep(_ directory: DeploymentDirectory) {
        let isFirst = isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
        guard isFirst else { return }
        for place in [
            directory.installed, directory.history, directory.documents, directory.receipts, directory.rejected,
        ] { Self.sweep(place) { _ in true } }
        // Others write there as well.
        let own = [directory.haltFile, directory.healthFile].map { ".\(Paths.name($0)).tmp-" }
        Self.sweep(directory.directory) { name in own.contains { name.hasPrefix($0) } }
    }

    private static func sweep(_ place: String, _ isOwn: (String) -> Bool) {
        guard let names = try? Paths.entries(place, isLenient: true) else { return }
        for name in names where isOwn(name) {
            let path = Paths.join(place, name)
            var info = stat()
            guard let process = process(of: name), lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG,
                isLeft(by: process, at: info.st_mtim.tv_sec),
                time(nil) - info.st_mtim.tv_sec >= youngest.components.seconds
            else { continue }
            unlink(path)
        }
    }

    /// The process whose half-written file has that name.
    private static func process(of name: String) -> pid_t? {
        guard name.hasPrefix("."), let mark = name.range(of: ".tmp-", options: .backwards) else { return nil }
        let numbers = name[mark.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
        guard numbers.count == 2, let process = pid_t(numbers[0]), process > 0, UInt32(numbers[1]) != nil else {
            return nil
        }
        return process
    }

    /// Whether the process that wrote a file then lives no more. In a container each one has the same number as the one
    /// before: what is older than this process is not its own.
    private static func isLeft(by process: pid_t, at written: Int) -> Bool {
        if process == getpid() { return ProcessIdentity.startedAt.map { written < $0 } ?? false }
        return kill(process, 0) != 0 && errno == ESRCH
    }
}
