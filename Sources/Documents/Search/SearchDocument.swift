package import Basics
import HyperparameterSearch
package import Workflows

/// A search that has ended: its study, and the model of the best point where one was trained.
package struct SearchDocument: Document {
    private let study: StudyDocument
    private let seconds: Double
    private let model: (run: String, weights: String)?

    package init(_ outcome: SearchHyperparameters.Outcome, model: (run: String, weights: String)? = nil) {
        study = StudyDocument(
            outcome.study, outcome.history, metrics: outcome.recipe.objectives.map(\.metric),
            evidence: outcome.evidence, common: outcome.recipe.common, reasons: outcome.reasons)
        seconds = outcome.seconds
        self.model = model
    }

    package var page: Page { study.page }

    package var body: JSONValue {
        var node = study.body
        node[key: "seconds"] = .double(seconds)
        if let model { node[key: "refit"] = .map(["run": .string(model.run), "weights": .string(model.weights)]) }
        return node
    }

    package func text(_ style: TextStyle) -> String {
        [study.text(style), model?.run].compactMap { $0 }.joined(separator: "\n")
    }
}
