import Backtesting
import Basics
import ModelBundles
import Registry
import Trading

extension CompareModels {
    /// What both sides earn by one strategy, by one count.
    struct Money {
        let a: BarBacktest.Result
        let b: BarBacktest.Result
        /// Why it is an estimate without orders; nil where the desk traded both.
        let estimateReason: String?

        /// - Parameters:
        ///   - paired: what is traded.
        ///   - files: of both, which say what made the predictions and from what.
        init(
            _ paired: PairedPredictions, _ files: (a: PredictionFile, b: PredictionFile), plan: StrategyFile,
            session: Session
        ) throws {
            let own = try Money.bars(files.a, session: session)
            let theirs =
                files.a.features == files.b.features ? own : try Money.bars(files.b, session: session)
            guard let mine = own.bars, let other = theirs.bars, let ownSpec = try Money.spec(files.a, session: session),
                let otherSpec = try Money.spec(files.b, session: session)
            else {
                let estimate = BarBacktest(
                    rule: plan.rule, costBps: plan.costBps, heldRows: files.a.predictions.horizon)
                a = estimate.run(paired.own.bars, closes: paired.own.closes)
                b = estimate.run(paired.theirs.bars, closes: paired.theirs.closes)
                estimateReason = own.reason ?? theirs.reason ?? "the models' weights are not at hand"
                return
            }
            func trade(
                _ bars: DeskBars, _ predictions: Predictions, _ names: [String], _ spec: ModelSpec
            ) throws -> BarBacktest.Result {
                let closes = predictions.closes
                return try bars.desk(
                    predictions.bars, instruments: names, holdBars: plan.rule.holdBars, spec: spec.features
                ) { closes }.run(plan.traded).returns
            }
            a = try trade(mine, paired.own, files.a.instruments, ownSpec)
            b = try trade(other, paired.theirs, files.b.instruments, otherSpec)
            estimateReason = nil
        }

        private static func spec(_ file: PredictionFile, session: Session) throws -> ModelSpec? {
            guard Paths.exists(session.artefacts.path(file.weights)) else { return nil }
            return try ModelFile.read(try session.artefacts.verified(file.weights)).spec
        }

        private static func bars(_ file: PredictionFile, session: Session) throws -> DeskBars.Found {
            guard let spec = try spec(file, session: session) else {
                return .missing("the weights \(file.weights.prefix(12)) are not at hand")
            }
            return try DeskBars.find(
                spec.features, market: spec.market, source: nil,
                features: ("features \(file.features.suffix(12))", file.features), session: session)
        }

        /// A less B on the days that both have.
        var dailyReturns: BlockBootstrap.Interval? {
            let theirs = Dictionary(zip(b.days, b.dailyReturns)) { $1 }
            let rows = zip(a.days, a.dailyReturns).compactMap { day, value in theirs[day].map { [value - $0, 1] } }
            let block = StationaryBootstrap.automaticBlock(rows.map { $0[0] })
            return BlockBootstrap.interval(rows: rows, block: block) { $0[1] > 0 ? $0[0] / $0[1] : nil }
        }
    }

    /// Puts on record that both sides were judged by a strategy: whoever looks at one more counts one more trial, by
    /// whatever command.
    static func record(
        _ money: Money, of sides: (a: Side, b: Side), _ files: (a: PredictionFile, b: PredictionFile),
        _ paired: PairedPredictions, plan: StrategyFile, session: Session
    ) throws {
        try plan.keep(session)
        let registry = try session.registry()
        for (side, file, traded, predictions, leftOut) in [
            (sides.a, files.a, money.a, paired.own, paired.leftOut.onlyA),
            (sides.b, files.b, money.b, paired.theirs, paired.leftOut.onlyB),
        ] {
            let known = try registry.evaluations(run: side.run.id)
            guard !known.contains(where: { $0.strategy == plan.digest && $0.role != .validation }) else { continue }
            var record = EvaluationRecord(run: side.run.id, role: .other)
            record.features = file.features
            record.source = side.evaluation?.source
            record.label = side.evaluation?.label
            record.strategy = plan.digest
            // Samples that were left out make another set, which has no name.
            let isWhole = leftOut + paired.leftOut.otherTargets == 0
            record.sampleSet = isWhole ? side.evaluation?.sampleSet : nil
            record.samples = predictions.count
            record.instruments = file.instruments
            record.from = predictions.bars.map(\.time).min()
            record.until = predictions.bars.map(\.time).max()
            record.seen = isWhole ? side.evaluation?.seen : nil
            record.predictions = side.evaluation?.predictions
            record.metrics = Dictionary(
                EvaluateModel.performance(traded, days: predictions.daysPerYear).map { ($0.name, $0.value) }
            ) { $1 }.filter { $0.value.isFinite }
            _ = try registry.record(record, isTestSpan: false)
        }
    }
}
