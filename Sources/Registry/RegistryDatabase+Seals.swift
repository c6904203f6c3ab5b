import Basics
import GRDB

/// A digest over all that a finished run recorded, kept in the audit log: a metric, a parameter or an artefact that
/// changes later shows.
extension RegistryDatabase {
    /// Seals a run that has ended; one that is under way is left open.
    func seal(_ run: String, _ db: Database) throws {
        guard
            let status = try String.fetchOne(
                db.cachedStatement(sql: "SELECT status FROM run WHERE id = ?"), arguments: [run]), status != "running",
            status != "scheduled"
        else { return }
        try appendAudit(
            db, actor: actor, action: "run.sealed", subject: .run(run),
            detail: .map(["status": .string(status), "seal": .string(try runSeal(run, db))]))
    }

    /// Over the run's own columns, its parameters, artefacts and every point of its metrics, each in the order of its
    /// key. O(points).
    private func runSeal(_ run: String, _ db: Database) throws -> String {
        var seal = RunningDigest()
        let columns =
            "experiment, kind, status, started_at, seed, threads, config, data_digest, git_commit, git_dirty, "
            + "tool_version, user"
        for row in try StoredRow.fetchAll(
            db.cachedStatement(sql: "SELECT \(columns) FROM run WHERE id = ?"), arguments: [run])
        {
            for value in row.columns.map(\.value) {
                seal.add(String.fromDatabaseValue(value) ?? Int64.fromDatabaseValue(value).map(String.init) ?? "\u{0}")
            }
        }
        for row in try StoredRow.fetchAll(
            db.cachedStatement(sql: "SELECT key, value FROM param WHERE run = ? ORDER BY key"), arguments: [run])
        {
            seal.add(try row[0] as String)
            seal.add(try row[1] as String)
        }
        for row in try StoredRow.fetchAll(
            db.cachedStatement(sql: "SELECT name, digest FROM artefact WHERE run = ? ORDER BY name"), arguments: [run])
        {
            seal.add(try row[0] as String)
            seal.add(try row[1] as String)
        }
        // What was kept before schema 5 stays out: those seals hold.
        for row in try StoredRow.fetchAll(
            db.cachedStatement(
                sql: "SELECT \(EvaluationRecord.columns) FROM evaluation WHERE run = ? AND sample_set IS NOT NULL "
                    + "ORDER BY sequence"), arguments: [run])
        {
            for value in row.columns.map(\.value) {
                seal.add(String.fromDatabaseValue(value) ?? Int64.fromDatabaseValue(value).map(String.init) ?? "\u{0}")
            }
        }
        for row in try StoredRow.fetchAll(
            db.cachedStatement(sql: "SELECT span, start FROM run_start WHERE run = ?"), arguments: [run])
        {
            for value in row.columns.map(\.value) { seal.add(String.fromDatabaseValue(value) ?? "\u{0}") }
        }
        let points = try db.cachedStatement(
            sql: "SELECT step, sequence, value, time FROM metric WHERE series = ? ORDER BY step, sequence")
        for series in try StoredRow.fetchAll(
            db.cachedStatement(sql: "SELECT id, key, last_value FROM series WHERE run = ? ORDER BY key"),
            arguments: [run])
        {
            seal.add(try series[1] as String)
            seal.add((try series[2] as Double? ?? .nan).bitPattern)
            try StoredRow.forEach(points, arguments: [try series[0] as Int64]) { row in
                seal.add(try row[0] as Int64)
                seal.add(try row[1] as Int64)
                seal.add((try row[2] as Double? ?? .nan).bitPattern)
                seal.add(try row[3] as Int64)
            }
        }
        return seal.finish()
    }

    /// Runs whose records are not what the log says of them, in words: gone, moved to another experiment or other data,
    /// or altered after they were sealed.
    func sealProblems(_ entries: [AuditEntry], _ db: Database) throws -> (texts: [String], runs: [String]) {
        var starts: [String: JSONValue] = [:], seals: [String: String] = [:]
        for entry in entries {
            switch entry.action {
            case "run.started": starts[entry.subject] = try? JSONParser.parse(entry.detail)
            case "run.sealed": seals[entry.subject] = (try? JSONParser.parse(entry.detail))?[key: "seal"]?.stringValue
            case "run.reopened": seals[entry.subject] = nil
            default: break
            }
        }
        var problems: [String] = [], runs: [String] = []
        for subject in Set(starts.keys).union(seals.keys).sorted() {
            let id = String(subject.dropFirst(4)), seal = seals[subject], start = starts[subject]
            guard
                let row = try StoredRow.fetchOne(
                    db.cachedStatement(sql: "SELECT name, experiment, data_digest, kind FROM run WHERE id = ?"),
                    arguments: [id])
            else {
                runs.append(id)
                problems.append("found no run \(id.prefix(12)), which was \(seal == nil ? "started" : "sealed") once")
                continue
            }
            let name: String = try row[0]
            if let seal, try runSeal(id, db) != seal {
                runs.append(id)
                problems.append(
                    "found run \(id.prefix(12)) '\(name)' altered after it was sealed: its metrics, parameters or "
                        + "artefacts are not those recorded"
                )
            } else if let start,
                try start[key: "experiment"]?.stringValue != row[1] || start[key: "data"]?.stringValue != row[2]
                    || start[key: "kind"]?.stringValue != row[3]
            {
                runs.append(id)
                problems.append(
                    "found run \(id.prefix(12)) '\(name)' in another experiment, on other data or of another kind "
                        + "than it was started"
                )
            }
        }
        return (problems, runs)
    }
}
