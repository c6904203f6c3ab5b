import Basics
import GRDB

/// Versions, aliases, verdicts and statements, compared with what the entries say in so many words. These hold for
/// every log, also for what was entered before the log knew rows.
extension RegistryDatabase {
    /// What was found, and which rows were named by it.
    struct FactProblems {
        var texts: [String] = []
        /// As `table key`.
        var rows: Set<String> = []

        mutating func add(_ text: String, _ table: String, _ key: [any DatabaseValueConvertible]) {
            texts.append(text)
            rows.insert("\(table) \(RowKey.text(key.map(\.databaseValue)))")
        }
    }

    /// What the tables say that the log does not: a row changed behind the log's back.
    static func factProblems(_ entries: [AuditEntry], _ db: Database) throws -> FactProblems {
        var problems = FactProblems()
        try checkVersions(entries, &problems, db)
        let snapshot = RegistrySnapshot(entries, at: .max)
        for row in try StoredRow.fetchAll(db, sql: "SELECT model, alias, version FROM alias") {
            let model: String = try row[0], alias: String = try row[1], number: Int = try row[2]
            let name = "\(model)@\(alias)"
            if snapshot.aliases[name] != number {
                let told = snapshot.aliases[name].map { "version \($0)" } ?? "none"
                problems.add("found \(name) at version \(number), last moved to \(told)", "alias", [model, alias])
            }
        }
        try checkVerdicts(entries, &problems, db)
        try checkStatements(entries, &problems, db)
        return problems
    }

    private static func told(_ key: String, _ entry: AuditEntry) -> String? {
        (try? JSONParser.parse(entry.detail))?[key: key]?.stringValue
    }

    private static func checkVersions(_ entries: [AuditEntry], _ problems: inout FactProblems, _ db: Database) throws {
        var registered: [String: AuditEntry] = [:]
        for entry in entries where ["version.register", "version.import"].contains(entry.action) {
            registered[entry.subject] = entry
        }
        for row in try StoredRow.fetchAll(db, sql: "SELECT model, version, weights, run, created_by FROM version") {
            let model: String = try row[0], number: Int = try row[1], weights: String = try row[2],
                run: String = try row[3] ?? "", author: String = try row[4]
            let reference = AuditSubject.version(model: model, number: number).text
            guard let entry = registered[reference] else {
                problems.add(
                    "found the version \(reference), which was never registered", "version", [model, number])
                continue
            }
            if let known = told("weights", entry), known != weights {
                problems.add(
                    "found other weights of \(reference) than were registered (\(weights.prefix(12)), registered "
                        + "\(known.prefix(12)))", "version", [model, number])
            }
            if let known = told("run", entry), known != run {
                problems.add(
                    "found another run of \(reference) than was registered (\(run.prefix(12)), registered "
                        + "\(known.prefix(12)))", "version", [model, number])
            }
            // An import keeps the author that the archive names.
            if entry.action == "version.register", entry.actor != author {
                problems.add(
                    "found '\(author)' as the author of \(reference), registered by '\(entry.actor)'", "version",
                    [model, number])
            }
        }
    }

    private static func checkVerdicts(_ entries: [AuditEntry], _ problems: inout FactProblems, _ db: Database) throws {
        let decisions = Set(
            entries.filter { $0.action.hasPrefix("gate.") }.compactMap { entry in
                told("decision", entry).map { "\(entry.action) \($0)" }
            })
        for row in try StoredRow.fetchAll(
            db,
            sql: "SELECT digest, passed, model, version, weights, policy_digest, report, decided_at FROM gate_decision")
        {
            let digest: String = try row[0], isPassed = (try row[1] as Int) == 1,
                subject = "\(try row[2] as String)/\(try row[3] as Int)"
            if !decisions.contains("gate.\(isPassed ? "passed" : "refused") \(digest)") {
                problems.add(
                    "found a gate verdict on \(subject) that nobody recorded, or whose outcome was changed",
                    "gate_decision", [digest])
            }
            let identity = GateDecisionRecord.identity(
                model: try row[2], version: try row[3], weights: try row[4], policyDigest: try row[5],
                report: try row[6], time: try row[7])
            if identity != digest {
                problems.add("found the report of a gate verdict on \(subject) altered", "gate_decision", [digest])
            }
        }
    }

    private static func checkStatements(_ entries: [AuditEntry], _ problems: inout FactProblems, _ db: Database) throws
    {
        let signed = Set(entries.filter { $0.action.hasPrefix("statement.") }.compactMap { told("statement", $0) })
        for row in try StoredRow.fetchAll(db, sql: "SELECT digest, envelope, kind, model, version FROM statement") {
            let digest: String = try row[0], subject = "\(try row[3] as String)/\(try row[4] as Int)"
            guard try !signed.contains(digest) || Digest.sha256(try row[1] as String) != digest else { continue }
            problems.add(
                "found a \(try row[2] as String) of \(subject) that nobody recorded, or whose text was changed",
                "statement", [digest])
        }
    }
}
