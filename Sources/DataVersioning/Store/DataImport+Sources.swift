import AsyncHTTPClient
import Basics
import Foundation
import NIOCore
import NIOHTTP1

/// Where imported data comes from.
extension DataImport {
    func fetchFromURL(_ url: String, base: String, to target: String, _ progress: TransferProgress?) throws
        -> JSONValue
    {
        if url.hasPrefix("http://") || url.hasPrefix("https://") {
            let tag = try download(url, to: target, progress)
            return .map([
                ("checksum", .string(tag)), ("size", .int(Paths.size(target) ?? 0)), ("hash", .string("md5")),
                ("path", .string(url)),
            ])
        }
        if url.hasPrefix("s3://") || url.hasPrefix("ssh://") || url.hasPrefix("sftp://") || url.hasPrefix("remote://") {
            let remote: RepositorySettings.Remote
            let key: String
            if url.hasPrefix("remote://") {
                let parts = url.dropFirst(9).split(separator: "/", maxSplits: 1).map(String.init)
                guard parts.count == 2 else {
                    throw Failure("remote.url", "found '\(url)', expected remote://NAME/PATH", exitStatus: .usage)
                }
                (remote, key) = (try workspace.settings.remote(parts[0]), parts[1])
            } else {
                (remote, key) = (
                    RepositorySettings.Remote(
                        name: url, url: Paths.parent(url), options: [:], environment: workspace.environment),
                    Paths.name(url)
                )
            }
            let storage = try remote.open()
            let listed = try storage.missing([key]).isEmpty ? [] : storage.list(key)
            if listed.isEmpty {
                try storage.download(key, to: target, progress: progress)
            } else {
                for item in listed {
                    let below = String(item.key.dropFirst(key.count + 1))
                    var check = PathList()
                    check.append(below)
                    guard check.isInside(0) else {
                        throw Failure(
                            "data.outside", "found the key '\(item.key)' at '\(url)', expected keys below it",
                            hint: "nothing was written outside the workspace")
                    }
                    try Paths.makeDirectory(Paths.parent("\(target)/\(below)"))
                    try storage.download(item.key, to: "\(target)/\(below)", progress: progress)
                }
            }
            return .map([("path", .string(url))])
        }
        let path = Paths.normalized(Paths.join(base, url))
        guard Paths.exists(path) else { throw FileError("import", url, number: ENOENT) }
        let files = Paths.isDirectory(path) ? try Paths.files(below: path) : [""]
        for file in files {
            try AtomicFile.write(to: file.isEmpty ? target : "\(target)/\(file)", isDurable: false) { writer in
                try FileChunks.read(file.isEmpty ? path : "\(path)/\(file)", size: 1 << 20) { try writer.append($0) }
            }
        }
        return .map([("path", .string(url))])
    }

    /// Streams to a file; returns the server's name of the content.
    private func download(_ url: String, to target: String, _ progress: TransferProgress?) throws -> String {
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: HTTPTransport.configuration())
        defer { try? client.syncShutdown() }
        let tag = Guarded<String?>(nil), status = Guarded<UInt>(0)
        do {
            let request = try HTTPClient.Request(url: url)
            let delegate = try FileDownloadDelegate(
                path: target,
                reportHead: { _, head in
                    status.update { $0 = head.status.code }
                    tag.update { $0 = head.headers.first(name: "etag") ?? head.headers.first(name: "content-md5") }
                })
            _ = try client.execute(request: request, delegate: delegate, deadline: nil).wait()
        } catch {
            throw RemoteError(
                "remote.unreachable", "cannot fetch '\(url)': \(error)", hint: "check the address and the network")
        }
        guard (200..<300).contains(status.value) else {
            throw RemoteError("remote.refused", "found status \(status.value) for '\(url)'", hint: "check the address")
        }
        // The library makes the file with the first bytes of a body; there may be none.
        if !Paths.exists(target) { try AtomicFile.write("", to: target) }
        if let found = tag.value, !found.isEmpty { return found.replacing("\"", with: "") }
        return try Digest.md5(file: target)
    }

    /// Returns the commit that the data is of.
    func fetchFromRepository(
        _ node: JSONValue, _ path: String, to target: String, _ progress: TransferProgress?
    ) throws -> String {
        guard let url = node[key: "url"]?.stringValue else { throw Failure("data.pointer", "found no repository URL") }
        var list = PathList()
        list.append(Paths.normalized(path))
        guard list.isInside(0) else {
            throw Failure(
                "data.outside", "found the path '\(path)', expected one inside the repository", exitStatus: .usage)
        }
        let path = Paths.normalized(path)
        let clone = "\(workspace.partial)/\(getpid())-clone"
        try Paths.remove(clone)
        defer { try? Paths.remove(clone) }
        let local = Paths.isDirectory(Paths.absolute(url)) ? Paths.absolute(url) : nil
        let repository = try GitRepository.clone(local ?? url, to: clone)
        let commit = try repository.commit(node[key: "rev"]?.stringValue ?? "HEAD")
        // What the other repository says of its data, cache and remotes, at that commit.
        let other: Workspace
        if let local, Paths.isDirectory("\(local)/.dvc") {
            other = try Workspace(root: local, environment: workspace.environment)
        } else {
            let root = "\(clone)/work"
            if let text = try repository.file(".dvc/config", at: commit) {
                try AtomicFile.write(text, to: "\(root)/.dvc/config")
            } else {
                try Paths.makeDirectory("\(root)/.dvc")
            }
            other = try Workspace(root: root, environment: workspace.environment)
        }
        var cache: [String: Workspace.Tracked] = [:]
        let all = try other.tracked(at: commit, repository, &cache)
        if var item = all.data.first(where: { path.isAtOrBelow($0.path) }) {
            item.part = path.path(below: item.path)
            if try !other.isCached(item) {
                let name = try other.settings.remote(item.entry.remote)
                let transfers = Transfers(store: workspace.store, remote: try name.open())
                let own = Transfers.Object(md5: item.entry.md5, isLegacy: item.entry.isLegacy, name: item.path)
                // The listing first, which says what else there is.
                var failures = try transfers.fetch([own], progress: progress).failures
                if failures.isEmpty {
                    failures = try transfers.fetch(workspace.objects(of: [item]), progress: progress).failures
                }
                if let failure = failures.first { throw failure.error }
                try copy(item, from: workspace.store, to: target)
            } else {
                try copy(item, from: other.store, to: target)
            }
            return commit
        }
        let files = try repository.files(at: commit) { _ in true }.filter {
            $0.path.isAtOrBelow(path)
        }
        guard !files.isEmpty else {
            if let first = all.unreadable.first { throw first.failure }
            throw Failure(
                "data.no-source", "found no '\(path)' in '\(url)' at \(commit.prefix(8))",
                hint: "check the path and the revision")
        }
        for file in files {
            try AtomicFile.write(
                try file.read(), to: file.path.path(below: path).map { "\(target)/\($0)" } ?? target)
        }
        return commit
    }

    /// Writes what is meant of data to a place of its own, from a store that has it.
    func copy(_ item: TrackedData, from store: ObjectStore, to target: String) throws {
        let entry = item.entry, details = TreeDetails(entry)
        func write(_ md5: String, _ file: String, isExecutable: Bool) throws {
            let object = store.path(md5, isLegacy: entry.isLegacy)
            guard Paths.exists(object) else { throw ObjectStore.StoreError.missing(md5: md5, path: item.meant) }
            try AtomicFile.write(to: file, mode: isExecutable ? 0o744 : 0o644, isDurable: false) { writer in
                try FileChunks.read(object, size: 1 << 20) { try writer.append($0) }
            }
            guard try (entry.isLegacy ? LegacyHash.md5(file) : Digest.md5(file: file)) == md5 else {
                try Paths.remove(file)
                throw ObjectStore.StoreError.damaged(md5: md5, object: object)
            }
        }
        guard entry.isDirectory else { return try write(entry.md5, target, isExecutable: entry.isExecutable) }
        let tree = try store.tree(entry.md5, for: item.path, isLegacy: entry.isLegacy)
        let positions = try tree.positions(of: item)
        if let part = item.part, positions.isEmpty { throw tree.unknown(part, of: item.path) }
        for index in positions {
            let name = tree.paths[index], below = item.part.map { name.path(below: $0) } ?? name
            try write(
                tree.digests[index].hex, below.map { "\(target)/\($0)" } ?? target,
                isExecutable: details.executables.contains(name))
        }
    }
}
