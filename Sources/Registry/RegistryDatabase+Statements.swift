package import Basics
import GRDB

/// A signed statement of a person about a version, as it is kept: the envelope is what counts, the columns are for
/// looking it up.
package struct StatementRecord: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case approval, rejection, waiver
    }

    /// SHA-256 of the envelope's text.
    package var digest: String
    package var kind: Kind
    package var model: String
    package var version: Int
    package var signer: String
    package var keyID: String
    /// DSSE envelope around an in-toto statement, as JSON.
    package var envelope: String
    package var createdAt: Nanoseconds

    package init(
        kind: Kind, model: String, version: Int, signer: String, keyID: String, envelope: String, createdAt: Nanoseconds
    ) {
        digest = Digest.sha256(envelope)
        self.kind = kind
        self.model = model
        self.version = version
        self.signer = signer
        self.keyID = keyID
        self.envelope = envelope
        self.createdAt = createdAt
    }

    fileprivate init(_ row: StoredRow) throws {
        digest = try row["digest"]
        kind = try Kind(rawValue: row["kind"]) ?? .rejection
        model = try row["model"]
        version = try row["version"]
        signer = try row["signer"]
        keyID = try row["key_id"]
        envelope = try row["envelope"]
        createdAt = try row["created_at"]
    }
}

/// The head of the audit log at one moment, signed: whoever holds it knows if entries before it were taken away.
package struct AuditHead: Sendable, Equatable {
    package var sequence: Int
    package var hash: String
    package var signer: String
    package var keyID: String
    package var envelope: String
    package var signedAt: Nanoseconds

    package init(sequence: Int, hash: String, signer: String, keyID: String, envelope: String, signedAt: Nanoseconds) {
        self.sequence = sequence
        self.hash = hash
        self.signer = signer
        self.keyID = keyID
        self.envelope = envelope
        self.signedAt = signedAt
    }
}

extension RegistryDatabase {
    /// Keeps a statement; the same again changes nothing.
    package func record(_ statement: StatementRecord, detail: JSONValue) throws {
        try write { db in
            try requireLiving(.version(model: statement.model, number: statement.version), db)
            try db.execute(
                sql:
                    "INSERT INTO statement(digest, kind, model, version, signer, key_id, envelope, created_at) VALUES "
                    + "(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                arguments: [
                    statement.digest, statement.kind.rawValue, statement.model, statement.version, statement.signer,
                    statement.keyID, statement.envelope, statement.createdAt,
                ])
            guard db.changesCount == 1 else { return }
            var body = detail.mapValue?.map { ($0.key, $0.value) } ?? []
            body += [
                ("signer", .string(statement.signer)), ("keyID", .string(statement.keyID)),
                ("statement", .string(statement.digest)),
            ]
            try appendAudit(
                db, actor: actor, action: "statement.\(statement.kind.rawValue)",
                subject: .version(model: statement.model, number: statement.version), detail: .map(body))
        }
    }

    /// Oldest first.
    package func statements(of version: VersionRecord) throws -> [StatementRecord] {
        try read {
            try StoredRow.fetchAll(
                $0, sql: "SELECT * FROM statement WHERE model = ? AND version = ? ORDER BY created_at, digest",
                arguments: [version.model, version.version]
            )
            .map(StatementRecord.init)
        }
    }

    /// The newest entry of the log.
    package func auditTip() throws -> (sequence: Int, hash: String)? {
        try read {
            try StoredRow.fetchOne($0, sql: "SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1").map
            {
                (try $0[0], try $0[1])
            }
        }
    }

    package func record(_ head: AuditHead) throws {
        try write {
            try $0.execute(
                sql:
                    "INSERT INTO audit_head(sequence, hash, signer, key_id, envelope, signed_at) VALUES (?, ?, ?, ?, "
                    + "?, ?) ON CONFLICT DO NOTHING",
                arguments: [head.sequence, head.hash, head.signer, head.keyID, head.envelope, head.signedAt])
        }
    }

    package func auditHeads() throws -> [AuditHead] {
        try read {
            try StoredRow.fetchAll($0, sql: "SELECT * FROM audit_head ORDER BY sequence").map {
                AuditHead(
                    sequence: try $0["sequence"], hash: try $0["hash"], signer: try $0["signer"],
                    keyID: try $0["key_id"],
                    envelope: try $0["envelope"], signedAt: try $0["signed_at"])
            }
        }
    }

    /// The newest audit entry of an action on a subject.
    package func latestAudit(action: String, subject: AuditSubject) throws -> AuditEntry? {
        try read {
            try StoredRow.fetchOne(
                $0, sql: "SELECT * FROM audit_entry WHERE subject = ? AND action = ? ORDER BY sequence DESC LIMIT 1",
                arguments: [subject.text, action]
            ).map(AuditEntry.init)
        }
    }

    package func auditEntries(actionPrefix: String) throws -> [AuditEntry] {
        try read {
            try StoredRow.fetchAll(
                $0,
                sql: "SELECT * FROM audit_entry WHERE action >= ?1 AND action < ?1 || char(1114111) ORDER BY sequence",
                arguments: [actionPrefix]
            ).map(AuditEntry.init)
        }
    }

    /// What the tables say that the log does not: a row changed behind the log's back. In words.
    func projectionProblems(_ entries: [AuditEntry]) throws -> [String] {
        let snapshot = RegistrySnapshot(entries, at: .max)
        var problems: [String] = []
        func told(_ key: String, _ entry: AuditEntry) -> String? {
            (try? JSONParser.parse(entry.detail))?[key: key]?.stringValue
        }
        let decisions = Set(
            entries.filter { $0.action.hasPrefix("gate.") }.compactMap { entry in
                told("decision", entry).map { "\(entry.action) \($0)" }
            })
        let signed = Set(entries.filter { $0.action.hasPrefix("statement.") }.compactMap { told("statement", $0) })
        try read { db in
            let weights = Dictionary(snapshot.versions.map { ($0.reference, $0.weights) }) { $1 }
            for row in try StoredRow.fetchAll(db, sql: "SELECT model, version, weights FROM version") {
                let reference = "\(try row[0] as String)/\(try row[1] as Int)"
                if let known = weights[reference] {
                    if try known != row[2] as String {
                        problems.append(
                            "found other weights of \(reference) than were registered "
                                + "(\((try row[2] as String).prefix(12)), registered \(known.prefix(12)))"
                        )
                    }
                } else {
                    problems.append("found the version \(reference), which was never registered")
                }
            }
            for row in try StoredRow.fetchAll(db, sql: "SELECT model, alias, version FROM alias") {
                let name = "\(try row[0] as String)@\(try row[1] as String)", number: Int = try row[2]
                if snapshot.aliases[name] != number {
                    problems.append(
                        "found \(name) at version \(number), last moved to "
                            + "\(snapshot.aliases[name].map { "version \($0)" } ?? "none")"
                    )
                }
            }
            for row in try StoredRow.fetchAll(
                db,
                sql:
                    "SELECT digest, passed, model, version, weights, policy_digest, report, decided_at FROM "
                    + "gate_decision"
            ) {
                let digest: String = try row[0], isPassed = (try row[1] as Int) == 1,
                    subject = "\(try row[2] as String)/\(try row[3] as Int)"
                if !decisions.contains("gate.\(isPassed ? "passed" : "refused") \(digest)") {
                    problems.append(
                        "found a gate verdict on \(subject) that nobody recorded, or whose outcome was changed")
                }
                let identity = GateDecisionRecord.identity(
                    model: try row[2], version: try row[3], weights: try row[4], policyDigest: try row[5],
                    report: try row[6], time: try row[7])
                if identity != digest { problems.append("found the report of a gate verdict on \(subject) altered") }
            }
            for row in try StoredRow.fetchAll(db, sql: "SELECT digest, envelope, kind, model, version FROM statement") {
                let digest: String = try row[0], subject = "\(try row[3] as String)/\(try row[4] as Int)"
                guard try !signed.contains(digest) || Digest.sha256(try row[1] as String) != digest else { continue }
                problems.append(
                    "found a \(try row[2] as String) of \(subject) that nobody recorded, or whose text was changed")
            }
        }
        return problems
    }
}
