import Backtesting
import Basics
import Features
import Foundation
import ModelBundles
import NeuralNetworks

/// One point of a search in; its objectives, out. Touches no registry, so it runs on any machine that sees the files.
enum EvaluateTrial {
    /// Stretches of the validation span whose returns are kept for statistics over trials.
    static let returnPeriods = 128

    /// - Parameters:
    ///   - report: takes an intermediate value of the first objective; true gives up on the trial.
    ///   - shouldStop: asked after every step.
    static func run(_ request: TrialRequest, report: (Int, Double) -> Bool, shouldStop: () -> Bool) -> TrialResult {
        do {
            return try evaluate(request, report: report, shouldStop: shouldStop)
        } catch {
            return TrialResult(.failed, message: (error as? any UserFacingError)?.message ?? "\(error)")
        }
    }

    private static func evaluate(_ request: TrialRequest, report: (Int, Double) -> Bool, shouldStop: () -> Bool) throws -> TrialResult {
        let recipe = try TrainingRecipe(request.config, overrides: request.assignments)
        let table = try FeatureTable.read(request.features)
        try recipe.validate(against: table.label)
        let plan = try request.strategy.map { try StrategyFile($0, horizon: table.label.horizon) }
        var result = TrialResult(.complete), values: [[Double]] = [], daily: [Double] = []
        for fold in 0..<(request.folds?.count ?? 1) {
            var split = recipe.split
            if let folds = request.folds {
                split = SplitSpec(
                    kind: folds.kind == .walkForward ? .walkForward : .purgedKFold, validation: recipe.split.validation, folds: folds.count, fold: fold, embargo: folds.embargo)
            }
            let dataset = try WindowedDataset(
                table, window: recipe.window, split: split, trainingStride: recipe.trainingStride, unscaled: recipe.unscaled, reserved: request.folds?.reserved ?? 0)
            let network = try Network(layers: recipe.layers, input: SampleShape(time: recipe.window, channels: table.width))
            var config = recipe.training
            if config.loss.needsClassCounts { config.loss = config.loss.resolved(classCounts: dataset.classCounts) }
            let trainer = try Trainer(network: network, config: config, threads: request.threads)
            let names = ValidationMeasures.names(config.loss), column = names.firstIndex(of: request.metrics.first ?? "")
            var isPruned = false, reported = 0
            let isFinished = try trainer.run(
                training: WindowSamples(dataset, ends: dataset.training), validation: WindowSamples(dataset, ends: dataset.validation),
                shouldStop: { isPruned || shouldStop() },
                progress: { _ in
                    // Epochs are reports where there are no folds; the value is that of the weights which would be kept.
                    guard request.folds == nil, let column, trainer.state.epoch > reported else { return }
                    reported = trainer.state.epoch
                    if let best = trainer.state.history.first(where: { $0.epoch == trainer.state.bestEpoch }) { isPruned = report(reported, best.measures[column]) }
                })
            for epoch in trainer.state.history {
                let step = request.folds == nil ? epoch.epoch : fold * 1_000_000 + epoch.epoch
                if epoch.trainingLoss.isFinite { result.metrics.append(("train.loss", step, epoch.trainingLoss)) }
                for (name, value) in zip(names, epoch.measures) where value.isFinite { result.metrics.append(("val.\(name)", step, value)) }
            }
            // What came through its last epoch is complete, whatever the pruner thinks of it.
            guard isFinished else { return isPruned ? pruned(result) : TrialResult(.interrupted) }
            // Folds are measured where the fold's training never looked; without folds, on the validation span that chose the epoch.
            let ends = request.folds == nil ? dataset.validation : dataset.test
            let measured =
                request.folds == nil
                ? trainer.state.history.first { $0.epoch == trainer.state.bestEpoch }?.measures ?? [] : trainer.measure(WindowSamples(dataset, ends: ends))
            var sharpe = Double.nan
            if let plan {
                let spec = ModelSpec(
                    name: recipe.name, layers: recipe.layers, window: recipe.window, output: recipe.output, features: table.spec, market: table.market, label: dataset.label,
                    scaler: dataset.scaler)
                let file = try PredictionFile.predict(
                    ModelFile(spec: spec, network: network, parameters: trainer.parameters), table: table, ends: ends, baseline: PredictionFile.baseline(dataset),
                    threads: request.threads, weights: "", features: "")
                let backtest = BarBacktest(rule: plan.rule, costBps: plan.costBps)
                let days = backtest.run(file.predictions.bars).dailyReturns
                daily += days
                result.returns += backtest.returns(file.predictions.bars, periods: returnPeriods / (request.folds?.count ?? 1))
                // No trade is no return: a ratio of zero, not an undefined one.
                sharpe = PerformanceStatistics(days)?.sharpe ?? 0
            }
            values.append(
                request.metrics.map { metric in
                    switch metric {
                    case "sharpe": sharpe
                    case "parameters": Double(network.parameterCount)
                    case "multiplyAdds": Double(network.multiplyAdds)
                    default: names.firstIndex(of: metric).flatMap { measured.indices.contains($0) ? measured[$0] : nil } ?? .nan
                    }
                })
            for (name, value) in zip(request.metrics, values[fold]) where value.isFinite { result.metrics.append(("objective.\(name)", fold, value)) }
            if request.folds != nil, report(fold + 1, values[fold][0]), fold + 1 < request.folds?.count ?? 0 { return pruned(result) }
        }
        result.objectives = request.metrics.indices.map { k in values.reduce(0) { $0 + $1[k] } / Double(values.count) }
        if !daily.isEmpty { result.metrics.append(("val.sharpe_daily", 0, PerformanceStatistics(daily)?.sharpe ?? 0)) }
        guard result.objectives.allSatisfy(\.isFinite) else {
            result.outcome = .failed
            result.message = "found an objective that is not a number: \(zip(request.metrics, result.objectives).map { "\($0) \($1)" }.joined(separator: ", "))"
            // What is not a number has no place in a message.
            result.objectives = []
            return result
        }
        return result
    }

    private static func pruned(_ result: TrialResult) -> TrialResult {
        var result = result
        result.outcome = .pruned
        return result
    }
}
