package import Basics
import GRDB

/// A promotion from its first step to its last. It is on record before the bundle leaves, so that one that was cut off
/// is known and can be ended.
package struct PromotionRecord: Sendable, Equatable {
    package enum State: String, Sendable {
        /// The bundle is made, or on its way; the runtime has not answered.
        case begun
        case installed, refused, withdrawn
    }

    package var bundle: String
    package var model: String
    package var version: Int
    package var environment: String
    package var alias: String
    /// Of the instruments; below 1 for a canary.
    package var share: Double
    /// The version that the alias pointed at when the promotion began.
    package var replaced: Int?
    /// Where the bundle is handed to the runtime.
    package var path: String
    package var state: State
    package var begunAt: Nanoseconds
    /// Position in the environment's revision history; nil for promotions of before there was one.
    package var counter: Int?
    /// SHA-256 of the manifest that is to be in force.
    package var manifest: String?

    package init(
        bundle: String, model: String, version: Int, environment: String, alias: String, share: Double, replaced: Int?,
        path: String, begunAt: Nanoseconds
    ) {
        self.bundle = bundle
        self.model = model
        self.version = version
        self.environment = environment
        self.alias = alias
        self.share = share
        self.replaced = replaced
        self.path = path
        state = .begun
        self.begunAt = begunAt
    }

    fileprivate init(_ row: StoredRow) throws {
        bundle = try row["bundle"]
        model = try row["model"]
        version = try row["version"]
        environment = try row["environment"]
        alias = try row["alias"]
        share = try row["share"]
        replaced = try row["replaced"]
        path = try row["path"]
        state = try State(rawValue: row["state"]) ?? .refused
        begunAt = try row["begun_at"]
        (counter, manifest) = (try row["counter"], try row["manifest"])
    }

    package var reference: String { subject.text }
    package var subject: AuditSubject { .version(model: model, number: version) }
}

extension RegistryDatabase {
    /// What can forbid a promotion and was recorded after an entry: a word on the version, a rejection of any (of the
    /// same weights, perhaps), a key revoked, another document, a rollback there.
    private static func saidSince(_ sequence: Int, _ promotion: PromotionRecord, _ db: Database) throws -> String? {
        try String.fetchOne(
            db,
            sql: """
                SELECT action FROM audit_entry WHERE sequence > ? AND (
                    (subject = ? AND (action LIKE 'statement.%' OR action LIKE 'gate.%'))
                    OR action IN ('statement.rejection', 'key.revoke', 'environment.sign')
                    OR (action IN ('rollback', 'deployment.rolled-back') AND (subject = ? OR actor = ?)))
                ORDER BY sequence LIMIT 1
                """,
            arguments: [
                sequence, promotion.reference, AuditSubject.environment(promotion.environment).text,
                "runtime:\(promotion.environment)",
            ])
    }

    /// Reserves an environment for a promotion: the alias is where the gate saw it, and nobody else is under way there.
    /// Both in one transaction, so that of two who begin at once, one is refused.
    ///
    /// - Parameters:
    ///   - seen: the entry of the log up to which was looked at; nil where nobody looked. What was said of the version
    ///     after it was not weighed.
    ///   - place: where the bundle is handed over, which the entry of the log says; nil where nobody tells.
    package func begin(_ promotion: PromotionRecord, gate: String, seen: Int? = nil, place: JSONValue? = nil) throws {
        try write(isDurable: true) { db in
            if let seen, let action = try RegistryDatabase.saidSince(seen, promotion, db) {
                throw Failure(
                    "promote.race", "found '\(action)' on record since this one looked at \(promotion.reference)",
                    hint: "run the same command again", exitStatus: .refused)
            }
            if let other = try StoredRow.fetchOne(
                db, sql: "SELECT * FROM promotion WHERE environment = ? AND state = 'begun'",
                arguments: [promotion.environment]
            ).map(PromotionRecord.init) {
                throw Failure(
                    "promote.under-way",
                    "found a promotion of \(other.reference) to '\(promotion.environment)' under way since "
                        + "\(TimeText.seconds(other.begunAt))",
                    hint:
                        "wait for its receipt, or take it back with: hftml deployments withdraw "
                        + "\(promotion.environment)",
                    exitStatus: .refused)
            }
            if let counter = promotion.counter,
                let last = try Int.fetchOne(
                    db, sql: "SELECT max(counter) FROM promotion WHERE environment = ?",
                    arguments: [promotion.environment]), last >= counter
            {
                throw Failure(
                    "promote.race",
                    "found deployment \(last) of '\(promotion.environment)' ordered since this one looked, expected "
                        + "none after \(counter - 1)",
                    hint: "run the same command again", exitStatus: .refused)
            }
            let standing = try Int.fetchOne(
                db, sql: "SELECT version FROM alias WHERE model = ? AND alias = ?",
                arguments: [promotion.model, promotion.alias])
            guard standing == promotion.replaced else {
                throw Failure(
                    "promote.race",
                    "found \(promotion.model)@\(promotion.alias) moved to "
                        + "\(standing.map { "version \($0)" } ?? "nothing") since this promotion looked, "
                        + "expected \(promotion.replaced.map { "version \($0)" } ?? "none")",
                    hint: "compare it with the version in force: hftml gate \(promotion.reference)",
                    exitStatus: .refused)
            }
            try db.execute(
                sql: """
                    INSERT INTO promotion(bundle, model, version, environment, alias, share, replaced, path, state, \
                    begun_at, counter, manifest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'begun', ?, ?, ?)
                    """,
                arguments: [
                    promotion.bundle, promotion.model, promotion.version, promotion.environment, promotion.alias,
                    promotion.share, promotion.replaced, promotion.path,
                    promotion.begunAt, promotion.counter, promotion.manifest,
                ])
            try appendAudit(
                db, actor: actor, action: "promote", subject: promotion.subject,
                detail: .map(
                    [
                        ("environment", .string(promotion.environment)), ("bundle", .string(promotion.bundle)),
                        ("gate", .string(gate)), ("alias", .string(promotion.alias)),
                        ("share", .double(promotion.share)),
                        ("replaced", promotion.replaced.map { .int($0) } ?? .null),
                    ] + (place.map { [("place", $0)] } ?? [])))
        }
    }

    /// Ends a promotion; the alias moves in the same transaction. Ending it again changes nothing.
    ///
    /// - Parameters:
    ///   - status: SHA-256 of the file that says so beside the promotion's documents; nil where there is none.
    ///   - detail: further keys of the log's entry, for one that is not installed.
    /// - Returns: whether it was this call that ended it.
    @discardableResult
    package func end(
        _ promotion: PromotionRecord, _ state: PromotionRecord.State, reason: String, status: String? = nil,
        detail: [(String, JSONValue)] = []
    ) throws -> Bool {
        // Only an alias needs the version: what is taken back may have been deleted.
        let version = state == .installed ? try self.version(promotion.reference) : nil
        let file: [(String, JSONValue)] = status.map { [("status", .string($0))] } ?? []
        return try write(isDurable: true) { db in
            try db.execute(
                sql: "UPDATE promotion SET state = ?, ended_at = ? WHERE bundle = ? AND state = 'begun'",
                arguments: [state.rawValue, now(), promotion.bundle])
            guard db.changesCount == 1 else { return false }
            if let version {
                try db.execute(
                    sql: "UPDATE deployment SET share = ? WHERE bundle = ? AND outcome = 'installed'",
                    arguments: [promotion.share, promotion.bundle])
                try moveAlias(
                    promotion.alias, of: version, actor: actor, reason: reason,
                    expected: promotion.replaced.map { .version($0) } ?? .unset,
                    evidence: .map([("bundle", .string(promotion.bundle))] + file), db)
            } else {
                try appendAudit(
                    db, actor: actor, action: "promotion.\(state.rawValue)", subject: promotion.subject,
                    detail: .map(
                        [
                            ("environment", .string(promotion.environment)), ("bundle", .string(promotion.bundle)),
                            ("reason", .string(reason)),
                        ] + file + detail))
            }
            return true
        }
    }

    /// The promotion that made a bundle; nil for one of before promotions were on record.
    package func promotion(of bundle: String) throws -> PromotionRecord? {
        try read {
            try StoredRow.fetchOne($0, sql: "SELECT * FROM promotion WHERE bundle = ?", arguments: [bundle]).map(
                PromotionRecord.init)
        }
    }

    /// The largest number that was given to a deployment of an environment, whatever became of it; 0 for none.
    package func lastCounter(environment: String) throws -> Int {
        try read {
            try Int.fetchOne(
                $0, sql: "SELECT max(counter) FROM promotion WHERE environment = ?", arguments: [environment])
        } ?? 0
    }

    /// The promotion that put a manifest in force in an environment first; its bundle is in the store.
    package func promotion(manifest: String, environment: String) throws -> PromotionRecord? {
        try read {
            try StoredRow.fetchOne(
                $0,
                sql: "SELECT * FROM promotion WHERE environment = ? AND manifest = ? ORDER BY rowid LIMIT 1",
                arguments: [environment, manifest]
            ).map(PromotionRecord.init)
        }
    }

    /// Promotions without an answer.
    package func promotionsUnderWay(environment: String? = nil) throws -> [PromotionRecord] {
        try read {
            try StoredRow.fetchAll(
                $0,
                sql:
                    "SELECT * FROM promotion WHERE state = 'begun' AND (?1 IS NULL OR environment = ?1) ORDER BY "
                    + "rowid",
                arguments: [environment]
            ).map(PromotionRecord.init)
        }
    }

    /// Since when exactly these weights have been a canary somewhere; nil if they never were.
    package func canarySince(_ version: VersionRecord) throws -> Nanoseconds? {
        try read {
            try Int64.fetchOne(
                $0,
                sql: """
                    SELECT min(p.ended_at) FROM promotion p JOIN version v ON v.model = p.model AND v.version = \
                    p.version
                    WHERE p.model = ? AND v.weights = ? AND p.share < 1 AND p.state = 'installed'
                    """,
                arguments: [version.model, version.weights])
        }
    }
}
