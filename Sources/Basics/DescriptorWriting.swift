import Foundation

/// Writing to open descriptors.
package enum DescriptorWriting {
    /// Writes all bytes, however often the system cuts them.
    ///
    /// - Returns: false when it refuses; `errno` says why.
    package static func all(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        return true
    }

    /// The same for a pipe or socket whose reader may be gone: that is an answer here, not the end of the process.
    ///
    /// - Returns: false when it refuses; `errno` is `EPIPE` when nobody reads any more.
    package static func all(_ bytes: UnsafeRawBufferPointer, toPeer descriptor: Int32) -> Bool {
        withoutBrokenPipeSignal { all(bytes, to: descriptor) }
    }

    /// Runs `body` so that a write to a pipe without a reader fails with `EPIPE` and raises no `SIGPIPE`.
    ///
    /// Only this thread is concerned: the signal is blocked for it, and one that the body caused is taken back before
    /// the old mask returns. `SIGPIPE` goes to the thread that wrote, so no other thread can see it. The process's own
    /// way with the signal stays: `hftml … | head` still ends quietly. Three system calls, about a microsecond.
    ///
    /// - Parameter body: must not change thread, so it cannot be asynchronous. `errno` is as it left it.
    package static func withoutBrokenPipeSignal<T>(_ body: () throws -> T) rethrows -> T {
        var pipe = sigset_t(), pending = sigset_t(), old = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        // One that waited before is somebody else's.
        let wasPending = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1
        pthread_sigmask(SIG_BLOCK, &pipe, &old)
        defer {
            let code = errno
            if !wasPending {
                var now = timespec(tv_sec: 0, tv_nsec: 0)
                while sigtimedwait(&pipe, nil, &now) < 0, errno == EINTR {}
            }
            pthread_sigmask(SIG_SETMASK, &old, nil)
            errno = code
        }
        return try body()
    }
}
