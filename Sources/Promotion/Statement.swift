package import Basics
package import ModelBundles
package import Registry

/// What a person signs: an in-toto statement (v1) about exact weights under an exact policy, in a DSSE envelope.
package struct Statement: Sendable, Equatable {
    /// Media type of in-toto statements, which the signature covers.
    package static let payloadType = "application/vnd.in-toto+json"
    private static let statementType = "https://in-toto.io/Statement/v1"
    private static let predicates: [StatementRecord.Kind: String] = [
        .approval: "urn:hftml:approval:v1", .rejection: "urn:hftml:rejection:v1", .waiver: "urn:hftml:waiver:v1",
    ]

    /// Approval, rejection or waiver; it decides the predicate's type.
    package var kind: StatementRecord.Kind
    /// `NAME/VERSION`.
    package var subject: String
    /// SHA-256 of the weights, in hexadecimal digits.
    package var weights: String
    /// The policy's name.
    package var policy: String
    /// SHA-256 of the policy's text in canonical JSON; see ``GatePolicy/digest``.
    package var policyDigest: String
    /// Digest of the lineage graph as the signer saw it.
    package var lineage: String
    /// The person's name, which the key must bear too.
    package var signer: String
    /// In the signer's words; a waiver without one does not count.
    package var reason: String
    /// When it was drawn up, UTC.
    package var signedAt: Nanoseconds
    /// The rule that a waiver is about.
    package var rule: String?
    /// From when a waiver no longer counts; nil for what has no end.
    package var expiresAt: Nanoseconds?
    /// The only environment that an approval or waiver is for; nil for every one that asks for the policy.
    package var environment: String?
    /// SHA-256 of the strategy that the signer was shown, as the gate judged it: what another may risk was not read.
    /// Nil where no gate had judged yet.
    package var strategy: String?

    /// A statement as given; see ``signed(with:model:version:)``.
    package init(
        kind: StatementRecord.Kind, subject: String, weights: String, policy: String, policyDigest: String,
        lineage: String, signer: String, reason: String,
        signedAt: Nanoseconds, rule: String? = nil, expiresAt: Nanoseconds? = nil
    ) {
        self.kind = kind
        self.subject = subject
        self.weights = weights
        self.policy = policy
        self.policyDigest = policyDigest
        self.lineage = lineage
        self.signer = signer
        self.reason = reason
        self.signedAt = signedAt
        self.rule = rule
        self.expiresAt = expiresAt
    }

    /// The text that is signed; what `approve` shows before signing.
    package var payload: String {
        var predicate = JSONValue.map([
            "policy": .map(["name": .string(policy), "digest": .map(["sha256": .string(policyDigest)])]),
            "lineage": .map(["sha256": .string(lineage)]),
            "signer": .string(signer), "reason": .string(reason), "signedAt": .string(TimeText.utc(signedAt)),
            "rule": .string(rule),
            "expiresAt": .string(expiresAt.map(TimeText.utc)),
        ])
        // Statements of before have no such line, and their texts stay as they were.
        if let environment { predicate[key: "environment"] = .string(environment) }
        if let strategy { predicate[key: "strategy"] = .map(["sha256": .string(strategy)]) }
        return JSONValue.map([
            "_type": .string(Statement.statementType),
            "subject": .list([.map(["name": .string(subject), "digest": .map(["sha256": .string(weights)])])]),
            "predicateType": .string(Statement.predicates[kind] ?? ""),
            "predicate": predicate,
        ]).text(.compact)
    }

    /// A signed envelope, ready to be kept.
    package func signed(with key: any Signer, model: String, version: Int) throws -> StatementRecord {
        let envelope = try Envelope.make(payloadType: Statement.payloadType, payload: payload, key: key)
        return StatementRecord(
            kind: kind, model: model, version: version, signer: signer, keyID: key.publicKey.id, envelope: envelope,
            createdAt: signedAt)
    }

    // MARK: Reading

    /// A statement whose signature fits, with the key that made it.
    package struct Verified: Sendable, Equatable {
        /// What was signed.
        package var statement: Statement
        /// The key whose signature fits, with its roles.
        package var key: PublicKey
        /// SHA-256 of the envelope, as the registry names the statement.
        package var digest: String
        /// Whether it was signed of these weights under another name or number, or by a key that counts no more: it
        /// approves nothing here, and a rejection is taken back by it.
        package var isElsewhere = false

        /// Whether the same person signed another statement, be it with another key.
        package func isBySame(as other: Verified) -> Bool { PlainName.isSame(key.person, other.key.person) }

        /// Whether one of these people signed, whatever the key is called.
        package func isBy(_ people: Set<String>) -> Bool {
            people.contains { PlainName.isSame($0, key.person) || PlainName.isSame($0, key.name) }
        }
    }

    /// How far ahead of the clock a statement may be dated: machines do not agree to the second. The same as for
    /// entries of the audit log.
    package static let clockTolerance = RegistryDatabase.clockTolerance

    /// Checks the signature of a kept statement against trusted keys, that it says what its record says, that its key
    /// is a person's, and that it is not dated ahead: a waiver that somebody signs "in 2035" would otherwise last until
    /// then. A rejection counts whenever it is dated, and it still does after its key has ended.
    ///
    /// - Parameter time: now; see ``clockTolerance``.
    /// - Throws: ``Failure`` with code `statement.…`, saying what is wrong with it.
    package static func verify(_ record: StatementRecord, trusted: TrustedKeys, at time: Nanoseconds) throws -> Verified
    {
        // Who said no while the key was good has said no; the date can only make it count.
        let said = record.kind == .rejection ? Statement(envelope: record.envelope)?.signedAt : nil
        let (text, key) = try Envelope.open(
            record.envelope, payloadType: payloadType, trusted: trusted, at: min(said ?? time, time))
        guard let statement = Statement(text) else {
            throw Failure(
                "statement.format",
                "found no statement of a known kind in the \(record.kind.rawValue) of '\(record.signer)'")
        }
        guard statement.kind == record.kind, statement.subject == "\(record.model)/\(record.version)" else {
            throw Failure(
                "statement.other",
                "found a statement of kind '\(statement.kind.rawValue)' about \(statement.subject) by "
                    + "'\(statement.signer)', filed as '\(record.kind.rawValue)' about "
                    + "\(record.model)/\(record.version)"
            )
        }
        guard statement.signer == key.name else {
            throw Failure(
                "statement.signer",
                "found a statement of kind '\(statement.kind.rawValue)' in the name of '\(statement.signer)' "
                    + "signed by the key of '\(key.name)'"
            )
        }
        // A clock that was set back makes no rejection vanish.
        guard statement.kind == .rejection || statement.signedAt <= time.saturatingPlus(clockTolerance) else {
            throw Failure(
                "statement.ahead",
                "found a statement of kind '\(statement.kind.rawValue)' by '\(statement.signer)' dated "
                    + "\(TimeText.utc(statement.signedAt)), ahead of the clock (\(TimeText.utc(time)))",
                hint: "sign it again on a machine whose clock is right")
        }
        if let objection = key.toolObjection {
            throw Failure(
                "statement.role",
                "found a statement of kind '\(statement.kind.rawValue)' that does not count: \(objection)",
                hint: "let a person sign, whose key has a role such as validator")
        }
        return Verified(statement: statement, key: key.asPerson, digest: record.digest)
    }

    /// As ``verify(_:trusted:at:)``, of a yes whose key counts no more: that it was said takes back a no all the same.
    ///
    /// - Parameter recordedAt: when the log took it up, which the signer does not say: a key that has ended since could
    ///   date back what it signs.
    package static func verify(withdrawal record: StatementRecord, trusted: TrustedKeys, recordedAt: Nanoseconds) throws
        -> Verified
    {
        var verified = try verify(record, trusted: trusted, at: recordedAt)
        verified.isElsewhere = true
        return verified
    }

    init?(_ payload: String) {
        guard let node = try? JSONParser.parse(payload, file: "statement"),
            node[key: "_type"]?.stringValue == Statement.statementType,
            let kind = Statement.predicates.first(where: { $0.value == node[key: "predicateType"]?.stringValue })?.key,
            let subjects = node[key: "subject"]?.listValue, subjects.count == 1,
            let name = subjects[0][key: "name"]?.stringValue,
            let weights = subjects[0][key: "digest"]?[key: "sha256"]?.stringValue,
            let predicate = node[key: "predicate"],
            let policy = predicate[key: "policy"]?[key: "name"]?.stringValue,
            let policyDigest = predicate[key: "policy"]?[key: "digest"]?[key: "sha256"]?.stringValue,
            let lineage = predicate[key: "lineage"]?[key: "sha256"]?.stringValue,
            let signer = predicate[key: "signer"]?.stringValue,
            let reason = predicate[key: "reason"]?.stringValue,
            let signedAt = predicate[key: "signedAt"]?.stringValue.flatMap(TimeText.parseUTC)
        else { return nil }
        self.init(
            kind: kind, subject: name, weights: weights, policy: policy, policyDigest: policyDigest, lineage: lineage,
            signer: signer, reason: reason, signedAt: signedAt,
            rule: predicate[key: "rule"]?.stringValue,
            expiresAt: predicate[key: "expiresAt"]?.stringValue.flatMap(TimeText.parseUTC))
        environment = predicate[key: "environment"]?.stringValue
        strategy = predicate[key: "strategy"]?[key: "sha256"]?.stringValue
    }
}
