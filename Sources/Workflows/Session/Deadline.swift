import Basics
import Foundation

/// How long to wait for a file that another process writes.
struct Deadline {
    private let end: Nanoseconds

    /// - Parameter seconds: from now; what is negative or no number counts as 0, more than a year as a year.
    init(seconds: Double) { end = Clock.monotonic() + Int64(saturating: min(max(0, seconds), 31_536_000) * 1e9) }

    var isPast: Bool { Clock.monotonic() >= end }

    /// Lets the other process go on; short enough that nobody notices.
    func pause() { usleep(50_000) }
}
