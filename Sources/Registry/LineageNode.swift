import Basics

/// A thing with an identity in the lineage graph.
package struct LineageNode: Sendable, Hashable {
    package enum Kind: StoredName {
        case rawData, qualityReport, featureSpec, features, split, run, version
        case gateDecision, approval, bundle, deployment, receipt, feedback, code, task, study, weights
        case other(String)

        package static let texts: [Kind: String] = [
            .rawData: "raw-data", .qualityReport: "quality-report", .featureSpec: "feature-spec",
            .features: "features", .split: "split", .run: "run", .version: "version",
            .gateDecision: "gate-decision", .approval: "approval", .bundle: "bundle", .deployment: "deployment",
            .receipt: "receipt", .feedback: "feedback", .code: "code", .task: "task", .study: "study",
            .weights: "weights",
        ]

        package var otherText: String? { if case .other(let text) = self { text } else { nil } }
    }

    /// Facts about a node that programs read; people read its name.
    package enum Attribute: StoredName {
        /// Of a quality report or a gate decision; see ``Verdict``.
        case verdict
        /// Where it lay when it was first recorded, from the root of the project.
        case path
        /// A Git commit.
        case commit
        case policy
        /// Of an approval: `approval`, `rejection` or `waiver`.
        case statement
        case signer
        case environment
        /// Of a receipt: what the runtime answered.
        case outcome
        /// A model version, as `NAME/NUMBER`.
        case version
        case other(String)

        package static let texts: [Attribute: String] = [
            .verdict: "verdict", .path: "path", .commit: "commit", .policy: "policy", .statement: "statement",
            .signer: "signer", .environment: "environment", .outcome: "outcome", .version: "version",
        ]

        package var otherText: String? { if case .other(let text) = self { text } else { nil } }
    }

    package enum Verdict: String, Sendable {
        case passed
        /// A quality report that did not pass.
        case failed
        /// A gate decision that did not pass.
        case refused
    }

    package var id: String
    package var kind: Kind
    /// What it is called. The same thing may have many names; see ``LineageEdge``.
    package var label: String
    package var attributes: [Attribute: String]

    package init(_ kind: Kind, id: String, label: String, attributes: [Attribute: String] = [:]) {
        self.id = id
        self.kind = kind
        self.label = label
        self.attributes = attributes
    }

    /// What a quality report or a gate decision said; nil where nothing is on record.
    package var verdict: Verdict? { attributes[.verdict].flatMap(Verdict.init) }
}

/// One thing was made from another, under the names that both had then: a later run that finds the same bytes in
/// another place does not rename them here.
package struct LineageEdge: Sendable, Hashable {
    package var source: String
    package var target: String
    package var sourceName: String
    package var targetName: String

    package init(source: String, target: String, sourceName: String, targetName: String) {
        (self.source, self.target) = (source, target)
        (self.sourceName, self.targetName) = (sourceName, targetName)
    }
}

extension LineageNode {
    /// What a label told before attributes had places of their own, up to schema 3 of the registry; also for archives
    /// that were written then.
    static func attributes(ofLabel label: String, kind: Kind, id: String) -> [Attribute: String] {
        /// The rest of the label after a mark.
        func rest(_ mark: String) -> String? {
            label.firstRange(of: mark).map { String(label[$0.upperBound...]) }
        }
        func head(_ mark: String) -> String? {
            label.firstRange(of: mark).map { String(label[..<$0.lowerBound]) }
        }
        var out: [Attribute: String] = [:]
        switch kind {
        case .rawData, .featureSpec, .features: out[.path] = label
        case .qualityReport:
            out[.verdict] = (label.hasPrefix("passed") ? Verdict.passed : .failed).rawValue
            out[.path] = rest(": ")
        case .gateDecision:
            out[.verdict] = (label.hasSuffix(": passed") ? Verdict.passed : .refused).rawValue
            out[.policy] = label.lastIndex(of: ":").map { String(label[..<$0]) }
        case .code:
            let commit = id.split(separator: ":").last.map(String.init)
            out[.commit] = commit == "none" ? nil : commit
        case .approval: (out[.statement], out[.signer]) = (head(" by "), rest(" by "))
        case .deployment: out[.environment] = rest("live in ")
        case .receipt: out[.outcome] = head(" at ")
        case .bundle: out[.version] = rest("bundle of ")
        case .version: out[.version] = label
        default: break
        }
        return out
    }

    /// Attributes as archives have them, keys in order.
    static func json(_ attributes: [Attribute: String]) -> JSONValue {
        .map(attributes.map { ($0.key.rawValue, JSONValue.string($0.value)) }.sorted { $0.0 < $1.0 })
    }

    /// Attributes as the registry keeps them.
    static func text(_ attributes: [Attribute: String]) -> String { json(attributes).text(.compact) }

    static func attributes(_ text: String) -> [Attribute: String] {
        guard text != "{}", let entries = (try? JSONParser.parse(text))?.mapValue else { return [:] }
        return Dictionary(
            entries.compactMap { entry in entry.value.stringValue.map { (Attribute(rawValue: entry.key), $0) } }
        ) { $1 }
    }
}
