import Basics
import GRDB

/// How often somebody had a chance to look good on the same ground: what the deflated Sharpe ratio and the probability
/// of backtest overfitting have to count.
package struct TrialCount: Sendable, Equatable {
    /// Runs that were begun: also failed, interrupted, pruned and deleted ones.
    package var trainings: Int
    /// Feature tables of the same raw data that they learned from.
    package var featureSets: Int
    /// Strategies that any of their models was judged by.
    package var strategies: Int
    /// Judgements of a model beyond the first strategy that it met.
    package var furtherJudgements: Int
    /// Those of ``trainings`` that came with a version out of another registry.
    package var carried = 0

    /// What has to be counted: every training, and every strategy that a model was judged by beside its first.
    package var trials: Int { trainings + furtherJudgements }

    /// For people, with the rule by which data are the same: `172 trainings on these data (by raw files, source or
    /// shared samples), 4 feature sets, 3 strategies`.
    package var summary: String {
        func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }
        var parts = [
            counted(trainings, "training", "trainings") + " on these data (by raw files, source or shared samples)"
        ]
        if carried > 0 { parts.append("\(carried) of them carried here from another registry") }
        parts.append(counted(featureSets, "feature set", "feature sets"))
        if strategies > 0 { parts.append(counted(strategies, "strategy", "strategies")) }
        return parts.joined(separator: ", ")
    }
}

/// The trials beside a run.
///
/// Those are all runs of its experiment, and all trainings on the same raw data: an experiment can be called anew and a
/// feature left out, but what was looked at stays looked at. From the run's data one goes up to the raw data, and down
/// again to all feature tables that were made from them. An earlier or later state of the files in the same place
/// counts as the same raw data: a day more does not make old days new. So does a table that covers the same ground
/// under another digest, see ``sameGround(as:_:)``; and trials that were counted where a version came from.
///
/// Also failed, interrupted, pruned and deleted runs count: each was begun with the chance to look good, and a list
/// that forgets is a list that can be cleaned. A run that resumes is one run. The one exception: a trial of a search
/// that failed before anything of it was measured showed nobody a number.
extension RegistryDatabase {
    /// The data of the family, as a table `family(id)`; without lineage the run's own and the same ground.
    static let family = """
        WITH RECURSIVE up(id) AS (
            SELECT :data UNION
            SELECT edge.source FROM up JOIN edge ON edge.target = up.id JOIN node ON node.id = edge.source
            WHERE node.kind IN ('raw-data', 'features')
        ), root(id) AS (
            SELECT up.id FROM up JOIN node ON node.id = up.id WHERE node.kind = 'raw-data'
        ), ground(id) AS (
            SELECT id FROM root UNION
            SELECT other.id FROM root JOIN node own ON own.id = root.id JOIN node other ON other.kind = 'raw-data'
                AND json_extract(other.attributes, '$.path') = json_extract(own.attributes, '$.path')
        ), family(id) AS (
            SELECT :data UNION SELECT id FROM ground UNION SELECT value FROM json_each(:same) UNION
            SELECT edge.target FROM family JOIN edge ON edge.source = family.id JOIN node ON node.id = edge.target
            WHERE node.kind IN ('raw-data', 'features')
        )
        """

    private static let besideRun = """
        r.id IN (
            SELECT id FROM run WHERE experiment = :experiment UNION
            SELECT id FROM run WHERE kind IN ('train', 'trial') AND data_digest IN
                (SELECT id FROM family WHERE id IS NOT NULL)
        ) AND NOT \(hasNothingToShow)
        """

    /// Of a run `r`: a search's trial that failed before anything of it was measured.
    static let hasNothingToShow = """
        (r.kind = 'trial' AND r.status = 'failed' AND NOT EXISTS (SELECT 1 FROM series m WHERE m.run = r.id))
        """

    private static func arguments(
        _ run: RunRecord, _ db: Database, _ more: [String: any DatabaseValueConvertible] = [:]
    ) throws -> StatementArguments {
        let own: [String: (any DatabaseValueConvertible)?] = [
            "experiment": run.experiment, "data": run.dataDigest, "same": try same(run, db),
        ]
        return StatementArguments(own.merging(more) { $1 })
    }

    /// Tables of the same ground, as the query of the family reads them.
    static func same(_ run: RunRecord, _ db: Database) throws -> String {
        guard let data = run.dataDigest else { return "[]" }
        return JSONValue.strings(try sameGround(as: data, db).sorted()).text(.compact)
    }

    /// - Parameter strategy: by which the run is judged now; it counts whether it is on record or not.
    package func trialCount(beside run: RunRecord, judgedBy strategy: String? = nil) throws -> TrialCount {
        try read { db in
            let trials = try Self.trials(beside: run, db)
            var judged = trials.mapValues { Set($0.strategies) }
            if let strategy { judged[run.id, default: []].insert(strategy) }
            return TrialCount(
                trainings: trials.count, featureSets: Set(trials.values.compactMap(\.data)).count,
                strategies: judged.values.reduce(into: Set<String>()) { $0.formUnion($1) }.count,
                furtherJudgements: judged.values.reduce(0) { $0 + max($1.count - 1, 0) },
                carried: trials.values.count { $0.isCarried })
        }
    }

    /// All of them by their run, with those that were carried here.
    static func trials(beside run: RunRecord, _ db: Database) throws -> [String: CarriedTrial] {
        var trials: [String: CarriedTrial] = [:]
        for trial in try carriedTrials(beside: run, db) {
            trials[trial.run] = trials[trial.run]?.joined(trial) ?? trial
        }
        for row in try StoredRow.fetchAll(
            db, sql: "\(family) SELECT r.id, r.data_digest FROM run r WHERE \(besideRun)",
            arguments: try arguments(run, db))
        {
            let id: String = try row[0]
            var trial = CarriedTrial(run: id, data: try row[1])
            trial.strategies = trials[id]?.strategies ?? []
            trials[id] = trial
        }
        for (run, strategy) in try judgements(db) where trials[run]?.strategies.contains(strategy) == false {
            trials[run]?.strategies.append(strategy)
        }
        return trials
    }

    /// Runs and the strategies that their models were judged by: in evaluations, and by gates, whose verdicts show what
    /// a strategy would have earned as well.
    private static func judgements(_ db: Database) throws -> [(run: String, strategy: String)] {
        var all: [(run: String, strategy: String)] = []
        if try db.tableExists("evaluation") {
            all = try StoredRow.fetchAll(
                db,
                sql: "SELECT DISTINCT run, strategy FROM evaluation WHERE strategy IS NOT NULL AND role != 'validation'"
            ).map { (run: try $0[0], strategy: try $0[1]) }
        }
        // Not by the database's own functions: reports may hold numbers that are no JSON to it.
        let verdicts = try StoredRow.fetchAll(
            db,
            sql:
                "SELECT v.run, g.report, g.model, g.version FROM gate_decision g JOIN version v ON v.model = g.model "
                + "AND v.version = g.version")
        for row in verdicts {
            let run: String = try row[0], report: String = try row[1]
            // One that cannot be read might name a strategy more, and fewer of them flatter.
            guard let node = try? JSONParser.parse(report) else {
                let model: String = try row[2], number: Int = try row[3]
                throw Failure(
                    "registry.damaged", "found the report of a gate verdict on \(model)/\(number) unreadable",
                    hint: "see what else is wrong with: hftml audit verify")
            }
            guard let basis = node[key: "basis"],
                let strategy = basis[key: "judgedBy"]?.stringValue ?? basis[key: "strategy"]?.stringValue
            else { continue }
            all.append((run: run, strategy: strategy))
        }
        return all
    }

    /// Latest value of a metric of every trial that has it, by their start; those that were carried here come last.
    package func metricOfTrials(beside run: RunRecord, metric: String) throws -> [Double] {
        try read { db in
            let here = try StoredRow.fetchAll(
                db,
                sql: """
                    \(Self.family)
                    SELECT r.id, s.last_value FROM run r JOIN series s ON s.run = r.id AND s.key = :metric WHERE \
                    \(Self.besideRun) AND s.last_value IS NOT NULL
                    ORDER BY r.started_at, r.id
                    """, arguments: try Self.arguments(run, db, ["metric": metric])
            ).map { (run: try $0[0] as String, value: try $0[1] as Double) }
            let known = Set(here.map(\.run))
            var carried: [String: Double] = [:]
            for trial in try Self.carriedTrials(beside: run, db) where !known.contains(trial.run) {
                if let value = trial.metrics[metric] { carried[trial.run] = value }
            }
            return here.map(\.value) + carried.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// The whole history of a metric of every trial on the very same table that has it, by their start. Values that
    /// belong to stretches of time are only comparable there.
    package func historiesOfTrials(beside run: RunRecord, metric: String) throws -> [[Double]] {
        try read { db in
            let series = try Int64.fetchAll(
                db,
                sql: """
                    \(Self.family)
                    SELECT s.id FROM run r JOIN series s ON s.run = r.id AND s.key = :metric WHERE \(Self.besideRun)
                        AND r.data_digest IS :data
                    ORDER BY r.started_at, r.id
                    """, arguments: try Self.arguments(run, db, ["metric": metric]))
            let points = try db.cachedStatement(
                sql: "SELECT value FROM metric WHERE series = ? AND value IS NOT NULL ORDER BY step, sequence")
            return try series.map { try Double.fetchAll(points, arguments: [$0]) }
        }
    }

    /// Trials of a study that failed before anything of them was measured, by their number.
    package func trialsWithNothingToShow(study: String) throws -> Set<Int> {
        try read {
            Set(
                try Int.fetchAll(
                    $0,
                    sql: """
                        SELECT t.number FROM trial t LEFT JOIN run r ON r.id = t.run
                        WHERE t.study = ? AND t.state = 'failed' AND (r.id IS NULL OR \(Self.hasNothingToShow))
                        """, arguments: [study]))
        }
    }
}
