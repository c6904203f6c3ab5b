package import Basics
package import Workflows

/// The same training under several seeds: mean and deviation of every measure, then the runs.
package struct SeedSeriesDocument: Document {
    private let outcome: RepeatTraining.Outcome
    private let isPolicy: Bool

    /// - Parameter isPolicy: whether the measures are of evaluated policies, not of validated models.
    package init(_ outcome: RepeatTraining.Outcome, isPolicy: Bool) {
        self.outcome = outcome
        self.isPolicy = isPolicy
    }

    package var body: JSONValue {
        let measures = JSONValue.map(outcome.measures.map { ($0.name, RepeatTraining.json($0.statistics)) })
        return .map([("runs", .strings(outcome.runs)), (isPolicy ? "evaluation" : "validation", measures)])
    }

    package func text(_ style: TextStyle) -> String {
        let seeds = "\(outcome.runs.count) seeds"
        let title = isPolicy ? "return, \(seeds)" : "validation, best epochs of \(seeds)"
        var table = TextTable([title, "mean", "± sd", "smallest", "largest"], rightAligned: [1, 2, 3, 4])
        for (name, statistics) in outcome.measures {
            let values = statistics.values
            table.add(
                [name]
                    + [statistics.mean, statistics.deviation, values.min() ?? .nan, values.max() ?? .nan].map {
                        fixed($0, 4)
                    })
        }
        return ([table.text(style)] + outcome.runs).joined(separator: "\n")
    }
}
