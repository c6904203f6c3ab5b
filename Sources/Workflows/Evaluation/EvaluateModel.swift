package import Backtesting
package import Basics
import Features
import Foundation
import ModelBundles
import NeuralNetworks
import Registry
import Tables
import Trading

/// A trained model and features in; measures on the test span beside the naive baseline, and an after-cost back-test,
/// out.
package enum EvaluateModel {
    package struct Outcome: Sendable {
        package var run: String
        package var metrics: [(name: String, value: Double)]
        package var baseline: [String: Double]
        /// Always-long on the same samples: what doing nothing clever earns.
        package var alwaysLong: BarBacktest.Result
        package var backtest: BarBacktest.Result
        package var costBps: Double
        package var predictions: PredictionFile
        /// 95 % intervals by stationary block bootstrap over times.
        package var intervals: [(name: String, lower: Double, upper: Double)] = []
        /// What the numbers are about, and whether they are the run's test.
        package var identity: EvaluationIdentity?
        /// Why money is an estimate from the returns of the table, without orders; nil where the desk traded that the
        /// runtime trades by.
        package var estimateReason: String?
    }

    /// - Parameters:
    ///   - model: a directory that training wrote, a run or a version.
    ///   - from: measures all samples from a time on; without it the run's own test span, which on other data
    ///     begins at the same time as on the run's own.
    package static func run(
        model reference: String, features: String, strategy: String, output: String, from: String? = nil, threads: Int,
        session: Session
    ) throws -> Outcome {
        let trained = try TrainedModel.find(reference, session: session)
        let table = try FeatureTable.read(features)
        let node = try BuildFeatures.featuresNode(features, session: session)
        let tested = try TestedSamples(trained, table, features: node.id, from: from, session: session)
        let file = try PredictionFile.predict(
            trained.model, table: table, ends: tested.ends, baseline: trained.baseline, threads: threads,
            weights: trained.weights,
            features: node.id)
        let plan = try StrategyFile(strategy, horizon: table.holdBars()).identified(by: try session.registry())
        try plan.keep(session)
        let traded = try trade(
            file, trained.model, table, tested: tested.ends, learned: learned(trained, table, tested.choice),
            baseline: trained.baseline, plan: plan,
            bars: try DeskBars.find(table, features: (features, node.id), session: session), threads: threads)
        var outcome = measure(file, traded, plan: plan, run: trained.run)
        let sums = MetricSums(file.predictions)
        outcome.intervals = sums.intervals(block: sums.block(file.predictions.kind), replicates: 500).map {
            ($0.measure.name, $0.interval.lower, $0.interval.upper)
        }
        let subject = EvaluationIdentity.Subject(
            run: trained.run, table: table, ends: tested.ends, choice: tested.choice, label: trained.model.spec.label,
            features: node.id, strategy: plan.digest,
            span: try TraceSpan.of(run: trained.run, known: trained.span, session: session))
        try record(&outcome, subject, output: output, session: session)
        return outcome
    }

    /// Every model of a series of seeds, and mean and deviation of each measure over them.
    package static func runRepeats(
        models: [String], features: String, strategy: String, output: String, from: String? = nil, threads: Int,
        session: Session
    ) throws -> (measures: [(name: String, statistics: RepeatTraining.SampleStatistics)], baseline: [String: Double]) {
        let outcomes = try models.map {
            try run(
                model: $0, features: features, strategy: strategy, output: Paths.join(output, Paths.name($0)),
                from: from, threads: threads, session: session)
        }
        let names = outcomes[0].metrics.map(\.name).filter { name in
            outcomes.allSatisfy { $0.metrics.contains { $0.name == name } }
        }
        let measures = names.map { name in
            (name, RepeatTraining.SampleStatistics(outcomes.compactMap { $0.metrics.first { $0.name == name }?.value }))
        }
        let document = JSONValue.map([
            "schemaVersion": .int(1), "test": .map(measures.map { ($0.0, RepeatTraining.json($0.1)) }),
            "baseline": .map(outcomes[0].baseline.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) }),
        ])
        try AtomicFile.write(document.text(.pretty) + "\n", to: Paths.join(output, "repeats.json"))
        return (measures, outcomes[0].baseline)
    }

    static func measure(_ file: PredictionFile, _ traded: TradedScores, plan: StrategyFile, run: String) -> Outcome {
        let predictions = file.predictions
        var outcome = Outcome(
            run: run, metrics: measures(predictions) + performance(traded.backtest, days: predictions.daysPerYear),
            baseline: Dictionary(measures(predictions.baseline)) { $1 },
            alwaysLong: traded.alwaysLong, backtest: traded.backtest, costBps: plan.costBps, predictions: file)
        outcome.estimateReason = traded.estimateReason
        return outcome
    }

    /// Trades a model's scores by the desk where there are raw bars, else by the returns of the table.
    ///
    /// - Parameters:
    ///   - file: predictions of the tested samples, which need no second run of the network.
    ///   - learned: rows that the model learned from.
    static func trade(
        _ file: PredictionFile, _ model: ModelFile, _ table: FeatureTable, tested: SampleRows, learned: [SampleRows],
        baseline: [Double], plan: StrategyFile, bars: DeskBars.Found, threads: Int
    ) throws -> TradedScores {
        guard let found = bars.bars else {
            return TradedScores(estimate: file, plan: plan, reason: bars.reason ?? "there are no raw bars")
        }
        let windows = DeskWindows(table, window: model.spec.window, tested: tested, learned: learned)
        var predictions = file.predictions
        if !windows.unlabelled.isEmpty {
            let others = try PredictionFile.predict(
                model, table: table, ends: windows.unlabelled, baseline: baseline, threads: threads,
                weights: file.weights, features: file.features)
            predictions.bars = windows.merged(predictions.bars, others.predictions.bars)
        }
        let desk = try found.desk(
            predictions.bars, instruments: file.instruments, holdBars: plan.rule.holdBars, spec: table.spec,
            until: windows.until
        ) { PredictionFile.closes(table) }
        return try TradedScores(desk, predictions, plan: plan)
    }

    /// What a model learned from in a table that its own split divides.
    private static func learned(
        _ trained: TrainedModel, _ table: FeatureTable, _ choice: TestedSamples.Choice
    ) throws -> [SampleRows] {
        guard choice != .ownCut, choice != .asked else { return [] }
        let dataset = try WindowedDataset(table, window: trained.model.spec.window, split: trained.split)
        return [dataset.training, dataset.validation]
    }

    static func measures(_ predictions: Predictions) -> [(name: String, value: Double)] {
        let scores = predictions.bars.map(\.score), returns = predictions.bars.map { $0.forwardReturn * 10_000 }
        switch predictions.kind {
        case .probability:
            let all = ClassificationMetrics(probabilities: scores, outcomes: predictions.targets.map { $0 > 0.5 })
                .values
            return all + (RegressionMetrics.correlation(scores, returns).map { [("ic", $0)] } ?? [])
        case .classes:
            let truth = predictions.targets.map { Int(saturating: $0) },
                called = predictions.bars.indices.map(predictions.predictedClass)
            var all = MulticlassMetrics(predictions: called, targets: truth, classes: Predictions.classCount).values
            let loss = truth.indices.reduce(0.0) {
                $0 - log(max(Double(predictions.probabilities[$1 * Predictions.classCount + truth[$1]]), 1e-15))
            }
            all.append(("log_loss", loss / Double(max(truth.count, 1))))
            if let cycles = TradeCycles(predictions: called, targets: truth).agreement {
                all.append(("trade_agreement", cycles))
            }
            return all
                + (RegressionMetrics.correlation(scores, returns.map { $0.isFinite ? $0 : 0 }).map { [("ic", $0)] }
                    ?? [])
        case .basisPoints:
            return RegressionMetrics(predictions: scores, targets: predictions.targets.map(Double.init)).values
        }
    }

    static func performance(_ result: BarBacktest.Result, days: Int) -> [(name: String, value: Double)] {
        var all: [(String, Double)] = [
            ("return", result.totalReturn), ("drawdown", result.maximumDrawdown), ("turnover", result.dailyTurnover),
            ("trades", Double(result.trades)),
        ]
        if let rate = result.hitRate { all.append(("hit_rate", rate)) }
        if let bps = result.meanTradeBps { all.append(("trade_bps", bps)) }
        if let statistics = PerformanceStatistics(result.dailyReturns) {
            all += [
                ("sharpe_daily", statistics.sharpe), ("sharpe_daily_se", statistics.sharpeStandardError),
                ("sharpe_annual", statistics.sharpe * Double(days).squareRoot()),
                ("psr", statistics.probabilisticSharpe(benchmark: 0)),
            ]
        }
        return all
    }

    /// Writes predictions, measures and equity, and records the evaluation.
    private static func record(
        _ outcome: inout Outcome, _ subject: EvaluationIdentity.Subject, output: String, session: Session
    ) throws {
        try Paths.makeDirectory(output)
        let predictionPath = Paths.join(output, "predictions.safetensors")
        try outcome.predictions.write(to: predictionPath)
        let stored = try session.artefacts.add(predictionPath)
        outcome.identity = try EvaluationIdentity.record(
            subject, outcome, predictions: stored.digest, size: stored.size, session: session)
        try AtomicFile.write(json(outcome).text(.pretty) + "\n", to: Paths.join(output, "metrics.json"))
        var curve = Table()
        curve.append("day", .text(outcome.backtest.days.map(\.description)))
        curve.append("return", .float64(outcome.backtest.dailyReturns))
        curve.append("equity", .float64(outcome.backtest.equity))
        try curve.writeCSV(to: Paths.join(output, "equity.csv"))
    }

    package static func json(_ outcome: Outcome) -> JSONValue {
        .map([
            "schemaVersion": .int(1), "run": .string(outcome.run),
            "samples": .int(outcome.predictions.predictions.count),
            "test": .map(outcome.metrics.map { ($0.name, .double($0.value)) }),
            "baseline": .map(outcome.baseline.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) }),
            "alwaysLong": .map([
                "return": .double(outcome.alwaysLong.totalReturn), "trades": .int(outcome.alwaysLong.trades),
            ]),
            "costBps": .double(outcome.costBps),
            "tradedBy": .string(outcome.estimateReason == nil ? "desk" : "estimate"),
            "estimateReason": .string(outcome.estimateReason),
            "intervals": .map(
                outcome.intervals.map { ($0.name, .map(["lower": .double($0.lower), "upper": .double($0.upper)])) }),
            "evaluation": outcome.identity?.json ?? .null,
        ])
    }
}
