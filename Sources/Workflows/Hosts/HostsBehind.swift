import Basics
import Deployment
import ModelBundles

/// A further host of an environment that believes an older document than the newest: keys that were taken out or
/// revoked since still order there.
package struct HostBehind: Sendable, Equatable {
    /// As the project calls it.
    package let environment: String
    /// Its directory, as the record calls it.
    package let directory: String
    /// Number of the newest document there; nil where the directory is not seen from here, and nobody can tell.
    package let document: Int?

    /// The command to go on with.
    package var next: String {
        "hftml environments deliver \(Inbox.word(environment)) --to \(Inbox.word(directory))"
    }

    /// For people.
    package var text: String {
        guard let document else {
            return "the host in '\(directory)' is not seen from here, and believes no document of '\(environment)' "
                + "before it is brought there"
        }
        return "the host in '\(directory)' "
            + (document == 0 ? "has no document" : "believes document \(document)")
            + " of '\(environment)' until the newest is delivered"
    }
}

/// An environment in; its further hosts that do not have its newest document, out.
package enum HostsBehind {
    /// Of all hosts that may be behind: also those that nobody sees from here.
    ///
    /// - Parameter typed: the environment, as somebody typed it.
    /// - Throws: ``FileError``, ``Failure``.
    package static func find(_ typed: String, session: Session) throws -> [HostBehind] {
        guard let files = try EnvironmentFiles.made(session.environmentName(typed), session: session) else { return [] }
        let hosts = try FurtherHosts(of: files, session: session)
        return seen(files, hosts)
            + hosts.unseen.map { HostBehind(environment: files.name, directory: $0, document: nil) }
    }

    private static func seen(_ files: EnvironmentFiles, _ hosts: FurtherHosts) -> [HostBehind] {
        guard let newest = files.documents.last?.counter else { return [] }
        return hosts.seen.compactMap { host in
            let there = host.documents.last?.counter ?? 0
            guard isFurther(host), there < newest else { return nil }
            return HostBehind(environment: files.name, directory: directory(host), document: there)
        }
    }

    /// Whether documents are brought to a place, and not drawn up there.
    private static func isFurther(_ host: EnvironmentFiles) -> Bool {
        host.name.contains("/") || !Paths.exists(host.source)
    }

    private static func directory(_ host: EnvironmentFiles) -> String {
        host.name.contains("/") ? host.name : host.host.directory
    }

    /// Of every environment of the project, as far as hosts are seen from here.
    static func all(session: Session) throws -> [HostBehind] {
        try session.environmentNames().flatMap { name -> [HostBehind] in
            guard let files = try? EnvironmentFiles.made(name, session: session), Paths.exists(files.source) else {
                return []
            }
            return seen(files, try FurtherHosts(of: files, session: session))
        }
    }

    /// What a check of the record tells, a sentence each.
    static func notes(session: Session) throws -> [String] {
        try all(session: session).map { "\($0.text): \($0.next)" }
    }

    /// Further hosts that believe some keys: their newest document names one and says nothing of its end.
    ///
    /// - Parameters:
    ///   - ids: of the keys.
    ///   - isPending: whether the environment's own newest document believes them still, so that a host that is not
    ///     seen from here does as well.
    static func believing(_ ids: Set<String>, _ files: EnvironmentFiles, isPending: Bool, session: Session) throws
        -> [HostBehind]
    {
        let hosts = try FurtherHosts(of: files, session: session)
        let seen = hosts.seen.filter { host in
            guard isFurther(host), let newest = host.documents.last else { return false }
            return (newest.root.keys + newest.keys).contains { ids.contains($0.id) && $0.revoked == nil }
        }
        return seen.map {
            HostBehind(environment: files.name, directory: directory($0), document: $0.documents.last?.counter)
        }
            + (isPending ? hosts.unseen : []).map {
                HostBehind(environment: files.name, directory: $0, document: nil)
            }
    }
}
