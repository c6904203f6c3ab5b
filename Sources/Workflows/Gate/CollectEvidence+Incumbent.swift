import Backtesting
import Basics
import Features
import ModelBundles
import Promotion
import Registry
import Trading

/// The version in force beside the one that is judged: whether it can be compared, and what both show on the same
/// samples.
extension CollectEvidence {
    /// Why an incumbent cannot be compared on some samples: it asks something else, it learned from them, or
    /// nobody knows what it learned from.
    static func objection(
        to incumbent: VersionRecord, _ model: ModelFile, table: FeatureTable, samples: SampleRows, session: Session
    ) throws -> String? {
        do { try TableMeaning.require(model.spec, fits: table) } catch let failure as Failure {
            return "\(incumbent.reference) cannot be scored here: \(failure.message)"
        }
        guard !incumbent.run.isEmpty else {
            return TraceSpan.objection(to: incumbent.reference, seen: nil, of: nil)
        }
        let span = try TraceSpan.of(run: incumbent.run, session: session)
        return TraceSpan.objection(
            to: incumbent.reference, seen: span.overlap(table, ends: samples)?.samples ?? 0, of: samples.count,
            unknown: span.unknown)
    }

    /// Pairs the version's predictions with its incumbent's, where the same came true.
    ///
    /// - Parameter desk: raw bars, where there are any, and whose hours the incumbent trades.
    static func compare(
        _ own: PredictionFile, with theirs: PredictionFile, of incumbent: String, plan: StrategyFile,
        desk: (bars: DeskBars?, spec: ModelSpec), to evidence: inout GateEvidence
    ) throws {
        let paired: PairedPredictions
        do { paired = try PairedPredictions(own, theirs, names: (evidence.subject, incumbent)) } catch let failure
            as Failure
        {
            evidence.incumbentObjection = failure.message
            return
        }
        guard paired.sharesTargets || paired.own.kind != paired.theirs.kind else {
            evidence.incumbentObjection = "\(incumbent) learned other targets"
            return
        }
        evidence.incumbent = (incumbent, paired.own, paired.theirs)
        // By the same count as the version itself.
        guard let bars = desk.bars else {
            evidence.incumbentBacktest = TradedScores(estimate: theirs, plan: plan, reason: "").backtest
            return
        }
        let closes = theirs.predictions.closes
        evidence.incumbentBacktest = try bars.desk(
            theirs.predictions.bars, instruments: theirs.instruments, holdBars: plan.rule.holdBars,
            spec: desk.spec.features
        ) { closes }.run(plan.traded).returns
    }
}
