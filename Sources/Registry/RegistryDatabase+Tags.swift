import Basics
import GRDB

/// What tags, descriptions and deletions are about.
package enum RegistrySubject: Sendable, Equatable {
    case run(String)
    case experiment(String)
    case model(String)
    case version(model: String, number: Int)

    package var name: String {
        audited.text
    }

    /// Table, and the condition that finds the subject in it.
    fileprivate var place: (table: String, condition: String, arguments: StatementArguments) {
        switch self {
        case .run(let id): ("run", "id = ?", [id])
        case .experiment(let name): ("experiment", "name = ?", [name])
        case .model(let name): ("model", "name = ?", [name])
        case .version(let model, let number): ("version", "model = ? AND version = ?", [model, number])
        }
    }

    /// Tag table, its columns, and their values.
    fileprivate func tagPlace(_ db: Database) throws -> (
        table: String, columns: [String], values: [any DatabaseValueConvertible]
    ) {
        switch self {
        case .run(let id): return ("run_tag", ["run"], [id])
        case .experiment(let name):
            guard let id = try Int64.fetchOne(db, sql: "SELECT id FROM experiment WHERE name = ?", arguments: [name])
            else { throw missing }
            return ("experiment_tag", ["experiment"], [id])
        case .model(let name): return ("model_tag", ["model"], [name])
        case .version(let model, let number): return ("version_tag", ["model", "version"], [model, number])
        }
    }

    var missing: Failure { Failure("registry.no-subject", "found no \(name.contains(":") ? "" : "model ")\(name)") }
}

extension RegistryDatabase {
    /// Longest key and value, in characters, that other tools accept too.
    private static let longestKey = 250, longestValue = 8000

    /// Sets tags; those of models and versions are recorded in the audit log with their old values.
    package func setTags(
        _ tags: [(String, String)], of subject: RegistrySubject
    ) throws {
        for (key, value) in tags
        where key.isEmpty || key.count > RegistryDatabase.longestKey || value.count > RegistryDatabase.longestValue {
            throw Failure(
                "registry.tag",
                "found a tag '\(key.prefix(40))' of \(key.count) and \(value.count) characters, "
                    + "expected at most \(RegistryDatabase.longestKey) and \(RegistryDatabase.longestValue)",
                exitStatus: .usage)
        }
        try write { db in
            try requireLiving(subject, db)
            try store(tags, of: subject, actor: actor, isAudited: true, db)
        }
    }

    func store(_ tags: [(String, String)], of subject: RegistrySubject, actor: String, isAudited: Bool, _ db: Database)
        throws
    {
        let place = try subject.tagPlace(db), condition = place.columns.map { "\($0) = ?" }.joined(separator: " AND ")
        for (key, value) in tags {
            let values: [any DatabaseValueConvertible] = place.values + [key],
                arguments: StatementArguments = StatementArguments(values)
            let old = try String.fetchOne(
                db, sql: "SELECT value FROM \(place.table) WHERE \(condition) AND key = ?", arguments: arguments)
            guard old != value else { continue }
            let columns = place.columns.joined(separator: ", "), marks = SQLBuilder.marks(place.columns.count + 2)
            try db.cachedStatement(
                sql:
                    "INSERT INTO \(place.table)(\(columns), key, value) VALUES (\(marks)) ON CONFLICT DO UPDATE SET "
                    + "value = excluded.value"
            ).execute(arguments: StatementArguments(place.values + [key, value]))
            if isAudited, subject.isRegistered {
                try appendAudit(
                    db, actor: actor, action: "tag.set", subject: subject.audited,
                    detail: .map(["key": .string(key), "old": .string(old), "new": .string(value)]))
            }
        }
    }

    package func deleteTag(_ key: String, of subject: RegistrySubject) throws {
        try write { db in
            let place = try subject.tagPlace(db),
                condition = (place.columns + ["key"]).map { "\($0) = ?" }.joined(separator: " AND ")
            let values: [any DatabaseValueConvertible] = place.values + [key],
                arguments: StatementArguments = StatementArguments(values)
            guard
                let old = try String.fetchOne(
                    db, sql: "SELECT value FROM \(place.table) WHERE \(condition)", arguments: arguments)
            else {
                throw Failure("registry.no-tag", "found no tag '\(key)' on \(subject.name)")
            }
            try db.execute(sql: "DELETE FROM \(place.table) WHERE \(condition)", arguments: arguments)
            if subject.isRegistered {
                try appendAudit(
                    db, actor: actor, action: "tag.delete", subject: subject.audited,
                    detail: .map(["key": .string(key), "old": .string(old), "new": .null]))
            }
        }
    }

    package func tags(of subject: RegistrySubject) throws -> [(key: String, value: String)] {
        try read { db in
            let place = try subject.tagPlace(db),
                condition = place.columns.map { "\($0) = ?" }.joined(separator: " AND ")
            return try StoredRow.fetchAll(
                db, sql: "SELECT key, value FROM \(place.table) WHERE \(condition) ORDER BY key",
                arguments: StatementArguments(place.values)
            ).map { (try $0[0], try $0[1]) }
        }
    }

    /// Of experiments, models and versions.
    package func setDescription(_ text: String, of subject: RegistrySubject)
        throws
    {
        guard case .run = subject else {
            return try write { db in
                try requireLiving(subject, db)
                let place = subject.place
                let old = try String.fetchOne(
                    db, sql: "SELECT description FROM \(place.table) WHERE \(place.condition)",
                    arguments: place.arguments)
                try db.execute(
                    sql: "UPDATE \(place.table) SET description = ?, updated_at = ? WHERE \(place.condition)",
                    arguments: [text, now()] + place.arguments)
                try appendAudit(
                    db, actor: actor, action: "description.set", subject: subject.audited,
                    detail: .map(["old": .string(old), "new": .string(text)]))
            }
        }
        try setTags([("note", text)], of: subject)
    }

    /// Hides a subject from lists and references. Nothing is lost: ``restore(_:actor:)`` brings it back, and trials
    /// stay counted.
    ///
    /// - Throws: ``Failure`` for a version that an alias points at, or that is being promoted.
    package func delete(_ subject: RegistrySubject, reason: String) throws {
        try write { db in
            try requireLiving(subject, db)
            let aliases: [String]
            switch subject {
            case .version(let model, let number):
                aliases = try String.fetchAll(
                    db, sql: "SELECT alias FROM alias WHERE model = ? AND version = ?", arguments: [model, number])
            case .model(let name):
                aliases = try String.fetchAll(db, sql: "SELECT alias FROM alias WHERE model = ?", arguments: [name])
            default: aliases = []
            }
            guard aliases.isEmpty else {
                throw Failure(
                    "registry.in-use", "found \(subject.name) in use as \(aliases.joined(separator: ", "))",
                    hint: "move or delete the alias first")
            }
            try requireNotUnderPromotion(subject, db)
            try mark(subject, deletedAt: now(), db)
            try appendAudit(
                db, actor: actor, action: "delete", subject: subject.audited, detail: .map(["reason": .string(reason)]))
        }
    }

    /// A version on its way into an environment stays until the runtime has answered.
    private func requireNotUnderPromotion(_ subject: RegistrySubject, _ db: Database) throws {
        let (model, number): (String, Int?)
        switch subject {
        case .version(let name, let version): (model, number) = (name, version)
        case .model(let name): (model, number) = (name, nil)
        default: return
        }
        let environment = try String.fetchOne(
            db,
            sql: """
                SELECT environment FROM promotion
                WHERE state = 'begun' AND model = ?1 AND (?2 IS NULL OR version = ?2)
                """,
            arguments: [model, number])
        guard let environment else { return }
        throw Failure(
            "registry.in-use", "found \(subject.name) on its way to '\(environment)'",
            hint: "wait for the runtime's answer, or: hftml deployments withdraw \(environment)")
    }

    package func restore(_ subject: RegistrySubject) throws {
        try write { db in
            let place = subject.place
            guard
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM \(place.table) WHERE \(place.condition) AND deleted_at IS NOT NULL",
                    arguments: place.arguments) == 1
            else {
                throw Failure("registry.not-deleted", "found no deleted \(subject.name)")
            }
            try mark(subject, deletedAt: nil, db)
            try appendAudit(db, actor: actor, action: "restore", subject: subject.audited, detail: .null)
        }
    }

    private func mark(_ subject: RegistrySubject, deletedAt: Nanoseconds?, _ db: Database) throws {
        let place = subject.place
        let before = try Int64.fetchOne(
            db, sql: "SELECT deleted_at FROM \(place.table) WHERE \(place.condition)", arguments: place.arguments)
        try db.execute(
            sql: "UPDATE \(place.table) SET deleted_at = ? WHERE \(place.condition)",
            arguments: [deletedAt] + place.arguments)
        // An experiment takes its runs along, and brings back those that went with it.
        if case .experiment(let name) = subject {
            try db.execute(
                sql: "UPDATE run SET deleted_at = ? WHERE experiment = ? AND deleted_at IS ?",
                arguments: [deletedAt, name, before])
        }
    }

    func requireLiving(_ subject: RegistrySubject, _ db: Database) throws {
        let place = subject.place
        guard
            let row = try StoredRow.fetchOne(
                try db.cachedStatement(sql: "SELECT deleted_at FROM \(place.table) WHERE \(place.condition)"),
                arguments: place.arguments)
        else { throw subject.missing }
        guard (try row[0] as Int64?) == nil else {
            throw Failure(
                "registry.deleted", "\(subject.name) is deleted, expected one that is not",
                hint: "restore it first, see: hftml runs restore --help, hftml models restore --help")
        }
    }
}

extension RegistrySubject {
    /// Models and their versions: every change of theirs is an event.
    fileprivate var isRegistered: Bool {
        switch self {
        case .model, .version: true
        case .run, .experiment: false
        }
    }
}
