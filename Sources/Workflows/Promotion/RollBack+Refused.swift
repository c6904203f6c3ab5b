import Basics
import Deployment
import ModelBundles

extension RollBack {
    /// A rollback that its host refused.
    enum Refused {
        /// The host's reason, without what it advises: it knows its environment, and not what the record calls its
        /// place, so that the command would reach another host of the same environment.
        static func words(_ reason: String?) -> String {
            guard let reason else { return "no reason given" }
            return reason.firstRange(of: "; next: ").map { String(reason[..<$0.lowerBound]) } ?? reason
        }

        /// What goes back all the same. Where what was refused is the revision, and not its order, that one would be
        /// refused again.
        static func way(_ environment: String, _ reason: String?) -> String {
            let name = Inbox.word(environment)
            let ofRevisions = ["admission.verdict", "admission.manifest-key", "admission.limits", "admission.costs"]
            let isOfRevision = ofRevisions.contains { reason?.hasPrefix($0) == true }
            guard isOfRevision else { return "order it again: hftml rollback \(name) --reason TEXT --key KEY" }
            return "go back to a revision that its host takes: hftml rollback \(name) --to REVISION --reason TEXT "
                + "--key KEY (hftml deployments list --environment \(name))"
        }
    }

    /// Says what rests on a key that was revoked here since. It goes into force all the same, since what is to be taken
    /// out may be worse, and anybody who writes the registry can enter a revocation; once a document says so, the host
    /// opens no orders by it.
    static func tellRevoked(
        _ terms: DeployedBundles.Terms, _ target: RevisionHistory.Revision,
        _ revocations: [String: PublicKey.Revocation], _ files: EnvironmentFiles, session: Session
    ) {
        let names = Dictionary(files.knownKeys().map { ($0.id, $0.name) }) { first, _ in first }
        let rests = [("its verdict", terms.verdictKeys), ("its manifest", [terms.manifestKey])].flatMap { what, keys in
            keys.compactMap { id in
                revocations[id].map { told in
                    "\(what) is by the key of '\(names[id] ?? id)', which was revoked at \(TimeText.seconds(told.at))"
                        + (told.reason.isEmpty ? "" : " (\(told.reason))")
                }
            }
        }
        guard !rests.isEmpty else { return }
        let name = Inbox.word(files.name)
        session.caller.conversation.say(
            "warning: this goes back to revision \(target.counter) (\(terms.reference)): "
                + rests.joined(separator: "; ")
                + "; once a signed document says so, its host opens no orders by it; judge it again and promote it: "
                + "hftml gate \(terms.reference) --for \(name) --key KEY --features FILE --strategy FILE; or stop "
                + "trading: hftml-runtime halt \(Inbox.word(files.host.directory)) --by PERSON --reason TEXT")
    }
}
