import Backtesting
package import Basics
package import Workflows

/// What training wrote, measured: a model beside the naive baseline and after costs, a series of seeds, or a policy.
package struct EvaluationDocument: Document {
    private let outcome: EvaluateTrained.Outcome

    package init(_ outcome: EvaluateTrained.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        switch outcome {
        case .policy(let policy): return PolicyEvaluationDocument(policy).body
        case .model(let model): return EvaluationDocument.body(model)
        case .series(_, let measures, let baseline):
            return .map([
                "test": .map(measures.map { ($0.name, RepeatTraining.json($0.statistics)) }),
                "baseline": .map(baseline.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) }),
            ])
        }
    }

    /// The keys of a measured model; a back-test adds its own.
    static func body(_ outcome: EvaluateModel.Outcome) -> JSONValue {
        .map(
            (EvaluateModel.json(outcome).mapValue ?? []).filter { $0.key != "schemaVersion" }.map { ($0.key, $0.value) }
        )
    }

    package func text(_ style: TextStyle) -> String {
        switch outcome {
        case .policy(let policy): PolicyEvaluationDocument(policy).text(style)
        case .model(let model):
            ([measures(model).text(style), ""]
                + (MoneyText.lines(model) + (model.identity.map(IdentityText.lines) ?? []) + suspicions(model)).map {
                    style.wrapped($0, indent: 2)
                }).joined(separator: "\n")
        case .series(let count, let measures, let baseline): series(count, measures, baseline).text(style)
        }
    }

    private func suspicions(_ outcome: EvaluateModel.Outcome) -> [String] {
        SuspiciousMeasures.warnings(metrics: outcome.metrics, baseline: outcome.baseline).map { "warning: \($0)" }
    }

    /// What is told in money below the table, and has no baseline.
    private static let money: Set<String> = [
        "return", "drawdown", "turnover", "trades", "hit_rate", "trade_bps", "sharpe_daily", "sharpe_daily_se",
        "sharpe_annual", "psr",
    ]

    private func measures(_ outcome: EvaluateModel.Outcome) -> TextTable {
        var table = TextTable(["measure", "model", "95 % interval", "naive baseline"], rightAligned: [1, 3])
        for (name, value) in outcome.metrics where outcome.baseline[name] != nil || !Self.money.contains(name) {
            let interval = outcome.intervals.first { $0.name == name }
            table.add([
                name, shown(value), interval.map { "\(shown($0.lower)) … \(shown($0.upper))" } ?? "",
                shown(outcome.baseline[name]),
            ])
        }
        return table
    }

    private func series(
        _ count: Int, _ measures: [(name: String, statistics: RepeatTraining.SampleStatistics)],
        _ baseline: [String: Double]
    ) -> TextTable {
        var table = TextTable(["test, \(count) seeds", "mean", "± sd", "naive baseline"], rightAligned: [1, 2, 3])
        for (name, statistics) in measures {
            table.add([name, shown(statistics.mean), shown(statistics.deviation), shown(baseline[name])])
        }
        return table
    }
}
