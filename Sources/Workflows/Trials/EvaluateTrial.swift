import Backtesting
import Basics
import Features
import Foundation
import MarketData
import ModelBundles
import NeuralNetworks
import Trading

/// One point of a search in; its objectives, out. Touches no registry, so it runs on any machine that sees the files.
struct EvaluateTrial {
    /// Stretches of the validation span whose returns are kept for statistics over trials.
    static let returnPeriods = 128

    private let request: TrialRequest
    private let recipe: TrainingRecipe
    private let table: FeatureTable
    private let strategy: StrategyFile?
    /// Raw bars; nil where money is an estimate.
    private let bars: DeskBars?
    private var result = TrialResult(.complete)
    /// Of every fold, by objective.
    private var values: [[Double]] = []
    private var dailyReturns: [Double] = []
    private var trades = 0

    private enum Ending { case complete, pruned, interrupted }

    /// - Parameters:
    ///   - bars: what this worker has read.
    ///   - report: takes an intermediate value of the first objective; true gives up on the trial.
    ///   - shouldStop: asked after every step.
    static func run(
        _ request: TrialRequest, bars: inout TrialBars.Cache, report: (Int, Double) -> Bool, shouldStop: () -> Bool
    ) -> TrialResult {
        do {
            if try AgentRecipe.isAgent(request.config) {
                return try EvaluateAgentTrial.run(request, report: report, shouldStop: shouldStop)
            }
            var trial = try EvaluateTrial(request, bars: request.bars.map { try bars.tables($0) })
            return try trial.evaluate(report: report, shouldStop: shouldStop)
        } catch {
            return TrialResult(.failed, message: (error as? any UserFacingError)?.message ?? "\(error)")
        }
    }

    private init(_ request: TrialRequest, bars tables: [BarTable]?) throws {
        self.request = request
        recipe = try TrainingRecipe(request.config, overrides: request.assignments)
        try recipe.requireNamedKernels(in: "a search")
        guard let features = request.features else {
            throw Failure(
                "search.no-features", "found no feature table for '\(recipe.name)'",
                hint: "name it in the search's 'features'")
        }
        let table = try FeatureTable.read(features)
        self.table = table
        bars = try tables.map { try DeskBars($0, market: table.market) }
        try recipe.validate(against: table.label)
        let horizon = request.strategy == nil ? table.label.horizon : try table.holdBars()
        strategy = try request.strategy.map { try StrategyFile($0, horizon: horizon) }
    }

    private mutating func evaluate(report: (Int, Double) -> Bool, shouldStop: () -> Bool) throws -> TrialResult {
        let folds = request.folds?.count ?? 1
        for fold in 0..<folds {
            let prepared = try prepare(fold: fold)
            let ending = try train(prepared, fold: fold, report: report, shouldStop: shouldStop)
            guard ending == .complete else { return end(ending) }
            let own = try measure(prepared)
            values.append(own)
            for (name, value) in zip(request.metrics, own) where value.isFinite {
                result.metrics.append(("objective.\(name)", fold, value))
            }
            if request.folds != nil, report(fold + 1, own[0]), fold + 1 < folds { return end(.pruned) }
        }
        result.objectives = request.metrics.indices.map { k in values.reduce(0) { $0 + $1[k] } / Double(values.count) }
        if strategy != nil { result.metrics.append(("val.trades", 0, Double(trades))) }
        if let statistics = PerformanceStatistics(dailyReturns) {
            result.metrics.append(("val.sharpe_daily", 0, statistics.sharpe))
        }
        if let problem = untraded() {
            result.outcome = .failed
            (result.message, result.objectives) = (problem, [])
            return result
        }
        guard result.objectives.allSatisfy(\.isFinite) else {
            result.outcome = .failed
            result.message =
                "found an objective that is not a number: "
                + "\(zip(request.metrics, result.objectives).map { "\($0) \($1)" }.joined(separator: ", "))"
            // What is not a number has no place in a message.
            result.objectives = []
            return result
        }
        return result
    }

    /// Why objectives that need a strategy have no value; nil where they have. A policy that never trades loses
    /// nothing, and must not beat those that trade.
    private func untraded() -> String? {
        let kinds = SearchObjectives.kinds(recipe.training.loss)
        guard request.metrics.contains(where: { kinds[$0]?.needsStrategy == true }) else { return nil }
        if trades == 0 { return TrialResult.neverTraded }
        return PerformanceStatistics(dailyReturns) == nil ? "its daily returns do not vary, so they have no ratio" : nil
    }

    private func end(_ ending: Ending) -> TrialResult {
        guard ending == .pruned else { return TrialResult(.interrupted) }
        var result = result
        result.outcome = .pruned
        return result
    }

    private func prepare(fold: Int) throws -> PreparedTraining {
        let split = request.folds?.split(fold, of: recipe.split) ?? recipe.split
        return try PreparedTraining(
            recipe, table: table, split: split, reserved: request.folds?.reserved ?? 0, threads: request.threads)
    }

    /// Trains one fold; epochs are reports where there are no folds.
    private mutating func train(
        _ prepared: PreparedTraining, fold: Int, report: (Int, Double) -> Bool, shouldStop: () -> Bool
    ) throws -> Ending {
        let trainer = prepared.trainer, names = ValidationMeasures.names(trainer.config.loss),
            column = names.firstIndex(of: request.metrics.first ?? "")
        let isReporting = request.folds == nil
        var isPruned = false, reported = 0
        let isFinished = try trainer.run(
            training: prepared.training, validation: prepared.validation, shouldStop: { isPruned || shouldStop() },
            progress: { _ in
                guard isReporting, let column, trainer.state.epoch > reported else { return }
                reported = trainer.state.epoch
                // The value is that of the weights which would be kept.
                if let best = trainer.state.best { isPruned = report(reported, best.measures[column]) }
            })
        for epoch in trainer.state.history {
            let step = isReporting ? epoch.epoch : fold * 1_000_000 + epoch.epoch
            if epoch.trainingLoss.isFinite { result.metrics.append(("train.loss", step, epoch.trainingLoss)) }
            for (name, value) in zip(names, epoch.measures) where value.isFinite {
                result.metrics.append(("val.\(name)", step, value))
            }
        }
        // What came through its last epoch is complete, whatever the pruner thinks of it.
        return isFinished ? .complete : isPruned ? .pruned : .interrupted
    }

    /// The objectives of one fold, where the fold's training never looked; without folds, on the validation span that
    /// chose the epoch.
    private mutating func measure(_ prepared: PreparedTraining) throws -> [Double] {
        let trainer = prepared.trainer, dataset = prepared.dataset,
            names = ValidationMeasures.names(trainer.config.loss)
        let ends = request.folds == nil ? dataset.validation : dataset.test
        let measured =
            request.folds == nil
            ? trainer.state.best?.measures ?? [] : trainer.measure(WindowSamples(dataset, ends: ends))
        let fold = MeasuredFold(
            measures: Dictionary(zip(names, measured), uniquingKeysWith: { first, _ in first }),
            sharpe: try strategy.map { try trade(prepared, ends: ends, strategy: $0) } ?? .nan,
            network: prepared.network)
        let kinds = SearchObjectives.kinds(trainer.config.loss)
        return request.metrics.map { kinds[$0]?.value(fold) ?? .nan }
    }

    /// Sharpe ratio after costs of the fold, whose returns are kept.
    private mutating func trade(_ prepared: PreparedTraining, ends: SampleRows, strategy: StrategyFile) throws -> Double
    {
        let file = try PredictionFile.predict(
            prepared.model, table: table, ends: ends, baseline: PredictionFile.baseline(prepared.dataset),
            threads: request.threads, weights: "", features: "")
        let scored = file.predictions.bars, periods = Self.returnPeriods / (request.folds?.count ?? 1)
        let traded: BarBacktest.Result
        if let bars {
            let table = table
            let desk = try bars.desk(
                scored, instruments: file.instruments, holdBars: strategy.rule.holdBars, spec: table.spec
            ) { PredictionFile.closes(table) }
            let outcome = try desk.run(strategy.traded)
            traded = outcome.returns
            result.returns += desk.returns(outcome.orders, of: strategy.traded, periods: periods)
        } else {
            let backtest = BarBacktest(
                rule: strategy.rule, costBps: strategy.costBps, heldRows: table.label.horizon)
            traded = backtest.run(scored, closes: file.predictions.closes)
            result.returns += backtest.returns(scored, periods: periods)
        }
        let days = traded.dailyReturns
        dailyReturns += days
        trades += traded.trades
        // A fold without a trade has no return. Where no fold has one, the trial has no ratio; see ``untraded()``.
        return PerformanceStatistics(days)?.sharpe ?? 0
    }
}
