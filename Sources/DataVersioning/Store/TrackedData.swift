import Basics
import Foundation

/// One output under version control, in the workspace or at a Git revision.
package struct TrackedData: Sendable {
    /// Relative to the workspace.
    package var path: String
    package var entry: DataEntry
    /// The `.dvc` or lock file that names it, relative to the workspace; a stage's outputs also name the stage.
    package var holder: String
    package var stage: String?

    package init(path: String, entry: DataEntry, holder: String, stage: String? = nil) {
        self.path = path
        self.entry = entry
        self.holder = holder
        self.stage = stage
    }
}

extension Workspace {
    private static func holdsData(_ name: String) -> Bool {
        name == "dvc.lock" || (name.hasSuffix(".dvc") && name != ".dvc")
    }

    /// What a `.dvc` or lock file names.
    private func items(_ file: String, text: String) throws -> [TrackedData] {
        let base = Paths.parent(file)
        func relative(_ path: String) -> String { Paths.normalized(Paths.join(base == "." ? "" : base, path)) }
        if Paths.name(file) == "dvc.lock" {
            return try LockFile(file, text: text).stages.flatMap { name, stage in
                stage.outputs.map { TrackedData(path: relative($0.path), entry: $0, holder: file, stage: name) }
            }
        }
        let pointer = try PointerFile(file, text: text)
        return pointer.entries.map { TrackedData(path: pointer.dataPath($0), entry: $0, holder: file) }
    }

    /// Everything under version control in the workspace as its files say, sorted by path.
    ///
    /// - Parameter targets: pointer files, data paths or directories; all when empty.
    package func trackedData(_ targets: [String] = []) throws -> [TrackedData] {
        let all = try files(named: Workspace.holdsData).flatMap { try items(shown($0), text: try FileChunks.text($0)) }
            .sorted { $0.path < $1.path }
        guard !targets.isEmpty else { return all }
        return try targets.flatMap { target in
            let path = shown(Paths.absolute(target))
            let found = all.filter {
                $0.holder == path || $0.path == path || $0.path.hasPrefix(path + "/") || path.hasPrefix($0.path + "/")
                    || path == root
            }
            if found.isEmpty {
                throw Failure(
                    "data.unknown-target", "found nothing under version control at '\(target)'",
                    hint: NearestName.of(path, in: all.flatMap { [$0.path, $0.holder] }).map { "did you mean '\($0)'?" }
                        ?? "see what there is with: hftml status", exitStatus: .usage)
            }
            return found
        }
    }

    /// The same at a Git revision.
    package func trackedData(at revision: String) throws -> [TrackedData] {
        let repository = try git()
        var cache: [String: [TrackedData]] = [:]
        return try trackedData(at: revision, repository, &cache).sorted { $0.path < $1.path }
    }

    /// The same at several revisions, one after the other; a revision that names no commit that is here names nothing.
    package func trackedData(atAll revisions: [String]) throws -> [TrackedData] {
        let repository = try git()
        var cache: [String: [TrackedData]] = [:]
        return revisions.flatMap { (try? trackedData(at: $0, repository, &cache)) ?? [] }
    }

    /// - Parameter cache: parsed files by the identity of their content, for walks over many revisions.
    func trackedData(at revision: String, _ repository: GitRepository, _ cache: inout [String: [TrackedData]]) throws
        -> [TrackedData]
    {
        let prefix = gitPrefix(repository)
        var out: [TrackedData] = []
        for file in try repository.files(at: revision, named: Workspace.holdsData) where file.path.hasPrefix(prefix) {
            let key = "\(file.id) \(file.path)"
            if let known = cache[key] {
                out += known
                continue
            }
            // History may hold files that were broken when they were committed; they name nothing.
            let parsed =
                (try? items(
                    String(file.path.dropFirst(prefix.count)), text: String(decoding: try file.read(), as: UTF8.self)))
                ?? []
            cache[key] = parsed
            out += parsed
        }
        return out
    }

    package func git() throws -> GitRepository {
        guard let repository = try GitRepository.around(root) else {
            throw Failure(
                "git.none", "found no Git repository around '\(root)'", hint: "revisions need one: git init",
                exitStatus: .usage)
        }
        return repository
    }

    /// From the top of the Git work tree to this workspace, with a slash at the end; usually empty.
    package func gitPrefix(_ repository: GitRepository) -> String {
        guard let top = repository.root.map({ Paths.resolved($0) }) else { return "" }
        let own = Paths.resolved(root)
        return own.hasPrefix(top + "/") ? String(own.dropFirst(top.count + 1)) + "/" : ""
    }

    /// The objects behind data: each file once, listings with what they list. Listings that are not here name only
    /// themselves.
    package func objects(of data: [TrackedData]) -> [Transfers.Object] {
        var seen: Set<String> = []
        var out: [Transfers.Object] = []
        for item in data where !item.entry.md5.isEmpty && seen.insert(item.entry.md5).inserted {
            if item.entry.isDirectory,
                let tree = try? store.tree(item.entry.md5, for: item.path, isLegacy: item.entry.isLegacy)
            {
                for (index, digest) in tree.digests.enumerated() {
                    let md5 = digest.hex
                    if seen.insert(md5).inserted {
                        out.append(
                            Transfers.Object(
                                md5: md5, isLegacy: item.entry.isLegacy, name: "\(item.path)/\(tree.paths[index])"))
                    }
                }
            }
            out.append(Transfers.Object(md5: item.entry.md5, isLegacy: item.entry.isLegacy, name: item.path))
        }
        return out
    }

    /// Data grouped by the remote that it belongs to.
    private func byRemote(_ data: [TrackedData], _ remote: String?) throws -> [(
        RepositorySettings.Remote, [TrackedData]
    )] {
        var groups: [(name: String, data: [TrackedData])] = []
        for item in data {
            let name = try remote ?? item.entry.remote ?? settings.remote(nil).name
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].data.append(item)
            } else {
                groups.append((name, [item]))
            }
        }
        if groups.isEmpty { groups = [(try settings.remote(remote).name, [])] }
        return try groups.map { (try settings.remote($0.name), $0.data) }
    }

    /// Sends data's objects that a remote lacks.
    ///
    /// - Parameter isRunCache: whether to send recorded runs too.
    package func push(
        _ data: [TrackedData], remote: String? = nil, jobs: Int? = nil, isRunCache: Bool = false,
        progress: TransferProgress? = nil
    ) throws -> Int {
        var count = 0
        for (remote, items) in try byRemote(data.filter(\.entry.isPushed), remote) {
            let transfers = Transfers(store: store, remote: try remote.open(jobs: jobs))
            let lacking = items.filter {
                $0.entry.isDirectory && !store.contains($0.entry.md5, isLegacy: $0.entry.isLegacy)
            }
            // A listing that is only there cannot be looked into; it is fetched, and its files are looked for as well.
            let known = lacking.map { Transfers.Object(md5: $0.entry.md5, isLegacy: $0.entry.isLegacy, name: $0.path) }
            let there = try Set(known.indices).subtracting(transfers.remote.missing(known.map(\.key)))
            _ = try transfers.fetch(there.map { known[$0] })
            count += try transfers.push(objects(of: items), progress: progress)
            if isRunCache { count += try pushRuns(transfers.remote, progress) }
        }
        return count
    }

    /// Brings data's objects that the cache lacks: listings first, then what they list.
    package func fetch(
        _ data: [TrackedData], remote: String? = nil, jobs: Int? = nil, isRunCache: Bool = false,
        progress: TransferProgress? = nil
    ) throws -> Int {
        var count = 0
        for (remote, items) in try byRemote(data, remote) {
            let wanted = items.filter { !$0.entry.md5.isEmpty }
            let listings = wanted.filter(\.entry.isDirectory).map {
                Transfers.Object(md5: $0.entry.md5, isLegacy: $0.entry.isLegacy, name: $0.path)
            }
            if !isRunCache, listings.allSatisfy({ store.contains($0.md5, isLegacy: $0.isLegacy) }),
                Transfers(store: store, remote: DirectoryRemote("/")).missingInCache(objects(of: wanted)).isEmpty
            {
                continue
            }
            let transfers = Transfers(store: store, remote: try remote.open(jobs: jobs))
            count += try transfers.fetch(Array(Set(listings)), progress: progress)
            count += try transfers.fetch(objects(of: wanted).filter { !$0.isListing }, progress: progress)
            if isRunCache { count += try fetchRuns(transfers.remote, progress) }
        }
        return count
    }

    private func pushRuns(_ remote: any RemoteStorage, _ progress: TransferProgress?) throws -> Int {
        guard Paths.isDirectory(store.runs) else { return 0 }
        let keys = try Paths.files(below: store.runs).map { "runs/\($0)" }
        let missing = try remote.missing(keys)
        for index in missing {
            try remote.upload("\(store.directory)/\(keys[index])", to: keys[index], progress: progress)
        }
        return missing.count
    }

    private func fetchRuns(_ remote: any RemoteStorage, _ progress: TransferProgress?) throws -> Int {
        var count = 0
        for item in try remote.list("runs")
        where item.key.split(separator: "/").allSatisfy({ $0 == "runs" || $0.allSatisfy(\.isHexDigit) }) {
            let path = "\(store.directory)/\(item.key)"
            if Paths.exists(path) { continue }
            let partial = "\(store.partial)/\(getpid())-run"
            try Paths.makeDirectory(store.partial)
            unlink(partial)
            try remote.download(item.key, to: partial, progress: progress)
            try Paths.makeDirectory(Paths.parent(path))
            guard rename(partial, path) == 0 else { throw FileError("rename to", path) }
            count += 1
        }
        return count
    }

    /// How data stands between cache and remote: `new` is not there, `deleted` is only there, `missing` is nowhere.
    package func cloudStatus(_ data: [TrackedData], remote: String? = nil, jobs: Int? = nil) throws -> [(
        path: String, state: String
    )] {
        var out: [(String, String)] = []
        for (remote, items) in try byRemote(data.filter(\.entry.isPushed), remote) {
            let transfers = Transfers(store: store, remote: try remote.open(jobs: jobs))
            let all = objects(of: items)
            let lackingThere = Set(try transfers.missingAtRemote(all)), lackingHere = Set(transfers.missingInCache(all))
            for item in items where !item.entry.md5.isEmpty {
                let own = objects(of: [item])
                // A directory is as bad as the worst of its files.
                if own.contains(where: { lackingHere.contains($0) && lackingThere.contains($0) }) {
                    out.append((item.path, "missing"))
                } else if own.contains(where: { lackingThere.contains($0) }) {
                    out.append((item.path, "new"))
                } else if own.contains(where: { lackingHere.contains($0) }) {
                    out.append((item.path, "deleted"))
                }
            }
        }
        return out
    }
}
