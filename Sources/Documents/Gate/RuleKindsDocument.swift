package import Basics
package import Workflows

/// The kinds of rules that a policy may name, with what each asks.
package struct RuleKindsDocument: Document {
    private let outcome: ListRules.Outcome

    package init(_ outcome: ListRules.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            (
                "rules",
                .list(
                    outcome.rules.map {
                        .map([
                            "rule": .string($0.name), "what": .string($0.summary), "options": .strings($0.options),
                            "standsAlone": .bool($0.standsAlone),
                        ])
                    })
            ), ("policyKeys", .strings(outcome.keys)),
        ])
    }

    package func text(_ given: TextStyle) -> String {
        let style = given.ofPages
        var table = TextTable(["rule", "holds when", "options"], wrapped: [1])
        for rule in outcome.rules {
            let options = rule.options.joined(separator: ", ")
            table.add([rule.name, rule.summary, rule.standsAlone ? options : "needs some of: \(options)"])
        }
        let notes = [
            "A policy names rules with their options: rules: [lineage, {rule: metric, metric: ic, minimum: 0.02}]; a "
                + "mistake is told with its line and what was expected. Any rule also takes an id, which waivers and "
                + "reports call it by.",
            "Keys of a policy's file: \(outcome.keys.joined(separator: ", ")). It lies in Registry/gates, and an "
                + "environment asks for it by its name.",
        ]
        return ([table.text(given), ""] + notes.map { style.wrapped($0, indent: 2) }).joined(separator: "\n")
    }
}
