import Foundation

/// Notices Ctrl-C, a request to end or a closed terminal without ending the process, so that work can stop at a safe
/// place.
///
/// The process listens from the first question of ``isPending`` on: before it, nobody would answer, and the signal ends
/// the process as it ends any other. A second signal ends it at once, whatever it is doing; but for SIGHUP, which a
/// terminal that closes sends twice, once by its shell and once by the kernel.
enum Interruption {
    nonisolated(unsafe) private static var isRequested: sig_atomic_t = 0

    /// Listens, once.
    private static let isWatching: Bool = {
        let handler: @convention(c) (Int32) -> Void = { number in
            if Interruption.isRequested != 0, number != SIGHUP { _exit(128 + number) }
            Interruption.isRequested = number
        }
        signal(SIGINT, handler)
        signal(SIGTERM, handler)
        // A program that was started with nohup outlives its terminal.
        var hangup = sigaction()
        sigaction(SIGHUP, nil, &hangup)
        if unsafeBitCast(hangup.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) {
            signal(SIGHUP, handler)
        }
        return true
    }()

    /// The signal that asks for an end; nil while none has come.
    static var signalNumber: Int32? { isWatching && isRequested != 0 ? Int32(isRequested) : nil }

    /// Process 1 of a container, which has no parent to set this for it, would ignore the signals that ask it to end.
    /// Whatever it does just now is written so that it can be ended at any moment.
    static func listenAsFirstProcess() {
        guard getpid() == 1 else { return }
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number) { _exit(128 + $0) } }
    }

    /// Ends the process where a run cannot come to its end by itself; all it writes is valid at any moment.
    static func giveUp(_ number: Int32) { _exit(128 + number) }

    /// Whether work is to stop at its next safe place. Whoever asks once goes on asking.
    static var isPending: Bool { isWatching && isRequested != 0 }
}
