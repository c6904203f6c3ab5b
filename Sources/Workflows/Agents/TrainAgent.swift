import Basics
import Features
import Foundation
import ModelBundles
import NeuralNetworks
import Registry
package import ReinforcementLearning
import Tables
import Tensors

/// A recipe with an agent in; a recorded run, a policy and how it does beside what is known, out.
package enum TrainAgent {
    package struct Outcome: Sendable {
        package var run: String
        package var weights: String
        package var curve: [CurvePoint]
        /// Names of ``CurvePoint/measures``.
        package var measures: [String]
        package var isFinished: Bool
        package var steps: Int
        /// Of the policy while it learned; the best of them was kept. Empty where the last one was.
        package var selection: [PolicyKeeper.Evaluation]
        package var best: PolicyKeeper.Evaluation?
        /// Whether it ended before all steps, because it no longer improved.
        package var isEarly: Bool
        package var evaluation: EvaluatePolicy.Outcome?
        package var recipe: AgentRecipe
    }

    /// Seconds between checkpoints.
    private static let checkpointSeconds = 30.0

    /// - Parameter shouldStop: asked after every iteration; true saves a checkpoint and ends the run as interrupted.
    ///   Also asked before the run is on record, without heed to the answer: programs listen from their first question.
    package static func run(
        _ request: TrainModel.Request, session: Session, started: (String, AgentRecipe) -> Void = { _, _ in },
        shouldStop: () -> Bool = { false },
        progress: (any Agent) -> Void = { _ in }
    ) throws -> Outcome {
        let recipe =
            try request.recorded.map { try AgentRecipe($0) }
            ?? AgentRecipe(request.config, overrides: request.overrides, seed: request.seed)
        guard request.initialWeights == nil else {
            throw Failure(
                "train.no-initial", "found starting weights for the agent '\(recipe.name)', which begins from its seed",
                hint: "leave --initial out", exitStatus: .usage)
        }
        let table = try request.features.map { try FeatureTable.read($0) }
        let recordings = try RecordedBooks.read(request.data)
        let prepared = try PreparedAgent(recipe, table: table, recordings: recordings, threads: request.threads),
            agent = prepared.agent
        let registry = try session.registry()
        let data =
            try request.features.map { try BuildFeatures.featuresNode($0, session: session) } ?? request.data.map {
                try DataIdentity($0, session: session).node
            } ?? taskNode(recipe)
        if let table { try RecordGround.run(table, features: data.id, registry: registry) }
        _ = shouldStop()
        let begun = try begin(request, prepared, data: data, registry: registry, session: session), id = begun.id
        started(id, recipe)
        do {
            var saved = Clock.monotonic(), iterations = 0
            let checkpoint = session.checkpointPath(run: id)
            while !prepared.isFinished {
                try prepared.iterate()
                iterations += 1
                progress(agent)
                let isStopping = shouldStop(),
                    isDue =
                        request.checkpointEverySteps.map { iterations.isMultiple(of: $0) }
                        ?? (Double(Clock.monotonic() - saved) * 1e-9 > checkpointSeconds)
                if isStopping || isDue {
                    try prepared.checkpoint.write(to: checkpoint)
                    saved = Clock.monotonic()
                }
                if isStopping { break }
            }
            var outcome = Outcome(
                run: id, weights: "", curve: agent.curve, measures: type(of: agent).measures,
                isFinished: prepared.isFinished, steps: agent.steps, selection: prepared.keeper.evaluations,
                best: prepared.keeper.best, isEarly: prepared.isFinished && !agent.isFinished, evaluation: nil,
                recipe: recipe)
            guard outcome.isFinished else {
                try registry.finish(run: id, status: .interrupted)
                return outcome
            }
            let evaluation = try EvaluatePolicy.run(
                prepared.policy, environment: prepared.evaluation, evaluation: recipe.evaluation,
                threads: request.threads)
            outcome.evaluation = evaluation
            outcome.weights = try save(request, prepared, evaluation, begun, registry: registry, session: session)
            try registry.link(
                [data, .code(try session.code())], to: TrainModel.runNode(id, name: request.name ?? recipe.name))
            try registry.finish(run: id, status: .finished)
            try Paths.remove(checkpoint)
            begun.end(session: session)
            return outcome
        } catch {
            try registry.finish(run: id, status: .failed)
            throw error
        }
    }

    /// A simulated task is data like any other: what is learned follows from it.
    static func taskNode(_ recipe: AgentRecipe) -> LineageNode {
        let text = recipe.environment.text(.canonical)
        return LineageNode(
            .task, id: "task:\(Digest.sha256(text))",
            label: recipe.environment[key: "kind"]?.stringValue ?? recipe.environment.stringValue ?? "task")
    }

    /// Starts a new run, or goes on with the one to resume.
    private static func begin(
        _ request: TrainModel.Request, _ prepared: PreparedAgent, data: LineageNode, registry: RegistryDatabase,
        session: Session
    ) throws -> RunBeginning {
        let recipe = prepared.recipe, dataset = prepared.dataset
        let inputs = RunBeginning.Inputs(
            request: request, name: request.name ?? recipe.name, experiment: request.experiment ?? recipe.experiment,
            seed: Int(recipe.training.seed), config: recipe.node, data: data,
            span: { run in
                if let dataset { return LearnedSpan(dataset, learner: "run \(run.prefix(8))") }
                // A simulated task is no market: nothing of one was seen.
                return data.kind == .task ? LearnedSpan() : LearnedSpan(unknown: ["recorded books \(data.label)"])
            }, kernels: nil)
        return try RunBeginning(inputs, registry: registry, session: session, start: \.span) { run in
            let checkpoint = session.checkpointPath(run: run.id)
            if Paths.exists(checkpoint) { try prepared.restore(checkpoint) }
        }
    }

    /// Writes policy, model and curve, and records them.
    private static func save(
        _ request: TrainModel.Request, _ prepared: PreparedAgent, _ evaluation: EvaluatePolicy.Outcome,
        _ begun: RunBeginning, registry: RegistryDatabase, session: Session
    ) throws -> String {
        let run = begun.id, recipe = prepared.recipe, agent = prepared.agent
        try Paths.makeDirectory(request.output)
        let policyPath = Paths.join(request.output, PolicyFile.name)
        try PolicyFile(recipe: recipe.node, policy: prepared.policy).write(to: policyPath)
        var weights = try session.artefacts.add(policyPath)
        if let model = try prepared.model() {
            // What trades is the model; the policy it came from is kept beside it.
            try registry.addArtefact(run: run, name: .policy, digest: weights.digest, size: weights.size)
            let path = Paths.join(request.output, "model.safetensors")
            try model.write(to: path)
            weights = try session.artefacts.add(path)
        }
        try registry.addArtefact(run: run, name: .model, digest: weights.digest, size: weights.size)
        let names = type(of: agent).measures, learned = evaluation.rows[0].statistics
        try registry.log(
            agent.curve.flatMap { point in
                ([("train.return", point.meanReturn)] + zip(names.map { "train.\($0)" }, point.measures)).filter {
                    $0.1.isFinite
                }.map { MetricValue($0.0, step: point.steps, $0.1) }
            } + [MetricValue("val.return", learned.mean), MetricValue("val.return_se", learned.standardError)]
                + evaluation.rows.dropFirst().map { MetricValue("reference.\($0.name)", $0.statistics.mean) }
                + (evaluation.shareOfGap.map { [MetricValue("val.share_of_gap", $0)] } ?? [])
                + selection(prepared.keeper),
            run: run)
        try AtomicFile.write(evaluation.json.text(.pretty) + "\n", to: Paths.join(request.output, "evaluation.json"))
        try AtomicFile.write(
            summary(request, prepared, weights: weights.digest, begun).text(.pretty) + "\n",
            to: Paths.join(request.output, "run.json"))
        var curve = Table()
        curve.append("steps", .int64(agent.curve.map { Int64($0.steps) }))
        curve.append("episodes", .int64(agent.curve.map { Int64($0.episodes) }))
        curve.append("mean_return", .float64(agent.curve.map(\.meanReturn)))
        for (index, name) in names.enumerated() { curve.append(name, .float64(agent.curve.map { $0.measures[index] })) }
        try curve.writeCSV(to: Paths.join(request.output, "history.csv"))
        return weights.digest
    }

    /// The evaluations among which the policy was chosen. Their largest is too good to be what the policy earns.
    private static func selection(_ keeper: PolicyKeeper) -> [MetricValue] {
        keeper.evaluations.filter { $0.meanReturn.isFinite }.map {
            MetricValue("selection.return", step: $0.steps, $0.meanReturn)
        } + (keeper.best.map { [MetricValue("best.step", Double($0.steps))] } ?? [])
    }

    /// What evaluation and registration read.
    private static func summary(
        _ request: TrainModel.Request, _ prepared: PreparedAgent, weights: String, _ begun: RunBeginning
    ) -> JSONValue {
        let recipe = prepared.recipe, run = begun.id
        var entries: [(String, JSONValue)] = [
            ("schemaVersion", .int(1)), ("run", .string(run)), ("name", .string(request.name ?? recipe.name)),
            ("weights", .string(weights)), ("span", begun.span.json), ("agent", .string(recipe.agent.name)),
            ("environment", .string(prepared.environment.kind)), ("steps", .int(prepared.agent.steps)),
            ("bestStep", .int(prepared.keeper.best?.steps ?? prepared.agent.steps)),
        ]
        if let dataset = prepared.dataset {
            entries += [
                ("baseline", .doubles(PredictionFile.baseline(dataset))), ("split", recipe.split.json),
                (
                    "samples",
                    .map([
                        "training": .int(dataset.training.count), "validation": .int(dataset.validation.count),
                        "test": .int(dataset.test.count),
                    ])
                ),
            ]
        }
        return .map(entries)
    }
}
