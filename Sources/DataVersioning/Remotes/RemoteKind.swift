package import Basics

/// A kind of remote storage: what the scheme of its address stands for.
package struct RemoteKind: Sendable {
    /// Whether objects can be sent there, not only fetched.
    package let isWritable: Bool
    let open: @Sendable (_ remote: RepositorySettings.Remote, _ jobs: Int?) throws -> any RemoteStorage

    /// All kinds by scheme. An address without one is a directory; `remote` refers to another remote, and is replaced
    /// by its address before anything is opened.
    package static let kinds = Kinds<RemoteKind>(
        "scheme",
        [
            .init(
                "file", "a directory of this machine or of a network file system; also without a scheme",
                RemoteKind(isWritable: true) { remote, _ in DirectoryRemote(remote.path) }),
            .init(
                "s3", "s3://BUCKET/PREFIX, a bucket of an S3 service",
                RemoteKind(isWritable: true) { try S3Remote($0, jobs: $1) }),
            .init(
                "ssh", "ssh://USER@HOST/PATH, a directory of another host, over OpenSSH's SFTP",
                RemoteKind(isWritable: true) { try SFTPRemote($0, jobs: $1) }),
            .init("sftp", "the same as ssh", RemoteKind(isWritable: true) { try SFTPRemote($0, jobs: $1) }),
            .init(
                "http", "http://HOST/PATH, what a web server shows; to fetch only",
                RemoteKind(isWritable: false) { try HTTPRemote($0, jobs: $1) }),
            .init(
                "https", "the same over TLS", RemoteKind(isWritable: false) { try HTTPRemote($0, jobs: $1) }),
        ])
}

extension RepositorySettings.Remote {
    private static let directory = "file"

    /// The kind of a scheme.
    ///
    /// - Throws: ``Failure`` with code `remote.scheme` that lists all.
    private static func kind(of url: String) throws -> RemoteKind {
        let scheme = url.place(of: "://").map { url[..<$0.start].lowercased() } ?? directory
        guard let kind = RemoteKind.kinds[scheme] else {
            throw Failure.unknown(
                "scheme", scheme, code: "remote.scheme", in: RemoteKind.kinds.names, isListed: true)
        }
        return kind
    }

    /// - Throws: ``Failure`` with code `remote.scheme` for an address of a kind that no storage here speaks.
    package static func checkScheme(_ url: String) throws {
        if !url.hasPrefix("remote://") { _ = try kind(of: url) }
    }

    /// The address without its scheme.
    var path: String { url.place(of: "://").map { String(url[$0.end...]) } ?? url }

    /// Opens the storage.
    ///
    /// - Parameter jobs: transfers at once; the option `jobs`, or the kind's own number, when nil.
    /// - Throws: ``Failure`` with code `usage.jobs` or `remote.option-value` for a number outside 1 to 4096.
    package func open(jobs: Int? = nil) throws -> any RemoteStorage {
        try Self.kind(of: url).open(self, try jobs.map(Self.checked) ?? ownJobs())
    }

    private static func checked(_ jobs: Int) throws -> Int {
        guard (1...4096).contains(jobs) else {
            throw Failure("usage.jobs", "found -j \(jobs), expected 1 to 4096", exitStatus: .usage)
        }
        return jobs
    }

    private func ownJobs() throws -> Int? {
        guard let text = options["jobs"] else { return nil }
        guard let jobs = Int(text), (1...4096).contains(jobs) else {
            throw Failure(
                "remote.option-value", "found '\(text)' as 'jobs' of the remote '\(name)', expected 1 to 4096",
                hint: "set it with: hftml remote modify \(name) jobs 8", exitStatus: .usage)
        }
        return jobs
    }
}
