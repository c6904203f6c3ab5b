import Basics
import Deployment
import Synchronization

/// Whether Git tracks what a host keeps to itself, asked again after Git wrote its index: a pull replaces that also
/// under a process that is at work.
final class TrackedSince: Sendable {
    /// When it was asked last, and nothing was tracked; nil before.
    private let asked = Mutex<[String]?>(nil)

    /// - Throws: as ``TrackedByGit/requireNone(_:)``, until nothing is tracked any more.
    /// - Complexity: a few `stat` where Git wrote nothing since.
    func requireNone(_ directory: DeploymentDirectory) throws {
        // Of before the index is read: what Git writes meanwhile is seen by the next look.
        let marks = TrackedByGit.marks(directory)
        guard asked.withLock({ $0 != marks }) else { return }
        try TrackedByGit.requireNone(directory)
        asked.withLock { $0 = marks }
    }
}
