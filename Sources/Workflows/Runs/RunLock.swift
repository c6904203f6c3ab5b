import Basics

/// Says that a run is being trained, by a lock that the kernel releases when the process ends, however it ends.
///
/// A run that is recorded as running and whose lock is free was killed.
final class RunLock {
    private let lock: FileLock

    /// - Throws: ``Failure`` with code `train.running` where another process trains the run.
    init(_ run: String, session: Session) throws {
        let path = RunLock.path(run, session: session)
        lock = try FileLock(path) {
            let holder = (try? FileChunks.text(path))?.trimmingPrefix { $0.isWhitespace }.prefix { $0.isNumber } ?? ""
            throw Failure(
                "train.running",
                "found run \(run.prefix(8)) still training\(holder.isEmpty ? "" : ", in process \(holder)")",
                hint: "wait for it, or end that process; then: hftml resume \(run.prefix(8))")
        }
    }

    /// Whether the run's process has ended, however it ended; nil where its lock was never here. Until `use` returns
    /// nobody can take the run up.
    static func isFree(_ run: String, session: Session, use: () throws -> Void) rethrows -> Bool? {
        guard Paths.exists(path(run, session: session)) else { return nil }
        guard let lock = try? RunLock(run, session: session) else { return false }
        try withExtendedLifetime(lock) { try use() }
        return true
    }

    private static func path(_ run: String, session: Session) -> String {
        session.checkpointPath(run: run) + ".lock"
    }

    /// Forgets the lock's file, for a run that has ended for good. Whoever waits with it open finds the run finished.
    func remove(_ run: String, session: Session) { try? Paths.remove(RunLock.path(run, session: session)) }
}
