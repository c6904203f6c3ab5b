package import Basics
import GRDB

/// A search as the registry keeps it.
package struct StudyRecord: Sendable, Equatable {
    package var name: String
    package var experiment: String
    /// Canonical JSON of everything that decides what a trial means: space, objectives, data and recipe.
    package var definition: String
    package var createdAt: Nanoseconds

    /// Parts of two definitions that differ, in words: `objectives was …, now …`. Long parts are only named.
    package static func differences(_ recorded: String, _ now: String, except: Set<String> = []) throws -> [String] {
        let left = try JSONParser.parse(recorded), right = try JSONParser.parse(now)
        let names = ["config": "training configuration", "features": "feature table", "common": "common samples"]
        let keys = Set(((left.mapValue ?? []) + (right.mapValue ?? [])).map(\.key)).subtracting(except)
        return keys.sorted().filter { left[key: $0] ?? .null != right[key: $0] ?? .null }.map { key in
            let texts = [left, right].map { ($0[key: key] ?? .null).text(.compact) }
            let name = names[key] ?? key
            if texts.contains(where: { $0.utf8.count > 200 }) { return name }
            let shown = texts.map { text in
                // Of a digest eight digits tell.
                let digest = text.filter { $0 != "\"" }.suffix(64)
                if digest.count == 64, digest.allSatisfy(\.isHexDigit) { return String(digest.prefix(8)) }
                return text == "null" ? "none" : text
            }
            return "\(name) was \(shown[0]), now \(shown[1])"
        }
    }
}

/// One trial as the registry keeps it; lists are JSON, what they mean is the searcher's.
package struct TrialRecord: Sendable, Equatable {
    package var number: Int
    package var state: String
    package var point: String
    /// What the point set, by name, as JSON.
    package var parameters: String
    package var tag: Int
    package var objectives: String
    package var retryOf: Int?
    package var run: String?
    package var worker: String
    package var reports: [(step: Int, value: Double)]
    /// Why it failed.
    package var reason: String?

    package static func == (a: TrialRecord, b: TrialRecord) -> Bool {
        (a.number, a.state, a.point, a.parameters, a.tag, a.objectives) == (
            b.number, b.state, b.point, b.parameters, b.tag, b.objectives
        ) && a.retryOf == b.retryOf && a.run == b.run
            && a.worker == b.worker && a.reason == b.reason && a.reports.elementsEqual(b.reports, by: ==)
    }
}

extension RegistryDatabase {
    /// Opens a study or makes it.
    ///
    /// - Throws: ``Failure`` with code `search.other-study` when one of this name means something else.
    package func openStudy(_ name: String, experiment: String, definition: String) throws -> StudyRecord {
        let time = now()
        return try write { db in
            if let row = try StoredRow.fetchOne(db, sql: "SELECT * FROM study WHERE name = ?", arguments: [name]) {
                guard try row["definition"] == definition else {
                    let what = try StudyRecord.differences(try row["definition"], definition)
                    throw Failure(
                        "search.other-study",
                        "found a study '\(name)' that means something else: \(what.joined(separator: "; "))",
                        hint: "give this search a name of its own with --study, or undo the change")
                }
                return StudyRecord(
                    name: name, experiment: try row["experiment"], definition: definition,
                    createdAt: try row["created_at"])
            }
            try db.execute(
                sql: "INSERT INTO study(name, experiment, definition, created_at) VALUES (?, ?, ?, ?)",
                arguments: [name, experiment, definition, time])
            return StudyRecord(name: name, experiment: experiment, definition: definition, createdAt: time)
        }
    }

    package func studies() throws -> [StudyRecord] {
        try read {
            try StoredRow.fetchAll($0, sql: "SELECT * FROM study ORDER BY created_at").map {
                StudyRecord(
                    name: try $0["name"], experiment: try $0["experiment"], definition: try $0["definition"],
                    createdAt: try $0["created_at"])
            }
        }
    }

    /// - Throws: ``Failure`` with code `search.no-study` and the nearest name.
    package func study(named name: String) throws -> StudyRecord {
        let all = try studies()
        if let study = all.first(where: { $0.name == name }) { return study }
        throw try read { try UnknownNames.study(name, $0) }
    }

    /// Claims a trial, in one transaction: first one whose worker is lost, again at its point; then a new one, unless
    /// `limit` are finished or under way.
    ///
    /// - Parameters:
    ///   - isLost: whether a worker that was last heard of at a time is gone.
    ///   - mostRetries: how often a point is given out again.
    package func beginTrial(
        study: String, limit: Int, worker: String, mostRetries: Int, isLost: (String, Nanoseconds) -> Bool
    ) throws -> TrialRecord? {
        let time = now()
        return try write { db in
            for row in try StoredRow.fetchAll(
                db, sql: "SELECT * FROM trial WHERE study = ? AND state = 'running' ORDER BY number", arguments: [study]
            ) {
                guard isLost(try row["worker"], try row["seen_at"]) else { continue }
                let number: Int = try row["number"], point: String = try row["point"]
                try RegistryDatabase.touch(
                    db, study, number, "state = 'failed', reason = 'its worker was killed', ended_at = ?", [time])
                try settle(run: try row["run"], as: .failed, time, db)
                guard point != "[]", try RegistryDatabase.retries(db, study, number) < mostRetries else { continue }
                return try RegistryDatabase.insert(
                    db, study, worker, time, point: point, parameters: row["parameters"], tag: row["tag"],
                    retryOf: number)
            }
            let taken =
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM trial WHERE study = ? AND state <> 'failed'", arguments: [study])
                ?? 0
            guard taken < limit else { return nil }
            return try RegistryDatabase.insert(db, study, worker, time)
        }
    }

    static func insert(
        _ db: Database, _ study: String, _ worker: String, _ time: Nanoseconds, point: String = "[]",
        parameters: String = "{}", tag: Int = 0, retryOf: Int? = nil
    ) throws -> TrialRecord {
        let number =
            try Int.fetchOne(
                db, sql: "SELECT coalesce(max(number) + 1, 0) FROM trial WHERE study = ?", arguments: [study]) ?? 0
        try db.execute(
            sql: """
                INSERT INTO trial(study, number, state, point, parameters, tag, retry_of, worker, started_at, seen_at, \
                revision)
                VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?6, ?7, ?8, ?8, (SELECT coalesce(max(revision), 0) + 1 FROM \
                trial WHERE study = ?1))
                """, arguments: [study, number, point, parameters, tag, retryOf, worker, time])
        return TrialRecord(
            number: number, state: "running", point: point, parameters: parameters, tag: tag, objectives: "[]",
            retryOf: retryOf, run: nil, worker: worker, reports: [])
    }

    private static func retries(_ db: Database, _ study: String, _ number: Int) throws -> Int {
        try Int.fetchOne(
            db,
            sql: """
                WITH RECURSIVE chain(number, depth) AS (SELECT ?2, 0 UNION ALL
                    SELECT trial.retry_of, depth + 1 FROM chain JOIN trial ON trial.study = ?1 AND trial.number = \
                chain.number WHERE trial.retry_of IS NOT NULL)
                SELECT max(depth) FROM chain
                """, arguments: [study, number]) ?? 0
    }

    /// Changes a trial and gives it the study's next revision.
    static func touch(
        _ db: Database, _ study: String, _ number: Int, _ assignments: String,
        _ values: [(any DatabaseValueConvertible)?]
    ) throws {
        try db.execute(
            sql:
                "UPDATE trial SET \(assignments), revision = (SELECT coalesce(max(revision), 0) + 1 FROM trial WHERE "
                + "study = ?) WHERE study = ? AND number = ?",
            arguments: StatementArguments(values + [study, study, number]))
    }

    package func proposeTrial(study: String, number: Int, point: String, parameters: String, tag: Int) throws {
        let time = now()
        try write {
            try RegistryDatabase.touch(
                $0, study, number, "point = ?, parameters = ?, tag = ?, seen_at = ?", [point, parameters, tag, time])
        }
    }

    /// Names the run that a trial is.
    package func linkTrial(study: String, number: Int, run: String) throws {
        try write { try RegistryDatabase.touch($0, study, number, "run = ?", [run]) }
    }

    /// Adds a report; the same step again replaces it.
    package func reportTrial(study: String, number: Int, step: Int, value: Double) throws {
        let time = now()
        try write { db in
            try db.execute(
                sql:
                    "INSERT INTO trial_report(study, number, step, value) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
                    + "SET value = excluded.value",
                arguments: [study, number, step, value.isFinite ? value : nil])
            try RegistryDatabase.touch(db, study, number, "seen_at = ?", [time])
        }
    }

    /// Says that the workers of these trials are alive.
    package func seeTrials(study: String, numbers: [Int]) throws {
        let time = now()
        try write { db in
            let statement = try db.makeStatement(sql: "UPDATE trial SET seen_at = ? WHERE study = ? AND number = ?")
            for number in numbers { try statement.execute(arguments: [time, study, number]) }
        }
    }

    /// Ends a trial, if it is still this worker's: one that was taken for lost and given out again is not ended twice.
    ///
    /// - Returns: whether it was.
    @discardableResult
    package func finishTrial(
        study: String, number: Int, worker: String, state: String, objectives: String, reason: String?
    ) throws -> Bool {
        let time = now()
        return try write { db in
            let open = try Bool.fetchOne(
                db,
                sql:
                    "SELECT count(*) > 0 FROM trial WHERE study = ? AND number = ? AND worker = ? AND state = "
                    + "'running'",
                arguments: [study, number, worker])
            guard open == true else { return false }
            try RegistryDatabase.touch(
                db, study, number, "state = ?, objectives = ?, reason = ?, ended_at = ?",
                [state, objectives, reason, time])
            return true
        }
    }

    /// Gives a trial back that is still this worker's, under a name that counts as lost.
    package func releaseTrial(study: String, number: Int, worker: String, as lost: String) throws {
        try write {
            try $0.execute(
                sql: "UPDATE trial SET worker = ? WHERE study = ? AND number = ? AND worker = ? AND state = 'running'",
                arguments: [lost, study, number, worker])
        }
    }

    /// Trials that changed after a revision, by number, and the newest revision.
    package func trials(study: String, after revision: Int = 0) throws -> (trials: [TrialRecord], revision: Int) {
        try read { db in
            let rows = try StoredRow.fetchAll(
                db, sql: "SELECT * FROM trial WHERE study = ? AND revision > ? ORDER BY number",
                arguments: [study, revision])
            let newest = try rows.reduce(revision) { max($0, try $1["revision"]) }
            let reports = try db.makeStatement(
                sql: "SELECT step, value FROM trial_report WHERE study = ? AND number = ? ORDER BY step")
            return (
                try rows.map { row in
                    let number: Int = try row["number"]
                    return TrialRecord(
                        number: number, state: try row["state"], point: try row["point"],
                        parameters: try row["parameters"],
                        tag: try row["tag"], objectives: try row["objectives"], retryOf: try row["retry_of"],
                        run: try row["run"],
                        worker: try row["worker"],
                        reports: try StoredRow.fetchAll(reports, arguments: [study, number]).map {
                            (try $0["step"], try $0["value"] ?? .nan)
                        }, reason: try row["reason"])
                }, newest
            )
        }
    }
}
