import Basics
import Deployment
import Identity
package import ModelBundles
import Promotion
import Registry

/// Signing keys of people and machines, and which environment trusts whom.
package enum ManageKeys {
    /// Where a private key lies: with the person, see ``PrivateKeys``.
    package static func privatePath(_ name: String, session: Session) throws -> String {
        try PrivateKeys.path(name, session: session)
    }

    /// A private key as commands take it: the name of one, or a file.
    package static func privateKey(_ nameOrFile: String, session: Session) throws -> String {
        nameOrFile.contains("/") || nameOrFile.hasSuffix(".json")
            ? session.path(nameOrFile) : try privatePath(nameOrFile, session: session)
    }

    package static func publicPath(_ name: String, session: Session) -> String {
        "\(session.root)/Registry/keys/\(name).pub.json"
    }

    /// A plain name that no known key has in other capital letters.
    ///
    /// - Throws: ``Failure`` with code `key.name`.
    static func check(_ name: String, session: Session) throws {
        try check(name)
        guard PlainName.isPlainASCII(name) || Paths.exists(publicPath(name, session: session)) else {
            throw Failure(
                "key.name", "found the key name '\(Escaping.terminal(name))', expected \(PlainName.expectedASCII)",
                exitStatus: .usage)
        }
        for directory in ["keys", "trusted"].map({ "\(session.root)/Registry/\($0)" })
        where Paths.isDirectory(directory) {
            let known = try Paths.entries(directory).filter { $0.hasSuffix(".pub.json") }.map { String($0.dropLast(9)) }
            if let other = PlainName.lookalike(of: name, in: known) {
                throw Failure(
                    "key.name", "found the key name '\(name)', \(PlainName.difference(from: other, name))",
                    hint: "choose another name", exitStatus: .usage)
            }
        }
    }

    static func check(_ name: String) throws {
        guard PlainName.isPlain(name) else {
            throw Failure(
                "key.name", "found the key name '\(Escaping.terminal(name))', expected \(PlainName.expected)",
                exitStatus: .usage)
        }
    }

    /// - Throws: ``Failure`` with code `key.name`.
    static func check(person: String) throws {
        guard PlainName.isPlain(person, also: "+") else {
            throw Failure(
                "key.name", "found the person '\(Escaping.terminal(person))', expected \(PlainName.expected)",
                exitStatus: .usage)
        }
    }

    /// Makes a key pair; an existing one is never overwritten. The private half goes to the person's own directory, the
    /// public half into the project.
    ///
    /// - Parameters:
    ///   - keepsExisting: take a key of this name that the person has.
    ///   - environment: one that accepts its bundles from now on.
    ///   - asksPassphrase: put it under a passphrase, where a file names one or somebody can be asked.
    /// - Throws: ``Failure`` with code `key.name`, `key.exists` or `key.passphrase`.
    package static func generate(
        _ name: String, keepsExisting: Bool = false, trustedIn environment: String? = nil,
        asksPassphrase: Bool = false, session: Session
    ) throws -> PublicKey {
        let key = try pair(name, keepsExisting: keepsExisting, asksPassphrase: asksPassphrase, session: session)
        if let environment { _ = try trust(name, environment: environment, session: session) }
        return key
    }

    private static func pair(_ name: String, keepsExisting: Bool, asksPassphrase: Bool, session: Session) throws
        -> PublicKey
    {
        try check(name, session: session)
        let path = try privatePath(name, session: session), tracked = publicPath(name, session: session)
        let known = Paths.exists(tracked) ? try PublicKey.read(tracked) : nil
        let existing = Paths.exists(path) ? try PrivateKeyFile.publicKey(path) : nil
        guard existing == nil || keepsExisting else {
            throw Failure(
                "key.exists", "found a key named '\(name)' already: '\(path)'",
                hint: "choose another name, or use it as it is: hftml keys generate \(name) --if-missing")
        }
        if let known, known.id != existing?.id {
            throw Failure(
                "key.exists", "found the public half of another key '\(name)' in '\(session.shown(tracked))'",
                hint: "choose another name; if its private half is lost, remove that file first")
        }
        if let existing, known != nil { return existing }
        // Nothing is written for somebody of whom nobody knows who they are.
        let registry = try session.registry()
        var key = existing
        if key == nil {
            try PrivateKeys.directory(session).prepare()
            let made = SigningKey(generating: name)
            let passphrase = asksPassphrase ? try PrivateKeys.passphrases(session).new(name) : nil
            try PrivateKeyFile.write(made, passphrase: passphrase, to: path)
            key = made.publicKey
        }
        guard let key else { throw Failure("key.none", "found no key '\(name)' after it was made") }
        try AtomicFile.write(key.json.text(.pretty) + "\n", to: tracked)
        try registry.audit(
            action: "key.generate", subject: .key(name), detail: .map(["keyID": .string(key.id)]))
        return key
    }

    private static func key(_ name: String, session: Session) throws -> PublicKey {
        let key = try PublicKey.read(name.hasSuffix(".json") ? session.path(name) : publicPath(name, session: session))
        try check(key.name)
        try check(person: key.person)
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

    // MARK: Keys of people

    static func trustedDirectory(_ session: Session) -> String { "\(session.root)/Registry/trusted" }

    /// Lets a person's signatures count in this project, in given roles and until a given day. The file belongs in Git:
    /// who may sign is reviewed like code.
    ///
    /// - Parameters:
    ///   - expires: the day from which signatures no longer count; nil for never.
    ///   - person: whose key it is; several keys of one person count once. As the key says where nil.
    /// - Throws: ``Failure`` with code `usage.expires`, `key.role`, or `key.revoked` for a key that was taken back.
    package static func trust(
        _ name: String, roles: [String], expires: String? = nil, person: String? = nil, session: Session
    ) throws -> PublicKey {
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
        if let revoked = try revocations(session)[key.id] {
            throw Failure(
                "key.revoked", "found the key \(key.id) of '\(key.name)' revoked at \(TimeText.seconds(revoked.at))",
                hint: "make a new key; a revoked one never comes back")
        }
        (key.roles, key.expiresAt, key.revoked) = (roles, expiresAt, nil)
        if let person {
            try check(person: person)
            key.person = person
        }
        let known = try TrustedKeys(directory: trustedDirectory(session)).keys.filter { $0.id != key.id }.map(\.person)
        if let other = PlainName.lookalike(of: key.person, in: known) {
            throw Failure(
                "key.name",
                "found the person '\(Escaping.terminal(key.person))', \(PlainName.difference(from: other, key.person))",
                hint: "for the same person: --person \(Escaping.terminal(other)); for another one choose another name",
                exitStatus: .usage)
        }
        tellNearRoles(roles, session: session)
        try AtomicFile.write(key.json.text(.pretty) + "\n", to: "\(trustedDirectory(session))/\(key.name).pub.json")
        try registry.audit(
            action: "key.trust", subject: .key(key.name),
            detail: .map([
                "keyID": .string(key.id), "roles": .strings(roles), "expiresAt": .string(expiresAt.map(TimeText.utc)),
                "person": .string(key.person), "scope": .string("project"),
            ]))
        return key
    }

    /// Says which role of the project's policies was probably meant by one that none of them asks for. It is no error:
    /// the policy may come later.
    private static func tellNearRoles(_ roles: [String], session: Session) {
        let directory = "\(session.root)/Registry/gates"
        let files = ((try? Paths.entries(directory)) ?? []).filter { $0.hasSuffix(".yaml") }
        let known = Set(
            files.compactMap { try? GateModel.policy("\(directory)/\($0)", session: session) }
                .flatMap(\.askedRoles).flatMap(\.roles)
        ).union(EnvironmentAuthority.Role.tools)
        for role in roles where !known.contains(role) {
            guard let near = NearestName.of(role, in: known.sorted()) else { continue }
            session.caller.conversation.say("no policy asks for the role '\(role)'; did you mean '\(near)'?")
        }
    }
}
