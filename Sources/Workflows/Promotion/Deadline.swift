import Basics
import Foundation

/// How long to wait for a file that another process writes.
struct Deadline {
    private let end: Nanoseconds

    init(seconds: Double) { end = Clock.monotonic() + Int64(seconds * 1e9) }

    var isPast: Bool { Clock.monotonic() >= end }

    /// Lets the other process go on; short enough that nobody notices.
    func pause() { usleep(50_000) }
}
