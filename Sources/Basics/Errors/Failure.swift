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
