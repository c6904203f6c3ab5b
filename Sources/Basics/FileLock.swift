import Foundation

/// An exclusive lock between processes, held from init until it goes out of scope (`flock`).
///
/// The kernel releases it when a process dies, so a killed holder blocks nobody.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Waits until the lock is free.
    ///
    /// - Parameters:
    ///   - isPrivate: whether only those may open it who may write beside it: whoever may read a lock's file can hold
    ///     it for ever.
    ///   - onWait: called once if somebody else holds it; what it throws ends the waiting.
    package init(_ path: String, isPrivate: Bool = false, onWait: () throws -> Void = {}) throws {
        descriptor = try FileLock.acquire(path, isPrivate, onWait: onWait)
    }

    private static func acquire(_ path: String, _ isPrivate: Bool, onWait: () throws -> Void) throws -> Int32 {
        try Paths.makeDirectory(Paths.parent(path))
        try SharedDirectory.prepare(path)
        var hasWaited = false
        while true {
            let descriptor = try lock(path, isPrivate) {
                if !hasWaited { try onWait() }
                hasWaited = true
            }
            // A holder may take the file away before it lets go of it: what was waited for is then a lock that nobody
            // else will see, and the next one makes another.
            var held = stat(), named = stat()
            if fstat(descriptor, &held) == 0, lstat(path, &named) == 0, held.st_ino == named.st_ino,
                held.st_dev == named.st_dev
            {
                return descriptor
            }
            close(descriptor)
        }
    }

    private static func lock(_ path: String, _ isPrivate: Bool, onWait: () throws -> Void) throws -> Int32 {
        // Never through a link, which whoever may write beside the lock could lead to any file of ours.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, isPrivate ? 0o600 : 0o644)
        guard descriptor >= 0 else {
            throw errno == ELOOP ? foreign(path, "a symbolic link") : FileError("open the lock", path)
        }
        if let what = stranger(descriptor) {
            close(descriptor)
            throw foreign(path, what)
        }
        if isPrivate { hide(descriptor, path) }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            do { try onWait() } catch {
                close(descriptor)
                throw error
            }
            while flock(descriptor, LOCK_EX) != 0 {
                guard errno == EINTR else {
                    let error = FileError("take the lock", path)
                    close(descriptor)
                    throw error
                }
            }
        }
        // DVC reads the holder's process id from its repository lock.
        let text = Array(" \(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        return descriptor
    }

    /// What is written over has to be a lock: a file with a process's number, or nothing, or what a power cut left of
    /// it. A second name is no sign of anything: in a shared directory a new lock has two for a moment.
    ///
    /// - Returns: what it is instead; nil for a lock.
    private static func stranger(_ descriptor: Int32) -> String? {
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return "no file" }
        var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let isLock =
            count >= 0 && count <= mostBytes
            && bytes.prefix(max(0, count)).allSatisfy {
                (0x30...0x39).contains($0) || $0 == 0 || $0 == 0x20 || $0 == 0x0A || $0 == 0x0D
            }
        return isLock ? nil : "a file that holds something else"
    }

    /// DVC's and ours hold a number and a line's end.
    private static let mostBytes = 64

    private static func foreign(_ path: String, _ what: String) -> Failure {
        Failure(
            "file.lock", "found \(what) in the place of the lock '\(path)'",
            hint: "look at it, then move it away: mv '\(path)' '\(path).aside'", exitStatus: .refused)
    }

    /// Also one of a release before; only its owner can.
    private static func hide(_ descriptor: Int32, _ path: String) {
        let mode: mode_t = SharedDirectory.isShared(Paths.parent(path)) ? 0o660 : 0o600
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_uid == geteuid(), info.st_mode & 0o777 != mode else { return }
        fchmod(descriptor, mode)
    }

    deinit { close(descriptor) }
}
