import Basics
import Registry

/// A verdict with its identity: which weights, which policy, which report.
package enum GateDecision {
    /// The record of a report; its digest covers weights, policy, report and time.
    package static func record(
        _ report: CheckReport, version: VersionRecord, policy: GatePolicy, actor: String, time: Nanoseconds
    ) -> GateDecisionRecord {
        let text = report.json.text(.canonical)
        let identity = JSONValue.map([
            "model": .string(version.model), "version": .int(version.version), "weights": .string(version.weights),
            "policy": .string(policy.digest), "report": .string(Digest.sha256(text)), "time": .int(Int(time)),
        ])
        return GateDecisionRecord(
            digest: Digest.sha256(identity.text(.canonical)), model: version.model, version: version.version, weights: version.weights,
            policy: policy.name, policyDigest: policy.digest, isPassed: report.isPassed, report: text, decidedAt: time, decidedBy: actor)
    }

    /// The verdict that allows a promotion, or the reason why there is none.
    ///
    /// - Throws: ``Failure`` with exit status 2 (refused).
    package static func required(for version: VersionRecord, in registry: RegistryDatabase) throws -> GateDecisionRecord {
        guard let decision = try registry.latestDecision(for: version) else {
            throw Failure(
                "promote.no-gate", "found no gate verdict on \(version.reference) with exactly these weights",
                hint: "run: hftml gate \(version.reference) --policy POLICY", exitStatus: .refused)
        }
        guard decision.isPassed else {
            throw Failure(
                "promote.refused", "the gate '\(decision.policy)' refused \(version.reference) at \(TimeText.utc(decision.decidedAt))",
                hint: "see the reasons with: hftml gate \(version.reference) --policy \(decision.policy)", exitStatus: .refused)
        }
        return decision
    }
}
