import Basics
import Deployment
import ModelBundles

/// Documents that have still to reach a host, and aliases that say what does not run.
extension Inbox {
    /// Further hosts that believe an older document than the newest, for whoever promotes there or has a root key: what
    /// was signed stops nobody there before it is delivered.
    static func undelivered(_ name: String, session: Session) throws -> [InboxItem] {
        let now = session.clock.now(), role = EnvironmentAuthority.Role.promoter
        return try HostsBehind.all(session: session).filter { host in
            guard let files = try EnvironmentFiles.made(host.environment, session: session),
                let document = files.documents.last
            else { return false }
            return (document.keys(for: role, at: now) + document.root.keys).contains {
                $0.name == name || $0.person == name
            }
        }.map { host in
            InboxItem(kind: .environment, subject: host.environment, what: host.text, next: host.next, due: nil)
        }
    }

    /// Aliases of environments that name something else than what runs there, for whoever promotes there.
    static func astray(_ name: String, session: Session) throws -> [InboxItem] {
        let now = session.clock.now(), role = EnvironmentAuthority.Role.promoter
        return try OwnedAliases(session).astray().filter { found in
            guard let files = try EnvironmentFiles.made(found.place, session: session) else { return false }
            return files.documents.last?.keys(for: role, at: now).contains { $0.name == name || $0.person == name }
                ?? false
        }.map { InboxItem(kind: .promotion, subject: $0.place, what: $0.text, next: $0.next, due: nil) }
    }
}
