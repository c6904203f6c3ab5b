package import Basics
package import Features
import Foundation
import ModelBundles
package import NeuralNetworks
import Registry
import Tables
import Tensors

/// Features and a recipe in; a recorded run, a model file and its identity out.
package enum TrainModel {
    package struct Request: Sendable {
        package var config: String
        /// A configuration as a run recorded it, in place of the file `config`.
        package var recorded: JSONValue?
        /// The feature table; agents that learn a simulated task have none.
        package var features: String?
        /// Recorded order books that an agent learns in.
        package var data: String?
        package var output: String
        package var overrides: [(String, JSONValue)] = []
        package var name: String?
        package var experiment: String?
        package var seed: Int?
        package var threads = Session.defaultThreads
        package var resume: String?
        package var checkpointEverySteps: Int?
        /// Weights to start from, in place of the seed's: a file, a run or a model version.
        package var initialWeights: String?
        /// What chose this configuration, and so was learned from by whoever trains it.
        package var chosenBy: LearnedSpan?
        /// The run that this one is a part of.
        package var parent: String?
        package var tags: [(String, String)] = []

        package init(config: String, features: String?, output: String) {
            self.config = config
            self.features = features
            self.output = output
        }
    }

    package struct Outcome: Sendable {
        package var run: String
        package var weights: String
        package var history: [TrainingState.Epoch]
        package var bestEpoch: Int
        /// Names of the validation measures in `history`, and which of them chose the best epoch.
        package var measures: [String]
        package var monitor: String
        package var isFinished: Bool
        package var samples: (training: Int, validation: Int, test: Int)
        package var parameters: Int
    }

    /// - Parameter shouldStop: asked after every step; true saves a checkpoint and ends the run as interrupted. Also
    ///   asked before the run is on record, without heed to the answer: programs listen from the first question on.
    package static func run(
        _ request: Request, session: Session, started: (String, Network) -> Void = { _, _ in },
        warned: (String) -> Void = { _ in },
        shouldStop: () -> Bool = { false },
        progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> Outcome {
        let recipe =
            try request.recorded.map { try TrainingRecipe($0) }
            ?? TrainingRecipe(request.config, overrides: request.overrides, seed: request.seed)
        guard let path = request.features else {
            throw Failure(
                "train.no-features", "found no feature table to train '\(recipe.name)' on",
                hint: "name it: hftml train … --features features.safetensors")
        }
        let table = try FeatureTable.read(path)
        try recipe.validate(against: table.label)
        let prepared = try PreparedTraining(recipe, table: table, split: recipe.split, threads: request.threads)
        let (dataset, network, trainer) = (prepared.dataset, prepared.network, prepared.trainer)
        let registry = try session.registry()
        let features = try BuildFeatures.featuresNode(path, session: session)
        try RecordGround.run(table, features: features.id, registry: registry)
        let knowledge = try recipe.split.asOf.map { asOf in
            try KnownData.check(asOf, features: features, registry: registry, session: session)
        }
        _ = shouldStop()
        let begun = try begin(request, prepared, features: features, registry: registry, session: session),
            id = begun.id
        started(id, network)
        for warning in prepared.warnings + (knowledge ?? []) { warned(warning) }
        if let other = replaced(request, by: id) { warned(other) }
        if request.initialWeights != nil { InitialWeights.void(begun.span, dataset).forEach(warned) }
        let machine = SystemMetrics()
        machine.sample()
        do {
            let isFinished = try trainer.run(
                training: WindowSamples(dataset, ends: dataset.training),
                validation: WindowSamples(dataset, ends: dataset.validation),
                checkpoint: Trainer.CheckpointPlan(
                    path: session.checkpointPath(run: id), everySteps: request.checkpointEverySteps),
                shouldStop: {
                    machine.sample()
                    return shouldStop()
                }, progress: progress)
            try machine.log(run: id, registry)
            var outcome = Outcome(
                run: id, weights: "", history: trainer.state.history, bestEpoch: trainer.state.bestEpoch,
                measures: ValidationMeasures.names(trainer.config.loss), monitor: trainer.config.monitor,
                isFinished: isFinished,
                samples: (dataset.training.count, dataset.validation.count, dataset.test.count),
                parameters: network.parameterCount)
            guard isFinished else {
                try registry.finish(run: id, status: .interrupted)
                return outcome
            }
            outcome.weights = try save(request, prepared, begun, features: features.id, session: session)
            try registry.link(
                [features, prepared.splitNode(recipe, features: features.id), .code(try session.code())],
                to: runNode(id, name: request.name ?? recipe.name))
            try registry.finish(run: id, status: .finished)
            try Paths.remove(session.checkpointPath(run: id))
            begun.end(session: session)
            return outcome
        } catch {
            try registry.finish(run: id, status: .failed)
            throw error
        }
    }

    /// What stands where the model will, in a sentence: nil where nothing does, or this very run's.
    private static func replaced(_ request: Request, by id: String) -> String? {
        guard let other = try? RegisterModel.runID(request.output), other != id else { return nil }
        return "'\(request.output)' holds the model of run \(other.prefix(8)), which this run will replace; by its id "
            + "that one stays on record"
    }

    static func runNode(_ id: String, name: String) -> LineageNode {
        .run(id, name: name)
    }

    /// Starts a new run, or goes on with the one to resume.
    private static func begin(
        _ request: Request, _ prepared: PreparedTraining, features: LineageNode, registry: RegistryDatabase,
        session: Session
    ) throws -> RunBeginning {
        let (recipe, trainer, dataset) = (prepared.recipe, prepared.trainer, prepared.dataset)
        let inputs = RunBeginning.Inputs(
            request: request, name: request.name ?? recipe.name, experiment: request.experiment ?? recipe.experiment,
            seed: Int(recipe.training.seed), config: recipe.node, data: features,
            span: { run in
                LearnedSpan(dataset, learner: "run \(run.prefix(8))").union(request.chosenBy ?? LearnedSpan())
            }, kernels: trainer.kernelsName, testSpan: TestSpan(dataset, split: recipe.split),
            baseline: PredictionFile.baseline(dataset))
        return try RunBeginning(inputs, registry: registry, session: session, start: { try $0.start(trainer) }) { run in
            if let kernels = KernelsName(run.cpu) { try trainer.resume(with: kernels) }
            let checkpoint = session.checkpointPath(run: run.id)
            if Paths.exists(checkpoint) { try trainer.loadCheckpoint(checkpoint) }
        }
    }

    /// Writes the model directory and records history and weights.
    private static func save(
        _ request: Request, _ prepared: PreparedTraining, _ begun: RunBeginning, features: String, session: Session
    ) throws -> String {
        let (recipe, dataset, network) = (prepared.recipe, prepared.dataset, prepared.network),
            (trainer, run, registry) = (prepared.trainer, begun.id, try session.registry())
        try Paths.makeDirectory(request.output)
        let model = Paths.join(request.output, "model.safetensors")
        try prepared.model.write(to: model)
        let stored = try session.artefacts.add(model)
        try registry.addArtefact(run: run, name: .model, digest: stored.digest, size: stored.size)
        let history = trainer.state.history, names = ValidationMeasures.names(recipe.training.loss)
        func measured(_ epoch: TrainingState.Epoch) -> [MetricValue] {
            zip(names, epoch.measures).filter { $1.isFinite }.map { MetricValue("val.\($0)", step: epoch.epoch, $1) }
        }
        try registry.log(
            history.flatMap {
                [
                    MetricValue("train.loss", step: $0.epoch, $0.trainingLoss),
                    MetricValue("learning_rate", step: $0.epoch, $0.learningRate),
                ] + measured($0)
            } + [
                MetricValue("best.val.loss", trainer.state.bestLoss),
                MetricValue("best.epoch", Double(trainer.state.bestEpoch)),
            ], run: run)
        try recordValidation(prepared, run: run, features: features, registry: registry)
        let summary = JSONValue.map([
            "schemaVersion": .int(1), "run": .string(run), "name": .string(request.name ?? recipe.name),
            "weights": .string(stored.digest), "span": begun.span.json,
            "parameters": .int(network.parameterCount), "bestEpoch": .int(trainer.state.bestEpoch),
            "validationLoss": .double(trainer.state.bestLoss),
            "baseline": .doubles(PredictionFile.baseline(dataset)), "split": recipe.split.json,
            "testSpan": TestSpan(dataset, split: recipe.split)?.json ?? .null,
            "samples": .map([
                "training": .int(dataset.training.count), "validation": .int(dataset.validation.count),
                "test": .int(dataset.test.count),
            ]),
        ])
        try AtomicFile.write(summary.text(.pretty) + "\n", to: Paths.join(request.output, "run.json"))
        var curves = Table()
        curves.append("epoch", .int64(history.map { Int64($0.epoch) }))
        curves.append("train_loss", .float64(history.map(\.trainingLoss)))
        for (index, name) in names.enumerated() {
            curves.append("val_\(name)", .float64(history.map { $0.measures[index] }))
        }
        curves.append("learning_rate", .float64(history.map(\.learningRate)))
        try curves.writeCSV(to: Paths.join(request.output, "history.csv"))
        return stored.digest
    }

    /// The measures that chose the epoch, with the samples and the loss they are of.
    private static func recordValidation(
        _ prepared: PreparedTraining, run: String, features: String, registry: RegistryDatabase
    ) throws {
        let dataset = prepared.dataset, state = prepared.trainer.state
        let samples = SampleSet(dataset.table, ends: dataset.validation, label: dataset.label)
        var record = EvaluationRecord(run: run, role: .validation)
        (record.features, record.source, record.label) = (features, dataset.table.source, samples.label)
        (record.sampleSet, record.samples, record.seen) = (samples.digest, samples.count, samples.count)
        (record.instruments, record.from, record.until) = (samples.instruments, samples.first, samples.last)
        let loss = prepared.recipe.node[path: "training.loss"] ?? .null
        record.strategy = Digest.sha256("loss\n\(loss.text(.canonical))")
        let names = ValidationMeasures.names(prepared.recipe.training.loss),
            best = state.history.first { $0.epoch == state.bestEpoch }?.measures ?? []
        record.metrics = Dictionary(zip(names, best).map { ($0, $1) }) { $1 }.filter { $0.value.isFinite }
        _ = try registry.record(record, isTestSpan: false)
    }
}
