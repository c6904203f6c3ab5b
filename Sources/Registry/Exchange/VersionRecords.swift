package import Basics
import GRDB

/// Everything that one registry knows about a version, as JSON that another takes in.
///
///     {schemaVersion, model, version, rows: {table: [row, …], …}, history: [entry, …]}
///
/// Rows are written as the tables have them, columns by name, so that nothing is lost; NaN is null, as in the tables.
package enum VersionRecords {
    /// Tables and the condition that selects what belongs to a version; in the order in which they must be filled.
    private static let tables: [(name: String, condition: String)] = [
        ("model", "name = :model"), ("model_tag", "model = :model"),
        ("experiment", "name = (SELECT experiment FROM run WHERE id = :run)"), ("run", "id = :run"),
        ("param", "run = :run"),
        ("run_tag", "run = :run"), ("artefact", "run = :run"), ("series", "run = :run"),
        ("evaluation", "run = :run"), ("run_start", "run = :run"),
        ("version", "model = :model AND version = :version"),
        ("version_tag", "model = :model AND version = :version"),
        ("gate_decision", "model = :model AND version = :version"),
        ("statement", "model = :model AND version = :version"),
    ]

    /// Tables that hold what one run recorded.
    private static let ofRun = ["run", "param", "run_tag", "artefact", "series", "evaluation", "run_start"]

    /// - Throws: ``Failure`` for a version without a run.
    package static func export(_ version: VersionRecord, from registry: RegistryDatabase) throws -> JSONValue {
        guard !version.run.isEmpty else {
            throw Failure("models.no-run", "found \(version.reference) without a run, so there is no evidence to carry")
        }
        let graph = try registry.lineage(of: "version:\(version.reference)"),
            history = try registry.history(model: version.model).filter { $0.about == version.subject }
        let run = try registry.run(version.run)
        return try registry.read { db in
            var rows: [(String, JSONValue)] = []
            for table in tables {
                let found = try StoredRow.fetchAll(
                    db, sql: "SELECT * FROM \(table.name) WHERE \(table.condition)",
                    arguments: ["model": version.model, "version": version.version, "run": version.run].filtered(
                        table.condition))
                let dropped: Set<String> = ["experiment", "series"].contains(table.name) ? ["id"] : []
                rows.append((table.name, .list(found.map { json($0, dropping: dropped) })))
            }
            let points = try StoredRow.fetchAll(
                db,
                sql:
                    "SELECT s.key, m.step, m.sequence, m.value, m.time FROM metric m JOIN series s ON s.id = m.series "
                    + "WHERE s.run = ? ORDER BY s.key, m.step, m.sequence",
                arguments: [version.run]
            )
            rows.append(("metric", .list(points.map { json($0) })))
            return .map([
                "schemaVersion": .int(1), "model": .string(version.model), "version": .int(version.version),
                "run": .string(version.run), "weights": .string(version.weights),
                "lineage": .map([
                    "nodes": .list(
                        graph.nodes.map {
                            .map([
                                "id": .string($0.id), "kind": .string($0.kind.rawValue), "label": .string($0.label),
                                "attributes": LineageNode.json($0.attributes),
                            ])
                        }),
                    "edges": .list(graph.edges.map { .strings([$0.source, $0.target]) }),
                    "edgeNames": .list(graph.edges.map { .strings([$0.sourceName, $0.targetName]) }),
                    "digest": .string(graph.digest),
                ]),
                "history": .list(
                    history.map {
                        .map([
                            "time": .int(Int($0.time)), "actor": .string($0.actor), "action": .string($0.action),
                            "subject": .string($0.subject), "detail": .string($0.detail),
                            "hash": .string($0.hash),
                        ])
                    }),
                "rows": .map(rows),
                "carried": try RegistryDatabase.trialsToCarry(beside: run, db),
            ])
        }
    }

    private static func json(_ row: StoredRow, dropping: Set<String> = []) -> JSONValue {
        .map(
            row.columns.filter { !dropping.contains($0.name) }.map { name, value in
                switch value.storage {
                case .null: (name, .null)
                case .int64(let number): (name, .int(Int(number)))
                case .double(let number): (name, .map(["bits": .string(String(number.bitPattern, radix: 16))]))
                case .string(let text): (name, .string(text))
                case .blob: (name, .null)
                }
            })
    }

    /// What an import changed: nothing where the version was here already, with the same weights.
    package enum Outcome: Sendable, Equatable { case imported, present }

    /// Takes the records of a version in, all or nothing. It keeps its number: approvals are about nothing else.
    ///
    /// - Parameter source: who vouched for the records; kept in the audit log.
    /// - Throws: ``Failure`` with code `import.…` when a version or run of that name is here with other content;
    ///   nothing is changed then.
    package static func `import`(
        _ node: JSONValue, source: JSONValue, into registry: RegistryDatabase
    ) throws -> Outcome {
        guard let model = node[key: "model"]?.stringValue, let number = node[key: "version"]?.intValue,
            let run = node[key: "run"]?.stringValue, let weights = node[key: "weights"]?.stringValue,
            let rows = node[key: "rows"], node[key: "schemaVersion"]?.intValue == 1
        else { throw Failure("import.format", "found no records of a version") }
        let subject = AuditSubject.version(model: model, number: number), reference = subject.text
        return try registry.write { db in
            if let known = try StoredRow.fetchOne(
                db, sql: "SELECT weights, run FROM version WHERE model = ? AND version = ?", arguments: [model, number])
            {
                guard try known[0] as String == weights, try known[1] as String? == run else {
                    throw Failure(
                        "import.taken",
                        "found \(reference) here with other weights (\((try known[0] as String).prefix(12)), in the "
                            + "archive \(weights.prefix(12)))",
                        exitStatus: .refused)
                }
                // More trials may have been made since.
                try RegistryDatabase.insertCarried(node, run: run, db)
                return .present
            }
            let isKnownRun = try Int.fetchOne(db, sql: "SELECT 1 FROM run WHERE id = ?", arguments: [run]) != nil
            if isKnownRun { try requireSame(run, rows, db) }
            for table in tables {
                // A run that came with an earlier version stays as it is.
                if isKnownRun, ofRun.contains(table.name) { continue }
                for row in rows[key: table.name]?.listValue ?? [] {
                    // A signature vouches for one version, so nothing of another may come with it.
                    guard isAbout(row, table: table.name, model: model, version: number, run: run) else {
                        throw Failure(
                            "import.foreign-row",
                            "found a row of \(table.name) in the archive that is not about \(reference)",
                            exitStatus: .refused)
                    }
                    try insert(row, into: table.name, db)
                }
            }
            if !isKnownRun { try insertPoints(rows[key: "metric"]?.listValue ?? [], run: run, db) }
            guard
                try Int.fetchOne(
                    db, sql: "SELECT 1 FROM version WHERE model = ? AND version = ? AND weights = ? AND run = ?",
                    arguments: [model, number, weights, run]) != nil
            else {
                throw Failure("import.format", "found records that do not hold the version \(reference)")
            }
            try insertLineage(node[key: "lineage"], time: registry.now(), db)
            try RegistryDatabase.insertCarried(node, run: run, db)
            try registry.appendAudit(
                db, actor: registry.actor, action: "version.import", subject: subject,
                detail: .map(["run": .string(run), "weights": .string(weights), "source": source]))
            // Verdicts and statements are told by the log of the registry they came from; this log tells that they were
            // taken in.
            for row in rows[key: "gate_decision"]?.listValue ?? [] {
                try registry.appendAudit(
                    db, actor: row[key: "decided_by"]?.stringValue ?? registry.actor,
                    action: row[key: "passed"]?.intValue == 1 ? "gate.passed" : "gate.refused", subject: subject,
                    detail: .map([
                        "policy": row[key: "policy"] ?? .null, "decision": row[key: "digest"] ?? .null,
                        "imported": .bool(true),
                    ]))
            }
            for row in rows[key: "statement"]?.listValue ?? [] {
                try registry.appendAudit(
                    db, actor: registry.actor, action: "statement.\(row[key: "kind"]?.stringValue ?? "approval")",
                    subject: subject,
                    detail: .map([
                        "signer": row[key: "signer"] ?? .null, "keyID": row[key: "key_id"] ?? .null,
                        "statement": row[key: "digest"] ?? .null, "imported": .bool(true),
                    ]))
            }
            if !isKnownRun { try registry.seal(run, db) }
            return .imported
        }
    }

    /// A run that is here must be the run of the archive: the same recipe, seed, data and parameters. What was measured
    /// later may differ.
    private static func requireSame(_ run: String, _ rows: JSONValue, _ db: Database) throws {
        let columns = ["kind", "started_at", "seed", "config", "data_digest", "git_commit", "tool_version"]
        let here = try StoredRow.fetchAll(
            db, sql: "SELECT \(columns.joined(separator: ", ")) FROM run WHERE id = ?", arguments: [run]
        ).map { json($0) }
        let there = (rows[key: "run"]?.listValue ?? []).map { row in
            JSONValue.map(columns.map { ($0, row[key: $0] ?? .null) })
        }
        let parameters = try StoredRow.fetchAll(
            db, sql: "SELECT * FROM param WHERE run = ? ORDER BY key", arguments: [run]
        )
        .map { json($0) }
        let theirs = (rows[key: "param"]?.listValue ?? []).sorted {
            ($0[key: "key"]?.stringValue ?? "") < ($1[key: "key"]?.stringValue ?? "")
        }
        func text(_ list: [JSONValue]) -> String { JSONValue.list(list).text(.canonical) }
        guard text(here) == text(there), text(parameters) == text(theirs) else {
            throw Failure(
                "import.other-run",
                "found the run \(run.prefix(8)) here with another recipe, seed or data than in the archive",
                exitStatus: .refused)
        }
    }

    private static func isAbout(_ row: JSONValue, table: String, model: String, version: Int, run: String) -> Bool {
        if let other = row[key: "model"], other.stringValue != model { return false }
        if let other = row[key: "version"], other.intValue != version { return false }
        if let other = row[key: "run"], other.stringValue != run { return false }
        switch table {
        case "run": return row[key: "id"]?.stringValue == run
        case "model": return row[key: "name"]?.stringValue == model
        default: return true
        }
    }

    private static func insert(_ row: JSONValue, into table: String, _ db: Database) throws {
        let known = Set(try db.columns(in: table).map(\.name)), entries = row.mapValue ?? []
        for entry in entries where !known.contains(entry.key) {
            throw Failure(
                "import.newer",
                "found the column '\(entry.key)' of \(table) in the archive, which this hftml does not know",
                hint: "update hftml")
        }
        // Experiments and models that are here stay as they are.
        let conflict =
            ["model", "experiment", "model_tag", "gate_decision", "statement"].contains(table)
            ? "ON CONFLICT DO NOTHING" : ""
        let values = try entries.map { entry in (entry.key, try value(entry.value)) }
        try db.execute(
            sql:
                "INSERT INTO \(table)(\(values.map { "\"\($0.0)\"" }.joined(separator: ", "))) VALUES "
                + "(\(SQLBuilder.marks(values.count))) \(conflict)",
            arguments: StatementArguments(values.map(\.1)))
    }

    private static func value(_ node: JSONValue) throws -> (any DatabaseValueConvertible)? {
        if node.isNull { return nil }
        if let number = node.intValue { return number }
        if let text = node.stringValue { return text }
        if let bits = node[key: "bits"]?.stringValue, let pattern = UInt64(bits, radix: 16) {
            return Double(bitPattern: pattern)
        }
        throw Failure(
            "import.format", "found the value \(node.text(.compact)) in the records, expected a text, a number or null")
    }

    private static func insertPoints(_ points: [JSONValue], run: String, _ db: Database) throws {
        let series = Dictionary(
            try StoredRow.fetchAll(db, sql: "SELECT key, id FROM series WHERE run = ?", arguments: [run]).map {
                (try $0[0] as String, try $0[1] as Int64)
            }
        ) { $1 }
        let statement = try db.cachedStatement(
            sql: "INSERT INTO metric(series, step, sequence, value, time) VALUES (?, ?, ?, ?, ?)")
        for point in points {
            guard let key = point[key: "key"]?.stringValue, let id = series[key],
                let step = point[key: "step"]?.intValue, let sequence = point[key: "sequence"]?.intValue,
                let time = point[key: "time"]?.intValue
            else { throw Failure("import.format", "found a metric value without a series") }
            try statement.execute(arguments: [id, step, sequence, try value(point[key: "value"] ?? .null), time])
        }
    }

    private static func insertLineage(_ lineage: JSONValue?, time: Nanoseconds, _ db: Database) throws {
        var labels: [String: String] = [:]
        for node in lineage?[key: "nodes"]?.listValue ?? [] {
            guard let id = node[key: "id"]?.stringValue, let kind = node[key: "kind"]?.stringValue,
                let label = node[key: "label"]?.stringValue
            else { continue }
            let known = LineageNode.Kind(rawValue: kind)
            // Archives of before schema 4 say all in the label.
            let attributes =
                node[key: "attributes"].map { LineageNode.attributes($0.text(.compact)) }
                ?? LineageNode.attributes(ofLabel: label, kind: known, id: id)
            labels[id] = label
            try RegistryDatabase.insert(
                LineageNode(known, id: id, label: label, attributes: attributes), time: time, db)
        }
        let names = lineage?[key: "edgeNames"]?.listValue ?? []
        for (position, edge) in (lineage?[key: "edges"]?.listValue ?? []).enumerated() {
            guard let ends = edge.listValue?.compactMap(\.stringValue), ends.count == 2 else { continue }
            let named = position < names.count ? names[position].listValue?.compactMap(\.stringValue) ?? [] : []
            try RegistryDatabase.insert(
                LineageEdge(
                    source: ends[0], target: ends[1],
                    sourceName: named.first ?? labels[ends[0]] ?? ends[0],
                    targetName: named.last ?? labels[ends[1]] ?? ends[1]), time: time, db)
        }
    }
}

extension [String: any DatabaseValueConvertible] {
    /// The arguments that a condition names; SQLite refuses others.
    fileprivate func filtered(_ condition: String) -> StatementArguments {
        StatementArguments(filter { condition.contains(":\($0.key)") })
    }
}
