import Basics
import Foundation

/// A directory on another host over SSH. The connection is OpenSSH's own `ssh`, so keys, agents, known hosts and
/// `~/.ssh/config` work as they do in the shell; files travel in its SFTP subsystem.
package final class SFTPRemote: RemoteStorage {
    package let url: String
    package let parallelTransfers: Int
    private let arguments: [String]
    private let directory: String
    private let environment: [String: String]
    private let patience: Int
    private let idle = Guarded<[SFTPConnection]>([])
    /// What `.hftml-partial` held when the first upload began.
    private let unfinished = Guarded<Set<String>?>(nil)

    init(_ remote: RepositorySettings.Remote, jobs: Int?) throws {
        url = remote.url
        parallelTransfers = jobs ?? 4
        let parts = try SSHAddress(remote.url)
        directory = parts.path
        environment = remote.environment
        patience = try remote.seconds("timeout") ?? SFTPConnection.patience
        var words = (environment["HFTML_SSH_COMMAND"] ?? "ssh").split(separator: " ").map(String.init)
        words += [
            "-oBatchMode=yes", "-oConnectTimeout=\(try remote.seconds("timeout") ?? 20)", "-oServerAliveInterval=15",
        ]
        if let port = remote.options["port"] ?? parts.port { words += ["-p", port] }
        if let user = remote.options["user"] ?? parts.user { words += ["-l", user] }
        if let key = remote.options["keyfile"] { words += ["-i", key] }
        // `-s` before the host: everything after the host is the subsystem's name.
        arguments = words + ["-s", "--", parts.host, "sftp"]
        if remote.options["password"] != nil {
            throw Failure(
                "remote.password", "found a password for '\(remote.name)', expected a key or an agent",
                hint: "add a key with: ssh-copy-id \(parts.host)", exitStatus: .usage)
        }
    }

    private func with<T>(_ body: (SFTPConnection) throws -> T) throws -> T {
        let connection =
            try idle.update { $0.popLast() }
            ?? SFTPConnection(
                arguments, environment: environment, url: url, patience: patience)
        let result = try body(connection)
        // Only after success: a connection in an unknown state is dropped.
        idle.update { $0.append(connection) }
        return result
    }

    private func path(_ key: String) -> String { "\(directory)/\(key)" }

    package func missing(_ keys: [String]) throws -> [Int] {
        let folders = Array(Set(keys.map { Paths.parent($0) })).sorted()
        // Listing a folder costs about as much as looking for three files.
        if folders.count * 3 > keys.count {
            let missing = Guarded<[Int]>([])
            try Transfers.parallel(keys.count, threads: parallelTransfers) { index in
                if try self.with({ try $0.size(self.path(keys[index])) }) == nil { missing.update { $0.append(index) } }
            }
            return missing.value.sorted()
        }
        let there = Guarded<Set<String>>([])
        try Transfers.parallel(folders.count, threads: parallelTransfers) { index in
            let names = try self.with { try $0.list(self.path(folders[index])) }
            there.update { for name in names { $0.insert("\(folders[index])/\(name.name)") } }
        }
        let found = there.value
        return keys.indices.filter { !found.contains(keys[$0]) }
    }

    package func list(_ prefix: String) throws -> [(key: String, size: Int, modified: Int)] {
        var out: [(String, Int, Int)] = []
        var pending = [prefix]
        while let folder = pending.popLast() {
            for entry in try with({ try $0.list(path(folder)) }) {
                if entry.isDirectory {
                    pending.append("\(folder)/\(entry.name)")
                } else {
                    out.append(("\(folder)/\(entry.name)", entry.size, entry.modified))
                }
            }
        }
        return out
    }

    package func upload(_ file: String, to key: String, progress: TransferProgress?) throws {
        let source = open(file, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw FileError("open", file) }
        defer { close(source) }
        // One process at a time sends a file of this machine, and its unfinished upload has a name of its own: two
        // writers of one unfinished upload could give an object its name before all of it is there.
        flock(source, LOCK_EX)
        let owner = Digest.md5(Array("\(ProcessInfo.processInfo.hostName) \(Paths.resolved(file))".utf8)).prefix(12)
        try with { connection in
            let target = path(key), folder = Paths.parent(target)
            let object = key.split(separator: "/").suffix(2).joined()
            let temporary = "\(directory)/.hftml-partial/\(object)-\(owner)"
            try connection.makeDirectories(Paths.parent(temporary))
            try adopt("\(directory)/.hftml-partial/\(object)", as: temporary, connection)
            try connection.upload(file, to: temporary, progress: progress)
            try connection.makeDirectories(folder)
            try connection.rename(temporary, to: target)
        }
    }

    /// Takes over what an earlier version left of an upload, when unfinished ones had the object's name alone, so that
    /// it is continued, or at least does not stay there for ever.
    private func adopt(_ old: String, as temporary: String, _ connection: SFTPConnection) throws {
        let names = try unfinished.update { names in
            if let names { return names }
            let found = Set(try connection.list(Paths.parent(old)).map(\.name))
            names = found
            return found
        }
        guard names.contains(Paths.name(old)) else { return }
        if try connection.size(temporary) != nil { return try connection.remove(old) }
        do { try connection.rename(old, to: temporary) } catch let error as RemoteError {
            // Another sender was faster.
            guard error.code == "remote.missing" else { throw error }
        }
    }

    package func download(_ key: String, to file: String, progress: TransferProgress?) throws {
        try with { connection in
            guard try connection.size(path(key)) != nil else { throw RemoteError.missing(key, url) }
            try connection.download(path(key), to: file, progress: progress)
        }
    }

    package func remove(_ key: String) throws { try with { try $0.remove(path(key)) } }
}

/// `ssh://user@host:port/path`
struct SSHAddress {
    var user: String?
    var host: String
    var port: String?
    var path: String

    init(_ url: String) throws {
        guard let scheme = url.place(of: "://") else {
            throw Failure("remote.url", "found '\(url)', expected ssh://USER@HOST/PATH", exitStatus: .usage)
        }
        let rest = url[scheme.end...]
        var authority = rest.prefix { $0 != "/" }
        path = String(rest.dropFirst(authority.count))
        if let at = authority.lastIndex(of: "@") {
            user = String(authority[..<at])
            authority = authority[authority.index(after: at)...]
        }
        if let colon = authority.lastIndex(of: ":"), authority[authority.index(after: colon)...].allSatisfy(\.isNumber)
        {
            port = String(authority[authority.index(after: colon)...])
            authority = authority[..<colon]
        }
        host = String(authority)
        guard !host.isEmpty, !host.hasPrefix("-"), user?.hasPrefix("-") != true, !path.isEmpty else {
            throw Failure("remote.url", "found '\(url)', expected ssh://USER@HOST/PATH", exitStatus: .usage)
        }
    }
}
