import Basics
import GRDB

/// Trials that nobody trains here: taken over from another study, or taken back.
extension RegistryDatabase {
    /// A trial that another study completed.
    package struct KnownTrial: Sendable {
        package var point: String
        package var parameters: String
        package var objectives: String

        package init(point: String, parameters: String, objectives: String) {
            (self.point, self.parameters, self.objectives) = (point, parameters, objectives)
        }
    }

    /// Adds complete trials to a study that has none, all or nothing: a study that was begun is left as it is.
    package func addTrials(_ known: [KnownTrial], to study: String, worker: String, reason: String) throws {
        let time = now()
        try write { db in
            let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM trial WHERE study = ?", arguments: [study])
            guard count == 0 else { return }
            for trial in known {
                let made = try RegistryDatabase.insert(
                    db, study, worker, time, point: trial.point, parameters: trial.parameters, tag: -1)
                try RegistryDatabase.touch(
                    db, study, made.number, "state = 'complete', objectives = ?, reason = ?, ended_at = ?",
                    [trial.objectives, reason, time])
            }
        }
    }

    /// Removes the newest trial of a study where it has no point yet and is this worker's.
    ///
    /// - Returns: false for any other trial, which stays: numbers have no gaps.
    package func discardTrial(study: String, number: Int, worker: String) throws -> Bool {
        try write { db in
            try db.execute(
                sql: """
                    DELETE FROM trial WHERE study = ?1 AND number = ?2 AND worker = ?3 AND state = 'running'
                        AND point = '[]' AND number > 0 AND number = (SELECT max(number) FROM trial WHERE study = ?1)
                    """, arguments: [study, number, worker])
            guard db.changesCount > 0 else { return false }
            // The revision that went with it is not given twice: somebody may have read up to it.
            try db.execute(
                sql: """
                    UPDATE trial SET revision = (SELECT max(revision) + 2 FROM trial WHERE study = ?1)
                    WHERE study = ?1 AND number = 0
                    """, arguments: [study])
            return true
        }
    }
}
