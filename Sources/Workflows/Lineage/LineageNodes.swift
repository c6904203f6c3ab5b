import Basics
import Promotion
package import Registry

/// The nodes of the lineage graph, each made in one place: its identity, the name people read, and the facts that
/// programs read.
extension LineageNode {
    /// Data as it came, under version control or not.
    ///
    /// - Parameter path: from the root of the project.
    package static func rawData(_ digest: String, path: String) -> LineageNode {
        LineageNode(.rawData, id: digest, label: path, attributes: [.path: path])
    }

    /// The text of a feature specification, whatever its formatting.
    static func featureSpec(_ node: JSONValue, path: String) -> LineageNode {
        LineageNode(
            .featureSpec, id: "sha256:\(Digest.sha256(node.text(.canonical)))", label: path, attributes: [.path: path])
    }

    /// A feature table, by the digest of its file.
    package static func features(_ digest: String, path: String) -> LineageNode {
        LineageNode(.features, id: "sha256:\(digest)", label: path, attributes: [.path: path])
    }

    /// A quality report, by its text.
    static func qualityReport(text: String, path: String, isPassed: Bool) -> LineageNode {
        let verdict: Verdict = isPassed ? .passed : .failed
        return LineageNode(
            .qualityReport, id: "sha256:\(Digest.sha256(text))", label: "\(verdict.rawValue): \(path)",
            attributes: [.verdict: verdict.rawValue, .path: path])
    }

    /// The commit that the project stood at.
    static func code(_ code: Session.CodeState) -> LineageNode {
        LineageNode(
            .code, id: "git:\(code.commit ?? "none")",
            label: code.commit.map { "commit \($0.prefix(12))" } ?? "no commit",
            attributes: code.commit.map { [.commit: $0] } ?? [:])
    }

    static func run(_ id: String, name: String) -> LineageNode {
        LineageNode(.run, id: "run:\(id)", label: "\(name) \(id.prefix(8))")
    }

    /// Weights that a training began with, by the digest of their file.
    static func weights(_ digest: String, path: String) -> LineageNode {
        LineageNode(.weights, id: "weights:\(digest)", label: path, attributes: [.path: path])
    }

    static func study(_ name: String) -> LineageNode {
        LineageNode(.study, id: "study:\(name)", label: "study \(name)")
    }

    static func version(_ version: VersionRecord) -> LineageNode {
        LineageNode(
            .version, id: "version:\(version.reference)", label: version.reference,
            attributes: [.version: version.reference])
    }

    static func gateDecision(_ decision: GateDecisionRecord) -> LineageNode {
        let verdict: Verdict = decision.isPassed ? .passed : .refused
        return LineageNode(
            .gateDecision, id: "gate:\(decision.digest)", label: "\(decision.policy): \(verdict.rawValue)",
            attributes: [.verdict: verdict.rawValue, .policy: decision.policy])
    }

    /// An approval, a rejection or a waiver.
    static func statement(_ record: StatementRecord) -> LineageNode {
        LineageNode(
            .approval, id: "statement:\(record.digest)", label: "\(record.kind.rawValue) by \(record.signer)",
            attributes: [.statement: record.kind.rawValue, .signer: record.signer])
    }

    static func bundle(_ digest: String, version: String) -> LineageNode {
        LineageNode(
            .bundle, id: "bundle:\(digest)", label: "bundle of \(version)", attributes: [.version: version])
    }

    /// A bundle in force in an environment.
    static func deployment(_ environment: String, bundle: String) -> LineageNode {
        LineageNode(
            .deployment, id: "deployment:\(environment):\(bundle)", label: "live in \(environment)",
            attributes: [.environment: environment])
    }

    /// What a runtime answered about a bundle.
    static func receipt(_ receipt: DeploymentRecord) -> LineageNode {
        LineageNode(
            .receipt, id: "receipt:\(receipt.environment):\(receipt.bundle):\(receipt.time)",
            label: "\(receipt.outcome) at \(TimeText.utc(receipt.time))",
            attributes: [.outcome: receipt.outcome, .environment: receipt.environment])
    }

    /// What a runtime reported of a version, by the digest of its file.
    static func feedback(_ digest: String, version: String, environment: String, file: String) -> LineageNode {
        LineageNode(
            .feedback, id: "sha256:\(digest)", label: "\(version) in \(environment): \(file)",
            attributes: [.version: version, .environment: environment, .path: file])
    }
}
