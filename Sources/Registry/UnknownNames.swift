import Basics
import GRDB

/// The sentences for names that the registry does not have: wrong usage, with the nearest name that it has.
enum UnknownNames {
    private static func models(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT name FROM model WHERE deleted_at IS NULL ORDER BY name")
    }

    static func run(_ reference: String, _ db: Database) throws -> Failure {
        .unknown(
            "run", reference, code: "registry.no-run",
            in: try String.fetchAll(db, sql: "SELECT DISTINCT name FROM run ORDER BY name"), see: "hftml runs list")
    }

    static func model(_ name: String, _ db: Database) throws -> Failure {
        .unknown("model", name, code: "registry.no-model", in: try models(db), see: "hftml models list")
    }

    static func alias(_ alias: String, of model: String, code: String = "registry.no-alias", _ db: Database) throws
        -> Failure
    {
        guard try models(db).contains(model) else { return try self.model(model, db) }
        let known = try String.fetchAll(
            db, sql: "SELECT alias FROM alias WHERE model = ? ORDER BY alias", arguments: [model])
        return Failure(
            code, "found no alias '\(alias)' of \(model)",
            hint: UnknownName.hint(alias, in: known, otherwise: "see them with: hftml models list \(model)"),
            exitStatus: .usage)
    }

    static func hook(_ name: String, _ db: Database) throws -> Failure {
        .unknown(
            "hook", name, code: "hooks.none",
            in: try String.fetchAll(db, sql: "SELECT name FROM subscription ORDER BY name"), see: "hftml hooks list")
    }

    static func study(_ name: String, _ db: Database) throws -> Failure {
        .unknown(
            "study", name, code: "search.no-study",
            in: try String.fetchAll(db, sql: "SELECT name FROM study ORDER BY name"), see: "hftml studies list")
    }

    /// By what is wrong in the reference: its model, its alias or its number.
    static func version(_ text: String, _ db: Database) throws -> Failure {
        let code = "registry.no-version", models = try models(db), subject = AuditSubject(text)
        switch subject {
        case .alias(let name, let model) where models.contains(model):
            return try alias(name, of: model, code: code, db)
        case .version(let model, _) where models.contains(model):
            let known = try String.fetchAll(
                db,
                sql: """
                    SELECT model || '/' || version FROM version WHERE model = ? AND deleted_at IS NULL ORDER BY version
                    """, arguments: [model])
            var failure = Failure.unknown(
                "model version", text, code: code, in: known, see: "hftml models list \(model)")
            // Among numbers the nearest by its letters is none that anybody meant.
            if known.count > 1, let first = known.first, let last = known.last {
                failure = Failure(
                    code, failure.message,
                    hint: "there are \(first) to \(last); see them with: hftml models list \(model)",
                    exitStatus: .usage)
            }
            return failure
        default:
            return .unknown("model", subject?.model ?? text, code: code, in: models, see: "hftml models list")
        }
    }
}

extension RegistryDatabase {
    /// - Throws: ``Failure`` with code `registry.no-model` and the nearest name when no model is called so, deleted
    ///   ones included.
    package func requireModel(_ name: String) throws {
        try read { db in
            guard try Int.fetchOne(db, sql: "SELECT 1 FROM model WHERE name = ?", arguments: [name]) == nil else {
                return
            }
            throw try UnknownNames.model(name, db)
        }
    }

    /// Environments that a promotion or a receipt names.
    package func environmentNames() throws -> [String] {
        try read {
            try String.fetchAll(
                $0, sql: "SELECT environment FROM deployment UNION SELECT environment FROM promotion ORDER BY 1")
        }
    }
}
