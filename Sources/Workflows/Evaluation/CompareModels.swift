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
    }

    package struct MeasureRow: Sendable {
        package var name: String
        package var a: BlockBootstrap.Interval
        package var b: BlockBootstrap.Interval
        /// A less B on the same samples, where both sides have the measure.
        package var difference: BlockBootstrap.Interval
        package var isHigherBetter: Bool

        /// +1 where A is significantly better, −1 where B is, 0 where it is open.
        package var sign: Int {
            if difference.lower > 0 { return isHigherBetter ? 1 : -1 }
            if difference.upper < 0 { return isHigherBetter ? -1 : 1 }
            return 0
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
        package var block: Double
        package var verdict: String
        package var isDifferent: Bool
        package var detail = Detail()
    }

    /// - Parameters:
    ///   - metric: what breakdowns and seeds are compared by; the loss that was trained for by default.
    ///   - strategy: if given, after-cost daily returns are compared too.
    package static func run(
        _ first: String, _ second: String, metric: String? = nil, strategy: String?, session: Session
    ) throws -> Outcome {
        let registry = try session.registry()
        let a = try side(first, registry: registry, session: session),
            b = try side(second, registry: registry, session: session)
        let fileA = try predictions(a, registry: registry, session: session),
            fileB = try predictions(b, registry: registry, session: session)
        guard
            let (own, theirs) = fileA.predictions.paired(
                with: fileB.predictions, names: fileA.instruments, otherNames: fileB.instruments)
        else {
            throw Failure(
                "compare.no-overlap", "found no test sample that both \(first) and \(second) predicted",
                hint: "evaluate both on the same features and split")
        }
        let sumsA = MetricSums(own), sumsB = MetricSums(theirs)
        let block = max(sumsA.block(own.kind), sumsB.block(theirs.kind))
        let rows: [MeasureRow] = sumsA.measures.compactMap { measure in
            guard let other = sumsB.measure(measure.name),
                let mine = BlockBootstrap.interval(rows: sumsA.rows, block: block, statistic: measure.value),
                let their = BlockBootstrap.interval(rows: sumsB.rows, block: block, statistic: other.value),
                let difference = sumsA.difference(from: sumsB, measure: measure, block: block)
            else { return nil }
            return MeasureRow(
                name: measure.name, a: mine, b: their, difference: difference, isHigherBetter: measure.isHigherBetter)
        }
        let isSameKind = own.kind == theirs.kind
        var outcome = Outcome(
            a: a, b: b, parameterDifferences: differences(a.parameters, b.parameters), samples: own.count,
            measures: rows,
            dieboldMariano: isSameKind
                ? DieboldMariano(
                    differences: zip(sumsA.losses(own.kind), sumsB.losses(theirs.kind)).map { $0 - $1 },
                    horizon: own.horizon) : nil,
            mcNemar: isSameKind && own.kind == .probability ? mcNemar(own, theirs) : nil,
            dailyReturn: try strategy.flatMap { try dailyReturns(own, theirs, strategy: $0) }, block: block,
            verdict: "", isDifferent: false)
        // Scores of different kinds have the information coefficient in common.
        let chosen = metric ?? (!isSameKind ? "ic" : own.kind == .basisPoints ? "mse" : "log_loss")
        guard sumsA.measure(chosen) != nil, sumsB.measure(chosen) != nil else {
            let names = sumsA.measures.map(\.name).filter { sumsB.measure($0) != nil }
            throw Failure(
                "compare.metric", "found the metric '\(chosen)', expected one of \(names.joined(separator: ", "))",
                hint: NearestName.of(chosen, in: names).map { "did you mean '\($0)'?" },
                exitStatus: .usage)
        }
        outcome.detail = try detail(
            outcome, metric: chosen, own: own, theirs: theirs, instruments: fileA.instruments, strategy: strategy,
            registry: registry, session: session)
        (outcome.verdict, outcome.isDifferent) = verdict(outcome)
        return outcome
    }

    private static func side(_ reference: String, registry: RegistryDatabase, session: Session) throws -> Side {
        let run: RunRecord
        if let version = try? RegisterModel.version(reference, session: session) {
            run = try registry.run(version.run)
        } else {
            do { run = try registry.run(try RegisterModel.runID(session.path(reference)) ?? reference) } catch {
                guard let trained = try CompareModels.run(atRevision: reference, registry: registry, session: session)
                else { throw error }
                run = trained
            }
        }
        return Side(
            reference: reference, run: run, parameters: try registry.parameters(run: run.id),
            metrics: try registry.latestMetrics(run: run.id))
    }

    static func predictions(_ side: Side, registry: RegistryDatabase, session: Session) throws -> PredictionFile {
        guard let artefact = try registry.artefacts(run: side.run.id).first(where: { $0.name == .predictions }) else {
            throw Failure(
                "compare.no-predictions", "found no recorded predictions of '\(side.reference)'",
                hint: "run: hftml evaluate")
        }
        return try PredictionFile.read(try session.artefacts.verified(artefact.digest))
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

    private static func dailyReturns(_ a: Predictions, _ b: Predictions, strategy: String) throws -> BlockBootstrap
        .Interval?
    {
        func daily(_ p: Predictions) throws -> [Double] {
            let plan = try StrategyFile(strategy, horizon: p.horizon)
            return BarBacktest(rule: plan.rule, costBps: plan.costBps).run(p.bars).dailyReturns
        }
        let rows = zip(try daily(a), try daily(b)).map { [$0 - $1, 1] }
        let block = StationaryBootstrap.automaticBlock(rows.map { $0[0] })
        return BlockBootstrap.interval(rows: rows, block: block) { $0[1] > 0 ? $0[0] / $0[1] : nil }
    }

    private static func verdict(_ o: Outcome) -> (String, Bool) {
        let better = o.measures.filter { $0.sign > 0 }.map(\.name),
            worse = o.measures.filter { $0.sign < 0 }.map(\.name)
        let test = o.dieboldMariano.map { ", Diebold–Mariano p = \(significant($0.pValue))" } ?? ""
        let money: String
        switch o.dailyReturn {
        case let interval? where interval.lower > 0: money = "; after costs \(o.a.reference) earns more per day"
        case let interval? where interval.upper < 0: money = "; after costs \(o.b.reference) earns more per day"
        case .some: money = "; the difference in daily return after costs is within noise"
        case nil: money = ""
        }
        let seeds = o.detail.seeds.map { s in
            "; over \(s.a.values.count) and \(s.b.values.count) seeds \(o.detail.metric) is "
                + "\(String(format: "%.4g ± %.2g and %.4g ± %.2g", s.a.mean, s.a.deviation, s.b.mean, s.b.deviation))"
                + (s.pValue.map { ", Welch p = \(significant($0))" } ?? "")
        }
        let end = " at 95 %\(test)\(seeds ?? "")\(money)"
        if better.isEmpty, worse.isEmpty {
            return ("no measure tells \(o.a.reference) and \(o.b.reference) apart\(end)", false)
        }
        if worse.isEmpty { return ("\(o.a.reference) is better in \(better.joined(separator: ", "))\(end)", true) }
        if better.isEmpty { return ("\(o.b.reference) is better in \(worse.joined(separator: ", "))\(end)", true) }
        return (
            "mixed: \(o.a.reference) is better in \(better.joined(separator: ", ")), \(o.b.reference) in "
                + "\(worse.joined(separator: ", "))\(end)",
            true
        )
    }

    static func significant(_ p: Double) -> String { p < 1e-4 ? "below 0.0001" : String(format: "%.4f", p) }
}
