import Basics
import GRDB

extension RegistryDatabase {
    package func start(_ run: RunRecord, parameters: [(String, String)]) throws {
        try write { try insert(run, parameters: parameters, $0) }
    }

    func insert(_ run: RunRecord, parameters: [(String, String)], _ db: Database) throws {
        try db.cachedStatement(
            sql: "INSERT INTO experiment(name, created_at, updated_at) VALUES (?1, ?2, ?2) ON CONFLICT DO NOTHING"
        )
        .execute(arguments: [run.experiment, run.startedAt])
        try db.cachedStatement(sql: RunRecord.insertion).execute(arguments: run.arguments)
        let statement = try db.cachedStatement(sql: "INSERT INTO param(run, key, value) VALUES (?, ?, ?)")
        for (key, value) in parameters { try statement.execute(arguments: [run.id, key, value]) }
        // A run is on record from its first moment: a trial that is killed and taken out of the file was a trial all
        // the same.
        try appendAudit(
            db, actor: actor, action: "run.started", subject: .run(run.id),
            detail: .map([
                "experiment": .string(run.experiment), "data": .string(run.dataDigest),
                "kind": .string(run.kind.rawValue),
            ]))
    }

    package func finish(run: String, status: RunRecord.Status) throws {
        let time = now()
        try write { db in
            try db.cachedStatement(sql: "UPDATE run SET status = ?, ended_at = ? WHERE id = ?").execute(arguments: [
                status.rawValue, time, run,
            ])
            try seal(run, db)
        }
    }

    /// Marks a run as under way again. One that had ended was sealed, so the log says that its seal no longer holds:
    /// otherwise a run that somebody altered could be called under way to escape the check.
    package func resume(run: String) throws {
        try write { db in
            guard let status = try String.fetchOne(db, sql: "SELECT status FROM run WHERE id = ?", arguments: [run]),
                status != "running"
            else { return }
            try db.execute(sql: "UPDATE run SET status = 'running', ended_at = NULL WHERE id = ?", arguments: [run])
            try appendAudit(
                db, actor: actor, action: "run.reopened", subject: .run(run),
                detail: .map(["old": .string(status), "new": .string("running")]))
        }
    }

    /// Records a file of a run; one of the same name is replaced. A run that has ended is sealed anew.
    package func addArtefact(run: String, name: ArtefactName, digest: String, size: Int) throws {
        try write { db in
            try RegistryDatabase.insertArtefact(run: run, name: name, digest: digest, size: size, db)
            try seal(run, db)
        }
    }

    static func insertArtefact(run: String, name: ArtefactName, digest: String, size: Int, _ db: Database) throws {
        try db.cachedStatement(
            sql:
                "INSERT INTO artefact(run, name, digest, size) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                + "digest = excluded.digest, size = excluded.size"
        ).execute(arguments: [run, name.rawValue, digest, size])
    }

    /// Files of a run, by name.
    package func artefacts(run: String) throws -> [ArtefactRecord] {
        try read {
            try StoredRow.fetchAll(
                $0, sql: "SELECT name, digest, size FROM artefact WHERE run = ? ORDER BY name", arguments: [run]
            ).map {
                ArtefactRecord(ArtefactName(rawValue: try $0[0]), digest: try $0[1], size: try $0[2])
            }
        }
    }

    /// Finds a run by id prefix (four digits or more), by a name that no other run has, or `latest`.
    ///
    /// - Throws: ``Failure`` with code `registry.no-run`; `registry.ambiguous` for digits or a name that several runs
    ///   have: the newest may be another one tomorrow.
    package func run(_ reference: String) throws -> RunRecord {
        let found: [RunRecord] = try read { db in
            if reference == "latest" {
                return try RunRecord.fetch(db, from: "WHERE deleted_at IS NULL ORDER BY started_at DESC LIMIT 1")
            }
            let isPrefix = reference.count >= 4 && reference.allSatisfy { $0.isHexDigit }
            let byID =
                isPrefix
                ? try RunRecord.fetch(
                    db, from: "WHERE id >= ? AND id < ? LIMIT 3", arguments: [reference, reference + "g"]) : []
            if !byID.isEmpty { return byID }
            return try RunRecord.fetch(
                db, from: "WHERE name = ? AND deleted_at IS NULL ORDER BY started_at DESC, id LIMIT 6",
                arguments: [reference])
        }
        guard let first = found.first else { throw try read { try UnknownNames.run(reference, $0) } }
        guard found.count == 1 else {
            throw RegistryDatabase.ambiguous(reference, found)
        }
        return first
    }

    /// - Parameter found: newest first.
    private static func ambiguous(_ reference: String, _ found: [RunRecord]) -> Failure {
        guard found.allSatisfy({ $0.name == reference }), let first = found.first else {
            return Failure(
                "registry.ambiguous", "found several runs whose id starts with '\(reference)'", hint: "give more digits"
            )
        }
        let shown = found.prefix(5).map {
            "\($0.id.prefix(8)) (\($0.status.rawValue), \(TimeText.seconds($0.startedAt)))"
        }
        return Failure(
            "registry.ambiguous",
            "found several runs called '\(reference)': \(shown.joined(separator: ", "))"
                + (found.count > shown.count ? " and more" : ""),
            hint: "name one by its id, the newest for instance: \(first.id.prefix(8)); see them with: hftml runs list")
    }

    /// Newest first.
    package func runs(limit: Int = 50, experiment: String? = nil) throws -> [RunRecord] {
        try read {
            try RunRecord.fetch(
                $0,
                from:
                    "WHERE deleted_at IS NULL AND \(experiment == nil ? "?1 IS NULL" : "experiment = ?1") ORDER BY "
                    + "started_at DESC, id LIMIT ?2",
                arguments: [experiment, limit])
        }
    }

    package func parameters(run: String) throws -> [(String, String)] {
        try read {
            try StoredRow.fetchAll($0, sql: "SELECT key, value FROM param WHERE run = ? ORDER BY key", arguments: [run])
                .map {
                    (try $0["key"], try $0["value"])
                }
        }
    }
}
