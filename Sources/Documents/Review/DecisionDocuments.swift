package import Basics
import Promotion
import Registry
package import Workflows

/// A verdict that is on record, in the form that was asked for: never judged again.
package struct RecordedDecisionDocument: Document {
    private let recorded: RecordedDecision
    private let format: CheckReport.Format?

    /// - Parameter format: nil for a table, or with `--json` the whole document.
    package init(_ recorded: RecordedDecision, as format: CheckReport.Format? = nil) {
        (self.recorded, self.format) = (recorded, format)
    }

    package var isVerbatim: Bool { format != nil }

    package var body: JSONValue {
        let decision = recorded.decision
        var body = JSONValue.map(
            (recorded.report.json.mapValue ?? []).filter { $0.key != "schemaVersion" }.map { ($0.key, $0.value) })
        body[key: "decision"] = .string(decision.digest)
        body[key: "version"] = .string(recorded.reference)
        body[key: "weights"] = .string(decision.weights)
        body[key: "policy"] = .map(["name": .string(decision.policy), "digest": .string(decision.policyDigest)])
        body[key: "decidedAt"] = .string(TimeText.utc(decision.decidedAt))
        body[key: "decidedBy"] = .string(decision.decidedBy)
        body[key: "incumbent"] = .string(decision.incumbent)
        body[key: "strategy"] = .string(recorded.basis?.strategy)
        body[key: "features"] = .string(recorded.basis?.features)
        if let signature = recorded.signature { body[key: "signature"] = signature.json }
        return body
    }

    /// Which verdict it is, in words.
    private var facts: [String] {
        let decision = recorded.decision
        return [
            "decided at \(TimeText.seconds(decision.decidedAt)) by \(decision.decidedBy) under '\(decision.policy)' "
                + "(\(decision.policyDigest.prefix(12))); verdict \(decision.digest.prefix(12))",
            "compared with \(decision.incumbent ?? "nothing: none was in force")", recorded.signature?.short,
        ].compactMap(\.self)
    }

    /// The whole file in a format, with a newline at its end.
    package func file(_ format: CheckReport.Format) -> String {
        guard format == .html else { return recorded.report.text(format, at: recorded.policyPath) }
        var page = recorded.report.page
        page.facts += facts
        page.sections = [Page.Section("Rules", GateTable(recorded.report).html)]
        return page.html
    }

    package func text(_ given: TextStyle) -> String {
        let style = given.ofPages
        if let format {
            let text = file(format)
            return text.last == "\n" ? String(text.dropLast()) : text
        }
        let report = recorded.report
        let title = "\(report.title) of \(recorded.reference): \(report.isPassed ? "passed" : "FAILED")"
        return
            ([style.wrapped(Escaping.terminal(title), indent: 2)]
            + facts.map { style.wrapped("  " + Escaping.terminal($0), indent: 2) }
            + [GateTable(report).text(style)]).joined(separator: "\n")
    }
}

/// Verdicts that are on record, newest first.
package struct DecisionListDocument: Document {
    private let entries: [ListDecisions.Entry]

    package init(_ entries: [ListDecisions.Entry]) { self.entries = entries }

    package var body: JSONValue {
        let decisions = entries.map { entry in
            let decision = entry.decision
            return JSONValue.map([
                "version": .string("\(decision.model)/\(decision.version)"), "policy": .string(decision.policy),
                "policyDigest": .string(decision.policyDigest), "passed": .bool(decision.isPassed),
                "failed": entry.failed.map { .strings($0) } ?? .null, "intact": .bool(entry.failed != nil),
                "decidedAt": .string(TimeText.utc(decision.decidedAt)), "decidedBy": .string(decision.decidedBy),
                "incumbent": .string(decision.incumbent), "weights": .string(decision.weights),
                "decision": .string(decision.digest), "signature": entry.signature.json,
            ])
        }
        return .map([("decisions", .list(decisions))])
    }

    package func text(_ style: TextStyle) -> String {
        guard !entries.isEmpty else { return "no verdicts yet: hftml gate VERSION --policy POLICY …" }
        var table = TextTable([
            "version", "verdict", "policy", "at", "asked by", "signed", "against", "decision", "what failed",
        ])
        for entry in entries {
            let decision = entry.decision
            let verdict = entry.failed == nil ? "ALTERED" : decision.isPassed ? "passed" : "refused"
            table.add([
                "\(decision.model)/\(decision.version)", verdict, decision.policy, TimeText.seconds(decision.decidedAt),
                decision.decidedBy, DecisionListDocument.signed(entry.signature), decision.incumbent ?? "–",
                String(decision.digest.prefix(12)),
                (entry.failed ?? []).joined(separator: ", "),
            ])
        }
        return table.text(style)
    }

    /// `ci for paper`; a rehearsal, on which nothing is promoted, where no gate signed it.
    private static func signed(_ signature: GateSignature) -> String {
        switch signature {
        case .signed(let name, _, let environment): "\(name) for \(environment)"
        case .signedOnce(let name, _, let environment, _): "\(name) for \(environment), revoked since"
        case .unsigned: "no: a rehearsal"
        }
    }
}
