package import Backtesting
package import Basics
import DataVersioning
import Foundation
import Registry

extension CompareModels {
    /// What stands behind the one sentence: where the difference comes from, and how much it matters.
    package struct Detail: Sendable {
        /// What both were measured by here, `log_loss` and the like.
        package var metric = ""
        /// Code and data that differ: what, A's, B's.
        package var origins: [(what: String, a: String, b: String)] = []
        package var instruments: [Group] = []
        package var days: [Group] = []
        /// Mean of the loss differences, A less B, over their standard deviation: negative where A is better.
        package var effectSize: Double?
        /// Cumulative sum of mean loss differences over time, A less B, at most 400 points.
        package var cumulativeLoss: [(time: Nanoseconds, value: Double)] = []
        package var calibration: (a: Calibration, b: Calibration)?
        package var equity: (a: BarBacktest.Result, b: BarBacktest.Result)?
        /// Why money is an estimate without orders; nil where the desk traded both, or nothing was traded.
        package var estimateReason: String?
        /// The metric over runs that differ in their seed alone, where both sides have several.
        package var seeds: Seeds?
        package var curves: [(name: String, a: [(step: Int, value: Double)], b: [(step: Int, value: Double)])] = []

        init() {}
    }

    package struct Group: Sendable {
        package var name: String
        package var samples: Int
        package var a: Double
        package var b: Double
    }

    package struct Seeds: Sendable {
        package var a: RepeatTraining.SampleStatistics
        package var b: RepeatTraining.SampleStatistics
        /// Welch's test of equal means, two-sided; nil where neither side varies.
        package var pValue: Double?
    }

    /// Fills in everything that the verdict does not need.
    static func detail(
        _ o: Outcome, metric: String, _ paired: PairedPredictions, instruments: [String], registry: RegistryDatabase,
        session: Session
    ) throws -> Detail {
        let (own, theirs) = (paired.own, paired.theirs)
        var detail = Detail()
        detail.metric = metric
        detail.origins = try origins(o, registry: registry)
        detail.instruments = groups(
            own, theirs, metric: metric, by: { Int64($0.instrument) }, name: { instruments[Int($0)] })
        detail.days = groups(
            own, theirs, metric: metric, by: { Int64($0.day) },
            name: { CivilDate(daysSince1970: Int($0)).description })
        let sumsA = MetricSums(own), sumsB = MetricSums(theirs)
        if paired.sharesTargets {
            let differences = zip(sumsA.losses(own.kind), sumsB.losses(theirs.kind)).map { $0 - $1 }
            let statistics = RepeatTraining.SampleStatistics(differences)
            if statistics.deviation > 0 { detail.effectSize = statistics.mean / statistics.deviation }
            let step = max(differences.count / 400, 1)
            var sum = 0.0
            for (index, value) in differences.enumerated() {
                sum += value
                if index % step == 0 || index == differences.count - 1 {
                    detail.cumulativeLoss.append((sumsA.times[index], sum))
                }
            }
        }
        if let a = calibration(own), let b = calibration(theirs) { detail.calibration = (a, b) }
        detail.seeds = try seeds(o, metric: metric, registry: registry)
        for name in ["train.loss", "val.loss"] {
            let a = try registry.history(run: o.a.run.id, metric: name),
                b = try registry.history(run: o.b.run.id, metric: name)
            if a.count > 1 || b.count > 1 { detail.curves.append((name, a, b)) }
        }
        return detail
    }

    /// Code, tool, machine and data that are not the same on both sides.
    private static func origins(_ o: Outcome, registry: RegistryDatabase) throws -> [(
        what: String, a: String, b: String
    )] {
        let a = o.a.run, b = o.b.run
        func code(_ run: RunRecord) -> String {
            (run.gitCommit.map { String($0.prefix(12)) } ?? "no commit")
                + (run.gitDirty.isEmpty ? "" : " + \(run.gitDirty.count) changed files")
        }
        func data(_ run: RunRecord, _ kind: LineageNode.Kind) throws -> String {
            guard let graph = try? registry.lineage(of: "run:\(run.id)") else { return "–" }
            return graph.nodes.filter { $0.kind == kind }.map {
                "\($0.label) \($0.id.split(separator: ":").last?.prefix(8) ?? "")"
            }.sorted().joined(separator: ", ")
        }
        var rows: [(String, String, String)] = [
            ("commit", code(a), code(b)), ("tool", a.toolVersion, b.toolVersion), ("kernels", a.cpu, b.cpu),
            ("machine", a.machine, b.machine),
            ("threads", a.threads.map(String.init) ?? "–", b.threads.map(String.init) ?? "–"),
        ]
        for (name, kind) in [
            ("raw data", LineageNode.Kind.rawData), ("feature spec", .featureSpec), ("features", .features),
            ("windows", .split),
        ] {
            rows.append((name, try data(a, kind), try data(b, kind)))
        }
        return rows.filter { $0.1 != $0.2 }
    }

    private static func groups(
        _ a: Predictions, _ b: Predictions, metric: String, by key: (ScoredBar) -> Int64, name: (Int64) -> String
    ) -> [Group] {
        // Both were paired: sample i of one is sample i of the other, so membership is decided once.
        let members = Dictionary(grouping: a.bars.indices) { key(a.bars[$0]) }
        return members.sorted { $0.key < $1.key }.compactMap { group, positions in
            guard let x = value(a.selecting(positions), metric), let y = value(b.selecting(positions), metric) else {
                return nil
            }
            return Group(name: name(group), samples: positions.count, a: x, b: y)
        }
    }

    private static func value(_ predictions: Predictions, _ metric: String) -> Double? {
        let sums = MetricSums(predictions)
        guard let measure = sums.measure(metric), let width = sums.rows.first?.count else { return nil }
        return measure.value(
            sums.rows.reduce(into: [Double](repeating: 0, count: width)) { total, row in
                for c in row.indices { total[c] += row[c] }
            })
    }

    private static func calibration(_ p: Predictions) -> Calibration? {
        p.kind == .probability
            ? Calibration(probabilities: p.bars.map(\.score), outcomes: p.targets.map { $0 > 0.5 }) : nil
    }

    private static func seeds(_ o: Outcome, metric: String, registry: RegistryDatabase) throws -> Seeds? {
        // Two seeds of one recipe have the same siblings: there is nothing to compare.
        guard
            CollectEvidence.withoutSeed(o.a.run.config) != CollectEvidence.withoutSeed(o.b.run.config)
                || o.a.run.dataDigest != o.b.run.dataDigest
        else { return nil }
        // Means over seeds are about the same thing on one sample set alone.
        let samples = o.a.evaluation?.sampleSet
        guard samples == o.b.evaluation?.sampleSet else { return nil }
        let
            a = try CollectEvidence.seedMetrics(o.a.run, samples: samples, registry: registry).compactMap {
                $0[metric]
            },
            b = try CollectEvidence.seedMetrics(o.b.run, samples: samples, registry: registry).compactMap { $0[metric] }
        guard a.count >= 2, b.count >= 2 else { return nil }
        let x = RepeatTraining.SampleStatistics(a), y = RepeatTraining.SampleStatistics(b)
        return Seeds(a: x, b: y, pValue: Welch.pValue(x.mean, x.deviation, a.count, y.mean, y.deviation, b.count))
    }

    /// A run that was trained at a Git revision: the newest finished one that predicted something.
    static func run(atRevision reference: String, registry: RegistryDatabase, session: Session) throws -> RunRecord? {
        guard let repository = try GitRepository.around(session.root), let commit = try? repository.commit(reference)
        else { return nil }
        let found = try registry.runs(limit: 100_000).filter { $0.gitCommit == commit && $0.status == .finished }
        return try found.first { run in try registry.artefacts(run: run.id).contains { $0.name == .predictions } }
    }
}
