import Basics
import Deployment
import ModelBundles
import Registry

/// Which verdicts on record a gate key of an environment signed, whether or not they still count for a promotion there.
///
/// Anybody can judge by a policy of their own, under whatever name: on record that is a rehearsal, and no page may call
/// it what the gate said.
struct SignedVerdicts {
    /// Documents of the environments that lie here and follow from their root keys, by their SHA-256.
    private let documents: [String: EnvironmentAuthority]
    private let revoked: [String: PublicKey.Revocation]

    init(_ session: Session) throws {
        revoked = try ManageKeys.revocations(session)
        var found: [String: EnvironmentAuthority] = [:]
        for name in try session.environmentNames() {
            // What cannot be read vouches for no verdict.
            guard let files = try? EnvironmentFiles.made(name, session: session), let links = try? files.chain() else {
                continue
            }
            let followed = files.documents
            for link in links where followed.contains(link.authority) { found[link.digest] = link.authority }
        }
        documents = found
    }

    /// Who signed a verdict for which environment, or why it is a rehearsal.
    func signature(of decision: GateDecisionRecord) -> GateSignature {
        guard let text = decision.envelope else { return .unsigned("a rehearsal, which nobody signed") }
        guard let envelope = try? Envelope(text), let verdict = try? Verdict(envelope) else {
            return .unsigned("its signature cannot be read")
        }
        guard verdict.weights == decision.weights, verdict.isPassed == decision.isPassed,
            verdict.policy.digest == decision.policyDigest,
            verdict.evidence.first(where: { $0.name == "report" })?.digest == Digest.sha256(decision.report)
        else { return .unsigned("its row is not what the gate signed") }
        guard let document = documents[verdict.authority], document.name == verdict.environment else {
            return .unsigned("it is for '\(verdict.environment)', by a document that is not here")
        }
        guard let key = document.signer(of: envelope, role: EnvironmentAuthority.Role.gate, at: verdict.time) else {
            return .unsigned(
                document.objection(to: envelope, role: EnvironmentAuthority.Role.gate, at: verdict.time)
                    ?? "no gate key of '\(verdict.environment)' signed it")
        }
        if let revocation = revoked[key.id], revocation.at <= verdict.time {
            return .unsigned("the key of '\(key.name)' (\(key.id)) was revoked before")
        }
        return .signed(by: key.name, keyID: key.id, environment: verdict.environment)
    }

    /// The newest verdict that an environment's gate signed; where there is none, the newest rehearsal.
    ///
    /// - Parameter decisions: newest first.
    func newest(_ decisions: [GateDecisionRecord]) -> (decision: GateDecisionRecord, signature: GateSignature)? {
        let all = decisions.lazy.map { (decision: $0, signature: signature(of: $0)) }
        return all.first { $0.signature.isSigned } ?? all.first
    }
}
