import GRDB

/// Runs whose measures of one kind were made on the same samples, and so may stand in one order.
package struct SampleGroup: Sendable, Equatable {
    /// Nil where nobody kept it: such runs are grouped by the table that they were trained on.
    package let sampleSet: String?
    /// Of measures in money: the strategy; of a validation's loss: the loss.
    package let strategy: String?
    package let data: String?
    package let runs: Int
    package let samples: Int?
}

extension RegistryDatabase {
    /// Groups of the runs that satisfy a filter and have a metric, the largest first.
    ///
    /// - Parameters:
    ///   - role: the evaluation that the metric is of.
    ///   - decider: what else the metric needs one of.
    package func sampleGroups(
        _ filter: FilterExpression, experiments: [String]? = nil, stage: LifeStage = .active, metric: String,
        role: EvaluationRecord.Role, by decider: Decider
    ) throws -> [SampleGroup] {
        try read { db in
            let sql = try RegistryDatabase.conditions(filter, experiments: experiments, stage: stage)
            let strategy = decider.column
            let conditions = sql.conditions.isEmpty ? "" : " WHERE " + sql.conditions.joined(separator: " AND ")
            let rows = try StoredRow.fetchAll(
                db,
                sql: """
                    SELECT e.sample_set, \(strategy) AS strategy,
                        CASE WHEN e.sample_set IS NULL THEN r.data_digest END AS data, count(*), max(e.samples)
                    FROM run r JOIN series m ON m.run = r.id AND m.key = ? AND m.last_value IS NOT NULL
                    LEFT JOIN evaluation e ON e.run = r.id AND e.role = ?\(decider.join)\(conditions)
                    GROUP BY 1, 2, 3 ORDER BY 4 DESC, max(r.started_at) DESC
                    """, arguments: StatementArguments([metric, role.rawValue] + sql.arguments))
            return try rows.map {
                SampleGroup(
                    sampleSet: try $0[0], strategy: try $0[1], data: try $0[2], runs: try $0[3], samples: try $0[4])
            }
        }
    }

    /// What decides the meaning of a number beside the samples it was measured on.
    package enum Decider: Sendable, Equatable {
        /// Nothing.
        case nothing
        /// The strategy of a test, or the loss of a validation.
        case evaluation
        /// What the run itself was judged by: its study, or the strategy among its parameters.
        case work

        fileprivate var column: String {
            switch self {
            case .nothing: "NULL"
            case .evaluation: "e.strategy"
            case .work: "coalesce(t.study, p.value)"
            }
        }

        fileprivate var join: String {
            guard case .work = self else { return "" }
            return " LEFT JOIN (SELECT run, study FROM trial WHERE run IS NOT NULL) t ON t.run = r.id"
                + " LEFT JOIN param p ON p.run = r.id AND p.key = 'strategy'"
        }
    }

    /// How many runs satisfy a filter.
    package func count(_ filter: FilterExpression, experiments: [String]? = nil, stage: LifeStage = .active) throws
        -> Int
    {
        try read { db in
            let sql = try RegistryDatabase.conditions(filter, experiments: experiments, stage: stage)
            return try Int.fetchOne(
                db, sql: "SELECT count(*) FROM run r\(sql.whereText)", arguments: StatementArguments(sql.arguments))
                ?? 0
        }
    }

    /// Whether a measuring of a role was made on samples whose identity begins so.
    package func hasSamples(_ prefix: String, role: EvaluationRecord.Role) throws -> Bool {
        try read {
            try Int.fetchOne(
                $0, sql: "SELECT 1 FROM evaluation WHERE role = ? AND sample_set >= ? AND sample_set < ? LIMIT 1",
                arguments: [role.rawValue, prefix, prefix + "g"]) != nil
        }
    }

    private static func conditions(_ filter: FilterExpression, experiments: [String]?, stage: LifeStage) throws
        -> SQLBuilder
    {
        var sql = SQLBuilder()
        if let condition = stage.condition("r.deleted_at") { sql.conditions.append(condition) }
        if let experiments { sql.add("r.experiment IN (\(SQLBuilder.marks(experiments.count)))", experiments) }
        for clause in filter.clauses {
            if let test = try SQLBuilder.keyTest(clause) {
                sql.add("r.id IN (\(test.matches))", test.arguments)
            } else {
                try sql.addRunClause(clause)
            }
        }
        return sql
    }
}
