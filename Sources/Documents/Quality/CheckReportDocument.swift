package import Basics

/// A data check or a gate: its verdict, then every rule with its reason.
package struct CheckReportDocument: Document {
    package let report: CheckReport
    /// Lines of evidence under each rule.
    private let evidenceLines: Int
    /// Who vouches for the report, for people and for machines; nil where nobody is asked to.
    private let signature: (text: String, json: JSONValue)?

    package init(_ report: CheckReport, evidenceLines: Int = 5, signature: (text: String, json: JSONValue)? = nil) {
        self.report = report
        self.evidenceLines = evidenceLines
        self.signature = signature
    }

    package var body: JSONValue {
        .map(
            (report.json.mapValue ?? []).filter { $0.key != "schemaVersion" }.map { ($0.key, $0.value) }
                + (signature.map { [("signature", $0.json)] } ?? []))
    }

    package var isRefusal: Bool { !report.isPassed }

    package func text(_ style: TextStyle) -> String {
        let subject = Escaping.terminal(report.subject), title = Escaping.terminal(report.title)
        var lines = [style.wrapped("\(title) of \(subject): \(report.isPassed ? "passed" : "FAILED")", indent: 2)]
        for item in report.items {
            let name = Escaping.terminal(item.name), reason = Escaping.terminal(item.reason)
            lines.append(style.wrapped("  \(CheckReport.mark(item.status)) \(name): \(reason)", indent: 2))
            lines += item.evidence.prefix(evidenceLines).map {
                style.wrapped("      \(Escaping.terminal($0))", indent: 2)
            }
        }
        if let signature { lines.append(style.wrapped(Escaping.terminal(signature.text), indent: 2)) }
        return lines.joined(separator: "\n")
    }
}
