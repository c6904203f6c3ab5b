import Basics
import GRDB

/// A digest over all that a finished run recorded, kept in the audit log: a metric, a parameter or an artefact that changes later shows.
extension RegistryDatabase {
    /// Seals a run that has ended; one that is under way is left open.
    func seal(_ run: String, _ db: Database) throws {
        guard let status = try String.fetchOne(db.cachedStatement(sql: "SELECT status FROM run WHERE id = ?"), arguments: [run]), status != "running", status != "scheduled" else { return }
        try appendAudit(db, actor: RegistryDatabase.actor, action: "run.sealed", subject: "run:\(run)", detail: .map(["status": .string(status), "seal": .string(try runSeal(run, db))]))
    }

    /// Over the run's own columns, its parameters, artefacts and every point of its metrics, each in the order of its key. O(points).
    private func runSeal(_ run: String, _ db: Database) throws -> String {
        var seal = RunningDigest()
        let columns = "experiment, kind, status, started_at, seed, threads, config, data_digest, git_commit, git_dirty, tool_version, user"
        for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT \(columns) FROM run WHERE id = ?"), arguments: [run]) {
            for value in row.databaseValues { seal.add(String.fromDatabaseValue(value) ?? Int64.fromDatabaseValue(value).map(String.init) ?? "\u{0}") }
        }
        for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT key, value FROM param WHERE run = ? ORDER BY key"), arguments: [run]) {
            seal.add(row[0] as String)
            seal.add(row[1] as String)
        }
        for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT name, digest FROM artefact WHERE run = ? ORDER BY name"), arguments: [run]) {
            seal.add(row[0] as String)
            seal.add(row[1] as String)
        }
        let points = try db.cachedStatement(sql: "SELECT step, sequence, value, time FROM metric WHERE series = ? ORDER BY step, sequence")
        for series in try Row.fetchAll(db.cachedStatement(sql: "SELECT id, key, last_value FROM series WHERE run = ? ORDER BY key"), arguments: [run]) {
            seal.add(series[1] as String)
            seal.add((series[2] as Double? ?? .nan).bitPattern)
            let cursor = try Row.fetchCursor(points, arguments: [series[0] as Int64])
            while let row = try cursor.next() {
                seal.add(row[0] as Int64)
                seal.add(row[1] as Int64)
                seal.add((row[2] as Double? ?? .nan).bitPattern)
                seal.add(row[3] as Int64)
            }
        }
        return seal.finish()
    }

    /// Runs whose records are not what was sealed, in words.
    func sealProblems(_ entries: [AuditEntry]) throws -> [String] {
        var seals: [String: String] = [:]
        for entry in entries {
            if entry.action == "run.sealed" { seals[entry.subject] = (try? JSONParser.parse(entry.detail))?[key: "seal"]?.stringValue }
            if entry.action == "run.reopened" { seals[entry.subject] = nil }
        }
        return try read { db in
            var problems: [String] = []
            for (subject, seal) in seals.sorted(by: { $0.key < $1.key }) {
                let id = String(subject.dropFirst(4))
                guard let name = try String.fetchOne(db, sql: "SELECT name FROM run WHERE id = ?", arguments: [id]) else {
                    problems.append("found no run \(id.prefix(12)), which was sealed once")
                    continue
                }
                guard try runSeal(id, db) != seal else { continue }
                problems.append(
                    "found run \(id.prefix(12)) '\(name)' altered after it was sealed: its metrics, parameters or artefacts are not those recorded")
            }
            return problems
        }
    }
}
