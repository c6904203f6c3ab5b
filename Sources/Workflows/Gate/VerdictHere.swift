import Basics
import Deployment
import ModelBundles
import Registry

/// Whether a kept verdict says anything in an environment now.
extension AuthorityEnvelope {
    /// Why a verdict on record does not count here; nil where one of the environment's gate keys signed exactly this
    /// report, for this environment, by this document.
    func objection(to decision: GateDecisionRecord, at time: Nanoseconds) -> String? {
        let here = "'\(authority.name)'", number = authority.counter
        guard decision.policyDigest == authority.policy.digest else { return "it is under '\(decision.policy)'" }
        guard let text = decision.envelope, let envelope = try? Envelope(text), let verdict = try? Verdict(envelope)
        else { return "nobody signed it" }
        guard verdict.environment == authority.name else { return "it is for '\(verdict.environment)'" }
        guard verdict.authority == digest else {
            return "it is by another document of \(here) than number \(number), which is in force"
        }
        if let why = authority.objection(to: envelope, role: EnvironmentAuthority.Role.gate, at: time) { return why }
        guard verdict.weights == decision.weights, verdict.isPassed == decision.isPassed,
            verdict.evidence.first(where: { $0.name == "report" })?.digest == Digest.sha256(decision.report)
        else { return "its row is not what the gate signed" }
        return nil
    }
}

extension EnvironmentGate {
    /// As ``AuthorityEnvelope/objection(to:at:)``, by the document in force.
    func objection(to decision: GateDecisionRecord, at time: Nanoseconds) -> String? {
        document.objection(to: decision, at: time)
    }
}
