/// How a process ends. The numbers are part of the command-line contract: scripts and CI branch on them.
package enum ExitStatus: Int32, Sendable {
    /// Done, and where there is a verdict it is yes.
    case done = 0
    /// Something failed.
    case failed = 1
    /// It ran, and the answer is no: checks failed, gate refused, differences found.
    case refused = 2
    /// Wrong usage or an invalid configuration.
    case usage = 64
    /// Interrupted by the user.
    case interrupted = 130

    /// The HTTP status of an error that has no more specific one in the catalogue.
    package var httpStatus: Int {
        switch self {
        case .done: 200
        case .failed: 500
        case .refused: 409
        case .usage: 400
        case .interrupted: 499
        }
    }
}
