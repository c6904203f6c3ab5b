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
    /// SHA-256 of the verdicts on which what runs went into force, of every environment.
    private let inForce: Set<String>

    init(_ session: Session) throws {
        revoked = try ManageKeys.revocations(session)
        var found: [String: EnvironmentAuthority] = [:], running: Set<String> = []
        for name in try session.environmentNames() {
            // What cannot be read vouches for no verdict.
            guard let files = try? EnvironmentFiles.made(name, session: session), let links = try? files.chain() else {
                continue
            }
            let followed = files.documents
            for link in links where followed.contains(link.authority) { found[link.digest] = link.authority }
            if let verdict = try? SignedVerdicts.inForce(files, session: session) { running.insert(verdict) }
        }
        (documents, inForce) = (found, running)
    }

    /// SHA-256 of the verdict on which what runs went into force, by the newest receipt that a host signed and the
    /// bundle that it is of; nil where nothing runs, or nobody has the bundle.
    static func inForce(_ files: EnvironmentFiles, session: Session) throws -> String? {
        guard let receipt = try EnvironmentReceipts(files, session: session).inForce.last else { return nil }
        let bundles = DeployedBundles(files: files, session: session)
        return try bundles.bytes(receipt).flatMap(bundles.terms)?.verdict
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
        if let revocation = revoked[key.id] {
            // Whoever has the key could date a verdict back. What the record has from before was signed then, and what
            // brought a version in force was there before; what came after is of whoever has the key now.
            guard decision.decidedAt < revocation.at || inForce.contains(envelope.payloadDigest) else {
                return .unsigned(
                    "the key of '\(key.name)' (\(key.id)) was revoked at \(TimeText.seconds(revocation.at))")
            }
            return .signedOnce(
                by: key.name, keyID: key.id, environment: verdict.environment, revokedAt: revocation.at)
        }
        return .signed(by: key.name, keyID: key.id, environment: verdict.environment)
    }

    /// Of what is in force the verdict that it went into force on, else the newest that an environment's gate signed;
    /// where there is none, the newest rehearsal.
    ///
    /// - Parameter decisions: newest first.
    func newest(_ decisions: [GateDecisionRecord]) -> (decision: GateDecisionRecord, signature: GateSignature)? {
        let all = decisions.lazy.map { (decision: $0, signature: signature(of: $0)) }
        func isInForce(_ decision: GateDecisionRecord) -> Bool {
            decision.envelope.flatMap { try? Envelope($0) }.map { inForce.contains($0.payloadDigest) } ?? false
        }
        return all.first { $0.signature.isSigned && isInForce($0.decision) } ?? all.first { $0.signature.isSigned }
            ?? all.first
    }
}
