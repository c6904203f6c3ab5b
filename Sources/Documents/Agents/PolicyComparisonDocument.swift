package import Basics
import ReinforcementLearning
package import Workflows

/// Two policies of one task: their returns on common episodes, and one sentence of verdict.
package struct PolicyComparisonDocument: Document {
    private let o: ComparePolicies.Outcome

    package init(_ outcome: ComparePolicies.Outcome) { o = outcome }

    package var body: JSONValue {
        .map([
            "a": .string(o.references.a), "b": .string(o.references.b), "episodes": .int(o.difference.returns.count),
            "parameters": .list(
                o.parameters.map { .map(["key": .string($0.key), "a": .string($0.a), "b": .string($0.b)]) }),
            "return": .map(["a": .double(o.a.mean), "b": .double(o.b.mean)]),
            "difference": .map([
                "mean": .double(o.difference.mean), "lower": .double(o.difference.interval.lower),
                "upper": .double(o.difference.interval.upper),
            ]),
            "verdict": .string(o.verdict), "different": .bool(o.isDifferent),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var parts: [String] = []
        if !o.parameters.isEmpty {
            var table = TextTable(["parameter", "A", "B"], wrapped: [1, 2])
            for d in o.parameters { table.add([d.key, d.a ?? "–", d.b ?? "–"]) }
            parts.append(table.text(style))
        }
        var table = TextTable(["measure", "A", "B", "A less B (95 %)"], rightAligned: [1, 2])
        let interval = o.difference.interval
        table.add([
            "return", shown(o.a.mean), shown(o.b.mean),
            "\(shown(o.difference.mean)) [\(shown(interval.lower)) … \(shown(interval.upper))]",
        ])
        for (index, name) in o.measureNames.enumerated() {
            table.add([name, shown(o.a.measures[index]), shown(o.b.measures[index]), ""])
        }
        parts += [table.text(style), style.wrapped("Verdict: \(Escaping.terminal(o.verdict))")]
        return parts.joined(separator: "\n\n")
    }
}
