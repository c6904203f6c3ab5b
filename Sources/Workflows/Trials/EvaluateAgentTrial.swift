import Basics
import Features
import ReinforcementLearning

/// One point of a search over an agent in; the return of its policy, out.
enum EvaluateAgentTrial {
    /// What trials are measured by: the mean return of the learned policy, as the recipe's evaluation measures it.
    static let objective = "return"
    /// Reports of a trial: the evaluations of its policy, of which the best is kept; the last is followed by the
    /// measurement itself.
    static func reports(_ recipe: AgentRecipe) -> Int {
        guard let every = recipe.evaluation.every else { return PolicyKeeper.Options.evaluations }
        return every > 0 ? max(recipe.agent.totalSteps / every, 1) : 1
    }

    static func run(_ request: TrialRequest, report: (Int, Double) -> Bool, shouldStop: () -> Bool) throws
        -> TrialResult
    {
        let recipe = try AgentRecipe(request.config, overrides: request.assignments)
        let prepared = try PreparedAgent(
            recipe, table: try request.features.map { try FeatureTable.read($0) },
            recordings: try RecordedBooks.read(request.data), threads: request.threads)
        let agent = prepared.agent, keeper = prepared.keeper
        var result = TrialResult(.complete), isPruned = false
        while !prepared.isFinished, !isPruned {
            let isEvaluated = try prepared.iterate()
            guard !shouldStop() else { return TrialResult(.interrupted) }
            // Reports are of the policy that would be kept.
            if isEvaluated, !prepared.isFinished, let best = keeper.best {
                isPruned = report(keeper.evaluations.count, best.meanReturn)
            }
        }
        let names = type(of: agent).measures
        for point in agent.curve {
            for (name, value) in [("train.return", point.meanReturn)] + zip(names.map { "train.\($0)" }, point.measures)
            where value.isFinite {
                result.metrics.append((name, point.steps, value))
            }
        }
        for evaluation in keeper.evaluations where evaluation.meanReturn.isFinite {
            result.metrics.append(("selection.return", evaluation.steps, evaluation.meanReturn))
        }
        guard !isPruned else {
            result.outcome = .pruned
            return result
        }
        let evaluation = try EvaluatePolicy.run(
            prepared.policy, environment: prepared.evaluation, evaluation: recipe.evaluation, threads: request.threads)
        let learned = evaluation.rows[0].statistics
        result.metrics += [("val.return", 0, learned.mean), ("val.return_se", 0, learned.standardError)]
        guard learned.mean.isFinite else { return TrialResult(.failed, message: "found a return that is not a number") }
        result.objectives = request.metrics.map { _ in learned.mean }
        return result
    }
}
