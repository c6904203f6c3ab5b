import Basics
import GRDB

extension RegistryDatabase {
    /// Lets a name be given to a model: a plain one, and none that differs from a known one in capital letters alone.
    /// `Bars` beside `bars` would have no incumbent, no approvals and no history, and look as if it had.
    ///
    /// - Throws: ``Failure`` with code `registry.name`.
    func requireModelName(_ name: String, _ db: Database) throws {
        // SQLite reads a text up to its first zero byte: `m\u{0}` would be found as `m`.
        if !Self.holdsControls(name),
            try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM model WHERE name = ?)"), arguments: [name])
                == true
        {
            return
        }
        guard PlainName.isPlainASCII(name) else {
            throw Failure(
                "registry.name", "found the model name \(Self.quoted(name)), expected \(PlainName.expectedASCII)",
                exitStatus: .usage)
        }
        let known = try String.fetchAll(db, sql: "SELECT name FROM model ORDER BY name")
        try Self.require(name, unlike: known, "registry.name", "model")
    }

    /// As ``requireModelName(_:_:)``, for names that another tool has given: these may hold spaces and further signs.
    ///
    /// - Throws: ``Failure`` with code `registry.name`.
    func requireForeignModelName(_ name: String, _ db: Database) throws {
        let isTricky = name.isEmpty || name.hasPrefix(".") || name.contains("..") || name.contains("/")
        guard !isTricky, !Self.holdsControls(name) else {
            throw Failure(
                "registry.name", "found the model name \(Self.quoted(name)), expected one that leads nowhere else",
                hint: "rename it where it comes from")
        }
        try Self.require(
            name, unlike: String.fetchAll(db, sql: "SELECT name FROM model ORDER BY name"), "registry.name", "model")
    }

    /// As ``requireModelName(_:_:)``, among the aliases of all models and those that the project orders.
    ///
    /// - Throws: ``Failure`` with code `registry.alias-name`.
    func requireAliasName(_ alias: String, order: [String], _ db: Database) throws {
        if !Self.holdsControls(alias),
            try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM alias WHERE alias = ?)"), arguments: [alias])
                == true
        {
            return
        }
        guard PlainName.isPlainASCII(alias), Int(alias) == nil else {
            throw Failure(
                "registry.alias-name",
                "found the alias \(Self.quoted(alias)), expected \(PlainName.expectedASCII), and not digits alone",
                exitStatus: .usage)
        }
        let known = order + [Self.championAlias]
        try Self.require(
            alias, unlike: known + String.fetchAll(db, sql: "SELECT DISTINCT alias FROM alias ORDER BY alias"),
            "registry.alias-name", "alias")
    }

    /// What the gate compares with where nothing else is said.
    private static let championAlias = "champion"

    private static func require(_ name: String, unlike known: [String], _ code: String, _ what: String) throws {
        guard let other = PlainName.lookalike(of: name, in: known) else { return }
        throw Failure(
            code, "found the \(what) '\(name)', \(PlainName.difference(from: other, name))",
            hint: "use '\(other)', or choose another name", exitStatus: .usage)
    }

    private static func holdsControls(_ name: String) -> Bool {
        name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    /// Control characters are shown, not printed.
    private static func quoted(_ name: String) -> String { "'\(Escaping.terminal(name))'" }
}
