import Basics
package import ModelBundles
package import Registry

/// Signing keys of people and machines, and which environment trusts whom.
package enum ManageKeys {
    /// Where a private key lives: outside Git, readable by its owner.
    package static func privatePath(_ name: String, session: Session) -> String {
        "\(session.root)/Registry/keys/\(name).key.json"
    }
    /// A private key as commands take it: the name of one, or a file.
    package static func privateKey(_ nameOrFile: String, session: Session) -> String {
        nameOrFile.contains("/") || nameOrFile.hasSuffix(".json")
            ? session.path(nameOrFile) : privatePath(nameOrFile, session: session)
    }

    package static func publicPath(_ name: String, session: Session) -> String {
        "\(session.root)/Registry/keys/\(name).pub.json"
    }

    private static func check(_ name: String) throws {
        guard !name.isEmpty, !name.hasPrefix("."), name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) })
        else {
            throw Failure(
                "key.name", "found the key name '\(name)', expected letters, digits, '-', '_' and '.'",
                exitStatus: .usage)
        }
    }

    /// Makes a key pair; an existing one is never overwritten.
    ///
    /// - Parameter environment: one that accepts its bundles from now on.
    /// - Throws: ``Failure`` with code `key.name` or `key.exists`.
    package static func generate(
        _ name: String, keepsExisting: Bool = false, trustedIn environment: String? = nil, session: Session
    ) throws -> PublicKey {
        let key = try pair(name, keepsExisting: keepsExisting, session: session)
        if let environment { _ = try trust(name, environment: environment, session: session) }
        return key
    }

    private static func pair(_ name: String, keepsExisting: Bool, session: Session) throws -> PublicKey {
        try check(name)
        let path = privatePath(name, session: session)
        if Paths.exists(path) {
            guard keepsExisting else {
                throw Failure(
                    "key.exists", "found a key named '\(name)' already", hint: "choose another name, or use it as it is"
                )
            }
            return try SigningKey.read(path).publicKey
        }
        let key = SigningKey(generating: name)
        try key.write(to: path)
        try AtomicFile.write(key.publicKey.json.text(.pretty) + "\n", to: publicPath(name, session: session))
        try session.registry().audit(
            action: "key.generate", subject: .key(name), detail: .map(["keyID": .string(key.publicKey.id)]))
        return key.publicKey
    }

    private static func key(_ name: String, session: Session) throws -> PublicKey {
        let key = try PublicKey.read(name.hasSuffix(".json") ? session.path(name) : publicPath(name, session: session))
        try check(key.name)
        return key
    }

    /// Lets an environment accept bundles signed by a key.
    package static func trust(_ name: String, environment: String, session: Session) throws -> PublicKey {
        let key = try key(name, session: session), environment = session.environmentName(environment)
        let target = "\(session.environmentPath(environment))/trusted/\(key.name).pub.json"
        try AtomicFile.write(key.json.text(.pretty) + "\n", to: target)
        try session.registry().audit(
            action: "key.trust", subject: .key(key.name),
            detail: .map(["keyID": .string(key.id), "environment": .string(environment)]))
        return key
    }

    /// Takes trust in a key back: of one environment, or of a person for good, with all signatures.
    ///
    /// - Throws: ``Failure`` with code `key.not-trusted`.
    package static func revoke(
        _ name: String, environment: String? = nil, reason: String = "", session: Session
    ) throws {
        try check(name)
        if let environment { return try distrust(name, environment: environment, session: session) }
        try revoke(name, reason: reason, session: session)
    }

    private static func distrust(_ name: String, environment: String, session: Session) throws {
        let environment = session.environmentName(environment)
        let target = "\(session.environmentPath(environment))/trusted/\(name).pub.json"
        guard Paths.exists(target) else {
            throw Failure(
                "key.not-trusted", "found no trusted key '\(name)' in '\(environment)'", hint: "see: hftml keys list")
        }
        try Paths.remove(target)
        try session.registry().audit(
            action: "key.revoke", subject: .key(name), detail: .map(["environment": .string(environment)]))
    }

    // MARK: Keys of people

    private static func trustedDirectory(_ session: Session) -> String { "\(session.root)/Registry/trusted" }

    /// Lets a person's signatures count in this project, in given roles and until a given day. The file belongs in Git:
    /// who may sign is reviewed like code.
    ///
    /// - Parameter expires: the day from which signatures no longer count; nil for never.
    /// - Throws: ``Failure`` with code `usage.expires`, `key.role`, or `key.revoked` for a key that was taken back.
    package static func trust(_ name: String, roles: [String], expires: String? = nil, session: Session) throws
        -> PublicKey
    {
        let expiresAt = try expires.map { text -> Nanoseconds in
            guard let time = TimeText.parseUTC(text) else {
                throw Failure(
                    "usage.expires", "found '\(text)', expected a day such as 2099-12-31", exitStatus: .usage)
            }
            return time
        }
        var key = try key(name, session: session)
        guard !roles.isEmpty else {
            throw Failure(
                "key.role", "found no role for '\(key.name)'", hint: "for example: --role validator", exitStatus: .usage
            )
        }
        let registry = try session.registry()
        if let revoked = try revocations(registry)[key.id] {
            throw Failure(
                "key.revoked", "found the key \(key.id) of '\(key.name)' revoked at \(TimeText.utc(revoked.at))",
                hint: "make a new key; a revoked one never comes back")
        }
        (key.roles, key.expiresAt, key.revoked) = (roles, expiresAt, nil)
        try AtomicFile.write(key.json.text(.pretty) + "\n", to: "\(trustedDirectory(session))/\(key.name).pub.json")
        try registry.audit(
            action: "key.trust", subject: .key(key.name),
            detail: .map([
                "keyID": .string(key.id), "roles": .strings(roles), "expiresAt": .string(expiresAt.map(TimeText.utc)),
                "scope": .string("project"),
            ]))
        return key
    }

    /// Takes a person's key back, for good: none of its signatures count from now on.
    private static func revoke(_ name: String, reason: String, session: Session) throws {
        let path = "\(trustedDirectory(session))/\(name).pub.json"
        guard Paths.exists(path) else {
            throw Failure("key.not-trusted", "found no trusted key '\(name)'", hint: "see: hftml keys list")
        }
        let registry = try session.registry()
        var key = try PublicKey.read(path)
        key.revoked = PublicKey.Revocation(at: registry.now(), reason: reason)
        // The log first: if the file cannot be written, the key is revoked all the same.
        try registry.audit(
            action: "key.revoke", subject: .key(name),
            detail: .map(["keyID": .string(key.id), "scope": .string("project"), "reason": .string(reason)]))
        try AtomicFile.write(key.json.text(.pretty) + "\n", to: path)
    }

    static func revocations(_ registry: RegistryDatabase) throws -> [String: PublicKey.Revocation] {
        var out: [String: PublicKey.Revocation] = [:]
        for entry in try registry.auditEntries(actionPrefix: "key.revoke") {
            // A revocation that cannot be read must not make a key good again.
            let detail = try? JSONParser.parse(entry.detail)
            // Of an environment's trust its own directory tells.
            if detail?[key: "environment"]?.stringValue != nil { continue }
            guard let detail, detail[key: "scope"]?.stringValue == "project",
                let id = detail[key: "keyID"]?.stringValue
            else {
                throw Failure(
                    "registry.damaged", "found entry \(entry.sequence) of the audit log, a revocation, unreadable",
                    hint: "see what else is wrong with: hftml audit verify")
            }
            out[id] = PublicKey.Revocation(at: entry.time, reason: detail[key: "reason"]?.stringValue ?? "")
        }
        return out
    }

    /// Keys of people as files and audit log agree on them. A file that the log does not know, or knows otherwise,
    /// counts as revoked: somebody put it there by hand.
    package static func people(_ session: Session, registry: RegistryDatabase) throws -> TrustedKeys {
        var told: [String: (roles: [String], expiresAt: String?)] = [:]
        for entry in try registry.auditEntries(actionPrefix: "key.trust") {
            guard let detail = try? JSONParser.parse(entry.detail), detail[key: "scope"]?.stringValue == "project",
                let id = detail[key: "keyID"]?.stringValue
            else { continue }
            told[id] = (
                detail[key: "roles"]?.listValue?.compactMap(\.stringValue) ?? [], detail[key: "expiresAt"]?.stringValue
            )
        }
        let revoked = try revocations(registry)
        return TrustedKeys(
            try TrustedKeys(directory: trustedDirectory(session)).keys.map { key in
                var key = key
                if let revocation = revoked[key.id] {
                    key.revoked = revocation
                } else if let known = told[key.id] {
                    if known.roles != key.roles || known.expiresAt != key.expiresAt.map(TimeText.utc) {
                        key.revoked = PublicKey.Revocation(
                            at: registry.now(),
                            reason: "its file was changed by hand, the audit log has other roles or another end")
                    }
                } else {
                    key.revoked = PublicKey.Revocation(
                        at: registry.now(), reason: "its file was put there by hand, the audit log does not know it")
                }
                return key
            })
    }
}
