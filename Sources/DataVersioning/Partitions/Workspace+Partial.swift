import Basics

extension Workspace {
    /// What is recorded where the workspace has only some partitions: those that a filter means as they stand, all
    /// others as they were recorded.
    ///
    /// - Returns: what stands there, where no filter was given.
    /// - Throws: ``Failure`` with code `partition.pattern` for data without recorded partitions, `partition.none` where
    ///   the filter means nothing that stands there and nothing recorded, `partition.filter`, `partition.name`.
    func merged(
        _ standing: DataEntry, _ only: PartitionFilter?, into old: DataEntry?, _ partitions: PartitionedData?,
        at path: String
    ) throws -> DataEntry {
        guard let only else { return standing }
        let now = standing.isDirectory ? try store.tree(standing.md5, for: shown(path)) : DirectoryTree([])
        let (entry, tree) = try merged(standing, now, sizes: nil, only, into: old, partitions, at: path)
        _ = try ListingChunks(store: store).add(tree)
        _ = try store.add(bytes: tree.bytes, suffix: ".dir")
        return entry
    }

    /// The same without storing anything.
    ///
    /// - Parameters:
    ///   - now: what stands there.
    ///   - sizes: of its files; nil where the cache has them.
    func merged(
        _ standing: DataEntry, _ now: DirectoryTree, sizes: [Int]?, _ only: PartitionFilter, into old: DataEntry?,
        _ partitions: PartitionedData?, at path: String
    ) throws -> (entry: DataEntry, tree: DirectoryTree) {
        guard let old, let partitions, old.isDirectory, standing.isDirectory, !old.isLegacy else {
            throw Failure(
                "partition.pattern", "found no recorded partitions of '\(shown(path))' for '\(only.text)'",
                hint: "record all of it first: hftml add '\(shown(path))' --each '{date:%Y-%m-%d}_{symbol}.csv.gz'",
                exitStatus: .usage)
        }
        try only.check(partitions.pattern)
        let before = try store.tree(old.md5, for: shown(path))
        func chosen(_ tree: DirectoryTree) throws -> [Bool] {
            try (0..<tree.count).map { only.matches(try partitions.key(tree.paths[$0])) }
        }
        let isReplaced = try chosen(before), isTaken = try chosen(now)
        guard isTaken.contains(true) || isReplaced.contains(true) else {
            throw Failure(
                "partition.none", "found no partition of '\(shown(path))' with \(only.text), expected at least one",
                exitStatus: .usage)
        }
        var names = PathList(), digests: [MD5Digest] = [], known: [Int?] = []
        for index in now.digests.indices where isTaken[index] {
            names.append(now.paths[index])
            digests.append(now.digests[index])
            known.append(sizes?[index])
        }
        return try replacing(
            isReplaced, of: before, by: DirectoryTree(paths: names, digests: digests), sizes: known, in: old, at: path)
    }

    /// A directory in which some files are as they stand, and all others as they were recorded.
    ///
    /// - Parameters:
    ///   - isReplaced: for each file of `before` whether `now` says what stands there.
    ///   - sizes: of the files of `now`; the cache is asked for those that are nil.
    /// - Returns: without a size where nobody could know it: what goes was never fetched.
    /// - Throws: ``Failure`` with code `data.tree` for names that no directory could hold.
    func replacing(
        _ isReplaced: [Bool], of before: DirectoryTree, by now: DirectoryTree, sizes: [Int?] = [], in old: DataEntry,
        at path: String
    ) throws -> (entry: DataEntry, tree: DirectoryTree) {
        var names = now.paths, digests = now.digests, change = SizeChange(store: store)
        for index in now.digests.indices {
            change.add(now.digests[index], 1, size: index < sizes.count ? sizes[index] : nil)
        }
        for index in before.digests.indices {
            if isReplaced[index] {
                change.add(before.digests[index], -1)
            } else {
                names.append(before.paths[index])
                digests.append(before.digests[index])
            }
        }
        let tree = DirectoryTree(paths: names, digests: digests)
        try tree.paths.checkListing(shown(path))
        var entry = old
        (entry.md5, entry.fileCount, entry.isExecutable) = (tree.md5, tree.count, false)
        let known = old.isSizeUnknown ? nil : change.difference.map { old.size.saturatingPlus($0) }
        let size = known ?? change.sum(of: digests)
        // What is left out of the workspace need not be in the cache either; then nobody knows what it had.
        (entry.size, entry.isSizeUnknown) = (max(0, size ?? 0), size == nil)
        return (entry, tree)
    }
}

/// How the size of a directory changes with its files. What comes and goes alike is not looked at.
private struct SizeChange {
    let store: ObjectStore
    private var counts: [MD5Digest: Int] = [:]
    private var known: [MD5Digest: Int] = [:]

    init(store: ObjectStore) { self.store = store }

    mutating func add(_ digest: MD5Digest, _ count: Int, size: Int? = nil) {
        counts[digest, default: 0] += count
        if let size { known[digest] = size }
    }

    private func size(_ digest: MD5Digest) -> Int? { known[digest] ?? Paths.size(store.path(digest)) }

    /// Nil where a size is unknown.
    var difference: Int? {
        var sum = 0
        for (digest, count) in counts where count != 0 {
            guard let size = size(digest) else { return nil }
            sum = sum.saturatingPlus(size.saturatingTimes(count))
        }
        return sum
    }

    /// Nil where a size is unknown.
    func sum(of digests: [MD5Digest]) -> Int? {
        var sum = 0
        for digest in digests {
            guard let size = size(digest) else { return nil }
            sum = sum.saturatingPlus(size)
        }
        return sum
    }
}
