import Basics
import Deployment
import ModelBundles

/// Documents that have still to reach a host.
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
}
