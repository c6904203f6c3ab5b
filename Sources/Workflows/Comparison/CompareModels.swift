package import Backtesting
import Basics
import Foundation
package import Registry

/// Two runs or versions in; what differs, by how much, and how sure that is, out.
package enum CompareModels {
    package struct Side: Sendable {
        package var reference: String
        package var run: RunRecord
        package var parameters: [(String, String)]
        package var metrics: [String: Double]
        /// What was named, where it is on record.
        package var evaluation: EvaluationRecord?
        /// A directory of evaluation, whose own predictions are compared.
        var directory: String?
    }

    package struct MeasureRow: Sendable {
        package var name: String
        package var a: BlockBootstrap.Interval
        package var b: BlockBootstrap.Interval
        /// A less B on the same samples, where both sides have the measure.
        package var difference: BlockBootstrap.Interval
        package var isHigherBetter: Bool
        /// The paired test of this measure alone.
        package var test: PairedMeasure
        /// Of the test; after Holm for every measure but the one that the verdict rests on.
        package var pValue: Double

        /// +1 where A is significantly better, −1 where B is, 0 where it is open.
        package var sign: Int {
            guard pValue <= CompareModels.level, difference.estimate != 0 else { return 0 }
            return (difference.estimate > 0) == isHigherBetter ? 1 : -1
        }
    }

    package struct Outcome: Sendable {
        package var a: Side
        package var b: Side
        package var parameterDifferences: [(key: String, a: String?, b: String?)]
        package var samples: Int
        package var measures: [MeasureRow]
        package var dieboldMariano: DieboldMariano?
        package var mcNemar: McNemar?
        /// Mean daily return after costs, A less B.
        package var dailyReturn: BlockBootstrap.Interval?
        /// Of it, after Holm.
        package var dailyReturnP: Double?
        /// Why nothing is said of money; nil where it is compared, or nobody asked.
        package var moneyNote: String?
        /// What was predicted and is not judged.
        package var leftOut: LeftOut
        /// Why a side's measures are no evidence.
        package var objections: [String]
        package var block: Double
        package var verdict: String
        package var isDifferent: Bool
        package var detail = Detail()
    }

    /// - Parameters:
    ///   - metric: what the verdict rests on, and breakdowns and seeds are compared by. By default mse for returns,
    ///     log_loss for probabilities and classes, ic where the sides predict different things.
    ///   - strategy: if given, after-cost daily returns are compared too.
    package static func run(
        _ first: String, _ second: String, metric: String? = nil, strategy: String?, session: Session
    ) throws -> Outcome {
        let registry = try session.registry()
        let a = try side(first, registry: registry, session: session),
            b = try side(second, registry: registry, session: session)
        let fileA = try predictions(a, registry: registry, session: session),
            fileB = try predictions(b, registry: registry, session: session)
        let paired = try PairedPredictions(fileA, fileB, names: (first, second)),
            (own, theirs) = (paired.own, paired.theirs)
        let sumsA = MetricSums(own), sumsB = MetricSums(theirs)
        let block = max(sumsA.block(own.kind), sumsB.block(theirs.kind))
        let rows: [MeasureRow] = sumsA.measures.compactMap { measure in
            guard paired.sharesTargets || measure.name == "ic", let other = sumsB.measure(measure.name),
                let mine = BlockBootstrap.interval(rows: sumsA.rows, block: block, statistic: measure.value),
                let their = BlockBootstrap.interval(rows: sumsB.rows, block: block, statistic: other.value),
                let difference = sumsA.difference(from: sumsB, measure: measure, block: block)
            else { return nil }
            let test = PairedMeasure(
                sumsA, sumsB, measure: measure.name, horizon: own.horizon, difference: difference)
            return MeasureRow(
                name: measure.name, a: mine, b: their, difference: difference, isHigherBetter: measure.isHigherBetter,
                test: test, pValue: test.pValue)
        }
        let isSameKind = paired.sharesTargets, recorded = try Strategies(a, b, session: session)
        let note = moneyNote(own, theirs, recorded: recorded, strategy: strategy), plan = note == nil ? strategy : nil
        let identified = try plan.map { try StrategyFile($0, horizon: fileA.holdBars()).identified(by: registry) }
        let money = try identified.map { try Money(paired, (fileA, fileB), plan: $0, session: session) }
        var outcome = Outcome(
            a: a, b: b, parameterDifferences: differences(a.parameters, b.parameters), samples: own.count,
            measures: rows,
            dieboldMariano: isSameKind
                ? DieboldMariano(
                    differences: zip(sumsA.losses(own.kind), sumsB.losses(theirs.kind)).map { $0 - $1 },
                    horizon: own.horizon) : nil,
            mcNemar: isSameKind && own.kind == .probability ? mcNemar(own, theirs) : nil,
            dailyReturn: money?.dailyReturns, moneyNote: note,
            leftOut: paired.leftOut, objections: objections([a, b]), block: block, verdict: "", isDifferent: false)
        // Scores of different kinds have the information coefficient in common.
        let chosen = metric ?? (!isSameKind ? "ic" : own.kind == .basisPoints ? "mse" : "log_loss")
        guard isSameKind || chosen == "ic" || sumsA.measure(chosen) == nil || sumsB.measure(chosen) == nil else {
            throw PairedPredictions.otherLabel(fileA, fileB, names: (first, second))
        }
        guard sumsA.measure(chosen) != nil, sumsB.measure(chosen) != nil else {
            let names = rows.map(\.name)
            throw Failure(
                "compare.metric", "found the metric '\(chosen)', expected one of \(names.joined(separator: ", "))",
                hint: NearestName.of(chosen, in: names).map { "did you mean '\($0)'?" },
                exitStatus: .usage)
        }
        outcome.detail = try detail(
            outcome, metric: chosen, paired, instruments: fileA.instruments, registry: registry, session: session)
        outcome.detail.equity = money.map { ($0.a, $0.b) }
        outcome.detail.estimateReason = money?.estimateReason
        if let money, let identified {
            try record(money, of: (a, b), (fileA, fileB), paired, plan: identified, session: session)
        }
        if let recorded { outcome.detail.origins.append(("strategy", recorded.a.text, recorded.b.text)) }
        adjust(&outcome)
        (outcome.verdict, outcome.isDifferent) = verdict(outcome)
        return outcome
    }

    private static func differences(_ a: [(String, String)], _ b: [(String, String)]) -> [(
        key: String, a: String?, b: String?
    )] {
        let left = Dictionary(a) { $1 }, right = Dictionary(b) { $1 }
        return Set(left.keys).union(right.keys).sorted().filter { left[$0] != right[$0] }.map {
            ($0, left[$0], right[$0])
        }
    }

    private static func mcNemar(_ a: Predictions, _ b: Predictions) -> McNemar {
        var onlyA = 0, onlyB = 0
        for index in a.bars.indices {
            let truth = a.targets[index] > 0.5
            let rightA = (a.bars[index].score >= 0.5) == truth, rightB = (b.bars[index].score >= 0.5) == truth
            if rightA, !rightB { onlyA += 1 }
            if rightB, !rightA { onlyB += 1 }
        }
        return McNemar(onlyARight: onlyA, onlyBRight: onlyB)
    }
}
