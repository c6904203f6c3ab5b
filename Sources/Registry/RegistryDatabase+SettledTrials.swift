package import Basics
import GRDB

/// What a search that was killed leaves behind.
extension RegistryDatabase {
    /// Ends the runs of trials that nobody trains any more, in whatever moment their search was killed: of a trial that
    /// has ended as it ended, of one whose worker is gone as failed. Such a trial is given back, so that the next
    /// search takes it up again.
    ///
    /// Writes nothing where there is nothing to settle. O(trials).
    ///
    /// - Parameters:
    ///   - isLost: whether a worker that was last heard of at a time is gone.
    ///   - lost: the worker of a trial that was given back.
    package func settleTrials(isLost: (String, Nanoseconds) -> Bool, as lost: String) throws {
        let open = try read { db in
            try OpenTrial.fetch(db, lost: lost).filter { !$0.isRunning || isLost($0.worker, $0.seenAt) }
        }
        guard !open.isEmpty else { return }
        let time = now()
        try write { db in
            for trial in open {
                if trial.isRunning, trial.worker != lost {
                    try db.execute(
                        sql: """
                            UPDATE trial SET worker = ?1, reason = 'its worker was killed', revision = (SELECT \
                            coalesce(max(revision), 0) + 1 FROM trial WHERE study = ?2)
                            WHERE study = ?2 AND number = ?3 AND worker = ?4 AND state = 'running'
                            """, arguments: [lost, trial.study, trial.number, trial.worker])
                    // Another process may have gone on with it meanwhile.
                    guard db.changesCount > 0 else { continue }
                }
                try settle(run: trial.run, as: trial.ending, time, db)
            }
        }
    }

    /// Ends a run that is under way; one that has ended stays as it ended.
    func settle(run: String?, as status: RunRecord.Status, _ time: Nanoseconds, _ db: Database) throws {
        guard let run else { return }
        try db.execute(
            sql: "UPDATE run SET status = ?, ended_at = ? WHERE id = ? AND status = 'running'",
            arguments: [status.rawValue, time, run])
        if db.changesCount > 0 { try seal(run, db) }
    }

    /// A trial under way, or one whose run is.
    private struct OpenTrial {
        let study: String
        let number: Int
        let state: String
        let worker: String
        let seenAt: Nanoseconds
        let run: String?

        var isRunning: Bool { state == "running" }

        /// How its run ends.
        var ending: RunRecord.Status {
            switch state {
            case "complete": .finished
            case "pruned": .pruned
            default: .failed
            }
        }

        static func fetch(_ db: Database, lost: String) throws -> [OpenTrial] {
            try StoredRow.fetchAll(
                db,
                sql: """
                    SELECT t.study, t.number, t.state, t.worker, t.seen_at, t.run
                    FROM trial t LEFT JOIN run r ON r.id = t.run
                    WHERE (t.state = 'running' AND t.worker <> ?1) OR r.status = 'running'
                    """, arguments: [lost]
            ).map {
                OpenTrial(
                    study: try $0[0], number: try $0[1], state: try $0[2], worker: try $0[3], seenAt: try $0[4],
                    run: try $0[5])
            }
        }
    }
}
