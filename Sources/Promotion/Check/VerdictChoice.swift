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

    /// The newest verdict, by its own time, that a key of the environment signed about this environment and policy and
    /// exactly these weights. Rows that nobody of the environment signed neither allow nor hinder anything.
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
        let known = signed.filter { !$0.0.signers(among: document.keys).isEmpty }
        let own = known.filter {
            $0.1.weights == wanted.weights && $0.1.subject == wanted.subject && $0.1.environment == document.name
        }
        let newest = own.max { $0.1.time == $1.1.time ? $0.0.text < $1.0.text : $0.1.time < $1.1.time }
        guard let newest else {
            if let other = signed.first(where: { $0.1.environment != document.name }) {
                return refuse(
                    "promote.other-environment",
                    "found a gate verdict on \(wanted.subject) for '\(other.1.environment)', expected "
                        + "'\(document.name)'")
            }
            if known.isEmpty, let first = signed.first {
                let why = document.objection(to: first.0, role: EnvironmentAuthority.Role.gate, at: facts.now)
                return refuse(
                    "promote.gate-key", "found a gate verdict that does not count: \(why ?? "it is of another key")")
            }
            return refuse("promote.no-gate", "found no gate verdict on \(wanted.subject) with exactly these weights")
        }
        // Of one verdict some rows may hold another report than it names; one that fits suffices.
        let report = own.first { $0.0.payload == newest.0.payload && Self.reportDigest($0.1) == Digest.sha256($0.2) }
        guard let digest = Self.reportDigest(newest.1), let report else {
            return refuse(
                "promote.altered-gate", "found the report of the gate verdict on \(wanted.subject) altered since")
        }
        if let why = document.objection(to: newest.0, role: EnvironmentAuthority.Role.gate, at: facts.now) {
            return refuse("promote.gate-key", "found a gate verdict that does not count: \(why)")
        }
        return (Signed(envelope: newest.0, verdict: newest.1, report: digest, reportText: report.2), [])
    }

    private static func reportDigest(_ verdict: Verdict) -> String? {
        verdict.evidence.first { $0.name == "report" }?.digest
    }
}
