import Basics
import Foundation

/// Reading files that DVC rewrites in place: it truncates a `dvc.lock` or `.dvc` file and writes it anew, so that for a
/// moment the file is empty or ends in the middle, which may even be valid YAML.
///
/// DVC writes under `.dvc/tmp/lock`. So a file is whole when that lock is free, or when it has not been touched for a
/// while; anything else is looked at again, for at most ``SteadyText/patience``.
enum SteadyText {
    static let patience = 10.0
    /// Between two pieces of one file DVC takes far less.
    private static let rest = 0.4

    /// When the patience of somebody who begins now ends, on the monotonic clock.
    static func deadline(_ patience: Double = patience) -> Nanoseconds {
        Clock.monotonic() + Nanoseconds(saturating: patience * 1e9)
    }

    /// - Parameters:
    ///   - deadline: until when to look again.
    ///   - accepts: whether a text can be what its writer meant; asked only while somebody may be writing.
    static func read(
        _ path: String, lock: String, until deadline: Nanoseconds = deadline(), accepts: (String) -> Bool
    ) throws -> String {
        while true {
            // In this order: what begins to write after the question changes the time of the file.
            let before = modified(path), isFree = isFree(lock)
            let text = try FileChunks.text(path), after = modified(path)
            if isFree && before == after { return text }
            if before == after, let after, seconds(since: after) > rest, accepts(text) { return text }
            if Clock.monotonic() > deadline { return text }
            usleep(15_000)
        }
    }

    /// Nanoseconds since 1970, only compared.
    private static func modified(_ path: String) -> Int64? {
        var info = stat()
        return stat(path, &info) == 0 ? nanoseconds(info.st_mtim) : nil
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    private static func seconds(since time: Int64) -> Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(nanoseconds(now) &- time) * 1e-9
    }

    /// Whether nobody holds the repository lock just now. Held for the length of the question only; DVC tries again for
    /// three seconds.
    private static func isFree(_ lock: String) -> Bool {
        let descriptor = open(lock, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return false }
        flock(descriptor, LOCK_UN)
        return true
    }
}

extension Workspace {
    /// The text of a lock or pointer file that a running DVC may just be rewriting.
    package func steadyText(_ path: String) throws -> String { try steadyText(path, until: SteadyText.deadline()) }

    private func steadyText(_ path: String, until deadline: Nanoseconds) throws -> String {
        try SteadyText.read(path, lock: "\(temporary)/lock", until: deadline) { text in
            path.hasSuffix(".dvc")
                ? (try? PointerFile(path, text: text)) != nil : (try? LockFile(path, text: text)) != nil
        }
    }

    /// A `dvc.lock` as its writer meant it; an empty one where there is none.
    ///
    /// - Parameter patience: seconds to wait while its writer may not have finished.
    /// - Throws: ``ConfigError`` for a damaged lock.
    package func lockFile(_ path: String, patience: Double = 10) throws -> LockFile {
        let lock = try readLock(path, patience)
        for (_, stage) in lock.stages { (stage.dependencies + stage.outputs).forEach(store.note) }
        return lock
    }

    private func readLock(_ path: String, _ patience: Double) throws -> LockFile {
        guard Paths.exists(path) else { return try LockFile(path) }
        // What is whole now is read once more by the lock itself, which remembers how the file stood. All looks share
        // one patience: a damaged lock is told of in its time, also while DVC holds the repository.
        let deadline = SteadyText.deadline(patience)
        for _ in 0..<20 where Clock.monotonic() < deadline {
            _ = try steadyText(path, until: deadline)
            if let lock = try? LockFile(path) { return lock }
            usleep(15_000)
        }
        return try LockFile(path)
    }
}
