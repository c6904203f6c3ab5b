import Basics
import Deployment
import ModelBundles
import Registry

/// A key that was taken back for good: what counts no more, from when, and what has still to be done for the rest.
package struct RevokedKey: Sendable {
    /// As it was typed.
    package let name: String
    /// Of all keys with that name.
    package let keyIDs: [String]
    /// Whose they are, each once.
    package let persons: [String]
    /// Environments whose documents name one of them.
    package let places: [Place]
    /// What other clones learn it from, once it is committed.
    package let files: [String]
    /// What is in force by the word of one of them, and places of which nobody can tell, a sentence each.
    package var resting: [String] = []
    /// Further hosts that believe one of them until a document that says otherwise is delivered to them.
    package var hosts: [HostBehind] = []
    /// Names of the keys that signed it, of those that are known here; empty where anybody may have entered it.
    package var signers: [String] = []

    /// An environment whose hosts, and whoever has another registry and not these files, believe the key until the next
    /// document.
    package struct Place: Sendable {
        package let environment: String
        /// What the newest document lets it do, `root` among it; empty where only an earlier one named it.
        package let roles: [String]
        /// The command to go on with.
        package let next: String
        /// Where it is a root key and too few of those who may have said so: as many root keys would have to, or the
        /// key itself, and documents take its signature until then. Nil where they do not.
        package let signsOn: Int?
    }

    /// Where it is a root key whose signature still counts, what would end that, a sentence each.
    package var remarks: [String] {
        places.compactMap { place in
            place.signsOn.map {
                "its signatures under documents of '\(place.environment)' count on, until the key itself or "
                    + "\($0) of the root keys there sign that it is revoked (hftml keys revoke \(name) --as KEY), or a "
                    + "document takes it out"
            }
        }
    }

    /// Before it is done: whose key it is, where it counts, what is in force by it, and what stops.
    package var plan: String {
        let places = places.map {
            "  in '\($0.environment)': "
                + ($0.roles.isEmpty ? "an earlier document named it" : $0.roles.joined(separator: ", "))
                + "; its hosts believe it until the next document is signed and delivered: \($0.next)"
        }
        return
            (["the key '\(name)' (\(keyIDs.joined(separator: ", "))) of \(persons.joined(separator: ", "))"]
            + (places.isEmpty ? ["  no document of an environment names it"] : places)
            + hosts.map { "  \($0.text): \($0.next)" } + (resting + remarks).map { "  \($0)" }
            + [
                "what it signed and signs counts here no more, except rejections, until root keys say so too; it never "
                    + "comes back"
            ]).joined(separator: "\n")
    }
}

extension ManageKeys {
    /// Takes trust in a key back: of one environment, or of a key for good, with all signatures, whether the project
    /// trusts it or a document of an environment names it.
    ///
    /// It is signed where it can be: what nobody signed anybody may have entered, so it ends no root key, and holds up
    /// no rollback.
    ///
    /// - Parameters:
    ///   - name: of the key, or its id.
    ///   - signer: the private key that signs it: the key itself, or a root key. Where nil, one of those that is at
    ///     hand, or none.
    ///   - endsEnvironment: also where too few root keys of an environment are left to sign a document.
    /// - Throws: ``Failure`` with code `key.not-trusted`, `key.last-root`, and what signing with a named key throws.
    @discardableResult
    package static func revoke(
        _ name: String, environment: String? = nil, reason: String = "", as signer: String? = nil,
        endsEnvironment: Bool = false, session: Session
    ) throws -> RevokedKey {
        try check(name)
        if let environment {
            try distrust(name, environment: environment, session: session)
            return RevokedKey(name: name, keyIDs: [], persons: [], places: [], files: [])
        }
        let known = try RevocableKeys(session), keys = try known.required(name)
        let registry = try session.registry(), before = try revocations(session), logged = try revocations(registry)
        let said = try SignedRevocations(session, entered: before)
        if !endsEnvironment {
            let ending = try ending(keys, as: signer, known, logged, said, session: session)
            try known.requireRootsLeft(without: ending, said)
        }
        let statements = try keys.compactMap { key in
            try statement(
                key, reason: reason.isEmpty ? before[key.id]?.reason ?? "" : reason, as: signer, known, said,
                session: session
            ).map { (key, $0) }
        }
        if statements.isEmpty { try requireNoOtherReason(reason, for: keys, logged, name) }
        let revocation = PublicKey.Revocation(at: registry.now(), reason: reason)
        // The log first: if a file cannot be written, the key is revoked all the same.
        for key in keys {
            let statement = statements.first { $0.0.id == key.id }?.1
            guard logged[key.id] == nil || statement != nil else { continue }
            let signed = statement.map { [("statement", JSONValue.string($0.text))] } ?? []
            try registry.audit(
                action: "key.revoke", subject: .key(key.name),
                detail: .map(
                    [
                        ("keyID", .string(key.id)), ("scope", .string("project")), ("reason", .string(reason)),
                        ("signed", .bool(statement != nil)),
                    ] + signed))
        }
        // As the log dates it: a clone that has not pulled writes the same, and Git finds nothing to merge.
        let told = try revocations(registry)
        let marked = try keys.flatMap { try mark($0, before[$0.id] ?? told[$0.id] ?? revocation, session: session) }
        for (key, statement) in statements { try SignedRevocations.track(statement, keyID: key.id, session: session) }
        // Those of before, too: whoever asks again may not have committed them.
        let files = marked + keys.compactMap { SignedRevocations.tracked(keyID: $0.id, session: session) }
        let now = try SignedRevocations(session)
        return try standing(known.revoked(name, keys, files: files.map(session.shown), now), known, session: session)
    }

    /// What ``revoke(_:environment:reason:as:endsEnvironment:session:)`` would do to a key for good; nothing is done.
    ///
    /// - Throws: ``Failure`` with code `key.not-trusted`, `key.last-root`.
    package static func revocation(
        of name: String, as signer: String? = nil, endsEnvironment: Bool = true, session: Session
    ) throws -> RevokedKey {
        try check(name)
        let known = try RevocableKeys(session), keys = try known.required(name), said = try SignedRevocations(session)
        if !endsEnvironment {
            let logged = try revocations(try session.registry())
            let ending = try ending(keys, as: signer, known, logged, said, session: session)
            try known.requireRootsLeft(without: ending, said)
        }
        return try standing(known.revoked(name, keys, files: [], said), known, session: session)
    }

    /// Keys that are about to end: of one that the log has as revoked, whoever signs that is still to come where nobody
    /// has, and anybody may have entered it.
    private static func ending(
        _ keys: [PublicKey], as typed: String?, _ known: RevocableKeys, _ logged: [String: PublicKey.Revocation],
        _ said: SignedRevocations, session: Session
    ) throws -> [PublicKey] {
        try keys.filter { key in
            guard logged[key.id] != nil else { return true }
            let signer =
                try typed.map { try PrivateKeys.publicKey($0, session: session) } ?? atHand(key, known, said, session)
            return signer.map { !said.hasSigned($0, about: key.id) } ?? false
        }
    }

    /// A key that lies here and may sign that another, or itself, is no good.
    private static func atHand(
        _ key: PublicKey, _ known: RevocableKeys, _ said: SignedRevocations, _ session: Session
    ) -> PublicKey? {
        known.signers(about: key, said).first { PrivateKeys.holds($0, session: session) }
    }

    /// A signature that is not there yet: of the key that was named, of the key itself, or of a root key.
    ///
    /// - Returns: nil where none of them is at hand, or has signed already.
    private static func statement(
        _ key: PublicKey, reason: String, as typed: String?, _ known: RevocableKeys, _ said: SignedRevocations,
        session: Session
    ) throws -> Envelope? {
        let time = try session.registry().now()
        func signed(_ name: String) throws -> Envelope? {
            let signer = try PrivateKeys.signer(name, session: session)
            guard !said.hasSigned(signer.publicKey, about: key.id) else { return nil }
            try known.requireGood(signer.publicKey, about: key, said)
            return try KeyRevocation(keyID: key.id, reason: reason, at: time).signed(by: signer)
        }
        if let typed { return try signed(typed) }
        guard let own = atHand(key, known, said, session) else { return nil }
        // A passphrase that nobody gives keeps no stolen key good.
        do { return try signed(own.name) } catch let error as any UserFacingError {
            session.caller.conversation.say("\(error.message); the revocation of '\(key.name)' goes on unsigned")
            return nil
        }
    }

    /// A revocation is said once: a reason that comes later would be lost in silence.
    ///
    /// - Throws: ``Failure`` with code `key.revoked`.
    private static func requireNoOtherReason(
        _ reason: String, for keys: [PublicKey], _ logged: [String: PublicKey.Revocation], _ name: String
    ) throws {
        let earlier = keys.compactMap { logged[$0.id] }
        guard !reason.isEmpty, earlier.count == keys.count, let first = earlier.first,
            !earlier.contains(where: { $0.reason == reason })
        else { return }
        throw Failure(
            "key.revoked",
            "found '\(name)' revoked already at \(TimeText.seconds(first.at)), "
                + (first.reason.isEmpty ? "without a reason" : "because of: \(first.reason)")
                + "; the log keeps what was said then, and no reason that comes later",
            hint: "nothing is left to do; to see what still believes it: hftml keys revoke \(name)",
            exitStatus: .refused)
    }

    private static func standing(_ key: RevokedKey, _ known: RevocableKeys, session: Session) throws -> RevokedKey {
        var key = key
        key.hosts = try known.believing(Set(key.keyIDs), session: session)
        key.resting = try RestsOnKeys.inForce(Set(key.keyIDs), session: session).map(\.text)
        return key
    }

    /// Says it in every tracked file of the key, so that clones with other registries learn of it.
    private static func mark(_ key: PublicKey, _ revocation: PublicKey.Revocation, session: Session) throws -> [String]
    {
        let tracked = publicPath(key.name, session: session)
        var written: [String] = []
        for path in ["\(trustedDirectory(session))/\(key.name).pub.json", tracked] where Paths.exists(path) {
            var found = try PublicKey.read(path)
            guard found.id == key.id else { continue }
            found.revoked = found.revoked ?? revocation
            try AtomicFile.write(found.json.text(.pretty) + "\n", to: path)
            written.append(path)
        }
        guard written.isEmpty, !Paths.exists(tracked) else { return written }
        var alone = key
        (alone.roles, alone.expiresAt, alone.revoked) = ([], nil, revocation)
        try AtomicFile.write(alone.json.text(.pretty) + "\n", to: tracked)
        return [tracked]
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

    /// Keys that somebody revoked, as the log has it.
    static func revocations(_ registry: RegistryDatabase) throws -> [String: PublicKey.Revocation] {
        var out: [String: PublicKey.Revocation] = [:]
        for entry in try registry.auditEntries(actionPrefix: "key.revoke") {
            // One that no program wrote is the word of whoever writes the registry: it would stop everybody for good.
            // The check of the record tells it, and that an entry was changed since, which promotions ask.
            guard let detail = revocation(entry) else { continue }
            // Of an environment's trust its own directory tells.
            guard detail[key: "environment"]?.stringValue == nil, let id = detail[key: "keyID"]?.stringValue else {
                continue
            }
            // A signature that was added later changes nothing of when and why.
            guard out[id] == nil else { continue }
            out[id] = PublicKey.Revocation(at: entry.time, reason: detail[key: "reason"]?.stringValue ?? "")
        }
        return out
    }

    /// What an entry says was revoked; nil for one that cannot be read.
    private static func revocation(_ entry: AuditEntry) -> JSONValue? {
        guard let detail = try? JSONParser.parse(entry.detail) else { return nil }
        let isOfKey = detail[key: "scope"]?.stringValue == "project" && detail[key: "keyID"]?.stringValue != nil
        return isOfKey || detail[key: "environment"]?.stringValue != nil ? detail : nil
    }

    /// Entries of the log that take a key back, and do not say which, a sentence each.
    static func unreadableRevocations(_ registry: RegistryDatabase) throws -> [String] {
        try registry.auditEntries(actionPrefix: "key.revoke").filter { revocation($0) == nil }.map {
            "found entry \($0.sequence) of the audit log, a revocation by \($0.actor), unreadable: it takes no key back"
                + "; ask them which key is no good, and revoke it: hftml keys revoke KEY --reason TEXT"
        }
    }

    /// As the log or a tracked file has it: a clone with another registry learns by its files. Whoever writes those can
    /// only tighten.
    static func revocations(_ session: Session) throws -> [String: PublicKey.Revocation] {
        var out = try revocations(try session.registry())
        for directory in [trustedDirectory(session), "\(session.root)/Registry/keys"] {
            for key in try TrustedKeys(directory: directory).keys where out[key.id] == nil {
                out[key.id] = key.revoked
            }
        }
        return out
    }
}
