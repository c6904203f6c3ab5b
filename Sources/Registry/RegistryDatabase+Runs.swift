import Basics
import GRDB

/// One training or evaluation, with everything that decided its result.
package struct RunRecord: Sendable, Equatable {
    package enum Status: String, Sendable {
        case scheduled, running, finished, failed, interrupted
    }

    package var id: String
    package var experiment: String
    package var name: String
    package var kind: String
    package var status: Status
    package var startedAt: Nanoseconds
    package var endedAt: Nanoseconds?
    package var seed: Int?
    package var threads: Int?
    /// The whole configuration as JSON text.
    package var config: String
    package var dataDigest: String?
    package var gitCommit: String?
    package var gitDirty: [String]
    package var toolVersion: String
    package var machine: String
    package var cpu: String
    package var user: String
    /// The run that this one is a part of.
    package var parent: String?

    package init(
        id: String, experiment: String, name: String, kind: String, status: Status = .running, startedAt: Nanoseconds,
        endedAt: Nanoseconds? = nil, seed: Int?,
        threads: Int?, config: String, dataDigest: String?, gitCommit: String?, gitDirty: [String], toolVersion: String,
        machine: String,
        cpu: String, user: String, parent: String? = nil
    ) {
        self.id = id
        self.experiment = experiment
        self.name = name
        self.kind = kind
        self.status = status
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.seed = seed
        self.threads = threads
        self.config = config
        self.dataDigest = dataDigest
        self.gitCommit = gitCommit
        self.gitDirty = gitDirty
        self.toolVersion = toolVersion
        self.machine = machine
        self.cpu = cpu
        self.user = user
        self.parent = parent
    }

    /// 32 random hexadecimal digits.
    package static func newID() -> String {
        var random = SystemRandomNumberGenerator()
        return Digest.hex((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }

    /// The columns of a run `r`, in the order in which ``init(_:)`` reads them.
    static let columns =
        "r.id, r.experiment, r.name, r.kind, r.status, r.started_at, r.ended_at, r.seed, r.threads, r.config, r.data_digest, r.git_commit, "
        + "r.git_dirty, r.tool_version, r.machine, r.cpu, r.user, r.parent"

    init(_ row: StatementRows) {
        id = row.text(0)
        experiment = row.text(1)
        name = row.text(2)
        kind = row.text(3)
        status = Status(rawValue: row.text(4)) ?? .failed
        startedAt = row.int(5)
        endedAt = row.optionalInt(6)
        seed = row.optionalInt(7).map(Int.init)
        threads = row.optionalInt(8).map(Int.init)
        config = row.text(9)
        dataDigest = row.optionalText(10)
        gitCommit = row.optionalText(11)
        let dirty = row.text(12)
        gitDirty = dirty == "[]" ? [] : (try? JSONParser.parse(dirty))?.listValue?.compactMap(\.stringValue) ?? []
        toolVersion = row.text(13)
        machine = row.text(14)
        cpu = row.text(15)
        user = row.text(16)
        parent = row.optionalText(17)
    }

    /// The runs that `FROM run r …` gives.
    static func fetch(_ db: Database, from rest: String, arguments: StatementArguments = StatementArguments()) throws
        -> [RunRecord]
    {
        let rows = try StatementRows(try db.cachedStatement(sql: "SELECT \(columns) FROM run r \(rest)"), arguments, db)
        defer { rows.end() }
        var out: [RunRecord] = []
        while try rows.next() { out.append(RunRecord(rows)) }
        return out
    }
}

extension RegistryDatabase {
    package func start(_ run: RunRecord, parameters: [(String, String)]) throws {
        try write { try insert(run, parameters: parameters, $0) }
    }

    func insert(_ run: RunRecord, parameters: [(String, String)], _ db: Database) throws {
        try db.cachedStatement(
            sql: "INSERT INTO experiment(name, created_at, updated_at) VALUES (?1, ?2, ?2) ON CONFLICT DO NOTHING"
        )
        .execute(arguments: [run.experiment, run.startedAt])
        try db.cachedStatement(
            sql: """
                INSERT INTO run(id, experiment, name, kind, status, started_at, ended_at, seed, threads, config, data_digest, git_commit, git_dirty, tool_version,
                    machine, cpu, user, parent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            run.id, run.experiment, run.name, run.kind, run.status.rawValue, run.startedAt, run.endedAt, run.seed,
            run.threads, run.config, run.dataDigest,
            run.gitCommit, JSONValue.strings(run.gitDirty).text(.compact), run.toolVersion, run.machine, run.cpu,
            run.user, run.parent,
        ])
        let statement = try db.cachedStatement(sql: "INSERT INTO param(run, key, value) VALUES (?, ?, ?)")
        for (key, value) in parameters { try statement.execute(arguments: [run.id, key, value]) }
        // A run is on record from its first moment: a trial that is killed and taken out of the file was a trial all
        // the same.
        try appendAudit(
            db, actor: actor, action: "run.started", subject: "run:\(run.id)",
            detail: .map([
                "experiment": .string(run.experiment), "data": .string(run.dataDigest), "kind": .string(run.kind),
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
                db, actor: actor, action: "run.reopened", subject: "run:\(run)",
                detail: .map(["old": .string(status), "new": .string("running")]))
        }
    }

    package func addArtefact(run: String, name: String, digest: String, size: Int) throws {
        try write { db in
            try db.cachedStatement(
                sql:
                    "INSERT INTO artefact(run, name, digest, size) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET digest = excluded.digest, size = excluded.size"
            ).execute(arguments: [run, name, digest, size])
            try seal(run, db)
        }
    }

    package func artefacts(run: String) throws -> [(name: String, digest: String, size: Int)] {
        try read {
            try Row.fetchAll(
                $0, sql: "SELECT name, digest, size FROM artefact WHERE run = ? ORDER BY name", arguments: [run]
            ).map {
                ($0["name"], $0["digest"], $0["size"])
            }
        }
    }

    /// Finds a run by id prefix (four digits or more), by name (the newest), or `latest`.
    ///
    /// - Throws: ``Failure`` with code `registry.no-run` or `registry.ambiguous`.
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
                db, from: "WHERE name = ? AND deleted_at IS NULL ORDER BY started_at DESC LIMIT 1",
                arguments: [reference])
        }
        guard let first = found.first else {
            let names = try read { try String.fetchAll($0, sql: "SELECT DISTINCT name FROM run") }
            throw Failure(
                "registry.no-run", "found no run '\(reference)'",
                hint: NearestName.of(reference, in: names).map { "did you mean '\($0)'?" }
                    ?? "see the runs with: hftml runs list")
        }
        guard found.count == 1 else {
            throw Failure(
                "registry.ambiguous", "found several runs whose id starts with '\(reference)'", hint: "give more digits"
            )
        }
        return first
    }

    /// Newest first.
    package func runs(limit: Int = 50, experiment: String? = nil) throws -> [RunRecord] {
        try read {
            try RunRecord.fetch(
                $0,
                from:
                    "WHERE deleted_at IS NULL AND \(experiment == nil ? "?1 IS NULL" : "experiment = ?1") ORDER BY started_at DESC, id LIMIT ?2",
                arguments: [experiment, limit])
        }
    }

    package func parameters(run: String) throws -> [(String, String)] {
        try read {
            try Row.fetchAll($0, sql: "SELECT key, value FROM param WHERE run = ? ORDER BY key", arguments: [run]).map {
                ($0["key"], $0["value"])
            }
        }
    }
}
