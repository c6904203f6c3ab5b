package import Backtesting
package import Basics
import Features
import Foundation
import MarketData
import ModelBundles
import NeuralNetworks
import Registry

/// A recipe, features and a strategy in; what the model would have earned on several paths, each predicted by models
/// that never saw it, out.
///
/// Combinatorial purged cross-validation (López de Prado 2018, ch. 12): every choice of test stretches is trained once;
/// the stretches join into C(N, k)·k/N paths. One path is one draw; all of them say how much of its result was the
/// draw.
package enum CrossValidateModel {
    package struct Request: Sendable {
        package var config: String
        package var features: String
        package var strategy: String
        package var overrides: [(String, JSONValue)] = []
        package var groups = 6
        package var testGroups = 2
        /// Times dropped after a test stretch; the window by default, since windows share rows with it.
        package var embargo: Int?
        package var threads = Session.defaultThreads

        package init(config: String, features: String, strategy: String) {
            (self.config, self.features, self.strategy) = (config, features, strategy)
        }
    }

    /// One path: the whole span once, in stretches that different models predicted.
    package struct Path: Sendable, Equatable {
        package var result: BarBacktest.Result
        /// Daily; nil where returns do not vary.
        package var sharpe: Double?
        /// Correlation of score and what came next.
        package var information: Double?
    }

    package struct Outcome: Sendable {
        package var run: String
        package var models: Int
        package var paths: [Path]
        /// Trading days of a year, by the market's calendar.
        package var daysPerYear = 252

        /// Of the paths that have one, in order.
        package var sharpes: [Double] { paths.compactMap(\.sharpe).sorted() }
        /// Of an even number, the mean of the two in the middle; nil where no path has a ratio.
        package var medianSharpe: Double? {
            let sorted = sharpes, middle = sorted.count / 2
            guard !sorted.isEmpty else { return nil }
            return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        }
        /// Paths with a trade; the others hold cash from end to end.
        package var tradedPaths: Int { paths.count { $0.result.trades > 0 } }
        /// Of all paths: one without a trade has earned nothing at no risk, and counts as 0. Nil where no path has one.
        package var worstSharpe: Double? {
            paths.compactMap { $0.sharpe ?? ($0.result.trades == 0 ? 0 : nil) }.min()
        }
        /// Share of paths that earn something after costs.
        package var shareEarning: Double { Double(paths.count { $0.result.totalReturn > 0 }) / Double(paths.count) }
        /// The maximum drawdown over all paths, as a negative fraction.
        package var deepestDrawdown: Double { paths.map(\.result.maximumDrawdown).min() ?? 0 }
    }

    /// The experiment of the runs that cross-validations are recorded as; one chooses nothing, so it is no trial of the
    /// recipe's experiment.
    static let experiment = RunKind.crossValidation.rawValue

    package static func run(
        _ request: Request, session: Session, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) throws -> Outcome {
        let recipe = try TrainingRecipe(request.config, overrides: request.overrides),
            table = try FeatureTable.read(request.features)
        try recipe.validate(against: table.label)
        try recipe.requireNamedKernels(in: "a cross-validation")
        let registry = try session.registry()
        let plan = try StrategyFile(request.strategy, horizon: table.holdBars()).identified(by: registry),
            node = try BuildFeatures.featuresNode(request.features, session: session)
        let times = try WindowedDataset.times(table, window: recipe.window, split: recipe.split)
        try plan.keep(session)
        // Each split is purged by the times at which labels end, see PurgedParts.
        let splits = try CombinatorialSplits(
            count: times.count, groups: request.groups, testGroups: request.testGroups)
        let id = try session.startRun(
            kind: .crossValidation, name: "\(recipe.name) cross-validated", experiment: experiment,
            seed: Int(recipe.training.seed),
            threads: request.threads, config: recipe.node, data: node.id,
            parameters: [
                ("groups", .int(request.groups)), ("testGroups", .int(request.testGroups)),
                ("strategy", .string(plan.digest)),
            ], registry: registry)
        do {
            var paths = [[ScoredBar]](repeating: [], count: splits.paths)
            for (index, split) in splits.splits.enumerated() {
                progress(index, splits.splits.count)
                for (path, bars) in try predict(split, recipe, request, table: table, times: times) {
                    paths[path] += bars
                }
            }
            let closes = PredictionFile.closes(table)
            let outcome = Outcome(
                run: id, models: splits.splits.count,
                paths: paths.map { measure($0, plan: plan, heldRows: table.label.horizon, closes: closes) },
                daysPerYear: table.market.calendar.daysPerYear)
            try record(outcome, registry: registry)
            try registry.link([node], to: TrainModel.runNode(id, name: "\(recipe.name) cross-validated"))
            try registry.finish(run: id, status: .finished)
            return outcome
        } catch {
            try registry.finish(run: id, status: .failed)
            throw error
        }
    }

    /// Trains on what a split leaves and scores its test stretches; each goes to the path it belongs to.
    private static func predict(
        _ split: CombinatorialSplits.Split, _ recipe: TrainingRecipe, _ request: Request, table: FeatureTable,
        times: [Nanoseconds]
    ) throws -> [(path: Int, bars: [ScoredBar])] {
        let prepared = try PreparedTraining(
            recipe, table: table, split: recipe.split,
            positions: WindowedDataset.Positions(
                training: split.training, tests: split.tests, embargo: request.embargo),
            threads: request.threads)
        _ = try prepared.trainer.run(training: prepared.training, validation: prepared.validation)
        let file = try PredictionFile.predict(
            prepared.model, table: table, ends: prepared.dataset.test,
            baseline: PredictionFile.baseline(prepared.dataset), threads: request.threads, weights: "",
            features: "")
        return zip(split.tests, split.paths).map { test, path in
            let span = times[test.lowerBound]...times[test.upperBound - 1]
            return (path, file.predictions.bars.filter { span.contains($0.time) })
        }
    }

    private static func measure(_ bars: [ScoredBar], plan: StrategyFile, heldRows: Int, closes: DayCloses?) -> Path {
        // By instrument, and in time inside each: stretches came one after the other.
        let history = bars.sorted { ($0.instrument, $0.time) < ($1.instrument, $1.time) }
        let
            result = BarBacktest(rule: plan.rule, costBps: plan.costBps, heldRows: heldRows).run(
                history, closes: closes),
            known = history.filter(\.forwardReturn.isFinite)
        return Path(
            result: result, sharpe: PerformanceStatistics(result.dailyReturns)?.sharpe,
            information: RegressionMetrics.correlation(known.map(\.score), known.map(\.forwardReturn)))
    }

    private static func record(_ outcome: Outcome, registry: RegistryDatabase) throws {
        var values: [MetricValue] = []
        for (index, path) in outcome.paths.enumerated() {
            if let sharpe = path.sharpe { values.append(MetricValue("path.sharpe_daily", step: index, sharpe)) }
            if let ic = path.information { values.append(MetricValue("path.ic", step: index, ic)) }
            values += [
                MetricValue("path.return", step: index, path.result.totalReturn),
                MetricValue("path.drawdown", step: index, path.result.maximumDrawdown),
            ]
        }
        if let median = outcome.medianSharpe { values.append(MetricValue("paths.median_sharpe_daily", median)) }
        values += [
            MetricValue("paths.share_earning", outcome.shareEarning),
            MetricValue("paths.deepest_drawdown", outcome.deepestDrawdown),
        ]
        try registry.log(values, run: outcome.run)
    }
}
