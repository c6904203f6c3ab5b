/// What went wrong with one path while the work on others went on.
package struct PathProblem: Sendable, Equatable {
    /// As people of the project say it.
    package let path: String
    package let error: any UserFacingError

    package init(_ path: String, _ error: any Error) {
        self.path = path
        self.error = error as? any UserFacingError ?? Failure("internal", "\(error)")
    }

    package static func == (a: PathProblem, b: PathProblem) -> Bool {
        a.path.isExactly(b.path) && a.error.code == b.error.code && a.error.message == b.error.message
    }

    /// The error with its path, where its message does not name it.
    package var failure: Failure {
        Failure(
            error.code, error.message.contains("'\(path)'") ? error.message : "\(path): \(error.message)",
            hint: error.hint, exitStatus: error.exitStatus)
    }
}
