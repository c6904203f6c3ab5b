package import Basics
package import Workflows

/// Rows that a model scored, and where they lie.
package struct PredictionDocument: Document {
    private let outcome: PredictModel.Outcome

    package init(_ outcome: PredictModel.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            "model": .string(outcome.model), "run": .string(outcome.run), "weights": .string(outcome.weights),
            "features": .string(outcome.features), "output": .string(outcome.output),
            "columns": .strings(outcome.columns), "rows": .int(outcome.rows),
            "labelledRows": .int(outcome.labelledRows), "instruments": .int(outcome.instruments),
            "from": .string(TimeText.utc(outcome.first)), "to": .string(TimeText.utc(outcome.last)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            "\(outcome.rows) rows of \(outcome.instruments) instruments scored by '\(outcome.model)' "
                + "(\(outcome.run.map { "run \($0.prefix(8)), " } ?? "")weights \(outcome.weights.prefix(8))), "
                + "\(outcome.labelledRows) with a label, from \(TimeText.utc(outcome.first)) to "
                + "\(TimeText.utc(outcome.last)): \(outcome.output)", indent: 2)
    }
}
