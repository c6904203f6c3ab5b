import Basics
import Promotion
import Registry
import Workflows

/// One version in the report for compliance.
struct ReportPart {
    private let part: ComplianceReport.Part
    private var reference: String { part.version.reference }

    init(_ part: ComplianceReport.Part) { self.part = part }

    /// - Parameter named: whether headings say which version they are about.
    func sections(named: Bool) -> [Page.Section] {
        func section(_ heading: String, _ content: HTML) -> Page.Section {
            Page.Section(named ? "\(reference): \(heading)" : heading, content)
        }
        return [
            section("Card", card), section("Measures", measures), section("Verdict", verdicts),
            section("Statements", statements), section("Waivers in force", waivers),
            section("What it may do at most", limits), section("Made from", lineage),
            section("Deployments", deployments), section("Halts, resumes and rollbacks", acts),
            section("What it earned", earnings),
        ]
    }

    private static func nothing(_ text: String) -> HTML { HTML.paragraph(text) }

    private var card: HTML {
        let version = part.version
        var rows: [[String]] = []
        if let facts = part.facts {
            rows = ModelCardDocument(facts).fields.map { [$0.title, $0.value ?? "missing"] }
            let developer = ModelCardDocument(facts).json[key: "developer"]?.stringValue
            rows.append(["Developer", developer ?? "–"])
            rows.append(["Code", facts.run.gitCommit.map { "commit \($0.prefix(12))" } ?? "no commit"])
            rows.append(["Run", "\(facts.run.id.prefix(8)) of \(facts.run.experiment)"])
            rows.append(["Trials", facts.trialSummary.isEmpty ? "\(facts.trials)" : facts.trialSummary])
        } else {
            rows.append(["Run", "none: nothing tells how it was made"])
        }
        rows.append(["Weights", "sha256:\(version.weights.prefix(12))…"])
        rows.append(["Registered", "\(TimeText.seconds(version.createdAt)) by \(version.createdBy)"])
        rows.append(["Aliases", version.aliases.isEmpty ? "–" : version.aliases.joined(separator: ", ")])
        return HTML.table("card", ["", ""], texts: rows)
    }

    private var measures: HTML {
        guard let facts = part.facts, !facts.measures.isEmpty else { return Self.nothing("None on record.") }
        let span = facts.testSpan.map { "Test span \(TimeText.utc($0.first)) to \(TimeText.utc($0.last))." }
        return HTML.paragraph(span ?? "")
            + HTML.table(
                "measures", ["measure", "value", "95 %", "naive"],
                texts: facts.measures.map { measure in
                    [
                        measure.name, measured(measure.value),
                        measure.interval.map { "\(measured($0.lower)) … \(measured($0.upper))" } ?? "–",
                        measure.naive.map(measured) ?? "–",
                    ]
                }, numeric: [1, 2, 3])
    }

    private var verdicts: HTML {
        if part.verdicts.isEmpty { return Self.nothing("No gate has decided on it.") }
        return part.verdicts.enumerated().map { index, entry in
            guard let recorded = entry.verdict else { return HTML.paragraph(entry.problem ?? "") }
            let decision = recorded.decision, word = decision.isPassed ? "passed" : "refused"
            let failed = recorded.report.items.filter { $0.status == .failed }.map(\.name)
            let line = HTML.paragraph(
                "\(TimeText.seconds(decision.decidedAt)): '\(decision.policy)' (\(decision.policyDigest.prefix(12))) "
                    + "\(word) it, asked by \(decision.decidedBy), compared with "
                    + "\(decision.incumbent ?? "nothing"); verdict \(decision.digest.prefix(12))"
                    + (recorded.signature.map { ", \($0.short)" } ?? "")
                    + (failed.isEmpty ? "" : "; failed: \(failed.joined(separator: ", "))"))
            // Of older ones the line suffices: `gates show` has the rest.
            return index == part.newestSigned ?? 0 ? line + GateTable(recorded.report).html : line
        }.joined()
    }

    private func table(_ label: String, _ signatures: [VersionReview.Signature]) -> HTML {
        HTML.table(
            label, ["who", "what", "when", "about", "why", "counts"],
            signatures.map { signature in
                let what = signature.kind.rawValue + (signature.rule.map { " of \($0)" } ?? "")
                let roles = signature.roles.isEmpty ? "" : ", \(signature.roles.joined(separator: ", "))"
                return [
                    .text("\(signature.signer) (key \(signature.keyID)\(roles))"),
                    .text(what + (signature.expiresAt.map { " until \(TimeText.seconds($0))" } ?? "")),
                    .text(TimeText.seconds(signature.time)),
                    .text("policy \(signature.policy ?? "?"), statement \(signature.digest.prefix(12))"),
                    .named("why", signature.reason), .named("counts", signature.objection.map { "no: \($0)" } ?? "yes"),
                ]
            }, style: "rules")
    }

    private var statements: HTML {
        part.signatures.isEmpty ? Self.nothing("Nobody has signed anything.") : table("statements", part.signatures)
    }

    private var waivers: HTML {
        let inForce = part.signatures.filter { $0.kind == .waiver && $0.objection == nil }
        return inForce.isEmpty ? Self.nothing("None.") : table("waivers", inForce)
    }

    private var limits: HTML {
        guard let limits = part.limits else { return Self.nothing("No verdict names a strategy that is kept here.") }
        let note =
            limits.priceDecimals == nil
            ? "The weights do not say what a price unit is worth." : "Money in the currency of the market."
        return HTML.paragraph(note)
            + HTML.table("limits", ["", ""], texts: LimitsInMoney(limits).lines.map { [$0.name, $0.value] })
    }

    private var lineage: HTML {
        if part.lineage.isEmpty { return Self.nothing("Nothing is on record.") }
        return HTML.table(
            "lineage", ["what", "name", "digest"],
            part.lineage.map { node in
                [.text(node.kind.rawValue), .text(node.label), .text(ReportPart.short(node.id))]
            }, style: "sides")
    }

    /// A digest by its first digits; other ids as they are.
    private static func short(_ id: String) -> String {
        guard let colon = id.firstIndex(of: ":") else { return String(id.prefix(24)) }
        let rest = id[id.index(after: colon)...]
        return rest.count > 24 ? "\(id[...colon])\(rest.prefix(12))…" : id
    }

    private static let acts: Set<String> = ["halted", "resumed", "rolled-back"]

    /// A rollback to another version took this one out of force.
    private func outcome(_ record: DeploymentRecord) -> String {
        guard record.outcome == "rolled-back", let model = record.model, let version = record.version,
            "\(model)/\(version)" != reference
        else { return record.outcome }
        return "\(record.outcome) to \(model)/\(version)"
    }

    private func rows(_ deployments: [DeploymentRecord]) -> HTML {
        HTML.table(
            "deployments", ["at", "environment", "outcome", "who", "why", "bundle"],
            deployments.map { record in
                [
                    .text(TimeText.seconds(record.time)), .text(record.environment), .named("outcome", outcome(record)),
                    .named("who", record.person ?? record.signer ?? "–"), .named("why", record.reason ?? ""),
                    .named("bundle", String(record.bundle.prefix(12))),
                ]
            }, style: "rules")
    }

    private var deployments: HTML {
        part.deployments.isEmpty ? Self.nothing("It was never handed to a host.") : rows(part.deployments)
    }

    private var acts: HTML {
        let acts = part.deployments.filter { Self.acts.contains($0.outcome) }
        return acts.isEmpty ? Self.nothing("None.") : rows(acts)
    }

    private var earnings: HTML {
        if part.earnings.isEmpty {
            return Self.nothing("No host has reported of it (hftml deployments feedback ENVIRONMENT FILE).")
        }
        return HTML.table(
            "earnings", ["when", "environment", "run", "measures"],
            part.earnings.map { earning in
                let measures = earning.measures.prefix(12).map { "\($0.name) \(measured($0.value))" }
                return [
                    .text(TimeText.seconds(earning.time)), .text(earning.environment),
                    .text(String(earning.run.prefix(8))),
                    .text(measures.joined(separator: ", ")),
                ]
            }, style: "rules")
    }

    // MARK: For programs

    var json: JSONValue {
        .map([
            ("version", .string(reference)), ("weights", .string(part.version.weights)),
            ("card", part.facts.map { ModelCardDocument($0).json } ?? .null),
            ("verdicts", .list(part.verdicts.map(ReportPart.json))),
            ("statements", .list(part.signatures.map(ReportPart.json))),
            (
                "lineage",
                .list(
                    part.lineage.map {
                        .map(["kind": .string($0.kind.rawValue), "label": .string($0.label), "id": .string($0.id)])
                    })
            ), ("deployments", .list(part.deployments.map(ReportPart.json))),
            (
                "earnings",
                .list(
                    part.earnings.map { earning in
                        .map([
                            "environment": .string(earning.environment), "run": .string(earning.run),
                            "at": .string(TimeText.utc(earning.time)),
                            "measures": .map(earning.measures.map { ($0.name, JSONValue.double($0.value)) }),
                        ])
                    })
            ),
        ])
    }

    private static func json(_ entry: (verdict: RecordedDecision?, problem: String?)) -> JSONValue {
        guard let decision = entry.verdict?.decision else { return .map(["problem": .string(entry.problem)]) }
        return .map([
            "decision": .string(decision.digest), "policy": .string(decision.policy),
            "passed": .bool(decision.isPassed), "at": .string(TimeText.utc(decision.decidedAt)),
            "by": .string(decision.decidedBy), "incumbent": .string(decision.incumbent),
            "signature": entry.verdict?.signature?.json ?? .null,
        ])
    }

    private static func json(_ signature: VersionReview.Signature) -> JSONValue {
        .map([
            "kind": .string(signature.kind.rawValue), "signer": .string(signature.signer),
            "keyID": .string(signature.keyID), "roles": .strings(signature.roles),
            "at": .string(TimeText.utc(signature.time)), "policy": .string(signature.policy),
            "rule": .string(signature.rule), "reason": .string(signature.reason),
            "expiresAt": .string(signature.expiresAt.map(TimeText.utc)), "statement": .string(signature.digest),
            "objection": .string(signature.objection),
        ])
    }

    private static func json(_ record: DeploymentRecord) -> JSONValue {
        .map([
            "environment": .string(record.environment), "outcome": .string(record.outcome),
            "at": .string(TimeText.utc(record.time)), "person": .string(record.person),
            "signer": .string(record.signer), "reason": .string(record.reason), "bundle": .string(record.bundle),
        ])
    }
}
