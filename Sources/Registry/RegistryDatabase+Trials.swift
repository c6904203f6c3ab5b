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

    /// What has to be counted: every training, and every strategy that a model was judged by beside its first.
    package var trials: Int { trainings + furtherJudgements }

    /// For people: `172 trainings on these data, 4 feature sets, 3 strategies`.
    package var summary: String {
        func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }
        var parts = [counted(trainings, "training", "trainings") + " on these data"]
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
/// counts as the same raw data: a day more does not make old days new.
///
/// Also failed, interrupted, pruned and deleted runs count: each was begun with the chance to look good, and a list
/// that forgets is a list that can be cleaned. A run that resumes is one run.
extension RegistryDatabase {
    /// The data of the family, as a table `family(id)`; without lineage the run's own.
    private static let family = """
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
            SELECT :data UNION SELECT id FROM ground UNION
            SELECT edge.target FROM family JOIN edge ON edge.source = family.id JOIN node ON node.id = edge.target
            WHERE node.kind IN ('raw-data', 'features')
        )
        """

    private static let besideRun = """
        (r.experiment = :experiment
            OR (r.kind IN ('train', 'trial') AND r.data_digest IN (SELECT id FROM family WHERE id IS NOT NULL)))
        """

    private static func arguments(_ run: RunRecord, _ more: [String: any DatabaseValueConvertible] = [:])
        -> StatementArguments
    {
        let own: [String: (any DatabaseValueConvertible)?] = ["experiment": run.experiment, "data": run.dataDigest]
        return StatementArguments(own.merging(more) { $1 })
    }

    /// - Parameter strategy: by which the run is judged now; it counts whether it is on record or not.
    package func trialCount(beside run: RunRecord, judgedBy strategy: String? = nil) throws -> TrialCount {
        try read { db in
            let runs = try StoredRow.fetchAll(
                db, sql: "\(Self.family) SELECT r.id, r.data_digest FROM run r WHERE \(Self.besideRun)",
                arguments: Self.arguments(run))
            var ids: Set<String> = [], data: Set<String> = []
            for row in runs {
                ids.insert(try row[0])
                if let digest: String = try row[1] as String? { data.insert(digest) }
            }
            var judged: [String: Set<String>] = [:]
            if let strategy { judged[run.id, default: []].insert(strategy) }
            if try db.tableExists("evaluation") {
                for row in try StoredRow.fetchAll(
                    db,
                    sql: "SELECT DISTINCT run, strategy FROM evaluation WHERE strategy IS NOT NULL AND role != "
                        + "'validation'")
                {
                    let id: String = try row[0]
                    if ids.contains(id) { judged[id, default: []].insert(try row[1]) }
                }
            }
            return TrialCount(
                trainings: ids.count, featureSets: data.count,
                strategies: judged.values.reduce(into: Set<String>()) { $0.formUnion($1) }.count,
                furtherJudgements: judged.values.reduce(0) { $0 + $1.count - 1 })
        }
    }

    /// Latest value of a metric of every trial that has it, by their start.
    package func metricOfTrials(beside run: RunRecord, metric: String) throws -> [Double] {
        try read {
            try Double.fetchAll(
                $0,
                sql: """
                    \(Self.family)
                    SELECT s.last_value FROM run r JOIN series s ON s.run = r.id AND s.key = :metric WHERE \
                    \(Self.besideRun) AND s.last_value IS NOT NULL
                    ORDER BY r.started_at, r.id
                    """, arguments: Self.arguments(run, ["metric": metric]))
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
                    """, arguments: Self.arguments(run, ["metric": metric]))
            let points = try db.cachedStatement(
                sql: "SELECT value FROM metric WHERE series = ? AND value IS NOT NULL ORDER BY step, sequence")
            return try series.map { try Double.fetchAll(points, arguments: [$0]) }
        }
    }
}
