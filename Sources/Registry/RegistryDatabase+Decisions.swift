package import Basics
import GRDB

/// A recorded verdict of a gate on one version.
package struct GateDecisionRecord: Sendable, Equatable {
    /// SHA-256 of the canonical decision.
    package var digest: String
    package var model: String
    package var version: Int
    /// Weights the verdict is about; a verdict counts for no others.
    package var weights: String
    package var policy: String
    package var policyDigest: String
    package var isPassed: Bool
    package var report: String
    package var decidedAt: Nanoseconds
    package var decidedBy: String
    /// The version in force that this one was compared with; nil where there was none.
    package var incumbent: String?
    /// The verdict as a key of an environment signed it; nil for one that nobody signed, on which nothing is promoted.
    package var envelope: String?

    package init(
        model: String, version: Int, weights: String, policy: String, policyDigest: String, isPassed: Bool,
        report: String, decidedAt: Nanoseconds,
        decidedBy: String, incumbent: String?
    ) {
        digest = GateDecisionRecord.identity(
            model: model, version: version, weights: weights, policyDigest: policyDigest, report: report,
            time: decidedAt)
        self.incumbent = incumbent
        self.model = model
        self.version = version
        self.weights = weights
        self.policy = policy
        self.policyDigest = policyDigest
        self.isPassed = isPassed
        self.report = report
        self.decidedAt = decidedAt
        self.decidedBy = decidedBy
    }

    fileprivate init(_ row: StoredRow) throws {
        digest = try row["digest"]
        model = try row["model"]
        version = try row["version"]
        weights = try row["weights"]
        policy = try row["policy"]
        policyDigest = try row["policy_digest"]
        isPassed = try (row["passed"] as Int) == 1
        report = try row["report"]
        decidedAt = try row["decided_at"]
        decidedBy = try row["decided_by"]
        incumbent = try row["incumbent"]
        envelope = try row["envelope"]
    }

    /// Whether the digest still fits the content, and the outcome the report.
    package var isIntact: Bool {
        let told = (try? JSONParser.parse(report))?[key: "passed"]?.boolValue
        return digest
            == GateDecisionRecord.identity(
                model: model, version: version, weights: weights, policyDigest: policyDigest, report: report,
                time: decidedAt) && told == isPassed
    }

    /// Over weights, policy, report and time.
    static func identity(
        model: String, version: Int, weights: String, policyDigest: String, report: String, time: Nanoseconds
    ) -> String {
        let node = JSONValue.map([
            "model": .string(model), "version": .int(version), "weights": .string(weights),
            "policy": .string(policyDigest),
            "report": .string(Digest.sha256(report)), "time": .int(Int(time)),
        ])
        return Digest.sha256(node.text(.canonical))
    }
}

/// What a runtime said about a bundle.
package struct DeploymentRecord: Sendable, Equatable {
    package var environment: String
    package var bundle: String
    package var model: String?
    package var version: Int?
    package var outcome: String
    package var reason: String?
    package var signer: String?
    package var replaced: String?
    package var time: Nanoseconds
    /// Of the environment's instruments that the bundle may trade.
    package var share = 1.0
    /// Position in the environment's revision history; nil for what was recorded before there was one.
    package var counter: Int?
    /// SHA-256 of the manifest in force.
    package var manifest: String?
    /// The receipt as a host of the environment signed it; nil for one that proves nothing.
    package var envelope: String?
    /// Who halted, resumed or rolled back at the host, as the host says.
    package var person: String?

    package init(
        environment: String, bundle: String, model: String?, version: Int?, outcome: String, reason: String?,
        signer: String?,
        replaced: String?, time: Nanoseconds
    ) {
        self.environment = environment
        self.bundle = bundle
        self.model = model
        self.version = version
        self.outcome = outcome
        self.reason = reason
        self.signer = signer
        self.replaced = replaced
        self.time = time
    }
}

extension DeploymentRecord {
    /// The version that the bundle holds; the bundle where nothing says which.
    package var subject: AuditSubject {
        if let model { return .version(model: model, number: version ?? 0) }
        // A host may be halted while nothing is in force.
        return bundle.isEmpty ? .environment(environment) : .bundle(bundle)
    }
}

extension DeploymentRecord {
    /// What the entry of the log says.
    fileprivate var detail: JSONValue {
        var detail = JSONValue.map(["bundle": .string(bundle), "reason": .string(reason)])
        if let person { detail[key: "person"] = .string(person) }
        return detail
    }
}

extension RegistryDatabase {
    package func record(_ decision: GateDecisionRecord) throws {
        try write(isDurable: true) { db in
            try db.execute(
                sql: """
                    INSERT INTO gate_decision(digest, model, version, weights, policy, policy_digest, passed, report, \
                    decided_at, decided_by, incumbent, envelope)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    decision.digest, decision.model, decision.version, decision.weights, decision.policy,
                    decision.policyDigest,
                    decision.isPassed ? 1 : 0, decision.report, decision.decidedAt, decision.decidedBy,
                    decision.incumbent, decision.envelope,
                ])
            var detail = JSONValue.map([
                "policy": .string(decision.policy), "decision": .string(decision.digest),
            ])
            if let envelope = decision.envelope { detail[key: "verdict"] = .string(Digest.sha256(envelope)) }
            try appendAudit(
                db, actor: decision.decidedBy, action: decision.isPassed ? "gate.passed" : "gate.refused",
                subject: .version(model: decision.model, number: decision.version), detail: detail)
        }
    }

    /// Verdicts on exactly these weights of a version, the one that was recorded last first.
    package func decisions(for version: VersionRecord) throws -> [GateDecisionRecord] {
        try read { db in
            try StoredRow.fetchAll(
                db,
                sql: "SELECT * FROM gate_decision WHERE model = ? AND version = ? AND weights = ? ORDER BY rowid DESC",
                arguments: [version.model, version.version, version.weights]
            ).map(GateDecisionRecord.init)
        }
    }

    /// The verdict that was recorded last on exactly these weights of a version.
    package func latestDecision(for version: VersionRecord) throws -> GateDecisionRecord? {
        try read { db in
            try StoredRow.fetchOne(
                db,
                sql:
                    "SELECT * FROM gate_decision WHERE model = ? AND version = ? AND weights = ? ORDER BY rowid "
                    + "DESC LIMIT 1",
                arguments: [version.model, version.version, version.weights]
            ).map(GateDecisionRecord.init)
        }
    }

    package func decision(_ digest: String) throws -> GateDecisionRecord? {
        try read {
            try StoredRow.fetchOne($0, sql: "SELECT * FROM gate_decision WHERE digest = ?", arguments: [digest]).map(
                GateDecisionRecord.init)
        }
    }

    /// Records a receipt once; repeating it changes nothing, and one that a host signed replaces one that proves
    /// nothing.
    ///
    /// - Returns: whether it was new.
    @discardableResult
    package func record(_ deployment: DeploymentRecord) throws -> Bool {
        try write(isDurable: true) { db in
            try db.execute(
                sql: """
                    INSERT INTO deployment(environment, bundle, model, version, outcome, reason, signer, replaced, \
                    time, counter, manifest, envelope, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT(environment, bundle, time) DO UPDATE SET model = excluded.model, \
                    version = excluded.version, outcome = excluded.outcome, reason = excluded.reason, \
                    signer = excluded.signer, replaced = excluded.replaced, counter = excluded.counter, \
                    manifest = excluded.manifest, envelope = excluded.envelope, person = excluded.person
                    WHERE deployment.envelope IS NULL AND excluded.envelope IS NOT NULL
                    """,
                arguments: [
                    deployment.environment, deployment.bundle, deployment.model, deployment.version, deployment.outcome,
                    deployment.reason,
                    deployment.signer, deployment.replaced, deployment.time, deployment.counter, deployment.manifest,
                    deployment.envelope, deployment.person,
                ])
            guard db.changesCount == 1 else { return false }
            try appendAudit(
                db, actor: "runtime:\(deployment.environment)", action: "deployment.\(deployment.outcome)",
                subject: deployment.subject,
                detail: deployment.detail)
            return true
        }
    }

    /// The entry of the log that first took up what became of each bundle in an environment, by `OUTCOME BUNDLE`.
    package func deploymentEntries(environment: String) throws -> [String: AuditEntry] {
        var found: [String: AuditEntry] = [:]
        for entry in try auditEntries(actionPrefix: "deployment.") where entry.actor == "runtime:\(environment)" {
            guard let bundle = (try? JSONParser.parse(entry.detail))?[key: "bundle"]?.stringValue else { continue }
            let name = "\(entry.action.dropFirst("deployment.".count)) \(bundle)"
            if found[name]?.sequence ?? .max > entry.sequence { found[name] = entry }
        }
        return found
    }

    package func deployments(environment: String? = nil) throws -> [DeploymentRecord] {
        try read {
            try StoredRow.fetchAll(
                $0, sql: "SELECT * FROM deployment WHERE ?1 IS NULL OR environment = ?1 ORDER BY id DESC",
                arguments: [environment]
            ).map { row in
                var record = DeploymentRecord(
                    environment: try row["environment"], bundle: try row["bundle"], model: try row["model"],
                    version: try row["version"], outcome: try row["outcome"], reason: try row["reason"],
                    signer: try row["signer"], replaced: try row["replaced"], time: try row["time"])
                (record.counter, record.manifest) = (try row["counter"], try row["manifest"])
                (record.envelope, record.person) = (try row["envelope"], try row["person"])
                return record
            }
        }
    }
}
