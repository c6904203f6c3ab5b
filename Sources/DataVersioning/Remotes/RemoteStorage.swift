import Basics

/// A place that keeps objects under DVC's keys: `files/md5/<2>/<30>[.dir]`, `runs/…`, and `<2>/<30>` for objects of DVC
/// 2.
///
/// Implementations may be called from several threads at once. A key shows either nothing or a whole object.
package protocol RemoteStorage: Sendable {
    /// As people write it.
    var url: String { get }
    /// Transfers that make sense at once.
    var parallelTransfers: Int { get }
    /// Positions of the keys that are not there.
    func missing(_ keys: [String]) throws -> [Int]
    /// Everything below a prefix.
    func list(_ prefix: String) throws -> [(key: String, size: Int, modified: Int)]
    /// Copies a local file there. Its bytes have been checked.
    func upload(_ file: String, to key: String, progress: TransferProgress?) throws
    /// Appends the rest of an object to a local file that may hold its beginning.
    func download(_ key: String, to file: String, progress: TransferProgress?) throws
    func remove(_ key: String) throws
}

/// What goes wrong at a remote.
package struct RemoteError: UserFacingError, Equatable {
    package let code: String
    package let message: String
    package let hint: String?
    /// Whether trying again may help.
    package let isTransient: Bool

    init(_ code: String, _ message: String, hint: String? = nil, isTransient: Bool = false) {
        self.code = code
        self.message = message
        self.hint = hint
        self.isTransient = isTransient
    }

    static func missing(_ key: String, _ url: String) -> RemoteError {
        RemoteError(
            "remote.missing-object", "found no object '\(key)' at '\(url)'",
            hint: "push it from a workspace that has it: hftml push")
    }
}

extension RepositorySettings.Remote {
    /// - Throws: ``Failure`` for a URL of a kind that no storage here speaks.
    package static func checkScheme(_ url: String) throws {
        guard let scheme = url.place(of: "://") else { return }
        guard ["file", "s3", "ssh", "sftp", "remote"].contains(url[..<scheme.start].lowercased()) else {
            throw Failure(
                "remote.scheme", "found the scheme '\(url[..<scheme.start])', expected a directory, s3:// or ssh://",
                exitStatus: .usage)
        }
    }

    /// Opens the storage: a directory, `s3://bucket/prefix` or `ssh://user@host/path`.
    package func open(jobs: Int? = nil) throws -> any RemoteStorage {
        let jobs = jobs ?? options["jobs"].flatMap(Int.init)
        guard let scheme = url.place(of: "://") else { return DirectoryRemote(url) }
        switch url[..<scheme.start].lowercased() {
        case "file": return DirectoryRemote(String(url[scheme.end...]))
        case "s3": return try S3Remote(self, jobs: jobs)
        case "ssh", "sftp": return try SFTPRemote(self, jobs: jobs)
        case let other:
            throw Failure(
                "remote.scheme",
                "found the remote '\(name)' with the scheme '\(other)', expected a directory, s3:// or ssh://",
                exitStatus: .usage)
        }
    }
}

extension String {
    /// The first place of a text.
    func place(of text: String) -> (start: Index, end: Index)? {
        let wanted = Array(text.utf8)
        var at = utf8.startIndex
        while at < utf8.endIndex {
            if utf8[at...].starts(with: wanted) { return (at, utf8.index(at, offsetBy: wanted.count)) }
            at = utf8.index(after: at)
        }
        return nil
    }
}
