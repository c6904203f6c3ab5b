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
        try write(isDurable: true) { db in
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

    /// In the order in which they were recorded, whatever dates they bear.
    package func statements(of version: VersionRecord) throws -> [StatementRecord] {
        try read {
            try StoredRow.fetchAll(
                $0, sql: "SELECT * FROM statement WHERE model = ? AND version = ? ORDER BY rowid",
                arguments: [version.model, version.version]
            )
            .map(StatementRecord.init)
        }
    }

    /// Rejections and approvals of the same weights under other names and numbers, also of versions that were deleted:
    /// nobody takes a rejection back by registering the weights once more. Which of them stand is said by their texts
    /// alone.
    package func statements(ofWeightsOf version: VersionRecord) throws -> [StatementRecord] {
        guard !version.weights.isEmpty else { return [] }
        return try read {
            try StoredRow.fetchAll(
                $0,
                sql: """
                    SELECT statement.* FROM statement JOIN version USING (model, version)
                    WHERE version.weights = ? AND NOT (model = ? AND version = ?) AND kind <> 'waiver'
                    ORDER BY statement.rowid
                    """,
                arguments: [version.weights, version.model, version.version]
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
        try write(isDurable: true) {
            try $0.execute(
                sql:
                    "INSERT INTO audit_head(sequence, hash, signer, key_id, envelope, signed_at) VALUES (?, ?, ?, ?, "
                    + "?, ?) ON CONFLICT DO NOTHING",
                arguments: [head.sequence, head.hash, head.signer, head.keyID, head.envelope, head.signedAt])
        }
    }

    package func auditHeads() throws -> [AuditHead] {
        try read(auditHeads)
    }

    func auditHeads(_ db: Database) throws -> [AuditHead] {
        try StoredRow.fetchAll(db, sql: "SELECT * FROM audit_head ORDER BY sequence").map {
            AuditHead(
                sequence: try $0["sequence"], hash: try $0["hash"], signer: try $0["signer"], keyID: try $0["key_id"],
                envelope: try $0["envelope"], signedAt: try $0["signed_at"])
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
}
