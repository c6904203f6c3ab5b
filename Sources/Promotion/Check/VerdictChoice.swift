import Basics
import Deployment
import ModelBundles

/// Which of the kept verdicts counts, and why none does.
enum VerdictChoice {
    struct Signed {
        var envelope: Envelope
        var verdict: Verdict
        /// The report that it names.
        var report: String
        var reportText: String
    }

    /// The newest verdict, by its own time, about this environment and exactly these weights, among those that a gate
    /// key signed which counts now, and refusals of a gate key that counted when they were made: a refusal is known
    /// though its key has ended or left the document. Other rows, of a revoked key or one without the role, neither
    /// allow nor hinder anything, whatever date they bear.
    static func choose(_ facts: PromotionFacts) -> (Signed?, [PromotionCheck.Objection]) {
        let wanted = facts.candidate, document = facts.authority.authority
        let place = facts.place ?? document.name
        let gate = "run: hftml gate \(wanted.subject) --for \(place) --key KEY --features FILE --strategy FILE"
        func refuse(_ code: String, _ message: String) -> (Signed?, [PromotionCheck.Objection]) {
            (nil, [PromotionCheck.Objection(code: code, message: message, hint: gate)])
        }
        guard !facts.judgements.isEmpty else {
            return refuse("promote.no-gate", "found no gate verdict on \(wanted.subject) with exactly these weights")
        }
        let signed = facts.judgements.compactMap { judgement -> (Envelope, Verdict, String)? in
            guard let envelope = judgement.envelope, let verdict = try? Verdict(envelope) else { return nil }
            return (envelope, verdict, judgement.report)
        }
        guard !signed.isEmpty else {
            return refuse(
                "promote.unsigned-gate",
                "found no signed gate verdict on \(wanted.subject): nothing is promoted on what nobody signed")
        }
        let own = signed.filter {
            $0.1.weights == wanted.weights && $0.1.subject == wanted.subject && $0.1.environment == document.name
        }
        let newest = own.filter { counts($0.0, $0.1, facts) }.max {
            $0.1.time == $1.1.time ? $0.0.text < $1.0.text : $0.1.time < $1.1.time
        }
        guard let newest else {
            func objection(_ envelope: Envelope) -> String? {
                document.objection(to: envelope, role: EnvironmentAuthority.Role.gate, at: facts.now)
            }
            if let why = own.last.flatMap({ objection($0.0) }) {
                return refuse("promote.gate-key", "found a gate verdict that does not count: \(why)")
            }
            if let other = signed.first(where: { $0.1.environment != document.name }) {
                return refuse(
                    "promote.other-environment",
                    "found a gate verdict on \(wanted.subject) for '\(other.1.environment)', expected "
                        + "'\(document.name)'")
            }
            if let why = signed.last.flatMap({ objection($0.0) }) {
                return refuse("promote.gate-key", "found a gate verdict that does not count: \(why)")
            }
            return refuse("promote.no-gate", "found no gate verdict on \(wanted.subject) with exactly these weights")
        }
        // Of one verdict some rows may hold another report than it names; one that fits suffices.
        let report = own.first { $0.0.payload == newest.0.payload && Self.reportDigest($0.1) == Digest.sha256($0.2) }
        guard let digest = Self.reportDigest(newest.1), let report else {
            return refuse(
                "promote.altered-gate", "found the report of the gate verdict on \(wanted.subject) altered since")
        }
        return (Signed(envelope: newest.0, verdict: newest.1, report: digest, reportText: report.2), [])
    }

    private static func counts(_ envelope: Envelope, _ verdict: Verdict, _ facts: PromotionFacts) -> Bool {
        let document = facts.authority.authority, role = EnvironmentAuthority.Role.gate
        if document.signer(of: envelope, role: role, at: facts.now) != nil { return true }
        guard !verdict.isPassed else { return false }
        let named = document.keys.filter { $0.roles.contains(role) }
        return envelope.signers(among: named + facts.formerGates).contains { $0.objection(at: verdict.time) == nil }
    }

    private static func reportDigest(_ verdict: Verdict) -> String? {
        verdict.evidence.first { $0.name == "report" }?.digest
    }
}
