import Basics
package import Deployment
package import ModelBundles
package import Registry

extension ManageKeys {
    /// Keys of people as files, audit log and Git's newest commit agree on them. What the log does not know, knows
    /// otherwise, or no commit holds counts as revoked: somebody put it there by hand, or trusts himself.
    ///
    /// A workspace without Git has no commits; there whoever may write its files is believed.
    ///
    /// - Parameter isRestoring: whether all that lies here came in a backup, and the log does not say so yet.
    package static func people(_ session: Session, registry: RegistryDatabase, isRestoring: Bool = false) throws
        -> TrustedKeys
    {
        let told = try trustOnRecord(registry), revoked = try revocations(session), tracked = try TrackedFiles(session)
        let restored = try restored(registry)
        return TrustedKeys(
            try TrustedKeys(directory: trustedDirectory(session)).keys.map { key in
                var key = key
                if let revocation = revoked[key.id] {
                    key.revoked = revocation
                } else if let reason = try objection(
                    to: key, told[key.id], tracked, isRestored: isRestoring || restored.contains(key.id))
                {
                    key.revoked = PublicKey.Revocation(at: registry.now(), reason: reason, isDoubt: true)
                }
                return key
            })
    }

    /// Ids of trusted keys of which the log says nothing: a commit brought their files, or a hand.
    static func unknown(_ session: Session, registry: RegistryDatabase) throws -> [String] {
        let told = try trustOnRecord(registry)
        return try TrustedKeys(directory: trustedDirectory(session)).keys.map(\.id).filter { told[$0] == nil }
    }

    /// Ids of keys whose files a backup brought, of which the log in it said nothing.
    private static func restored(_ registry: RegistryDatabase) throws -> Set<String> {
        Set(
            try registry.auditEntries(actionPrefix: "registry.restore").flatMap { entry in
                (try? JSONParser.parse(entry.detail))?[key: "unknownKeys"]?.listValue?.compactMap(\.stringValue) ?? []
            })
    }

    /// Keys that an environment's document gives a role: its root keys vouch for them, whatever is tracked here. What
    /// was revoked here since it was signed does not count.
    package static func people(of authority: EnvironmentAuthority, session: Session) throws -> TrustedKeys {
        let revoked = try revocations(session)
        return TrustedKeys(
            authority.keys.filter { !$0.roles.isEmpty }.map { key in
                var key = key
                if key.revoked == nil { key.revoked = revoked[key.id] }
                return key
            })
    }

    private typealias Trust = (roles: [String], expiresAt: String?, person: String?)

    private static func trustOnRecord(_ registry: RegistryDatabase) throws -> [String: Trust] {
        var told: [String: Trust] = [:]
        for entry in try registry.auditEntries(actionPrefix: "key.trust") {
            guard let detail = try? JSONParser.parse(entry.detail), detail[key: "scope"]?.stringValue == "project",
                let id = detail[key: "keyID"]?.stringValue
            else { continue }
            told[id] = (
                detail[key: "roles"]?.listValue?.compactMap(\.stringValue) ?? [],
                detail[key: "expiresAt"]?.stringValue, detail[key: "person"]?.stringValue
            )
        }
        return told
    }

    /// Why nobody vouches for a key; nil where somebody does.
    private static func objection(to key: PublicKey, _ told: Trust?, _ tracked: TrackedFiles, isRestored: Bool) throws
        -> String?
    {
        let file = "Registry/trusted/\(key.name).pub.json"
        guard let told else { return try objection(toUnknown: key, file, tracked, isRestored: isRestored) }
        let person = told.person ?? key.name
        if told.roles != key.roles || told.expiresAt != key.expiresAt.map(TimeText.utc) || person != key.person {
            return "its file was changed by hand, the audit log has other roles or another end or person"
        }
        guard tracked.hasGit else { return nil }
        guard let bytes = try tracked.committed(file) else {
            return "nobody vouches for it yet, its file is in no commit: git add \(file) && git commit"
        }
        let committed = try? PublicKey(JSONParser.parse(bytes, file: file), in: file)
        return committed == key ? nil : "its file says something else than the newest commit: git diff \(file)"
    }

    /// A key that the log does not know. In a clone that was reviewed it came by a commit, in a workspace that was made
    /// of a backup with the rest, and whoever trusted it did so in another log: it counts as little, and nothing was
    /// done to the record here.
    private static func objection(
        toUnknown key: PublicKey, _ file: String, _ tracked: TrackedFiles, isRestored: Bool
    ) throws -> String {
        let end = key.expiresAt.map { " --expires \(TimeText.utc($0))" } ?? ""
        let remedy = "hftml keys trust \(file)" + key.roles.map { " --role \($0)" }.joined() + end
        if tracked.hasGit, let bytes = try tracked.committed(file),
            (try? PublicKey(JSONParser.parse(bytes, file: file), in: file)) == key
        {
            return "the audit log here does not know it, a commit brought it: \(remedy)"
        }
        if isRestored { return "the audit log here does not know it, a backup brought it: \(remedy)" }
        return "its file was put there by hand, the audit log does not know it; where you know it: \(remedy)"
    }
}
