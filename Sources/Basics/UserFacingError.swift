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
}

/// An error that a person reads: what happened, where, what was expected, and what to do next.
///
/// Conform with data in the cases and make the text in `message`. `description` and `errorDescription` follow from it,
/// so that both interpolation and Foundation print the same sentence.
package protocol UserFacingError: Error, CustomStringConvertible, Sendable {
    /// A stable name that scripts may match, such as `data.missing-object`.
    var code: String { get }
    /// One sentence, lower case, without a full stop: what, where, found versus expected.
    var message: String { get }
    /// One next step, runnable if possible.
    var hint: String? { get }
    var exitStatus: ExitStatus { get }
}

extension UserFacingError {
    package var hint: String? { nil }
    package var exitStatus: ExitStatus { .failed }
    package var description: String { hint.map { "\(message)\n  hint: \($0)" } ?? message }
    package var errorDescription: String? { description }
}

/// A failure that needs no type of its own: it is made at one place and matched nowhere.
package struct Failure: UserFacingError, Equatable {
    package let code: String
    package let message: String
    package let hint: String?
    package let exitStatus: ExitStatus

    package init(_ code: String, _ message: String, hint: String? = nil, exitStatus: ExitStatus = .failed) {
        self.code = code
        self.message = message
        self.hint = hint
        self.exitStatus = exitStatus
    }
}
