package import Basics
import Promotion
import Registry
package import Workflows

/// The report for compliance: one page that can be printed, and the same for programs.
package struct ReportDocument: Document {
    private let report: ComplianceReport
    private let asPage: Bool

    /// - Parameter asPage: whether the text is the whole page; otherwise its headline and what it holds.
    package init(_ report: ComplianceReport, asPage: Bool) { (self.report, self.asPage) = (report, asPage) }

    private var title: String {
        switch report.scope {
        case .version(let reference): "Report on \(reference)"
        case .span(let start, let end): "Report from \(TimeText.seconds(start)) to \(TimeText.seconds(end))"
        }
    }

    private var headline: Page.Verdict {
        switch report.scope {
        case .version:
            guard let part = report.parts.first, let newest = part.verdicts.first else {
                return Page.Verdict(.open, "No gate has decided on these weights")
            }
            if let altered = part.verdicts.first(where: { $0.verdict == nil }) {
                return Page.Verdict(.bad, altered.problem ?? "A verdict cannot be read")
            }
            // What a gate signed is the verdict; anybody can rehearse under a policy of any name.
            let verdict = part.newestSigned.flatMap { part.verdicts[$0].verdict } ?? newest.verdict
            guard let verdict, let signature = verdict.signature else {
                return Page.Verdict(.open, "No gate has decided on these weights")
            }
            let decision = verdict.decision, word = decision.isPassed ? "passed" : "refused"
            let told = "\(word) it at \(TimeText.seconds(decision.decidedAt))"
            guard signature.isSigned else {
                return Page.Verdict(
                    .open, "No gate of an environment has decided on it; a rehearsal under '\(decision.policy)' \(told)"
                )
            }
            let since = ReportDocument.since(part)
            return Page.Verdict(
                decision.isPassed && since.isEmpty ? .good : .bad,
                (["The gate '\(decision.policy)' \(told), \(signature.short)"] + since).joined(separator: "; "))
        case .span:
            let verdicts = report.parts.flatMap(\.verdicts).compactMap(\.verdict)
            let signed = verdicts.filter { $0.signature?.isSigned == true }
            let passed = signed.count { $0.decision.isPassed }
            func count(_ action: String) -> Int { report.entries.count { $0.action == action } }
            return Page.Verdict(
                .plain,
                "\(signed.count) verdicts of gates, \(passed) passed; \(verdicts.count - signed.count) rehearsals; "
                    + "\(count("deployment.installed")) deployments, \(count("deployment.rolled-back")) rollbacks, "
                    + "\(count("deployment.halted")) halts; \(count("statement.rejection")) rejections; "
                    + "\(report.parts.count) versions"
            )
        }
    }

    /// What became of a version that a gate has passed: noes that stand, and where it was taken out of force.
    private static func since(_ part: ComplianceReport.Part) -> [String] {
        let noes = part.signatures.filter { $0.kind == .rejection && $0.objection == nil }.map {
            "rejected by \($0.signer) at \(TimeText.seconds($0.time))"
        }
        // Newest first.
        var seen: Set<String> = []
        let newest = part.deployments.filter {
            ["installed", "rolled-back"].contains($0.outcome) && seen.insert($0.environment).inserted
        }
        let out = newest.filter {
            $0.outcome == "rolled-back" && ($0.model, $0.version) != (part.version.model, part.version.version)
        }
        return noes + out.map { "rolled back in \($0.environment) at \(TimeText.seconds($0.time))" }
    }

    private var logLine: String {
        guard let log = report.log else { return "The audit log is empty." }
        let position = "Audit log at entry \(log.sequence), hash \(log.hash.prefix(12))"
        if let problem = report.logProblem { return "\(position); \(problem)" }
        guard let anchor = log.anchor else {
            return "\(position); no head of it is anchored outside its file (hftml audit anchor)"
        }
        return "\(position); entry \(anchor.sequence) is anchored in \(anchor.place), signed by \(anchor.signer) at "
            + anchor.signedAt
    }

    package var isVerbatim: Bool { asPage }

    package var body: JSONValue {
        let scope: JSONValue
        switch report.scope {
        case .version(let reference): scope = .map(["version": .string(reference)])
        case .span(let start, let end):
            scope = .map(["from": .string(TimeText.utc(start)), "until": .string(TimeText.utc(end))])
        }
        return .map([
            ("scope", scope), ("madeAt", .string(TimeText.utc(report.time))),
            ("framework", .string(ModelCardDocument.framework)),
            ("versions", .list(report.parts.map { ReportPart($0).json })),
            ("entries", .list(report.entries.map(\.json))),
            (
                "documents",
                .list(
                    report.documents.map {
                        .map([
                            "environment": .string($0.environment), "counter": .int($0.counter),
                            "document": .string($0.digest), "createdAt": .string(TimeText.utc($0.createdAt)),
                            "signers": .strings($0.signers), "changes": .strings($0.changes),
                        ])
                    })
            ), ("unread", .strings(report.unread)),
            (
                "log",
                report.log.map { log in
                    .map([
                        "sequence": .int(log.sequence), "hash": .string(log.hash),
                        "anchor": log.anchor.map { anchor in
                            .map([
                                "sequence": .int(anchor.sequence), "place": .string(anchor.place),
                                "signer": .string(anchor.signer), "signedAt": .string(anchor.signedAt),
                            ])
                        } ?? .null, "problem": .string(report.logProblem),
                    ])
                } ?? .null
            ),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        if asPage { return String(page.html.dropLast()) }
        return style.wrapped("\(title): \(headline.text)\n\(logLine)", indent: 2)
    }

    /// For a browser and a printer.
    package var page: Page {
        var sections: [Page.Section] = []
        var isSpan = false
        if case .span = report.scope { isSpan = true }
        if isSpan { sections += [signedDocuments, happened] }
        for part in report.parts { sections += ReportPart(part).sections(named: isSpan) }
        sections.append(Page.Section("Audit log", HTML.paragraph(logLine)))
        return Page(
            title: title, verdict: headline,
            facts: [
                "Made by hftml \(ToolVersion.current) at \(TimeText.seconds(report.time)) from the record; nothing was "
                    + "judged again", "For: \(ModelCardDocument.framework)", logLine,
            ], sections: sections)
    }

    /// Who changed what counts, by the signatures of root keys.
    private var signedDocuments: Page.Section {
        let title = "Documents of environments"
        let unread = report.unread.map(HTML.paragraph).joined()
        guard !report.documents.isEmpty else {
            return Page.Section(title, HTML.paragraph("Root keys signed none that lies here.") + unread)
        }
        return Page.Section(
            title,
            HTML.table(
                "documents", ["at", "document", "signed by", "what it changes"],
                report.documents.map { document in
                    [
                        .text(TimeText.seconds(document.createdAt)),
                        .text("\(document.counter) of \(document.environment)"),
                        .named("signed by", document.signers.joined(separator: ", ")),
                        .named("changes", document.changes.joined(separator: "; ")),
                    ]
                }, style: "rules") + unread)
    }

    /// Every decision of the span, in order.
    private var happened: Page.Section {
        if report.entries.isEmpty { return Page.Section("What happened", HTML.paragraph("Nothing was decided.")) }
        return Page.Section(
            "What happened",
            HTML.table(
                "entries", ["at", "what", "who", "about", "why"],
                report.entries.map { entry in
                    [
                        .text(TimeText.seconds(entry.time)), .text(entry.action), .named("who", entry.person),
                        .named("about", entry.subject), .named("why", entry.sentence),
                    ]
                }, style: "rules"))
    }
}

extension AuditEntry {
    /// Who did it: at a host the person who said so, else who ran the command.
    var person: String {
        guard let node = try? JSONParser.parse(detail), let person = node[key: "person"]?.stringValue else {
            return actor
        }
        return "\(person) (\(actor))"
    }
}
