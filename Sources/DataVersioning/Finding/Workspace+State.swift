import Basics

extension Workspace {
    package enum DataState: String, Sendable {
        case unchanged, new, modified, deleted, notInCache = "not in cache"
    }

    /// How the data behind an entry stands. What is written to this very moment counts as modified.
    package func state(of entry: DataEntry, at path: String) throws -> DataState {
        guard let now = try self.now(entry, at: path) else {
            return entry.md5.isEmpty || isCached(entry) ? .deleted : .notInCache
        }
        if entry.md5.isEmpty { return .new }
        if now.md5 != entry.md5 { return .modified }
        return !entry.isCached || isCached(entry, standingAt: path) ? .unchanged : .notInCache
    }

    package func state(of pointer: PointerFile) throws -> DataState {
        try state(of: pointer.entry, at: pointer.dataPath)
    }

    /// How what is meant stands: all of an output, or a part of a directory.
    ///
    /// - Throws: ``Failure`` with code `data.unknown-target` for a part that the listing does not have and that does
    ///   not stand in the workspace either.
    package func state(of item: TrackedData) throws -> DataState {
        if item.partitions != nil { return try stateOfPartitions(item) }
        guard let part = item.part else { return try state(of: item.entry, at: "\(root)/\(item.path)") }
        guard item.entry.isDirectory else { throw noDirectory(item, part) }
        let path = "\(root)/\(item.meant)", isLegacy = item.entry.isLegacy
        guard store.contains(item.entry.md5, isLegacy: isLegacy) else { return .notInCache }
        let tree = try store.tree(item.entry.md5, for: item.path, isLegacy: isLegacy)
        let known: TreePart
        do {
            known = try tree.part(part, of: item.path, emptyDirectories: TreeDetails(item.entry).emptyDirectories)
        } catch {
            if Paths.exists(path) { return .new }
            throw error
        }
        var entry = DataEntry(path: item.meant, md5: "", size: 0)
        entry.isLegacy = isLegacy
        let isKept: Bool
        switch known {
        case .file(let digest):
            entry.md5 = digest.hex
            isKept = store.contains(entry.md5, isLegacy: isLegacy)
        case .directory(let inner):
            entry.md5 = inner.md5
            isKept = hasObjects(inner.digests, isLegacy: isLegacy)
        }
        guard let now = try self.now(entry, at: path) else { return isKept ? .deleted : .notInCache }
        if now.md5 != entry.md5 { return .modified }
        return isKept ? .unchanged : .notInCache
    }

    /// Whether a directory lacks files that are recorded, and what is there of it is all as recorded: so it stands
    /// after a pull of some partitions.
    ///
    /// - Complexity: O(files).
    package func isPart(_ item: TrackedData) throws -> Bool {
        let path = "\(root)/\(item.path)"
        guard item.isWhole, item.entry.isDirectory, !item.entry.isLegacy, Paths.isDirectory(path),
            store.contains(item.entry.md5)
        else { return false }
        let recorded = try store.tree(item.entry.md5, for: item.path)
        let here = try snapshot(path, isStoring: false).tree
        guard here.count > 0, here.count < recorded.count else { return false }
        var position = 0
        for index in 0..<here.count {
            while position < recorded.count, recorded.paths.compare(position, with: here.paths, index) < 0 {
                position += 1
            }
            guard position < recorded.count, recorded.paths.compare(position, with: here.paths, index) == 0,
                recorded.digests[position] == here.digests[index]
            else { return false }
        }
        return true
    }

    private func now(_ entry: DataEntry, at path: String) throws -> DataEntry? {
        do { return try self.entry(path, shownAs: entry.path, isLegacy: entry.isLegacy) } catch let error as Failure
            where error.code == "data.changed-while-reading"
        { return DataEntry(path: entry.path, md5: "", size: 0) }
    }

    private func hasObjects(_ digests: [MD5Digest], isLegacy: Bool) -> Bool {
        isLegacy
            ? digests.allSatisfy { store.contains($0.hex, isLegacy: true) } : store.missing(digests).isEmpty
    }

    /// Whether all content behind an entry is in the cache.
    package func isCached(_ entry: DataEntry) -> Bool {
        guard !entry.md5.isEmpty, store.contains(entry.md5, isLegacy: entry.isLegacy) else { return false }
        guard entry.isDirectory else { return true }
        guard let tree = try? store.tree(entry.md5, for: entry.path, isLegacy: entry.isLegacy) else { return false }
        return hasObjects(tree.digests, isLegacy: entry.isLegacy)
    }

    /// Whether all content of what is meant is in the cache.
    package func isCached(_ item: TrackedData) throws -> Bool {
        let entry = item.entry
        guard !item.isWhole, entry.isDirectory else { return isCached(entry) }
        guard store.contains(entry.md5, isLegacy: entry.isLegacy) else { return false }
        let tree = try store.tree(entry.md5, for: item.path, isLegacy: entry.isLegacy)
        return hasObjects(try tree.positions(of: item).map { tree.digests[$0] }, isLegacy: entry.isLegacy)
    }

    /// The same for data that stands in the workspace: its snapshot saves reading the listing.
    package func isCached(_ entry: DataEntry, standingAt path: String) -> Bool {
        guard entry.isDirectory, !entry.isLegacy, let snapshot = hashes.snapshot(path), snapshot.md5 == entry.md5 else {
            return isCached(entry)
        }
        return store.contains(entry.md5) && store.missing(snapshot.digests).isEmpty
    }
}
