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
        let renewal =
            "for a later end alone: hftml environments sign \(draft.environment) --as KEY --renew"
            + (draft.begunElsewhere == nil ? "" : " --lost")
        // One that was signed before the file said again what is in force goes on asking others for their signatures.
        let waiting = draft.files.unfinished, isWaiting = Paths.exists(waiting)
        throw Failure(
            "authority.unchanged",
            "found document \(known.counter) of '\(draft.environment)' in force, which says all that environment.yaml "
                + "says, until \(TimeText.seconds(known.expiresAt)); nothing was signed"
                + (isWaiting ? ", and a next document that says otherwise waits for root keys" : ""),
            hint: isWaiting
                ? "to take the one that waits back: rm '\(session.shown(waiting))', and commit that; \(renewal)"
                : renewal,
            exitStatus: .refused)
    }

    /// Refuses to draw up another document of a number that others have begun, and that is not here: a clone that is
    /// behind would ask for signatures on a text that takes out what they have signed.
    ///
    /// - Parameters:
    ///   - key: who is about to sign: what nobody else has signed they know of.
    ///   - isLost: whether somebody has looked, and nobody has it or wants it any more.
    /// - Throws: ``Failure`` with code `authority.gone`.
    package static func requireSeen(_ draft: Draft, key: String, isLost: Bool) throws {
        guard !isLost, let elsewhere = draft.begunElsewhere, elsewhere.signers != [key] else { return }
        throw elsewhere.failure
    }
}
