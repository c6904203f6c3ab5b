import Basics
import GRDB

/// Brings the history that MLflow keeps in SQLite into this registry: experiments, runs, parameters, tags, every point
/// of every metric, models, versions, aliases.
///
/// Run ids and version numbers stay; repeating an import adds what is new and changes nothing else. Column names are
/// those of MLflow 2.22 to 3.17.
package struct MLflowImport {
    package struct Summary: Sendable, Equatable {
        package var experiments = 0
        package var runs = 0
        package var parameters = 0
        package var tags = 0
        package var points = 0
        package var models = 0
        package var versions = 0
        package var aliases = 0
        package var artefacts = 0
        /// What could not be brought over, in words.
        package var skipped: [String] = []
    }

    /// Where a run's or version's files are, as MLflow says, and what to do with them.
    package typealias ArtefactCopier = (_ uri: String) throws -> [(name: String, digest: String, size: Int)]

    private let source: DatabaseQueue
    private let registry: RegistryDatabase
    private var actor: String { registry.actor }
    private static let runsATransaction = 100

    /// - Throws: ``Failure`` for a file that is no database of MLflow.
    package init(_ path: String, into registry: RegistryDatabase) throws {
        guard Paths.exists(path) else { throw Failure("mlflow.missing", "found no file at '\(path)'") }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(30)
        do {
            source = try DatabaseQueue(path: path, configuration: configuration)
            let tables = Set(
                try source.read { try String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE type = 'table'") })
            let missing = ["experiments", "runs", "metrics", "params", "tags", "registered_models", "model_versions"]
                .filter { !tables.contains($0) }
            guard missing.isEmpty else {
                throw Failure(
                    "mlflow.format", "found no tables \(missing.joined(separator: ", ")) in '\(path)'",
                    hint: "give the SQLite file that mlflow server --backend-store-uri names")
            }
        } catch let error as DatabaseError {
            throw Failure(
                "mlflow.open", "cannot read '\(path)': \(error.message ?? "SQLite error \(error.resultCode.rawValue)")")
        }
        self.registry = registry
    }

    /// - Parameter artefacts: copies the files below a URI in; nil leaves them where they are.
    package func run(artefacts: ArtefactCopier?, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }) throws
        -> Summary
    {
        var summary = Summary()
        let names = try experiments(&summary)
        try runs(experiments: names, artefacts: artefacts, progress: progress, &summary)
        try models(artefacts: artefacts, &summary)
        let told = summary
        try registry.audit(
            action: "registry.import", subject: .tool("mlflow"),
            detail: .map([
                "runs": .int(told.runs), "points": .int(told.points), "models": .int(told.models),
                "versions": .int(told.versions),
            ]))
        return summary
    }

    /// Names by MLflow's id.
    private func experiments(_ summary: inout Summary) throws -> [Int64: String] {
        let rows = try source.read {
            try StoredRow.fetchAll($0, sql: "SELECT * FROM experiments ORDER BY experiment_id")
        }
        let tags = try source.read { try StoredRow.fetchAll($0, sql: "SELECT * FROM experiment_tags") }
        var names: [Int64: String] = [:]
        for row in rows { names[try row["experiment_id"]] = try row["name"] }
        try registry.write { db in
            for row in rows {
                let name: String = try row["name"], created = try row.nanoseconds(milliseconds: "creation_time") ?? 0
                try db.execute(
                    sql:
                        "INSERT INTO experiment(name, created_at, updated_at, deleted_at) VALUES (?, ?, ?, ?) ON "
                        + "CONFLICT DO NOTHING",
                    arguments: [
                        name, created, try row.nanoseconds(milliseconds: "last_update_time") ?? created,
                        (row["lifecycle_stage"] as String?) == "deleted" ? registry.now() : nil,
                    ])
                summary.experiments += db.changesCount
                let own = try tags.filter {
                    (try $0["experiment_id"] as Int64?) == (try row["experiment_id"] as Int64?)
                }.map {
                    (try $0["key"] as String, try $0["value"] as String? ?? "")
                }
                try registry.store(own, of: .experiment(name), actor: actor, isAudited: false, db)
                summary.tags += own.count
            }
        }
        return names
    }

    private func runs(
        experiments names: [Int64: String], artefacts: ArtefactCopier?, progress: (Int, Int) -> Void,
        _ summary: inout Summary
    ) throws {
        let ids = try source.read {
            try String.fetchAll($0, sql: "SELECT run_uuid FROM runs ORDER BY start_time, run_uuid")
        }
        for start in stride(from: 0, to: ids.count, by: MLflowImport.runsATransaction) {
            let chunk = ids[start..<min(start + MLflowImport.runsATransaction, ids.count)]
            try registry.write { db in
                for id in chunk { try run(id, experiments: names, artefacts: artefacts, db, &summary) }
            }
            progress(chunk.endIndex, ids.count)
        }
    }

    private static let statuses: [String: RunRecord.Status] = [
        "RUNNING": .running, "SCHEDULED": .scheduled, "FINISHED": .finished, "FAILED": .failed, "KILLED": .interrupted,
    ]

    private func run(
        _ id: String, experiments names: [Int64: String], artefacts: ArtefactCopier?, _ db: Database,
        _ summary: inout Summary
    ) throws {
        let (row, params, tags, points) = try source.read { other in
            (
                try StoredRow.fetchOne(other, sql: "SELECT * FROM runs WHERE run_uuid = ?", arguments: [id]),
                try StoredRow.fetchAll(other, sql: "SELECT key, value FROM params WHERE run_uuid = ?", arguments: [id]),
                try StoredRow.fetchAll(other, sql: "SELECT key, value FROM tags WHERE run_uuid = ?", arguments: [id]),
                try StoredRow.fetchAll(
                    other, sql: "SELECT key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ?",
                    arguments: [id])
            )
        }
        guard let row else { return }
        guard let experiment = (try row["experiment_id"] as Int64?).flatMap({ names[$0] }) else {
            summary.skipped.append("run \(id): it belongs to no experiment")
            return
        }
        let own = Dictionary(try tags.map { (try $0["key"] as String, try $0["value"] as String? ?? "") }) { $1 }
        if try Int.fetchOne(db, sql: "SELECT count(*) FROM run WHERE id = ?", arguments: [id]) == 0 {
            let record = RunRecord(
                id: id, experiment: experiment, name: try row["name"] ?? own["mlflow.runName"] ?? "", kind: .mlflow,
                status: MLflowImport.statuses[try row["status"] ?? ""] ?? .failed,
                startedAt: try row.nanoseconds(milliseconds: "start_time") ?? 0,
                endedAt: try row.nanoseconds(milliseconds: "end_time"), seed: nil, threads: nil,
                config: "{}", dataDigest: nil, gitCommit: own["mlflow.source.git.commit"], gitDirty: [],
                toolVersion: "mlflow", machine: "", cpu: "", user: try row["user_id"] ?? "",
                parent: own["mlflow.parentRunId"])
            try registry.insert(record, parameters: params.map { (try $0["key"], try $0["value"]) }, db)
            summary.runs += 1
            summary.parameters += params.count
            if (try row["lifecycle_stage"] as String?) == "deleted" {
                try db.execute(
                    sql: "UPDATE run SET deleted_at = ? WHERE id = ?",
                    arguments: [try row.nanoseconds(milliseconds: "deleted_time") ?? registry.now(), id])
            }
            if let artefacts, let uri = try row["artifact_uri"] as String? {
                try copy(uri, run: id, artefacts, db, &summary)
            }
        }
        try registry.store(
            own.map { ($0.key, $0.value) } + [("mlflow.artifactUri", row["artifact_uri"] ?? "")], of: .run(id),
            actor: actor, isAudited: false, db)
        summary.tags += own.count
        try registry.append(
            points.map { point in
                MetricValue(
                    try point["key"], step: try point["step"],
                    (try point["is_nan"] as Bool?) == true ? .nan : try point["value"],
                    time: (try point["timestamp"] as Int64) * 1_000_000)
            }, run: id, db)
        summary.points += points.count
        try registry.seal(id, db)
    }

    private func copy(_ uri: String, run: String, _ artefacts: ArtefactCopier, _ db: Database, _ summary: inout Summary)
        throws
    {
        do {
            for file in try artefacts(uri) {
                try db.execute(
                    sql: "INSERT INTO artefact(run, name, digest, size) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    arguments: [run, file.name, file.digest, file.size])
                summary.artefacts += 1
            }
        } catch let failure as Failure {
            summary.skipped.append("artefacts of run \(run): \(failure.message)")
        }
    }

    private func models(artefacts: ArtefactCopier?, _ summary: inout Summary) throws {
        let (models, versions, aliases, modelTags, versionTags) = try source.read { db in
            (
                try StoredRow.fetchAll(db, sql: "SELECT * FROM registered_models ORDER BY name"),
                try StoredRow.fetchAll(db, sql: "SELECT * FROM model_versions ORDER BY name, version"),
                try StoredRow.fetchAll(db, sql: "SELECT * FROM registered_model_aliases ORDER BY name, alias"),
                try StoredRow.fetchAll(db, sql: "SELECT * FROM registered_model_tags"),
                try StoredRow.fetchAll(db, sql: "SELECT * FROM model_version_tags")
            )
        }
        try registry.write { db in
            for row in models {
                let name: String = try row["name"]
                try registry.requireForeignModelName(name, db)
                try db.execute(
                    sql:
                        "INSERT INTO model(name, description, created_at, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT "
                        + "DO NOTHING",
                    arguments: [
                        name, row["description"] ?? "", try row.nanoseconds(milliseconds: "creation_time") ?? 0,
                        try row.nanoseconds(milliseconds: "last_updated_time") ?? 0,
                    ])
                summary.models += db.changesCount
                let own = try modelTags.filter { (try $0["name"] as String) == name }.map {
                    (try $0["key"] as String, try $0["value"] as String? ?? "")
                }
                try registry.store(own, of: .model(name), actor: actor, isAudited: false, db)
                summary.tags += own.count
            }
            for row in versions { try version(row, tags: versionTags, artefacts: artefacts, db, &summary) }
            for row in aliases {
                let model: String = try row["name"], alias: String = try row["alias"], number: Int = try row["version"]
                guard
                    try Int.fetchOne(
                        db, sql: "SELECT count(*) FROM alias WHERE model = ? AND alias = ?", arguments: [model, alias])
                        == 0
                else { continue }
                try db.execute(
                    sql: "INSERT INTO alias(model, alias, version, moved_at) VALUES (?, ?, ?, ?)",
                    arguments: [model, alias, number, registry.now()])
                try registry.appendAudit(
                    db, actor: actor, action: "alias.set", subject: .alias(alias, model: model),
                    detail: .map(["old": .null, "new": .int(number), "reason": .string("imported from MLflow")]))
                summary.aliases += 1
            }
        }
    }

    private func version(
        _ row: StoredRow, tags: [StoredRow], artefacts: ArtefactCopier?, _ db: Database, _ summary: inout Summary
    )
        throws
    {
        let (model, number): (String, Int) = (try row["name"], try row["version"])
        // What MLflow deleted it keeps by this stage.
        guard (try row["current_stage"] as String?) != "Deleted_Internal" else { return }
        guard
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM version WHERE model = ? AND version = ?", arguments: [model, number])
                == 0
        else { return }
        var run: String? = (try row["run_id"] as String?).flatMap { $0.isEmpty ? nil : $0 }
        if let id = run, try Int.fetchOne(db, sql: "SELECT count(*) FROM run WHERE id = ?", arguments: [id]) == 0 {
            summary.skipped.append("the run \(id) of \(model)/\(number) is not there")
            run = nil
        }
        let place: String = try row["storage_location"] ?? row["source"] ?? ""
        var weights = ""
        if let artefacts, !place.isEmpty {
            do {
                // The identity of a directory of files: over their sorted names and digests.
                let files = try artefacts(place)
                if !files.isEmpty {
                    weights = Digest.sha256(files.map { "\($0.name) \($0.digest)" }.sorted().joined(separator: "\n"))
                }
            } catch let failure as Failure {
                summary.skipped.append("files of \(model)/\(number): \(failure.message)")
            }
        }
        let created = try row.nanoseconds(milliseconds: "creation_time") ?? 0
        try db.execute(
            sql: """
                INSERT INTO version(model, version, run, weights, created_at, created_by, updated_at, description, \
                source, stage) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                model, number, run, weights, created, row["user_id"] ?? "",
                try row.nanoseconds(milliseconds: "last_updated_time") ?? created, row["description"] ?? "",
                row["source"] ?? "", row["current_stage"] ?? "None",
            ])
        try registry.appendAudit(
            db, actor: actor, action: "version.import", subject: .version(model: model, number: number),
            detail: .map(["run": .string(run), "weights": .string(weights), "from": .string("mlflow")]))
        summary.versions += 1
        let own = try tags.filter { try (try $0["name"] as String) == model && (try $0["version"] as Int) == number }
            .map {
                (try $0["key"] as String, try $0["value"] as String? ?? "")
            }
        try registry.store(own, of: .version(model: model, number: number), actor: actor, isAudited: false, db)
        summary.tags += own.count
    }
}
