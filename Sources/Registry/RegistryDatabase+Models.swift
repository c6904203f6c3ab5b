import Basics
import GRDB

/// A version of a model: weights by digest, and the run that made them.
package struct VersionRecord: Sendable, Equatable {
    package var model: String
    package var version: Int
    package var run: String
    /// SHA-256 of the model file.
    package var weights: String
    package var createdAt: Nanoseconds
    package var createdBy: String
    package var aliases: [String]

    package var reference: String { "\(model)/\(version)" }
}

extension RegistryDatabase {
    /// Makes the next version of a model from a run. The same weights of the same run again give the same version.
    package func register(model: String, run: String, weights: String, actor: String) throws -> VersionRecord {
        guard !model.isEmpty, model.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }) else {
            throw Failure("registry.name", "found the model name '\(model)', expected letters, digits, '-', '_' and '.'", exitStatus: .usage)
        }
        let time = now()
        let version: Int = try write { db in
            try db.execute(sql: "INSERT INTO model(name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING", arguments: [model, time])
            if let same = try Int.fetchOne(
                db, sql: "SELECT version FROM version WHERE model = ? AND run = ? AND weights = ?", arguments: [model, run, weights])
            {
                return same
            }
            let next = 1 + (try Int.fetchOne(db, sql: "SELECT max(version) FROM version WHERE model = ?", arguments: [model]) ?? 0)
            try db.execute(
                sql: "INSERT INTO version(model, version, run, weights, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [model, next, run, weights, time, actor])
            try appendAudit(db, actor: actor, action: "version.register", subject: "\(model)/\(next)", detail: .map(["run": .string(run), "weights": .string(weights)]))
            return next
        }
        return try self.version("\(model)/\(version)")
    }

    /// Finds `NAME/VERSION`, `NAME@ALIAS`, with or without `models:/` in front; the bare name means the newest version.
    package func version(_ reference: String) throws -> VersionRecord {
        let text = reference.hasPrefix("models:/") ? String(reference.dropFirst(8)) : reference
        let found: VersionRecord? = try read { db in
            let row: Row?
            if let at = text.lastIndex(of: "@") {
                row = try Row.fetchOne(
                    db, sql: "SELECT v.* FROM version v JOIN alias a ON a.model = v.model AND a.version = v.version WHERE v.model = ? AND a.alias = ?",
                    arguments: [String(text[..<at]), String(text[text.index(after: at)...])])
            } else if let slash = text.lastIndex(of: "/"), let number = Int(text[text.index(after: slash)...]) {
                row = try Row.fetchOne(db, sql: "SELECT * FROM version WHERE model = ? AND version = ?", arguments: [String(text[..<slash]), number])
            } else {
                row = try Row.fetchOne(db, sql: "SELECT * FROM version WHERE model = ? ORDER BY version DESC LIMIT 1", arguments: [text])
            }
            guard let row else { return nil }
            let (model, version): (String, Int) = (row["model"], row["version"])
            return VersionRecord(
                model: model, version: version, run: row["run"], weights: row["weights"], createdAt: row["created_at"],
                createdBy: row["created_by"],
                aliases: try String.fetchAll(db, sql: "SELECT alias FROM alias WHERE model = ? AND version = ? ORDER BY alias", arguments: [model, version]))
        }
        if let found { return found }
        let names = try read { try String.fetchAll($0, sql: "SELECT name FROM model ORDER BY name") }
        throw Failure(
            "registry.no-version", "found no model version '\(reference)'",
            hint: NearestName.of(text, in: names).map { "did you mean a version of '\($0)'?" } ?? "see the models with: hftml models list")
    }

    package func versions(model: String? = nil) throws -> [VersionRecord] {
        let references = try read {
            try Row.fetchAll($0, sql: "SELECT model, version FROM version WHERE ?1 IS NULL OR model = ?1 ORDER BY model, version", arguments: [model])
                .map { "\($0["model"] as String)/\($0["version"] as Int)" }
        }
        return try references.map { try version($0) }
    }

    /// Points an alias at a version.
    package func setAlias(_ alias: String, of version: VersionRecord, actor: String, reason: String) throws {
        guard !alias.isEmpty, alias.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }), Int(alias) == nil else {
            throw Failure("registry.name", "found the alias '\(alias)', expected letters, digits, '-' and '_'", exitStatus: .usage)
        }
        let time = now()
        try write { db in
            let old = try Int.fetchOne(db, sql: "SELECT version FROM alias WHERE model = ? AND alias = ?", arguments: [version.model, alias])
            try db.execute(
                sql: "INSERT INTO alias(model, alias, version, moved_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version, moved_at = excluded.moved_at",
                arguments: [version.model, alias, version.version, time])
            try appendAudit(
                db, actor: actor, action: "alias.set", subject: "\(version.model)@\(alias)",
                detail: .map(["old": old.map { .int($0) } ?? .null, "new": .int(version.version), "reason": .string(reason)]))
        }
    }

    package func deleteAlias(_ alias: String, model: String, actor: String) throws {
        try write { db in
            try db.execute(sql: "DELETE FROM alias WHERE model = ? AND alias = ?", arguments: [model, alias])
            guard db.changesCount == 1 else {
                throw Failure("registry.no-alias", "found no alias '\(alias)' of '\(model)'", hint: "see: hftml models show \(model)")
            }
            try appendAudit(db, actor: actor, action: "alias.delete", subject: "\(model)@\(alias)", detail: .null)
        }
    }
}
