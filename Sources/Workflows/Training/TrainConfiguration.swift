import Basics
import NeuralNetworks
import ReinforcementLearning

/// A configuration in; whatever it describes, trained, out: a model or an agent, once or under several seeds.
package enum TrainConfiguration {
    package enum Outcome: Sendable {
        case model(TrainModel.Outcome, seconds: Double)
        case policy(TrainAgent.Outcome)
        /// A series of seeds; `isPolicy` says what its measures are of.
        case series(RepeatTraining.Outcome, isPolicy: Bool)
    }

    /// - Parameters:
    ///   - repeats: train so many times with successive seeds.
    ///   - shouldStop: asked after every step; true saves a checkpoint and ends the run as interrupted.
    ///   - report: told of what happens while it runs; see ``TrainingEvent``.
    /// - Throws: `CancellationError` when `shouldStop` said so, after ``TrainingEvent/stopped(run:after:)``; what
    ///   reading the configuration and training throw.
    package static func run(
        _ request: TrainModel.Request, repeats: Int? = nil, session: Session, shouldStop: () -> Bool = { false },
        report: (TrainingEvent) throws -> Void = { _ in }
    ) throws -> Outcome {
        let isPolicy =
            try request.recorded.map { $0[key: "agent"] != nil } ?? AgentRecipe.isAgent(request.config)
        guard let repeats else {
            let request = try goingOn(request, isPolicy: isPolicy, session: session)
            if isPolicy {
                return .policy(try policy(request, session: session, shouldStop: shouldStop, report: report))
            }
            let started = Clock.monotonic()
            let outcome = try model(request, session: session, shouldStop: shouldStop, report: report)
            return .model(outcome, seconds: Double(Clock.monotonic() - started) * 1e-9)
        }
        let series = try RepeatTraining.run(
            request, repeats: repeats,
            kept: { one in
                let known = try KeptRepeat.find(one, config: try recipe(one, isPolicy).node, session: session)
                if let known { try report(.repeatKept(run: known.run, output: one.output)) }
                return known
            },
            resumes: { one in
                let own = try recipe(one, isPolicy)
                return try KeptRepeat.interrupted(
                    one, config: own.node, experiment: one.experiment ?? own.experiment, session: session)
            }
        ) { one, index in
            try report(.repeatBegan(number: index + 1, of: repeats, seed: one.seed ?? 0))
            guard isPolicy else {
                let outcome = try model(one, session: session, shouldStop: shouldStop, report: report)
                return RepeatTraining.Repeat(run: outcome.run, measures: outcome.bestMeasures)
            }
            let outcome = try policy(one, session: session, shouldStop: shouldStop, report: report)
            return outcome.evaluation.map { RepeatTraining.Repeat(run: outcome.run, measures: measures($0)) }
        }
        guard let series else { throw CancellationError() }
        return .series(series, isPolicy: isPolicy)
    }

    private static func recipe(_ request: TrainModel.Request, _ isPolicy: Bool) throws -> (
        node: JSONValue, name: String, experiment: String
    ) {
        if isPolicy {
            let recipe = try AgentRecipe(request.config, overrides: request.overrides, seed: request.seed)
            return (recipe.node, recipe.name, recipe.experiment)
        }
        let recipe = try TrainingRecipe(request.config, overrides: request.overrides, seed: request.seed)
        return (recipe.node, recipe.name, recipe.experiment)
    }

    /// The same training, as a stage of a pipeline that was interrupted: it goes on with its run, so that the command
    /// that ran the pipeline goes on as well. Anything else begins anew.
    private static func goingOn(
        _ request: TrainModel.Request, isPolicy: Bool, session: Session
    ) throws -> TrainModel.Request {
        guard session.isInStage, request.resume == nil, request.recorded == nil else { return request }
        let own = try recipe(request, isPolicy)
        var request = request
        request.name = request.name ?? own.name
        request.resume = try KeptRepeat.interrupted(
            request, config: own.node, experiment: request.experiment ?? own.experiment, into: request.output,
            session: session)
        return request
    }

    private static func model(
        _ request: TrainModel.Request, session: Session, shouldStop: () -> Bool, report: (TrainingEvent) throws -> Void
    ) throws -> TrainModel.Outcome {
        // A report that fails must not end a training that is well under way: it fails once that is over.
        var failure: (any Error)?
        func tell(_ event: TrainingEvent) { do { try report(event) } catch { failure = failure ?? error } }
        let outcome = try TrainModel.run(
            request, session: session,
            started: { id, network in
                tell(
                    .modelBegan(
                        run: id, parameters: network.parameterCount, multiplyAdds: network.multiplyAdds,
                        threads: request.threads))
            }, warned: { tell(.warned($0)) }, shouldStop: shouldStop, progress: { tell(.modelStep(.init($0))) })
        if let failure { throw failure }
        guard outcome.isFinished else {
            try report(.stopped(run: outcome.run, after: "epoch \(outcome.history.count)"))
            throw CancellationError()
        }
        try report(.modelEnded(outcome))
        return outcome
    }

    private static func policy(
        _ request: TrainModel.Request, session: Session, shouldStop: () -> Bool, report: (TrainingEvent) throws -> Void
    ) throws -> TrainAgent.Outcome {
        var failure: (any Error)?
        func tell(_ event: TrainingEvent) { do { try report(event) } catch { failure = failure ?? error } }
        let started = Clock.monotonic()
        let outcome = try TrainAgent.run(
            request, session: session,
            started: { id, recipe in
                let task = recipe.environment[key: "kind"]?.stringValue ?? recipe.environment.stringValue ?? ""
                tell(.policyBegan(run: id, agent: recipe.agent.name, task: task, threads: request.threads))
            }, shouldStop: shouldStop,
            progress: { agent in
                let mean = agent.curve.last?.meanReturn ?? .nan
                tell(.policyStep(steps: agent.steps, of: agent.totalSteps, meanReturn: mean))
            })
        if let failure { throw failure }
        guard outcome.isFinished else {
            try report(.stopped(run: outcome.run, after: "step \(outcome.steps)"))
            throw CancellationError()
        }
        let seconds = Double(Clock.monotonic() - started) * 1e-9
        try report(.policyEnded(outcome, output: request.output, seconds: seconds))
        return outcome
    }

    /// What is told of a policy of a series: its return, its share of the gap, and the returns of known policies.
    private static func measures(_ evaluation: EvaluatePolicy.Outcome) -> [(name: String, value: Double)] {
        var all = [(name: "return", value: evaluation.rows[0].statistics.mean)]
        if let share = evaluation.shareOfGap { all.append((name: "share of the gap", value: share)) }
        return all + evaluation.rows.dropFirst().map { (name: $0.name, value: $0.statistics.mean) }
    }
}

extension TrainModel.Outcome {
    /// The validation measures of the best epoch.
    package var bestMeasures: [(name: String, value: Double)] {
        zip(measures, history.first { $0.epoch == bestEpoch }?.measures ?? []).map { (name: $0, value: $1) }
    }

    /// The validation loss of the best epoch.
    package var bestLoss: Double? { history.first { $0.epoch == bestEpoch }?.validationLoss }
}
