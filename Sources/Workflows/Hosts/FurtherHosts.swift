import Basics
import Deployment
import ModelBundles
import Registry

/// The other hosts of an environment that the record knows of.
struct FurtherHosts {
    /// Whose directories are here, and which follow the same root keys: another project with this registry may have an
    /// environment of that name.
    let seen: [EnvironmentFiles]
    /// Names of those whose directories are not here, by receipts of keys that the environment's documents name.
    let unseen: [String]

    /// - Parameter files: of one of its hosts, which is left out.
    init(of files: EnvironmentFiles, session: Session) throws {
        let registry = try session.registry(), roots = FurtherHosts.roots(files)
        var seen: [EnvironmentFiles] = [], missing: [String] = []
        let names = Set(try session.environmentNames() + registry.environmentNames())
        for name in names.sorted() where name != files.name {
            // What cannot be read tells of no environment; its receipts on record do.
            guard let other = try? EnvironmentFiles.made(name, session: session) else {
                if name.contains("/") { missing.append(name) }
                continue
            }
            guard other.host.name == files.host.name, FurtherHosts.roots(other).contains(where: roots.contains) else {
                continue
            }
            seen.append(other)
        }
        self.seen = seen
        guard !missing.isEmpty else {
            unseen = []
            return
        }
        let hosts = files.hosts()
        unseen = try missing.filter { name in
            let texts = try registry.deployments(environment: name).compactMap(\.envelope)
            // All of one place are of one host, so one that counts is enough.
            let isOwn = texts.contains { text in
                guard let found = try? hosts.read(Array(text.utf8), in: "the registry") else { return false }
                return found.host != nil && found.receipt.environment == files.host.name
            }
            return try isOwn && !RecordedHosts.isRetired(name, session: session)
                && MovedHost.next(of: name, session: session) == nil
        }
    }

    /// Root keys that a place has pinned, and those of its documents.
    private static func roots(_ files: EnvironmentFiles) -> [RootKeys] {
        let pinned = Paths.exists(files.host.rootFile) ? (try? RootPin.read(files.host.rootFile))?.root : nil
        return files.documents.map(\.root) + [pinned].compactMap(\.self)
    }
}
