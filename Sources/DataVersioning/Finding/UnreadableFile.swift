package import Basics

/// A file that would say what is under version control, and cannot be read. The others are read all the same; whoever
/// decides from what is read whether something may go, stops.
package struct UnreadableFile: Sendable {
    /// Relative to the workspace.
    package let path: String
    /// Where the file is of history.
    package let commit: String?
    package let error: any UserFacingError

    package init(_ path: String, commit: String? = nil, _ error: any Error) {
        self.path = path
        self.commit = commit
        self.error = error as? any UserFacingError ?? Failure("internal", "\(error)")
    }

    /// The error with file and commit in its message.
    package var failure: Failure {
        let place = commit.map { "'\(path)' of commit \($0.prefix(12))" } ?? "'\(path)'"
        return Failure(
            error.code, "cannot read \(place): \(error.message)", hint: error.hint, exitStatus: error.exitStatus)
    }

    package var problem: PathProblem { PathProblem(path, failure) }
}
