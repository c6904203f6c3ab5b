package import Basics
import Registry

/// A clock that was set right in; an entry of the audit log that says so out.
package enum SetClock {
    package struct Outcome: Sendable, Equatable {
        /// The time of the newest entry before.
        package let from: Nanoseconds
        package let to: Nanoseconds
    }

    /// - Parameter reason: why the clock was wrong, for those who read the log.
    /// - Throws: ``Failure`` with code `audit.clock` where it is not behind the log.
    package static func run(reason: String, session: Session) throws -> Outcome {
        let (from, to) = try session.registry().acceptClock(reason: reason)
        return Outcome(from: from, to: to)
    }
}
