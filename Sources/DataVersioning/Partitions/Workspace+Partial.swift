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
        guard let old, let partitions, old.isDirectory, standing.isDirectory, !old.isLegacy else {
            throw Failure(
                "partition.pattern", "found no recorded partitions of '\(shown(path))' for '\(only.text)'",
                hint: "record all of it first: hftml add '\(shown(path))' --each '{date:%Y-%m-%d}_{symbol}.csv.gz'",
                exitStatus: .usage)
        }
        try only.check(partitions.pattern)
        let before = try store.tree(old.md5, for: shown(path)), now = try store.tree(standing.md5, for: shown(path))
        func chosen(_ tree: DirectoryTree) throws -> [Bool] {
            try (0..<tree.count).map { only.matches(try partitions.key(tree.paths[$0])) }
        }
        let isReplaced = try chosen(before), isTaken = try chosen(now)
        guard isTaken.contains(true) || isReplaced.contains(true) else {
            throw Failure(
                "partition.none", "found no partition of '\(shown(path))' with \(only.text), expected at least one",
                exitStatus: .usage)
        }
        var names = PathList(), digests: [MD5Digest] = [], size = old.size
        for index in before.digests.indices {
            guard isReplaced[index] else {
                names.append(before.paths[index])
                digests.append(before.digests[index])
                continue
            }
            size -= try bytes(before.digests[index], of: "\(shown(path))/\(before.paths[index])")
        }
        for index in now.digests.indices where isTaken[index] {
            names.append(now.paths[index])
            digests.append(now.digests[index])
            size += try bytes(now.digests[index], of: "\(shown(path))/\(now.paths[index])")
        }
        let tree = DirectoryTree(paths: names, digests: digests)
        var entry = standing
        entry.md5 = try ListingChunks(store: store).add(tree).md5
        (entry.size, entry.fileCount) = (size, tree.count)
        return entry
    }

    /// - Throws: ``ObjectStore/StoreError`` where the cache does not have it.
    private func bytes(_ digest: MD5Digest, of path: String) throws -> Int {
        guard let size = Paths.size(store.path(digest.hex, isLegacy: false)) else {
            throw ObjectStore.StoreError.missing(md5: digest.hex, path: path)
        }
        return size
    }
}
