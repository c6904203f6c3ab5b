import Deployment

/// Documents that were laid out again as the log has them.
package struct RestoredDocuments: Sendable {
    /// The newest.
    package let outcome: SignEnvironment.Outcome
    /// What to do where `environment.yaml`, the policy or keys say otherwise than it, a line each: the next signature
    /// would take out what others have signed. Empty where they say the same.
    package let remarks: [String]
    package var counter: Int { outcome.counter }

    /// - Parameter laid: numbers of those that were laid out, oldest first.
    init(_ outcome: SignEnvironment.Outcome, laid: [Int], _ files: EnvironmentFiles, session: Session) {
        self.outcome = outcome
        // The document lies there by now, whatever else cannot be looked at.
        let shown = try? ShowEnvironment.run(files.name, session: session)
        let otherwise = shown?.problem.map { ["it cannot be read: \($0)"] } ?? shown?.changes ?? []
        guard !otherwise.isEmpty else {
            remarks = []
            return
        }
        let kept = laid.map { "'\(session.shown(files.kept($0)))'" }.joined(separator: " ")
        let newest = "'\(session.shown(files.host.authorityFile))'"
        let away = laid.first == 1 ? "rm \(newest) \(kept)" : "rm \(kept) && git checkout -- \(newest)"
        remarks =
            [
                "environment.yaml, policy or keys here say otherwise than document \(outcome.counter), and who signs "
                    + "the next one as they are takes out what others have signed:"
            ] + otherwise.map { "  \($0)" } + [
                "where others may have pushed it, fetch theirs, and all that belongs to it, before anything is signed: "
                    + "\(away) && git pull",
                "where nobody has, write into environment.yaml what the document says: hftml environments show "
                    + files.name,
            ]
    }
}
