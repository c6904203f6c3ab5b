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
}
