package import Basics
package import Registry

/// A verdict with its identity: which weights, which policy, which report.
package enum GateDecision {
    /// What a verdict was made with besides the weights, and must be promoted with.
    package struct Basis: Sendable, Equatable {
        /// The policy file, from the root of the project; absolute where it lies elsewhere.
        package var policyPath: String
        /// SHA-256 of the strategy in canonical JSON, in hexadecimal digits: rule, costs and limits.
        package var strategy: String
        /// The feature table that the evidence was made from, as lineage names it: `sha256:…`.
        package var features: String
        /// The version in force that this one was compared with.
        package var incumbent: String?
        /// The identity by which the registry counts the strategy as a trial, however its file is written; nil in
        /// verdicts of before it was kept.
        package var judgedBy: String?

        /// A basis as given.
        package init(
            policyPath: String, strategy: String, features: String, incumbent: String?, judgedBy: String? = nil
        ) {
            self.judgedBy = judgedBy
            self.policyPath = policyPath
            self.strategy = strategy
            self.features = features
            self.incumbent = incumbent
        }

        /// As the report of a decision has it; nil for a report without one.
        package init?(_ decision: GateDecisionRecord) {
            guard let node = (try? JSONParser.parse(decision.report))?[key: "basis"],
                let path = node[key: "policyPath"]?.stringValue, let strategy = node[key: "strategy"]?.stringValue,
                let features = node[key: "features"]?.stringValue
            else { return nil }
            self.init(
                policyPath: path, strategy: strategy, features: features,
                incumbent: node[key: "incumbent"]?.stringValue, judgedBy: node[key: "judgedBy"]?.stringValue)
        }
    }

    /// The record of a report; its digest covers weights, policy, report, basis and time.
    package static func record(
        _ report: CheckReport, version: VersionRecord, policy: GatePolicy, basis: Basis, actor: String,
        time: Nanoseconds
    ) -> GateDecisionRecord {
        var node = report.json
        node[key: "basis"] = .map([
            "policyPath": .string(basis.policyPath), "strategy": .string(basis.strategy),
            "features": .string(basis.features), "incumbent": .string(basis.incumbent),
            "judgedBy": .string(basis.judgedBy),
        ])
        return GateDecisionRecord(
            model: version.model, version: version.version, weights: version.weights, policy: policy.name,
            policyDigest: policy.digest, isPassed: report.isPassed,
            report: node.text(.canonical), decidedAt: time, decidedBy: actor, incumbent: basis.incumbent)
    }

    /// The verdict that allows a promotion, or the reason why there is none.
    ///
    /// A verdict counts for the weights, the policy text and the incumbent it was made with, and for as many days as
    /// the policy says.
    ///
    /// - Parameters:
    ///   - policy: reads the policy at a path as it is now; nil where its file is gone.
    ///   - strategy: digest of the strategy that is to go live.
    ///   - incumbent: the version in force now.
    /// - Throws: ``Failure`` with exit status 2 (refused).
    package static func required(
        for version: VersionRecord, policy: (String) throws -> GatePolicy?, strategy: String, incumbent: String?,
        in registry: RegistryDatabase
    ) throws -> (decision: GateDecisionRecord, policy: GatePolicy) {
        func refuse(_ code: String, _ message: String, _ policy: String = "POLICY") -> Failure {
            Failure(
                code, message,
                hint: "run: hftml gate \(version.reference) --policy \(policy) --features FILE --strategy FILE",
                exitStatus: .refused)
        }
        guard let decision = try registry.latestDecision(for: version) else {
            throw refuse("promote.no-gate", "found no gate verdict on \(version.reference) with exactly these weights")
        }
        guard decision.isIntact, let basis = Basis(decision), basis.incumbent == decision.incumbent else {
            throw refuse(
                "promote.altered-gate", "found the gate verdict on \(version.reference) altered since it was made",
                decision.policy)
        }
        guard decision.isPassed else {
            throw refuse(
                "promote.refused",
                "the gate '\(decision.policy)' refused \(version.reference) at \(TimeText.utc(decision.decidedAt))",
                decision.policy)
        }
        guard let now = try policy(basis.policyPath) else {
            throw refuse(
                "promote.no-policy",
                "found no policy '\(decision.policy)', which the gate verdict on \(version.reference) rests on",
                decision.policy)
        }
        guard now.digest == decision.policyDigest else {
            throw refuse(
                "promote.other-policy",
                "found the policy '\(decision.policy)' changed since it decided on \(version.reference) at "
                    + "\(TimeText.utc(decision.decidedAt))",
                decision.policy)
        }
        let days = Double(registry.now() - decision.decidedAt) / 86_400e9
        guard days <= now.validDays else {
            let age = "\(rounded(days, 1)) days old; it counts for \(rounded(now.validDays, 1))"
            throw refuse(
                "promote.old-gate",
                "found a gate verdict on \(version.reference) of \(TimeText.utc(decision.decidedAt)), \(age)",
                decision.policy)
        }
        guard basis.strategy == strategy else {
            throw refuse(
                "promote.other-strategy",
                "found another strategy than the gate evaluated \(version.reference) with: rule, costs or limits "
                    + "differ",
                decision.policy)
        }
        guard decision.incumbent == incumbent || incumbent == version.reference else {
            throw refuse(
                "promote.other-incumbent",
                "found \(incumbent ?? "no version") in force, and the gate verdict on \(version.reference) compared "
                    + "it with \(decision.incumbent ?? "none")",
                decision.policy)
        }
        return (decision, now)
    }
}
