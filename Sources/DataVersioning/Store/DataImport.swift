import AsyncHTTPClient
import Basics
import Foundation
import NIOCore
import NIOHTTP1

/// Data that comes from elsewhere and remembers its source: a URL or path, or data of another Git repository under DVC.
package struct DataImport {
    private let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// Makes a fresh pointer to data at a URL or path, and fetches the data.
    ///
    /// - Parameter isDownloading: false to note the source only.
    package func fromURL(
        _ url: String, to output: String, isDownloading: Bool = true, progress: TransferProgress? = nil
    ) throws -> PointerFile {
        var pointer = try fresh(output)
        pointer.setSource(.map([("path", .string(url))]))
        if !isDownloading {
            try finish(pointer)
            return pointer
        }
        return try update(pointer, progress: progress)
    }

    /// Makes a fresh pointer to data of another repository, and fetches the data.
    package func fromRepository(
        _ url: String, path: String, revision: String?, to output: String, progress: TransferProgress? = nil
    ) throws -> PointerFile {
        var pointer = try fresh(output)
        var repository = JSONValue.map([("url", .string(url))])
        if let revision { repository[key: "rev"] = .string(revision) }
        pointer.setSource(.map([("path", .string(path)), ("repo", repository)]))
        return try update(pointer, progress: progress)
    }

    private func fresh(_ output: String) throws -> PointerFile {
        let path = Paths.absolute(output)
        try workspace.checkInside(path)
        for taken in [path, path + ".dvc"] where Paths.exists(taken) {
            throw Failure(
                "data.exists", "found something at '\(workspace.shown(taken))' already",
                hint: "choose another name with -o, or remove it first")
        }
        var entry = DataEntry(path: Paths.name(path), md5: "", size: 0)
        entry.isExecutable = false
        return PointerFile(path: path + ".dvc", entry: entry)
    }

    private func finish(_ pointer: PointerFile) throws {
        try Paths.makeDirectory(Paths.parent(pointer.path))
        try pointer.write()
        try GitIgnore.add(Paths.name(pointer.dataPath), in: Paths.parent(pointer.dataPath))
        try workspace.hashes.save()
    }

    /// Reads an import's source again and records what is there now.
    ///
    /// - Parameter revision: another revision for data of a repository.
    package func update(_ pointer: PointerFile, revision: String? = nil, progress: TransferProgress? = nil) throws
        -> PointerFile
    {
        guard var source = pointer.source, let path = source[key: "path"]?.stringValue else {
            throw Failure(
                "data.not-import", "found no source in '\(workspace.shown(pointer.path))', expected an import",
                exitStatus: .usage)
        }
        let target = pointer.dataPath
        try workspace.checkInside(target)
        if Paths.exists(target), try workspace.state(of: pointer) == .modified {
            throw Failure(
                "data.would-lose", "found '\(workspace.shown(target))' changed here",
                hint: "move it away or restore it with: hftml checkout --force '\(workspace.shown(pointer.path))'")
        }
        try Paths.makeDirectory(workspace.partial)
        let temporary = "\(workspace.partial)/\(getpid())-import"
        try Paths.remove(temporary)
        defer { try? Paths.remove(temporary) }
        if var repository = source[key: "repo"] {
            if let revision { repository[key: "rev"] = .string(revision) }
            let lock = try fetchFromRepository(repository, path, to: temporary, progress)
            repository[key: "rev_lock"] = .string(lock)
            source[key: "repo"] = repository
        } else {
            source = try fetchFromURL(path, base: Paths.parent(pointer.path), to: temporary, progress)
        }
        guard let made = try workspace.ingest(temporary, shownAs: pointer.entry.path, progress: progress) else {
            throw FileError("import", path, number: ENOENT)
        }
        var updated = pointer
        updated.entry = pointer.entry.holding(made)
        if source[key: "repo"] == nil, source[key: "checksum"] == nil, source[key: "etag"] == nil {
            var dependency = made
            dependency.path = path
            source = dependency.pointerNode
        }
        updated.set("deps", .list([source]))
        try workspace.checkOut(updated.entry, to: target, isForced: true, progress: progress)
        try finish(updated)
        return updated
    }

    // MARK: Sources

    private func fetchFromURL(_ url: String, base: String, to target: String, _ progress: TransferProgress?) throws
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
    private func fetchFromRepository(
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
        var cache: [String: [TrackedData]] = [:]
        let data = try other.trackedData(at: commit, repository, &cache)
        if let item = data.first(where: { path == $0.path || path.hasPrefix($0.path + "/") }) {
            if !other.isCached(item.entry) {
                let name = try other.settings.remote(item.entry.remote)
                let foreign = try Workspace(root: workspace.root, environment: workspace.environment)
                let transfers = Transfers(store: foreign.store, remote: try name.open())
                _ = try transfers.fetch(other.objects(of: [item]), progress: progress)
                _ = try transfers.fetch(foreign.objects(of: [item]), progress: progress)
                try copy(item, path, from: foreign.store, to: target)
            } else {
                try copy(item, path, from: other.store, to: target)
            }
            return commit
        }
        let files = try repository.files(at: commit) { _ in true }.filter {
            $0.path == path || $0.path.hasPrefix(path + "/")
        }
        guard !files.isEmpty else {
            throw Failure(
                "data.no-source", "found no '\(path)' in '\(url)' at \(commit.prefix(8))",
                hint: "check the path and the revision")
        }
        for file in files {
            try AtomicFile.write(
                try file.read(), to: file.path == path ? target : "\(target)/\(file.path.dropFirst(path.count + 1))")
        }
        return commit
    }

    func copy(_ item: TrackedData, _ path: String, from store: ObjectStore, to target: String) throws {
        func write(_ md5: String, _ file: String) throws {
            guard store.contains(md5) else { throw ObjectStore.StoreError.missing(md5: md5, path: path) }
            try AtomicFile.write(to: file, mode: item.entry.isExecutable ? 0o744 : 0o644, isDurable: false) { writer in
                try FileChunks.read(store.path(md5), size: 1 << 20) { try writer.append($0) }
            }
            guard try Digest.md5(file: file) == md5 else {
                throw ObjectStore.StoreError.damaged(md5: md5, object: store.path(md5))
            }
        }
        guard item.entry.isDirectory else { return try write(item.entry.md5, target) }
        let tree = try store.tree(item.entry.md5, for: item.path)
        let below = path == item.path ? "" : String(path.dropFirst(item.path.count + 1))
        var isFound = false
        for (index, digest) in tree.digests.enumerated() {
            let name = tree.paths[index]
            if below.isEmpty {
                try write(digest.hex, "\(target)/\(name)")
            } else if name == below {
                try write(digest.hex, target)
            } else if name.hasPrefix(below + "/") {
                try write(digest.hex, "\(target)/\(name.dropFirst(below.count + 1))")
            } else {
                continue
            }
            isFound = true
        }
        guard isFound else { throw Failure("data.no-source", "found no '\(path)' in the data '\(item.path)'") }
    }
}
