package import Basics
import ReinforcementLearning
package import Workflows

/// A learned policy beside those its task knows.
package struct PolicyEvaluationDocument: Document {
    private let evaluation: EvaluatePolicy.Outcome

    package init(_ evaluation: EvaluatePolicy.Outcome) { self.evaluation = evaluation }

    package var body: JSONValue {
        .map((evaluation.json.mapValue ?? []).filter { $0.key != "schemaVersion" }.map { ($0.key, $0.value) })
    }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(
            ["policy", "return", "± s.e.", "sd", "learned is better by (95 %)"] + evaluation.measureNames,
            rightAligned: Set([1, 2, 3] + evaluation.measureNames.indices.map { $0 + 5 }))
        for row in evaluation.rows {
            let statistics = row.statistics
            let advantage = row.advantage.map { "\(shown($0.mean)): \(shown($0.lower)) … \(shown($0.upper))" }
            table.add(
                [
                    row.kind.map { "\(row.name) (\($0.rawValue))" } ?? row.name, shown(statistics.mean),
                    shown(statistics.standardError), shown(statistics.deviation), advantage ?? "",
                ] + statistics.measures.map { shown($0) })
        }
        var parts = ["\(evaluation.rows[0].statistics.returns.count) episodes", table.text(style)]
        if let share = evaluation.shareOfGap {
            let words = "learned \(fixed(share * 100, 1)) % of what the best known policy has over the naive one"
            parts.append(style.wrapped(words))
        }
        return parts.joined(separator: "\n")
    }
}

/// A policy that was trained, and how it does.
package struct TrainedPolicyDocument: Document {
    private let outcome: TrainAgent.Outcome

    package init(_ outcome: TrainAgent.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        var node = outcome.evaluation.map { PolicyEvaluationDocument($0).body } ?? .map([(String, JSONValue)]())
        node[key: "run"] = .string(outcome.run)
        node[key: "weights"] = .string(outcome.weights)
        node[key: "steps"] = .int(outcome.steps)
        node[key: "bestStep"] = .int(outcome.best?.steps ?? outcome.steps)
        node[key: "selection"] = .list(
            outcome.selection.map { .map(["steps": .int($0.steps), "return": .double($0.meanReturn)]) })
        return node
    }

    package func text(_ style: TextStyle) -> String {
        [
            outcome.evaluation.map { PolicyEvaluationDocument($0).text(style) }, kept.map { style.wrapped($0) },
            outcome.run,
        ].compactMap { $0 }.joined(separator: "\n")
    }

    /// Which policy was kept, and what would have been lost with the last one; nil where the last one was kept unseen.
    private var kept: String? {
        guard let best = outcome.best, let last = outcome.selection.last else { return nil }
        let ending =
            outcome.isEarly ? "; ended early, as \(outcome.selection.count) evaluations brought no better one" : ""
        guard last.steps != best.steps else { return "kept the policy of the last step\(ending)" }
        let kept = "kept the policy of step \(best.steps)\(ending)"
        // Whoever is a little below the largest of many values has not fallen.
        guard best.meanReturn - last.meanReturn > 0.01 * abs(best.meanReturn) else { return kept }
        return "fell from \(shown(best.meanReturn)) to \(shown(last.meanReturn)) since step \(best.steps); \(kept)"
    }

    package var page: Page { PolicyPage(outcome).page }
}
