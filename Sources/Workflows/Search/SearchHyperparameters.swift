import Backtesting
package import Basics
import Features
import Foundation
package import HyperparameterSearch
import NeuralNetworks
import Pipelines
import Registry

/// A search configuration in; recorded trials, the best of them, and how far it can be believed, out.
///
/// This process asks the sampler, records, and hands trials to workers; it trains nothing itself. Ending it at any time
/// loses nothing: the next search of the same study takes up the trials that were under way.
package enum SearchHyperparameters {
    package struct Request: Sendable {
        package enum Executor: String, CaseIterable, Sendable {
            case local, slurm
        }

        package var path: String
        package var overrides: [(String, JSONValue)] = []
        /// Trials that the study shall have, those of earlier searches included; failed ones do not count.
        package var trials = 50
        package var jobs = 1
        package var sampler: String?
        package var pruner: String?
        package var study: String?
        package var seed: Int?
        package var executor = Executor.local
        /// Threads of one trial.
        package var threads: Int?
        /// A study whose trials this one starts from.
        package var warmStart: String?
        /// hftml itself, for workers.
        package var program = "hftml"

        package init(path: String) { self.path = path }
    }

    package enum Event: Sendable {
        case opened(study: String, known: Int)
        /// All trials are judged on these samples, whatever their windows.
        case judged(CommonSamples)
        /// What a strategy earns is an estimate without orders, and why.
        case estimated(String)
        case began(Trial)
        case ended(Trial, best: Trial?, done: Int)
        case lost(number: Int, reason: String)
    }

    package struct Outcome: Sendable {
        package var study: String
        package var experiment: String
        package var recipe: SearchRecipe
        package var history: TrialHistory
        /// Why trials failed, by their number.
        package var reasons: [Int: String]
        package var isFinished: Bool
        package var evidence: SelectionEvidence?
        package var seconds: Double
    }

    package static func run(
        _ request: Request, session: Session, shouldStop: @escaping () -> Bool = { false },
        report: (Event) -> Void = { _ in }
    ) throws -> Outcome {
        var recipe = try SearchRecipe(
            request.path, overrides: request.overrides, sampler: request.sampler, pruner: request.pruner,
            seed: request.seed)
        let started = Clock.monotonic()
        try BuildMissingFeatures.run(recipe, session: session)
        let table = try recipe.features.map { try FeatureTable.read($0) },
            split = try CheckSpace.run(recipe, table: table)
        recipe.common = try table.flatMap { try CommonSamples.find(recipe, table: $0, split: split) }
        try CheckSpace.prepare(recipe, table: table, threads: 1)
        let registry = try session.registry()
        try SettleTrials.run(registry)
        let features = try recipe.dataNode(session)
        if let table { try RecordGround.run(table, features: features.id, registry: registry) }
        let name = request.study ?? recipe.name
        let bars = try bars(recipe, table: table, study: name, features: features, session: session)
        recipe.tradesByDesk = bars?.bars != nil
        let definition = try recipe.definition(features: features.id).text(.canonical)
        if let other = request.warmStart { try WarmStart.require(other, fits: definition, registry: registry) }
        _ = try registry.openStudy(name, experiment: recipe.experiment, definition: definition)
        let storage = RegistryStudyStorage(registry, study: name, space: recipe.space)
        let study = Study(
            space: recipe.space, directions: recipe.objectives.map(\.direction),
            sampler: try Samplers.make(recipe.sampler, seed: UInt64(recipe.seed)),
            pruner: try Pruners.make(recipe.pruner, maximumSteps: recipe.maximumSteps), storage: storage)
        if let other = request.warmStart {
            try WarmStart.copy(from: other, to: name, study: study, registry: registry)
        }
        report(.opened(study: name, known: try study.history().trials.count))
        if let common = recipe.common { report(.judged(common)) }
        if let reason = bars?.reason { report(.estimated(reason)) }
        // A worker that dies must show as a lost trial, not end the search.
        let search = try TrialCrew(
            request, recipe: recipe, study: study, storage: storage, name: name, features: features, registry: registry,
            bars: bars?.bars, session: session)
        defer { search.close() }
        let isFinished = try search.run(limit: request.trials, shouldStop: shouldStop, report: report)
        return Outcome(
            study: name, experiment: recipe.experiment, recipe: recipe, history: try study.history(),
            reasons: storage.reasons, isFinished: isFinished,
            evidence: try SelectionEvidence.collect(
                study: name, directions: recipe.objectives.map(\.direction), space: recipe.space, registry: registry),
            seconds: Double(Clock.monotonic() - started) * 1e-9)
    }

    /// The raw bars on which trials trade; nil without a strategy.
    private static func bars(
        _ recipe: SearchRecipe, table: FeatureTable?, study: String, features: LineageNode, session: Session
    ) throws -> DeskBars.Found? {
        guard recipe.strategy != nil, let table, let path = recipe.features else { return nil }
        let known = try session.registry().studies().first { $0.name == study }
        if let known, try JSONParser.parse(known.definition)[key: "tradedBy"] == nil {
            return .missing("the study '\(study)' began with estimates, which its trials are compared by")
        }
        return try DeskBars.find(table, features: (path, features.id), session: session)
    }

    /// Trains the best point once more and keeps the model, as `hftml train` would.
    ///
    /// - Returns: the run and its weights.
    package static func refit(_ outcome: Outcome, output: String, threads: Int, session: Session) throws -> (
        run: String, weights: String
    ) {
        guard let best = outcome.history.best else {
            throw Failure("search.no-best", "found no complete trial in the study '\(outcome.study)'")
        }
        var request = TrainModel.Request(
            config: outcome.recipe.config, features: outcome.recipe.features, output: output)
        request.data = outcome.recipe.data
        request.overrides = outcome.recipe.overrides(best.point)
        request.name = "\(outcome.study) best"
        request.experiment = outcome.experiment
        request.threads = threads
        request.chosenBy = try outcome.recipe.chosenBy(best.point, study: outcome.study)
        let trained: (run: String, weights: String)
        if case .agent = outcome.recipe.base {
            let outcome = try TrainAgent.run(request, session: session)
            trained = (outcome.run, outcome.weights)
        } else {
            let outcome = try TrainModel.run(request, session: session)
            trained = (outcome.run, outcome.weights)
        }
        let study = LineageNode.study(outcome.study)
        try session.registry().link([study], to: TrainModel.runNode(trained.run, name: request.name ?? outcome.study))
        return trained
    }
}

/// Builds the feature table of a search when a pipeline beside its configuration makes it and it is not there.
enum BuildMissingFeatures {
    static func run(_ recipe: SearchRecipe, session: Session) throws {
        guard let features = recipe.features, !Paths.exists(features) else { return }
        let directory = Paths.parent(recipe.path)
        guard Paths.exists(Paths.join(directory, "pipeline.yaml")) else {
            throw Failure(
                "search.no-features", "found no feature table at '\(features)'", hint: "build it with: hftml features")
        }
        let pipeline = try ReproducePipeline.load(directory)
        let wanted = Paths.absolute(features)
        guard
            let stage = pipeline.stages.first(where: {
                $0.outputs.contains { Paths.absolute(Paths.join(directory, $0.path)) == wanted }
            })
        else {
            throw Failure(
                "search.no-features",
                "found no feature table at '\(features)', and no stage of '\(directory)' that makes it")
        }
        _ = try ReproducePipeline.run(directory, stage: stage.name, environment: session.caller.environment) { _ in }
    }
}
