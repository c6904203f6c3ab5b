package import Basics
import GRDB

/// A version of a model: weights by digest, and the run that made them.
package struct VersionRecord: Sendable, Equatable {
    package var model: String
    package var version: Int
    /// Empty for a version that another tool made without one.
    package var run: String
    /// SHA-256 of the model file.
    package var weights: String
    package var createdAt: Nanoseconds
    package var createdBy: String
    package var aliases: [String]

    package var description: String
    /// Where the weights came from, for versions of other tools.
    package var source: String

    package var reference: String { "\(model)/\(version)" }
}

/// Where an alias points.
package enum AliasState: Sendable, Equatable, CustomStringConvertible {
    case unset
    case version(Int)

    package var description: String {
        switch self {
        case .unset: "no version"
        case .version(let number): "version \(number)"
        }
    }
}

extension RegistryDatabase {
    /// Makes the next version of a model from a run. The same weights of the same run again give the same version.
    package func register(model: String, run: String, weights: String) throws -> VersionRecord {
        let time = now()
        return try write { db in
            try requireModelName(model, db)
            try db.cachedStatement(
                sql: "INSERT INTO model(name, created_at, updated_at) VALUES (?1, ?2, ?2) ON CONFLICT DO NOTHING"
            ).execute(arguments: [model, time])
            try requireLiving(.model(model), db)
            let known = try db.cachedStatement(
                sql: "SELECT version FROM version WHERE run = ? AND weights = ? AND model = ? AND deleted_at IS NULL")
            if let same = try Int.fetchOne(known, arguments: [run, weights, model]) {
                return try record(model, same, db)
            }
            let last =
                try Int.fetchOne(
                    try db.cachedStatement(sql: "SELECT max(version) FROM version WHERE model = ?"), arguments: [model])
                ?? 0
            guard let next = last.plus(1) else { throw RegistryDatabase.damage("a version of number \(last)", path) }
            try db.cachedStatement(
                sql:
                    "INSERT INTO version(model, version, run, weights, created_at, created_by, updated_at) VALUES (?1, "
                    + "?2, ?3, ?4, ?5, ?6, ?5)"
            )
            .execute(arguments: [model, next, run, weights, time, actor])
            try appendAudit(
                db, actor: actor, action: "version.register", subject: .version(model: model, number: next),
                detail: .map(["run": .string(run), "weights": .string(weights)]))
            return try record(model, next, db)
        }
    }

    /// Finds `NAME/VERSION`, `NAME@ALIAS`, with or without `models:/` in front; the bare name means the newest version.
    package func version(_ reference: String) throws -> VersionRecord {
        let text = reference.hasPrefix("models:/") ? String(reference.dropFirst(8)) : reference
        let found: VersionRecord? = try read { db in
            let row: StoredRow?
            if let at = text.lastIndex(of: "@") {
                row = try StoredRow.fetchOne(
                    db,
                    sql:
                        "SELECT v.* FROM version v JOIN alias a ON a.model = v.model AND a.version = v.version WHERE "
                        + "v.model = ? AND a.alias = ?",
                    arguments: [String(text[..<at]), String(text[text.index(after: at)...])])
            } else if let slash = text.lastIndex(of: "/"), let number = Int(text[text.index(after: slash)...]) {
                row = try StoredRow.fetchOne(
                    db.cachedStatement(sql: Self.livingVersion), arguments: [String(text[..<slash]), number])
            } else {
                row = try StoredRow.fetchOne(
                    db,
                    sql: "SELECT * FROM version WHERE model = ? AND deleted_at IS NULL ORDER BY version DESC LIMIT 1",
                    arguments: [text])
            }
            return try row.map { try record($0, db) }
        }
        if let found { return found }
        throw try read { try UnknownNames.version(text, $0) }
    }

    private static let livingVersion = "SELECT * FROM version WHERE model = ? AND version = ? AND deleted_at IS NULL"

    private func record(_ model: String, _ version: Int, _ db: Database) throws -> VersionRecord {
        guard
            let row = try StoredRow.fetchOne(db.cachedStatement(sql: Self.livingVersion), arguments: [model, version])
        else { throw RegistrySubject.version(model: model, number: version).missing }
        return try record(row, db)
    }

    private func record(_ row: StoredRow, _ db: Database) throws -> VersionRecord {
        let (model, version): (String, Int) = (try row["model"], try row["version"])
        return VersionRecord(
            model: model, version: version, run: try row["run"] ?? "", weights: try row["weights"],
            createdAt: try row["created_at"], createdBy: try row["created_by"],
            aliases: try String.fetchAll(
                db.cachedStatement(sql: "SELECT alias FROM alias WHERE model = ? AND version = ? ORDER BY alias"),
                arguments: [model, version]),
            description: try row["description"], source: try row["source"])
    }

    package func versions(model: String? = nil, stage: LifeStage = .active) throws -> [VersionRecord] {
        let condition = [model.map { _ in "model = ?" }, stage.condition("deleted_at")].compactMap { $0 }.joined(
            separator: " AND ")
        return try read { db in
            try StoredRow.fetchAll(
                db,
                sql: "SELECT * FROM version \(condition.isEmpty ? "" : "WHERE \(condition)") ORDER BY model, version",
                arguments: model.map { [$0] } ?? []
            ).map { try record($0, db) }
        }
    }

    /// Points an alias at a version, if it still points where the caller believes.
    ///
    /// - Parameters:
    ///   - expected: where the alias is believed to point; nil means anywhere. Two people who both saw version 3 cannot
    ///     overwrite each other.
    ///   - order: aliases in the order in which a version must earn them; one cannot be skipped.
    ///   - evidence: what the move rests on; kept in the audit log.
    /// - Throws: ``Failure`` with code `registry.alias-name`, `registry.alias-moved` or `registry.alias-order`; nothing
    ///   is changed then.
    package func setAlias(
        _ alias: String, of version: VersionRecord, reason: String, expected: AliasState? = nil,
        order: [String] = [], evidence: JSONValue = .null
    ) throws {
        try write { db in
            try requireAliasName(alias, order: order, db)
            try requireLiving(.version(model: version.model, number: version.version), db)
            try requireEarned(alias, version, order: order, db)
            try moveAlias(alias, of: version, actor: actor, reason: reason, expected: expected, evidence: evidence, db)
        }
    }

    func moveAlias(
        _ alias: String, of version: VersionRecord, actor: String, reason: String, expected: AliasState?,
        evidence: JSONValue, _ db: Database
    ) throws {
        let row = try StoredRow.fetchOne(
            db, sql: "SELECT version, moved_at FROM alias WHERE model = ? AND alias = ?",
            arguments: [version.model, alias])
        let old: Int? = try row?["version"]
        if let expected, expected != old.map({ .version($0) }) ?? .unset {
            let last = try StoredRow.fetchOne(
                db, sql: "SELECT actor, time FROM audit_entry WHERE subject = ? ORDER BY sequence DESC LIMIT 1",
                arguments: [AuditSubject.alias(alias, model: version.model).text])
            let who =
                try last.map { " since \(TimeText.seconds(try $0["time"])) by \(try $0["actor"] as String)" } ?? ""
            throw Failure(
                "registry.alias-moved",
                "found \(version.model)@\(alias) at \(old.map { "version \($0)" } ?? "no version")\(who), expected "
                    + "\(expected)",
                hint: "look at it again with: hftml models history \(version.model)", exitStatus: .refused)
        }
        try db.execute(
            sql:
                "INSERT INTO alias(model, alias, version, moved_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                + "version = excluded.version, moved_at = excluded.moved_at",
            arguments: [version.model, alias, version.version, now()])
        try appendAudit(
            db, actor: actor, action: "alias.set", subject: .alias(alias, model: version.model),
            detail: .map([
                "old": old.map { .int($0) } ?? .null, "new": .int(version.version), "reason": .string(reason),
                "evidence": evidence,
            ]))
    }

    /// A version has, or once had, the alias before this one.
    private func requireEarned(_ alias: String, _ version: VersionRecord, order: [String], _ db: Database) throws {
        guard let position = order.firstIndex(of: alias), position > 0 else { return }
        let before = order[position - 1]
        let had = try Int.fetchOne(
            db,
            sql:
                "SELECT count(*) FROM audit_entry WHERE subject = ? AND action = 'alias.set' AND json_extract(detail, "
                + "'$.new') = ?",
            arguments: [AuditSubject.alias(before, model: version.model).text, version.version])
        guard (had ?? 0) > 0 else {
            throw Failure(
                "registry.alias-order",
                "found that \(version.reference) never was '\(before)', which comes before '\(alias)' in "
                    + "\(order.joined(separator: " → "))",
                hint: "run: hftml models alias \(version.reference) \(before)", exitStatus: .refused)
        }
    }

    /// - Throws: ``Failure`` with code `registry.alias-order` when the version lacks the alias before this one.
    package func requireEarned(_ alias: String, _ version: VersionRecord, order: [String]) throws {
        try read { try requireEarned(alias, version, order: order, $0) }
    }

    package func aliasState(_ alias: String, model: String) throws -> AliasState {
        try read {
            try Int.fetchOne(
                $0, sql: "SELECT version FROM alias WHERE model = ? AND alias = ?", arguments: [model, alias])
        }.map { .version($0) } ?? .unset
    }

    package func deleteAlias(_ alias: String, model: String) throws {
        try write { db in
            guard
                let old = try Int.fetchOne(
                    db, sql: "SELECT version FROM alias WHERE model = ? AND alias = ?", arguments: [model, alias])
            else { throw try UnknownNames.alias(alias, of: model, db) }
            try db.execute(sql: "DELETE FROM alias WHERE model = ? AND alias = ?", arguments: [model, alias])
            try appendAudit(
                db, actor: actor, action: "alias.delete", subject: .alias(alias, model: model),
                detail: .map(["old": .int(old), "new": .null]))
        }
    }
}
