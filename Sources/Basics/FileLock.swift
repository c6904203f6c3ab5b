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
            if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
                held.st_dev == named.st_dev
            {
                return descriptor
            }
            close(descriptor)
        }
    }

    private static func lock(_ path: String, _ isPrivate: Bool, onWait: () throws -> Void) throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, isPrivate ? 0o600 : 0o644)
        guard descriptor >= 0 else { throw FileError("open the lock", path) }
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

    /// Also one of a release before; only its owner can.
    private static func hide(_ descriptor: Int32, _ path: String) {
        let mode: mode_t = SharedDirectory.isShared(Paths.parent(path)) ? 0o660 : 0o600
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_uid == geteuid(), info.st_mode & 0o777 != mode else { return }
        fchmod(descriptor, mode)
    }

    deinit { close(descriptor) }
}
