import Basics
import Features
import ReinforcementLearning

/// One point of a search over an agent in; the return of its policy, out.
enum EvaluateAgentTrial {
    /// What trials are measured by: the mean return of the learned policy, as the recipe's evaluation measures it.
    static let objective = "return"
    /// Reports of a trial: equal parts of its steps. What is reported is the return while learning, exploration
    /// included.
    static let reports = 20

    static func run(_ request: TrialRequest, report: (Int, Double) -> Bool, shouldStop: () -> Bool) throws
        -> TrialResult
    {
        let recipe = try AgentRecipe(request.config, overrides: request.assignments)
        let prepared = try PreparedAgent(
            recipe, table: try request.features.map { try FeatureTable.read($0) },
            recordings: try RecordedBooks.read(request.data), threads: request.threads)
        let agent = prepared.agent
        var result = TrialResult(.complete), reported = 0, isPruned = false
        while !agent.isFinished, !isPruned {
            agent.iterate()
            guard !shouldStop() else { return TrialResult(.interrupted) }
            let part = agent.steps * reports / agent.totalSteps, last = agent.curve.last?.meanReturn ?? .nan
            // The last part is followed by the measurement itself.
            if part > reported, part < reports, last.isFinite {
                reported = part
                isPruned = report(part, last)
            }
        }
        let names = type(of: agent).measures
        for point in agent.curve {
            for (name, value) in [("train.return", point.meanReturn)] + zip(names.map { "train.\($0)" }, point.measures)
            where value.isFinite {
                result.metrics.append((name, point.steps, value))
            }
        }
        guard !isPruned else {
            result.outcome = .pruned
            return result
        }
        let evaluation = try EvaluatePolicy.run(
            agent.policy, environment: prepared.evaluation, evaluation: recipe.evaluation, threads: request.threads)
        let learned = evaluation.rows[0].statistics
        result.metrics += [("val.return", 0, learned.mean), ("val.return_se", 0, learned.standardError)]
        guard learned.mean.isFinite else { return TrialResult(.failed, message: "found a return that is not a number") }
        result.objectives = request.metrics.map { _ in learned.mean }
        return result
    }
}
