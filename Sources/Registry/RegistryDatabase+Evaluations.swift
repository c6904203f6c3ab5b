package import Basics
import GRDB

extension RegistryDatabase {
    /// Records a measuring of a run's model and gives it its place.
    ///
    /// The first one on the test span of the run's own table is its test: its measures become the run's `test.*` and
    /// `baseline.*`, and its predictions the run's artefact. No later one overwrites any of these. The same measuring
    /// again is the same record. All in one transaction, so that of two at once one is the test.
    ///
    /// - Parameters:
    ///   - isTestSpan: whether it was made on the split's test span of the table that the run was trained on.
    ///   - baseline: what else the run records beside its test, by name without `baseline.`.
    ///   - size: of the predictions, in bytes.
    /// - Returns: the record as it is kept.
    package func record(
        _ evaluation: EvaluationRecord, isTestSpan: Bool, size: Int = 0, more baseline: [String: Double] = [:]
    ) throws -> EvaluationRecord {
        let time = now()
        return try write { db in
            var record = evaluation
            record.evaluatedAt = time
            record.id = record.identity
            if let known = try RegistryDatabase.evaluations(db, where: "id = ?", [record.id]).first { return known }
            let others = try RegistryDatabase.evaluations(db, where: "run = ?", [record.run])
            if isTestSpan {
                let test = others.first { $0.role == .test }
                let isConfirmed = test.map { $0.sampleSet == nil && $0.metrics == record.metrics } ?? false
                if isConfirmed { try db.execute(sql: "DELETE FROM evaluation WHERE id = ?", arguments: [test?.id]) }
                record.role = test == nil || isConfirmed ? .test : .other
                if isConfirmed { record.sequence = test?.sequence ?? 1 }
            }
            if record.sequence == 0 {
                let last = others.map(\.sequence).max() ?? 0
                guard let next = last.plus(1) else {
                    throw RegistryDatabase.damage("an evaluation of number \(last)", path)
                }
                record.sequence = next
            }
            try RegistryDatabase.insert(record, db)
            if record.role == .test {
                if let predictions = record.predictions {
                    try RegistryDatabase.insertArtefact(
                        run: record.run, name: .predictions, digest: predictions, size: size, db)
                }
                let values =
                    record.metrics.map { MetricValue("test.\($0.key)", $0.value) }
                    + record.baseline.merging(baseline) { $1 }.map { MetricValue("baseline.\($0.key)", $0.value) }
                try store(values.filter(\.value.isFinite).sorted { $0.key < $1.key }, run: record.run, time: time, db)
            }
            try seal(record.run, db)
            return record
        }
    }

    /// The identity of a strategy: the digest of the first file that said the same, so that another spelling is no
    /// other strategy, and what was recorded by a file's digest stays what it was.
    ///
    /// - Parameters:
    ///   - meaning: digest of what the file says with all defaults.
    ///   - file: digest of the file.
    package func strategyDigest(meaning: String, file: String) throws -> String {
        func known(_ db: Database) throws -> String? {
            try String.fetchOne(db, sql: "SELECT digest FROM strategy_meaning WHERE meaning = ?", arguments: [meaning])
        }
        if let digest = try read(known) { return digest }
        return try write { db in
            try db.execute(
                sql: "INSERT INTO strategy_meaning(meaning, digest) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [meaning, file])
            return try known(db) ?? file
        }
    }

    private static func insert(_ record: EvaluationRecord, _ db: Database) throws {
        try db.cachedStatement(
            sql: "INSERT INTO evaluation(\(EvaluationRecord.columns)) VALUES (\(SQLBuilder.marks(18)))"
        ).execute(arguments: record.arguments)
    }

    /// Of one run, in the order in which they were made.
    package func evaluations(run: String) throws -> [EvaluationRecord] {
        try read { try RegistryDatabase.evaluations($0, where: "run = ?", [run]) }
    }

    /// Of many runs, those of some roles.
    package func evaluations(of runs: [String], _ roles: [EvaluationRecord.Role]) throws -> [EvaluationRecord] {
        guard !runs.isEmpty else { return [] }
        return try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT \(EvaluationRecord.columns) FROM evaluation WHERE run = ? ORDER BY sequence")
            return try runs.flatMap { try StoredRow.fetchAll(statement, arguments: [$0]).map(EvaluationRecord.init) }
                .filter {
                    roles.contains($0.role)
                }
        }
    }

    /// The test of a run; nil where it has none.
    package func test(of run: String) throws -> EvaluationRecord? {
        try read { try RegistryDatabase.evaluations($0, where: "run = ? AND role = 'test'", [run]).first }
    }

    /// An evaluation by the first digits of its id, six or more; nil where none or several begin so.
    package func evaluation(_ prefix: String) throws -> EvaluationRecord? {
        guard prefix.count >= 6, prefix.allSatisfy(\.isHexDigit) else { return nil }
        let found = try read {
            try RegistryDatabase.evaluations($0, where: "id >= ? AND id < ?", [prefix, prefix + "g"])
        }
        return found.count == 1 ? found[0] : nil
    }

    private static func evaluations(_ db: Database, where condition: String, _ arguments: [String]) throws
        -> [EvaluationRecord]
    {
        try StoredRow.fetchAll(
            db.cachedStatement(
                sql: "SELECT \(EvaluationRecord.columns) FROM evaluation WHERE \(condition) ORDER BY run, sequence"),
            arguments: StatementArguments(arguments)
        ).map(EvaluationRecord.init)
    }

    // MARK: What a run began from

    /// The first run that made a model or a policy of these bytes; nil where none is on record.
    package func run(ofModel digest: String) throws -> String? {
        try read {
            try String.fetchOne(
                $0,
                sql: "SELECT a.run FROM artefact a JOIN run r ON r.id = a.run WHERE a.digest = ? AND a.name IN "
                    + "('model', 'policy') ORDER BY r.started_at, r.id LIMIT 1", arguments: [digest])
        }
    }

    /// What is kept of a run's begin: the span it learns from, and what going on with it needs.
    package struct RunStart: Sendable, Equatable {
        /// As `LearnedSpan` writes it; null where nobody knows.
        package var span: JSONValue
        /// Paths from the root of the project, starting weights and the like.
        package var start: JSONValue

        package init(span: JSONValue, start: JSONValue) { (self.span, self.start) = (span, start) }
    }

    /// Records what a run begins from; what was recorded before is replaced.
    package func setStart(_ start: RunStart, run: String) throws {
        try write { db in
            try db.cachedStatement(
                sql: "INSERT INTO run_start(run, span, start) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
                    + "span = excluded.span, start = excluded.start"
            ).execute(arguments: [
                run, start.span.isNull ? nil : start.span.text(.compact), start.start.text(.compact),
            ])
            try seal(run, db)
        }
    }

    /// Nil for runs of before schema 5, and of kinds that keep none.
    package func start(of run: String) throws -> RunStart? {
        try read { db in
            guard
                let row = try StoredRow.fetchOne(
                    db.cachedStatement(sql: "SELECT span, start FROM run_start WHERE run = ?"), arguments: [run])
            else { return nil }
            let span = (try row["span"] as String?).flatMap { try? JSONParser.parse($0) },
                start = (try row["start"] as String?).flatMap { try? JSONParser.parse($0) }
            return RunStart(span: span ?? .null, start: start ?? .map([]))
        }
    }
}
