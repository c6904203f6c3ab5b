import Basics
import Foundation

extension Workspace {
    package enum DataState: String, Sendable {
        case unchanged, new, modified, deleted, notInCache = "not in cache"
    }

    /// What a checkout did to one path.
    package enum CheckoutChange: String, Sendable { case unchanged, added = "A", modified = "M", deleted = "D" }

    /// How the data behind an entry stands.
    package func state(of entry: DataEntry, at path: String) throws -> DataState {
        guard let now = try self.entry(path, shownAs: entry.path, isLegacy: entry.isLegacy) else {
            return entry.md5.isEmpty || isCached(entry) ? .deleted : .notInCache
        }
        if entry.md5.isEmpty { return .new }
        if now.md5 != entry.md5 { return .modified }
        return !entry.isCached || isCached(entry, standingAt: path) ? .unchanged : .notInCache
    }

    package func state(of pointer: PointerFile) throws -> DataState {
        try state(of: pointer.entry, at: pointer.dataPath)
    }

    /// Makes a path hold an entry's content, from the cache. Every byte is hashed on its way.
    ///
    /// - Parameters:
    ///   - isForced: whether content that is not in the cache may be overwritten. Without it such a file is an error
    ///     and nothing changes.
    ///   - isRelinking: whether to make links anew even where the content is right.
    /// - Throws: ``ObjectStore/StoreError``; ``Failure`` with code `data.would-lose`.
    @discardableResult
    package func checkOut(
        _ entry: DataEntry, to path: String, isForced: Bool = false, isRelinking: Bool = false,
        progress: TransferProgress? = nil
    ) throws -> CheckoutChange {
        try checkInside(path)
        guard store.contains(entry.md5, isLegacy: entry.isLegacy) else {
            throw ObjectStore.StoreError.missing(md5: entry.md5, path: path)
        }
        var info = stat()
        let exists = lstat(path, &info) == 0
        let isDirectory = exists && info.st_mode & S_IFMT == S_IFDIR
        if exists, isDirectory != entry.isDirectory {
            // A file where a directory belongs, or the other way round.
            if !isForced { try checkKept(path) }
            try Paths.remove(path)
        }
        if entry.isDirectory {
            return try checkOutTree(entry, to: path, exists: exists && isDirectory, isForced, isRelinking, progress)
        }
        let isOld = exists && !isDirectory
        if isOld, let now = try? self.entry(path, shownAs: entry.path, isLegacy: entry.isLegacy) {
            if now.md5 == entry.md5, now.isExecutable == entry.isExecutable, !isRelinking { return .unchanged }
            if now.md5 != entry.md5, !isForced { try checkKept(path) }
        }
        if isOld, info.st_mode & S_IFMT == S_IFLNK { try Paths.remove(path) }
        try Paths.makeDirectory(Paths.parent(path))
        if entry.isLegacy { return try checkOutLegacy(entry, to: path, isOld) }
        try write([(entry.md5, path, entry.isExecutable)], progress)
        if let digest = MD5Digest(hex: entry.md5), stat(path, &info) == 0 {
            hashes.remember(path, FileStamp(info), md5: digest.hex)
        }
        return isOld ? .modified : .added
    }

    /// Content that stands nowhere else must not be overwritten.
    private func checkKept(_ path: String) throws {
        guard let now = try entry(path, shownAs: path), !isCached(now) else { return }
        throw wouldLose([shown(path)])
    }

    private func wouldLose(_ paths: [String]) -> Failure {
        Failure(
            "data.would-lose",
            "found changes that are not in the cache and would be lost: "
                + "\(paths.prefix(5).joined(separator: ", "))\(paths.count > 5 ? " and \(paths.count - 5) more" : "")",
            hint: "keep them with 'hftml commit', or give them up with --force")
    }

    private func checkOutLegacy(_ entry: DataEntry, to path: String, _ isOld: Bool) throws -> CheckoutChange {
        let object = store.path(entry.md5, isLegacy: true)
        guard try LegacyHash.md5(object) == entry.md5 else {
            throw ObjectStore.StoreError.damaged(md5: entry.md5, object: object)
        }
        try AtomicFile.write(to: path, mode: entry.isExecutable ? 0o744 : 0o644) { writer in
            try FileChunks.read(object, size: 1 << 20) { try writer.append($0) }
        }
        return isOld ? .modified : .added
    }

    private func checkOutTree(
        _ entry: DataEntry, to path: String, exists: Bool, _ isForced: Bool, _ isRelinking: Bool,
        _ progress: TransferProgress?
    ) throws -> CheckoutChange {
        let tree = try store.tree(entry.md5, for: path, isLegacy: entry.isLegacy)
        let details = TreeDetails(entry)
        var wanted = Array(tree.digests.indices)
        var extra: [Int] = []
        if exists {
            let now = try snapshot(path, isStoring: false, progress: progress)
            if !entry.isLegacy, now.listing.hex + ".dir" == entry.md5, details.matches(now.scan), !isRelinking {
                return .unchanged
            }
            let plan = Difference(now, tree, isLegacy: entry.isLegacy)
            wanted = isRelinking ? wanted : plan.missing + plan.different + details.changedModes(now.scan, tree)
            extra = plan.extra
            let replaced = extra + plan.replaced
            if !isForced {
                let lost = store.missing(replaced.map { now.digests[$0] }).map { now.scan.paths[replaced[$0]] }
                if !lost.isEmpty { throw wouldLose(lost.map { "\(shown(path))/\($0)" }) }
            }
        }
        let absent =
            entry.isLegacy
            ? wanted.filter { !store.contains(tree.digests[$0].hex, isLegacy: true) }
            : store.missing(wanted.map { tree.digests[$0] }).map { wanted[$0] }
        if let first = absent.first {
            throw ObjectStore.StoreError.missing(
                md5: tree.digests[first].hex,
                path: "\(path)/\(tree.paths[first])" + (absent.count > 1 ? " and \(absent.count - 1) more" : ""))
        }
        try makeDirectories(of: tree, wanted, below: path, details.emptyDirectories)
        if exists, let now = hashes.snapshot(path) {
            for index in extra { try Paths.remove("\(path)/\(now.scan.paths[index])") }
        }
        if entry.isLegacy {
            for index in wanted {
                var file = DataEntry(path: tree.paths[index], md5: tree.digests[index].hex, size: 0)
                file.isLegacy = true
                _ = try checkOutLegacy(file, to: "\(path)/\(tree.paths[index])", false)
            }
            return exists ? .modified : .added
        }
        try write(tree, wanted, below: path, details, progress)
        if !extra.isEmpty { try removeEmptyDirectories(path, keeping: Set(details.emptyDirectories)) }
        try remember(path, tree)
        return exists ? .modified : .added
    }

    private func makeDirectories(of tree: DirectoryTree, _ wanted: [Int], below path: String, _ empty: [String]) throws
    {
        try Paths.makeDirectory(path)
        var made: Set<String> = [path]
        func make(_ directory: String) throws {
            guard !made.contains(directory) else { return }
            try make(Paths.parent(directory))
            var info = stat()
            if lstat(directory, &info) == 0 {
                if info.st_mode & S_IFMT == S_IFLNK {
                    throw Failure(
                        "data.symbolic-link", "found the symbolic link '\(shown(directory))' where a directory belongs",
                        hint: "nothing was written through it; remove the link")
                }
                // A file that stands where a directory belongs is among those to be removed; it was checked with them.
                if info.st_mode & S_IFMT != S_IFDIR { try Paths.remove(directory) }
            }
            try Paths.makeDirectory(directory)
            made.insert(directory)
        }
        for index in wanted {
            let target = "\(path)/\(tree.paths[index])"
            try make(Paths.parent(target))
            var info = stat()
            if lstat(target, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
                try removeEmptyDirectories(target, keeping: []); rmdir(target)
            }
        }
        for directory in empty { try make("\(path)/\(directory)") }
    }

    private func removeEmptyDirectories(_ path: String, keeping: Set<String>) throws {
        func visit(_ relative: String) throws {
            let full = relative.isEmpty ? path : "\(path)/\(relative)"
            for name in try Paths.entries(full) where Paths.isRealDirectory("\(full)/\(name)") {
                try visit(relative.isEmpty ? name : "\(relative)/\(name)")
            }
            if !relative.isEmpty, !keeping.contains(relative) { rmdir(full) }
        }
        try visit("")
    }

    /// What stands there now is known to be the tree, without reading it again.
    private func remember(_ path: String, _ tree: DirectoryTree) throws {
        let rules = try IgnoreRules(root: root, for: Paths.parent(path))
        let base = shown(path)
        let scan = try DirectoryScan(
            path, ignore: rules.isEmpty ? nil : { rules.isIgnored("\(base)/\($0)", isDirectory: $1) })
        let order = scan.paths.sortingOrder() ?? Array(0..<scan.paths.count)
        guard order.count == tree.count else { return }
        var digests = [MD5Digest](repeating: MD5Digest(high: 0, low: 0), count: order.count)
        for (position, index) in order.enumerated() {
            guard scan.paths.compare(index, with: tree.paths, position) == 0 else { return }
            digests[index] = tree.digests[position]
        }
        hashes.remember(path, DirectorySnapshot(scan: scan, digests: digests))
    }

    // MARK: Writing files

    private func write(_ files: [(md5: String, path: String, isExecutable: Bool)], _ progress: TransferProgress?) throws
    {
        let digests = try files.map { file in
            guard let digest = MD5Digest(hex: file.md5) else {
                throw ObjectStore.StoreError.missing(md5: file.md5, path: file.path)
            }
            return digest
        }
        try write(
            count: files.count, progress, digest: { digests[$0] }, path: { files[$0].path },
            isExecutable: { files[$0].isExecutable })
    }

    private func write(
        _ tree: DirectoryTree, _ wanted: [Int], below path: String, _ details: TreeDetails,
        _ progress: TransferProgress?
    ) throws {
        try write(
            count: wanted.count, progress, digest: { tree.digests[wanted[$0]] },
            path: { "\(path)/\(tree.paths[wanted[$0]])" },
            isExecutable: { !details.executables.isEmpty && details.executables.contains(tree.paths[wanted[$0]]) })
    }

    private func write(
        count: Int, _ progress: TransferProgress?, digest: @escaping @Sendable (Int) -> MD5Digest,
        path: @escaping @Sendable (Int) -> String,
        isExecutable: @escaping @Sendable (Int) -> Bool
    ) throws {
        guard count > 0 else { return }
        let store = store
        let type =
            settings.linkTypes.first {
                Linker.works($0, from: store.path(digest(0)), probe: "\(partial)/\(getpid())-probe")
            } ?? .copy
        let sizes = (0..<count).map { Paths.size(store.path(digest($0))) ?? 0 }
        progress?.expect(files: count, bytes: sizes.reduce(0, +))
        var copier = BulkCopier(count: count, temporary: partial) { (store.path(digest($0)), sizes[$0]) }
        copier.progress = progress
        copier.expected = digest
        copier.mismatch = { index, _ in
            ObjectStore.StoreError.damaged(md5: digest(index).hex, object: store.path(digest(index)))
        }
        if type == .copy {
            copier.target = { index, _ in
                BulkCopier.Target(path: path(index), mode: isExecutable(index) ? 0o766 : 0o666)
            }
        }
        // Links share the object, so it is read and checked, and then linked.
        _ = try copier.run()
        guard type != .copy else { return }
        for index in 0..<count {
            try Linker.link(
                type, from: store.path(digest(index)), to: path(index), by: "\(partial)/\(getpid())-link",
                isExecutable: isExecutable(index))
        }
    }

    /// Replaces workspace files by links to the cache where the settings prefer hard or symbolic links.
    func link(_ entry: DataEntry, at path: String) throws {
        guard let type = settings.linkTypes.first, type == .hardlink || type == .symlink, !entry.isLegacy else {
            return
        }
        try checkOut(entry, to: path, isForced: true, isRelinking: true)
    }

    /// Replaces links to the cache by copies that may be edited.
    package func unprotect(_ path: String) throws {
        let files = Paths.isRealDirectory(path) ? try Paths.files(below: path).map { "\(path)/\($0)" } : [path]
        for file in files {
            try checkInside(file)
            var info = stat()
            guard lstat(file, &info) == 0,
                info.st_mode & S_IFMT == S_IFLNK || info.st_nlink > 1 || info.st_mode & S_IWUSR == 0
            else { continue }
            try Paths.makeDirectory(partial)
            let temporary = "\(partial)/\(getpid())-unprotect"
            try AtomicFile.write(to: temporary, mode: 0o644, isDurable: false) { writer in
                try FileChunks.read(file, size: 1 << 20) { try writer.append($0) }
            }
            guard rename(temporary, file) == 0 else { throw FileError("replace", file) }
        }
    }
}
