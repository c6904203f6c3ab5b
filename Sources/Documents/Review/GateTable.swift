import Basics

/// The rules of a verdict as a table: id, verdict, the number that was measured, what was needed.
struct GateTable {
    struct Row {
        let rule: String
        let status: CheckReport.Status
        /// `0.031`, or `p50 12.1, p99 40`; a dash where the rule measures none.
        let number: String
        /// `minimum 0.02`; a dash where the rule takes no option.
        let needed: String
        let reason: String
        /// What speaks against it, a sentence each; of many the first ones.
        let evidence: [String]
    }

    let rows: [Row]
    private static let mostEvidence = 5

    init(_ report: CheckReport) {
        rows = report.items.map { item in
            Row(
                rule: item.name, status: item.status,
                number: GateTable.text(item.values[key: "measured"], leavingOut: []),
                needed: GateTable.text(item.values[key: "options"], leavingOut: ["rule", "id"]), reason: item.reason,
                evidence: Array(item.evidence.prefix(GateTable.mostEvidence)))
        }
    }

    /// Numbers and words of a map with their names; of many, the first ones and how many there are.
    private static func text(_ node: JSONValue?, leavingOut left: Set<String>) -> String {
        // An option that is a bare name is the rule's own.
        guard let node, let entries = node.mapValue else { return "–" }
        let parts = entries.filter { !left.contains($0.key) }.compactMap { entry -> String? in
            if entry.value.isNull { return nil }
            if let list = entry.value.listValue {
                let words = list.compactMap(\.stringValue)
                // Digests of statements and keys are in the report, and say nothing here.
                if words.count == list.count, words.allSatisfy({ $0.count < 24 }), !words.isEmpty {
                    return "\(entry.key) \(words.joined(separator: ", "))"
                }
                return "\(list.count) \(entry.key)"
            }
            let value = entry.value.doubleValue.map(measured) ?? entry.value.stringValue ?? entry.value.text(.compact)
            return entry.key == "value" ? value : "\(entry.key) \(value)"
        }
        if parts.isEmpty { return "–" }
        return parts.count > 4
            ? parts.prefix(3).joined(separator: ", ") + ", … (\(parts.count))" : parts.joined(separator: ", ")
    }

    /// A line a rule, as the gate says it, with what speaks against it below. A table would cut the words, which are
    /// what somebody signs by, and break the numbers.
    func text(_ style: TextStyle) -> String {
        rows.flatMap { row in
            let line = "  \(CheckReport.mark(row.status)) \(Escaping.terminal("\(row.rule): \(row.reason)"))"
            return [style.wrapped(line, indent: 4)]
                + row.evidence.map { style.wrapped("      \(Escaping.terminal($0))", indent: 2) }
        }.joined(separator: "\n")
    }

    var html: HTML {
        HTML.table(
            "rules", ["", "rule", "number", "needed", "reason"],
            rows.map { row in
                let status = row.status.rawValue
                return [
                    HTML(made: "<span class=\"status \(status)\">\(CheckReport.mark(row.status)) \(status)</span>"),
                    .text(row.rule), .named("number", row.number), .named("needed", row.needed), .text(row.reason),
                ]
            }, style: "rules")
    }

    var json: JSONValue {
        .list(
            rows.map {
                .map([
                    "rule": .string($0.rule), "verdict": .string($0.status.rawValue), "number": .string($0.number),
                    "needed": .string($0.needed), "reason": .string($0.reason),
                ])
            })
    }
}
