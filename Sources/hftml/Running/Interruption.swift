import Foundation

/// Notices Ctrl-C without ending the process, so that work can stop at a safe place.
enum Interruption {
    nonisolated(unsafe) private static var isRequested: sig_atomic_t = 0

    static func watch() {
        signal(SIGINT) { _ in Interruption.isRequested = 1 }; signal(SIGTERM) { _ in Interruption.isRequested = 1 }
    }
    static var isPending: Bool { isRequested != 0 }
}
