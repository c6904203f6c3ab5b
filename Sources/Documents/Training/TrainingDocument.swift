package import Basics
import NeuralNetworks
package import Workflows

/// What a training made: the run's id last, so that scripts can take it.
package struct TrainingDocument: Document {
    private let document: any Document

    package init(_ outcome: TrainConfiguration.Outcome) {
        switch outcome {
        case .model(let model, let seconds): document = TrainedModelDocument(model, seconds: seconds)
        case .policy(let policy): document = TrainedPolicyDocument(policy)
        case .series(let series, let isPolicy): document = SeedSeriesDocument(series, isPolicy: isPolicy)
        }
    }

    package var body: JSONValue { document.body }
    package func text(_ style: TextStyle) -> String { document.text(style) }
}

/// A trained model.
package struct TrainedModelDocument: Document {
    private let outcome: TrainModel.Outcome
    private let seconds: Double

    package init(_ outcome: TrainModel.Outcome, seconds: Double) {
        self.outcome = outcome
        self.seconds = seconds
    }

    package var body: JSONValue {
        .map([
            "run": .string(outcome.run), "weights": .string(outcome.weights), "parameters": .int(outcome.parameters),
            "bestEpoch": .int(outcome.bestEpoch), "epochs": .int(outcome.history.count),
            "validationLoss": .double(outcome.bestLoss),
            "validation": .map(outcome.bestMeasures.map { ($0.name, .double($0.value)) }), "seconds": .double(seconds),
        ])
    }

    package func text(_ style: TextStyle) -> String { outcome.run }
}
