import Basics
import Deployment

extension SignEnvironment {
    /// Asks for a word where a document would change nothing but its end, long before that: whoever repeats a command
    /// would draw up one more, which then waits for all others.
    ///
    /// - Parameter isRenewal: whether that is wanted.
    /// - Throws: ``Failure`` with code `authority.unchanged`.
    package static func requireChange(_ draft: Draft, isRenewal: Bool, session: Session) throws {
        guard !isRenewal, !draft.isLost, draft.changes.isEmpty, draft.unfinished == nil,
            let known = draft.inForce?.authority
        else { return }
        let span = known.expiresAt.saturatingMinus(known.createdAt)
        guard known.expiresAt.saturatingMinus(session.clock.now()) > span / 2 else { return }
        throw Failure(
            "authority.unchanged",
            "found document \(known.counter) of '\(draft.environment)' in force, which says all that environment.yaml "
                + "says, until \(TimeText.seconds(known.expiresAt)); nothing was signed",
            hint: "for a later end alone: hftml environments sign \(draft.environment) --as KEY --renew",
            exitStatus: .refused)
    }
}
