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

    /// An environment whose hosts, and whoever has another registry and not these files, believe the key until the next
    /// document.
    package struct Place: Sendable {
        package let environment: String
        /// What the newest document lets it do, `root` among it; empty where only an earlier one named it.
        package let roles: [String]
        /// The command to go on with.
        package let next: String
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
            + hosts.map { "  \($0.text): \($0.next)" } + resting.map { "  \($0)" }
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
    /// - Parameter name: of the key, or its id.
    /// - Throws: ``Failure`` with code `key.not-trusted`.
    @discardableResult
    package static func revoke(
        _ name: String, environment: String? = nil, reason: String = "", session: Session
    ) throws -> RevokedKey {
        try check(name)
        if let environment {
            try distrust(name, environment: environment, session: session)
            return RevokedKey(name: name, keyIDs: [], persons: [], places: [], files: [])
        }
        let known = try Known(session), keys = try known.required(name)
        let registry = try session.registry(), before = try revocations(session), logged = try revocations(registry)
        try requireNoOtherReason(reason, for: keys, logged, name)
        let revocation = PublicKey.Revocation(at: registry.now(), reason: reason)
        // The log first: if a file cannot be written, the key is revoked all the same.
        for key in keys where logged[key.id] == nil {
            try registry.audit(
                action: "key.revoke", subject: .key(key.name),
                detail: .map(["keyID": .string(key.id), "scope": .string("project"), "reason": .string(reason)]))
        }
        let files = try keys.flatMap { try mark($0, before[$0.id] ?? revocation, session: session) }
        return try standing(
            known.revoked(name, keys, files: files.map(session.shown)), known, session: session)
    }

    /// What ``revoke(_:environment:reason:session:)`` would do to a key for good; nothing is done.
    ///
    /// - Throws: ``Failure`` with code `key.not-trusted`.
    package static func revocation(of name: String, session: Session) throws -> RevokedKey {
        try check(name)
        let known = try Known(session)
        return try standing(known.revoked(name, try known.required(name), files: []), known, session: session)
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

    private static func standing(_ key: RevokedKey, _ known: Known, session: Session) throws -> RevokedKey {
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

    /// The same for a rollback, which makes safe: a tracked file that cannot be read is told and passed over. It gives
    /// nobody anything, and of all that it might take back only the key that signs matters.
    ///
    /// - Parameter name: of the key that signs; its own files may be what says that it was revoked, so they are read.
    /// - Throws: ``Failure`` and others where one of these, or the log, cannot be read.
    static func revocations(_ session: Session, toRollBackWith name: String) throws -> [String: PublicKey.Revocation] {
        var out = try revocations(try session.registry())
        for directory in [trustedDirectory(session), "\(session.root)/Registry/keys"]
        where Paths.isDirectory(directory) {
            for key in try readable(directory, butFor: "\(name).pub.json", session: session) where out[key.id] == nil {
                out[key.id] = key.revoked
            }
        }
        return out
    }

    private static func readable(_ directory: String, butFor own: String, session: Session) throws -> [PublicKey] {
        func passOver(_ path: String, _ error: any UserFacingError) {
            session.caller.conversation.say(
                "\(error.message); passed over for a rollback, since it is no file of the key that signs: "
                    + "'\(session.shown(path))'")
        }
        return try Paths.entries(directory, isLenient: true).flatMap { name -> [PublicKey] in
            let path = "\(directory)/\(name)"
            if Paths.isRealDirectory(path) {
                do { _ = try Paths.entries(path, isLenient: true) } catch let error as FileError {
                    passOver(path, error)
                    return []
                }
                return try readable(path, butFor: own, session: session)
            }
            guard name.hasSuffix(".pub.json") else { return [] }
            do {
                let bytes = try SmallFile.bytes(Paths.resolved(path), most: 1 << 20)
                return [try PublicKey(JSONParser.parse(bytes, file: path), in: path)]
            } catch let error as any UserFacingError where name != own {
                passOver(path, error)
                return []
            }
        }
    }

    /// What can be revoked: keys that the project trusts, and those of every document.
    private struct Known {
        private let trusted: [PublicKey]
        private let environments: [(name: String, files: EnvironmentFiles, documents: [EnvironmentAuthority])]

        init(_ session: Session) throws {
            trusted = try TrustedKeys(directory: ManageKeys.trustedDirectory(session)).keys
            environments = try session.environmentNames().compactMap { name in
                try EnvironmentFiles.made(name, session: session).map { (name, $0, $0.documents) }
            }
        }

        private var all: [PublicKey] {
            trusted + environments.flatMap(\.documents).reversed().flatMap { $0.root.keys + $0.keys }
        }

        var names: Set<String> { Set(all.map(\.name)) }

        /// Each once.
        func keys(_ name: String) -> [PublicKey] {
            var seen: Set<String> = []
            return all.filter { ($0.name == name || $0.id == name) && seen.insert($0.id).inserted }
        }

        /// - Throws: ``Failure`` with code `key.not-trusted`.
        func required(_ name: String) throws -> [PublicKey] {
            let found = keys(name)
            guard found.isEmpty else { return found }
            throw Failure(
                "key.not-trusted",
                "found no key '\(name)' that this project trusts or a document of an environment names",
                hint: NearestName.of(name, in: names).map { "did you mean: hftml keys revoke \($0)" }
                    ?? "see: hftml keys list")
        }

        func revoked(_ name: String, _ keys: [PublicKey], files: [String]) -> RevokedKey {
            RevokedKey(
                name: name, keyIDs: keys.map(\.id), persons: Set(keys.map(\.person)).sorted(),
                places: places(Set(keys.map(\.id))), files: files)
        }

        /// Further hosts whose documents believe some keys.
        func believing(_ ids: Set<String>, session: Session) throws -> [HostBehind] {
            try environments.flatMap { _, files, documents -> [HostBehind] in
                let own = documents.last.map { $0.root.keys + $0.keys } ?? []
                return try HostsBehind.believing(
                    ids, files, isPending: own.contains { ids.contains($0.id) && $0.revoked == nil }, session: session)
            }
        }

        private func places(_ ids: Set<String>) -> [RevokedKey.Place] {
            environments.compactMap { name, _, documents in
                guard let newest = documents.last else { return nil }
                let own = newest.keys.filter { ids.contains($0.id) }
                let isRoot = newest.root.keys.contains { ids.contains($0.id) && $0.revoked == nil }
                // A document that says it already leaves nothing to do; neither does one that never named it.
                guard
                    isRoot || own.contains(where: { $0.revoked == nil })
                        || own.isEmpty && documents.contains(where: { $0.keys.contains { ids.contains($0.id) } })
                else { return nil }
                let root = newest.root.keys.first { !ids.contains($0.id) && $0.revoked == nil }?.name ?? "KEY"
                return RevokedKey.Place(
                    environment: name, roles: (isRoot ? ["root"] : []) + own.flatMap(\.roles),
                    next: "hftml environments sign \(name) --as \(root)")
            }
        }
    }
}
