package import Basics
package import NeuralNetworks

/// What a trial may be measured by.
package struct SearchObjective: Sendable {
    /// Whether a smaller value is better.
    package let prefersLess: Bool
    /// Whether it is known after every epoch, so that a pruner can compare it.
    package let isReported: Bool
    /// Whether it needs the rule and the costs of a strategy file.
    package let needsStrategy: Bool
    /// The value of one fold; NaN where it is undefined.
    let value: @Sendable (MeasuredFold) -> Double

    init(
        prefersLess: Bool, isReported: Bool = false, needsStrategy: Bool = false,
        value: @escaping @Sendable (MeasuredFold) -> Double
    ) {
        (self.prefersLess, self.isReported, self.needsStrategy) = (prefersLess, isReported, needsStrategy)
        self.value = value
    }
}

/// What is known of a trained fold.
struct MeasuredFold {
    /// Validation measures by name.
    let measures: [String: Double]
    /// Sharpe ratio per period after costs; NaN without a strategy.
    let sharpe: Double
    let network: Network
}

/// The objectives that a search may name. A new one is a line in ``others``.
package enum SearchObjectives {
    /// Of what is supervised, beside the measures of its loss.
    private static let others: [Kinds<SearchObjective>.Entry] = [
        .init(
            "sharpe", "the Sharpe ratio per period after costs on the validation span",
            SearchObjective(prefersLess: false, needsStrategy: true) { $0.sharpe }),
        .init(
            "parameters", "the number of weights",
            SearchObjective(prefersLess: true) { Double($0.network.parameterCount) }),
        .init(
            "multiplyAdds", "multiply-adds of one sample",
            SearchObjective(prefersLess: true) { Double($0.network.multiplyAdds) }),
    ]

    /// Those that are defined for a loss: its validation measures first.
    package static func kinds(_ loss: Loss) -> Kinds<SearchObjective> {
        let measures = ValidationMeasures.kinds(loss).entries.map { entry in
            Kinds<SearchObjective>.Entry(
                entry.name, entry.summary,
                SearchObjective(prefersLess: entry.value.prefersLess, isReported: true) {
                    $0.measures[entry.name] ?? .nan
                })
        }
        return Kinds("objective", measures + others)
    }

    /// Those of what a search trains.
    package static func kinds(_ base: SearchRecipe.Base) -> Kinds<SearchObjective> {
        switch base {
        case .supervised(let recipe): kinds(recipe.training.loss)
        case .agent:
            // An agent's trial measures it itself; see ``EvaluateAgentTrial``.
            Kinds(
                "objective",
                [
                    .init(
                        EvaluateAgentTrial.objective, "what the task pays the learned policy",
                        SearchObjective(prefersLess: false, isReported: true) { _ in .nan })
                ])
        }
    }
}
