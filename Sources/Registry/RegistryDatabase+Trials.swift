import GRDB

/// The trials beside a run: everything that was a chance to look good on the same ground, which is what the deflated
/// Sharpe ratio and the probability of backtest overfitting have to count.
///
/// Those are all runs of its experiment, also failed and deleted ones, and all trainings on the same data under any
/// other name: an experiment can be called anew, data cannot.
extension RegistryDatabase {
    private static let besideRun =
        "(r.experiment = :experiment OR (r.data_digest = :data AND r.kind IN ('train', 'trial')))"

    private static func arguments(_ run: RunRecord, _ more: [String: any DatabaseValueConvertible] = [:])
        -> StatementArguments
    {
        let own: [String: (any DatabaseValueConvertible)?] = ["experiment": run.experiment, "data": run.dataDigest]
        return StatementArguments(own.merging(more) { $1 })
    }

    package func trialCount(beside run: RunRecord) throws -> Int {
        try read {
            try Int.fetchOne(
                $0, sql: "SELECT count(*) FROM run r WHERE \(Self.besideRun)", arguments: Self.arguments(run)) ?? 0
        }
    }

    /// Latest value of a metric of every trial that has it, by their start.
    package func metricOfTrials(beside run: RunRecord, metric: String) throws -> [Double] {
        try read {
            try Double.fetchAll(
                $0,
                sql: """
                    SELECT s.last_value FROM run r JOIN series s ON s.run = r.id AND s.key = :metric WHERE \
                    \(Self.besideRun) AND s.last_value IS NOT NULL
                    ORDER BY r.started_at, r.id
                    """, arguments: Self.arguments(run, ["metric": metric]))
        }
    }

    /// The whole history of a metric of every trial that has it, by their start.
    package func historiesOfTrials(beside run: RunRecord, metric: String) throws -> [[Double]] {
        try read { db in
            let series = try Int64.fetchAll(
                db,
                sql:
                    "SELECT s.id FROM run r JOIN series s ON s.run = r.id AND s.key = :metric WHERE \(Self.besideRun) "
                    + "ORDER BY r.started_at, r.id",
                arguments: Self.arguments(run, ["metric": metric]))
            let points = try db.cachedStatement(
                sql: "SELECT value FROM metric WHERE series = ? AND value IS NOT NULL ORDER BY step, sequence")
            return try series.map { try Double.fetchAll(points, arguments: [$0]) }
        }
    }
}
