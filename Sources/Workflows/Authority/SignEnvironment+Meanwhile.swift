import Basics
import Deployment
import ModelBundles

/// Somebody who signs at the same time.
extension SignEnvironment {
    /// What waits for signatures is again what it was.
    static func takeBack(_ draft: Draft) throws {
        guard let before = draft.unfinished else { return try Paths.remove(draft.files.unfinished) }
        try AtomicFile.write(before.envelope.text + "\n", to: draft.files.unfinished)
    }

    static func moved(_ draft: Draft, _ key: any Signer) -> Failure {
        Failure(
            "authority.moved", "found that somebody else has signed for '\(draft.environment)' meanwhile",
            hint: "look again, then sign: hftml environments sign \(draft.environment) --as \(key.name)",
            exitStatus: .refused)
    }
}
