import Basics
import Foundation

/// A directory under data version control: `.dvc/` at its top.
package struct Workspace: Sendable {
    package let root: String
    /// Variables of the caller, for configuration files and remotes.
    package let environment: [String: String]
    package let settings: RepositorySettings
    package let store: ObjectStore
    package let hashes: HashState

    /// - Parameter environment: variables of the caller; nothing below reads those of the process.
    /// - Throws: ``ConfigError`` for a configuration that DVC would refuse; ``Failure`` with code `data.symbolic-link`
    ///   for a link that Git brought into the place of what only this machine keeps.
    package init(
        root: String, environment: [String: String]
    ) throws {
        self.root = root
        self.environment = environment
        settings = try RepositorySettings(root: root, environment: environment)
        store = ObjectStore(directory: settings.cacheDirectory)
        hashes = HashState("\(root)/.dvc/tmp/hftml-state")
        try requireOwnPlaces()
    }

    /// Finds the workspace around a directory. Its root has no symbolic links: locks and Git know it by that name.
    ///
    /// - Throws: ``Failure`` with code `data.no-workspace`.
    package static func find(
        from directory: String, environment: [String: String]
    ) throws -> Workspace {
        let start = Paths.absolute(Paths.resolved(directory))
        guard let root = Paths.upwards(from: start).first(where: { Paths.isDirectory("\($0)/.dvc") }) else {
            throw Failure(
                "data.no-workspace", "found no .dvc directory in '\(directory)' or above",
                hint: "make a workspace with: hftml init")
        }
        return try Workspace(root: root, environment: environment)
    }

    /// Makes `.dvc/` as `dvc init` does; safe to repeat.
    ///
    /// - Parameter usesGit: without Git, `core.no_scm` is recorded, as DVC does.
    @discardableResult
    package static func create(
        _ root: String, usesGit: Bool = true, environment: [String: String]
    ) throws -> Workspace {
        let root = Paths.absolute(root)
        try Paths.makeDirectory("\(root)/.dvc/tmp")
        if !Paths.exists("\(root)/.dvc/config") {
            try AtomicFile.write(usesGit ? "" : "[core]\n    no_scm = True\n", to: "\(root)/.dvc/config")
        }
        if !Paths.exists("\(root)/.dvc/.gitignore") {
            try AtomicFile.write("/config.local\n/tmp\n/cache\n", to: "\(root)/.dvc/.gitignore")
        }
        if !Paths.exists("\(root)/.dvcignore") {
            try AtomicFile.write(
                "# Patterns of files that version control should not see, one per line, as in .gitignore.\n",
                to: "\(root)/.dvcignore")
        }
        return try Workspace(root: root, environment: environment)
    }

    package var temporary: String { "\(root)/.dvc/tmp" }
    /// Where workspace files are written before they get their name.
    var partial: String { "\(temporary)/hftml-partial" }

    /// Runs `body` while no other process, ours or DVC, changes pointers, locks or cache. Clears away what killed
    /// processes left.
    package func locked<T>(onWait: () -> Void = {}, _ body: () throws -> T) throws -> T {
        let lock = try FileLock("\(temporary)/lock", onWait: onWait)
        defer { withExtendedLifetime(lock) {} }
        Leftovers.remove(in: partial)
        store.removeLeftovers()
        return try body()
    }

    package func pathLock(_ command: String) -> ReadWriteLock { ReadWriteLock(directory: temporary, command: command) }

    /// A path as people of this workspace say it.
    package func shown(_ path: String) -> String {
        path.isBelow(root) ? path.part(below: root) : path
    }

    /// Refuses paths outside the workspace, or that lead out of it through a symbolic link.
    package func checkInside(_ path: String) throws {
        // "root/.." begins with the root as well: a path that is not in its shortest form is never taken at its word.
        guard isInside(path) else {
            throw Failure(
                "data.outside", "found the path '\(path)', expected one of the workspace '\(root)'",
                hint: "nothing was written")
        }
        var current = Paths.parent(path)
        while current.isBelow(root) {
            var info = stat()
            if lstat(current, &info) == 0, info.st_mode & S_IFMT == S_IFLNK {
                throw Failure(
                    "data.symbolic-link", "found the symbolic link '\(shown(current))' on the way to '\(shown(path))'",
                    hint: "nothing was written; replace the link by a directory")
            }
            current = Paths.parent(current)
        }
    }

    /// Refuses a place where something stands: it is not for us to replace it.
    ///
    /// - Parameter name: the place as its user knows it.
    /// - Throws: ``Failure`` with code `data.exists`.
    func checkFree(_ path: String, as name: String? = nil) throws {
        var info = stat()
        // A link that leads nowhere stands there as well.
        guard lstat(path, &info) == 0 else { return }
        throw Failure(
            "data.exists", "found something at '\(name ?? shown(path))' already",
            hint: "choose another name, or remove it first", exitStatus: name == nil ? .failed : .usage)
    }

    // MARK: Hashing

    /// The content of a file or directory by hash; nil when there is nothing.
    ///
    /// - Parameters:
    ///   - shown: the path to put into the entry.
    ///   - isLegacy: whether to hash as DVC 2 did.
    package func entry(_ path: String, shownAs shown: String, isLegacy: Bool = false) throws -> DataEntry? {
        if isLegacy { return try LegacyHash.entry(path, shownAs: shown) }
        return try entry(path, shownAs: shown, isStoring: false, progress: nil)
    }

    /// The same, and all its content is in the cache afterwards.
    ///
    /// - Parameter isInParts: whether the listing of a directory is kept in parts beside DVC's.
    package func ingest(
        _ path: String, shownAs shown: String, isInParts: Bool = false, progress: TransferProgress? = nil
    ) throws -> DataEntry? {
        try entry(path, shownAs: shown, isStoring: true, isInParts: isInParts, progress: progress)
    }

    private func entry(
        _ path: String, shownAs shown: String, isStoring: Bool, isInParts: Bool = false, progress: TransferProgress?
    ) throws -> DataEntry? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        if info.st_mode & S_IFMT == S_IFDIR {
            let snapshot = try snapshot(path, isStoring: isStoring, isInParts: isInParts, progress: progress)
            return DataEntry(
                path: shown, md5: snapshot.md5, size: snapshot.scan.size, fileCount: snapshot.digests.count)
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw Failure("file.special", "found a special file at '\(path)', expected a regular file or directory")
        }
        let stamp = FileStamp(info)
        var md5 = hashes.known(path, stamp)
        if md5 == nil || (isStoring && !isWhole(md5 ?? "", size: Int(stamp.size))) {
            progress?.expect(files: 1, bytes: Int(stamp.size))
            var copier = BulkCopier(count: 1, temporary: isStoring ? store.partial : "") { _ in (path, Int(stamp.size))
            }
            copier.progress = progress
            copier.stamp = { _ in stamp }
            if isStoring { copier.target = objectTarget { _ in Int(stamp.size) } }
            md5 = try copier.run()[0].hex
            hashes.remember(path, stamp, md5: md5 ?? "")
        }
        return DataEntry(path: shown, md5: md5 ?? "", size: Int(stamp.size), isExecutable: info.st_mode & S_IXUSR != 0)
    }

    /// Whether an object of this size is there; one of another size is torn and written again.
    private func isWhole(_ md5: String, size: Int) -> Bool { Paths.size(store.path(md5)) == size }

    /// Where a file that is read goes in the cache, unless it is there.
    private func objectTarget(size: @escaping @Sendable (Int) -> Int)
        -> @Sendable (Int, MD5Digest) -> BulkCopier.Target?
    {
        let store = store
        return { index, digest in
            let path = store.path(digest)
            return Paths.size(path) == size(index) ? nil : BulkCopier.Target(path: path, mode: 0o444)
        }
    }

    /// The directory as it stands: unchanged files cost a `stat`, the others are read.
    func snapshot(_ path: String, isStoring: Bool, isInParts: Bool = false, progress: TransferProgress? = nil) throws
        -> DirectorySnapshot
    {
        let rules = try IgnoreRules(root: root, for: Paths.parent(path))
        let base = shown(path)
        // A directory that is ignored as a whole counts as empty, as DVC takes it.
        let isIgnored = !rules.isEmpty && rules.isIgnored(base, isDirectory: true)
        let scan = try DirectoryScan(
            path, ignore: rules.isEmpty ? nil : { isIgnored || rules.isIgnored("\(base)/\($0)", isDirectory: $1) })
        let old = hashes.snapshot(path) ?? inheritedSnapshot(path)
        let renewed = old?.renewed(by: scan)
        if !isStoring, let renewed { return renewed }
        let known: [MD5Digest?] =
            renewed.map { $0.digests.map { $0 } } ?? old?.known(in: scan)
            ?? [MD5Digest?](repeating: nil, count: scan.paths.count)
        var work = known.indices.filter { known[$0] == nil }
        if isStoring {
            let have = known.indices.filter { known[$0] != nil }
            work += store.missing(have.compactMap { known[$0] }).map { have[$0] }
            work.sort()
        }
        progress?.expect(files: work.count, bytes: work.reduce(0) { $0 + Int(scan.stamps[$1].size) })
        let items = work
        var copier = BulkCopier(count: items.count, temporary: isStoring ? store.partial : "") {
            ("\(path)/\(scan.paths[items[$0]])", Int(scan.stamps[items[$0]].size))
        }
        copier.progress = progress
        copier.stamp = { scan.stamps[items[$0]] }
        if isStoring { copier.target = objectTarget { Int(scan.stamps[items[$0]].size) } }
        let read = try copier.run()
        // What was recorded together must have stood together: nothing may have changed while another file was read.
        if isStoring, let index = scan.firstChanged(among: items, below: path) {
            throw FileStamp.unsteady("\(path)/\(scan.paths[index])")
        }
        var digests = known
        for (position, index) in items.enumerated() { digests[index] = read[position] }
        let snapshot = renewed ?? DirectorySnapshot(scan: scan, digests: digests.compactMap { $0 })
        // Files that are the same may stand beside an empty directory that is new, or be executable now.
        if renewed == nil { hashes.remember(path, snapshot) } else { hashes.refresh(path, snapshot) }
        // The listing comes last: where it is, all its files are.
        if isStoring, isInParts {
            _ = try ListingChunks(store: store).add(snapshot.tree)
        }
        if isStoring {
            _ = try store.add(bytes: snapshot.tree.bytes, suffix: ".dir")
        }
        return snapshot
    }

    /// What is known of a directory as a part of one above it.
    private func inheritedSnapshot(_ path: String) -> DirectorySnapshot? {
        for above in Paths.upwards(from: path).dropFirst() where above.isBelow(root) {
            if let part = path.path(below: above), let known = hashes.snapshot(above) { return known.part(part) }
        }
        return nil
    }
}
