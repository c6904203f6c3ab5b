import Basics

extension Workspace.Tracked {
    /// Of directories with partitions those that a filter means. Data without partitions is not meant.
    ///
    /// - Parameter isNamed: whether somebody asked for this very data, so that none of it may be passed over.
    /// - Throws: ``Failure`` with code `partition.filter` for a field that the names do not have (where none was named:
    ///   that none of them has), `partition.pattern` where there are no partitions.
    package func limited(to filter: PartitionFilter, isNamed: Bool) throws -> Workspace.Tracked {
        var out = self, refusal: (any Error)?
        out.data = try data.compactMap { item in
            guard let partitions = try PartitionedData(item.entry), item.entry.isDirectory else {
                guard isNamed else { return nil }
                throw Failure(
                    "partition.pattern", "found no pattern of partitions for '\(item.path)', expected one",
                    hint: "say how its files are named: hftml add '\(item.path)' --each "
                        + "'{date:%Y-%m-%d}_{symbol}.csv.gz'", exitStatus: .usage)
            }
            do { try filter.check(partitions.pattern) } catch {
                // A directory that nobody named and whose names have no such field is not meant.
                if isNamed { throw error }
                refusal = refusal ?? error
                return nil
            }
            var item = item
            item.partitions = filter
            return item
        }
        if out.data.isEmpty, let refusal { throw refusal }
        guard !out.data.isEmpty || !out.unreadable.isEmpty else {
            throw Failure(
                "partition.pattern", "found no data with partitions for '\(filter.text)', expected some",
                hint: "say how a directory's files are named: hftml add DIR --each '{date:%Y-%m-%d}_{symbol}.csv.gz'",
                exitStatus: .usage)
        }
        return out
    }
}

extension DirectoryTree {
    /// Positions of what is meant of the directory. O(n) in bytes of the names.
    ///
    /// - Throws: ``Failure`` with code `partition.none` where a filter means nothing: whoever asks for days that are
    ///   not there must hear it. A part that is not there has no positions.
    func positions(of item: TrackedData) throws -> [Int] {
        let inside = item.part.map { positions(of: $0) } ?? Array(digests.indices)
        guard let filter = item.partitions, let partitions = try PartitionedData(item.entry) else { return inside }
        let all = partitions.pattern.isOneToOne ? nil : try partitions.keys(self)
        let keys = try inside.map { try all?[$0] ?? partitions.key(paths[$0]) }
        let chosen = zip(inside, keys).filter { filter.matches($0.1) }.map(\.0)
        guard chosen.isEmpty, !item.isOlder else { return chosen }
        throw Failure(
            "partition.none", "found no partition of '\(item.meant)' with \(filter.text), expected at least one",
            hint: keys.isEmpty ? "it holds none at all" : "it holds \(DirectoryTree.extent(keys))", exitStatus: .usage)
    }

    /// `date 2015-01-02 to 2024-12-31, symbol AAPL, BRK.B and 18 more`
    private static func extent(_ keys: [PartitionKey]) -> String {
        var values: [(name: String, texts: Set<String>)] = []
        for key in keys {
            for (index, field) in key.fields.enumerated() {
                if index == values.count { values.append((field.name, [])) }
                values[index].texts.insert(field.value.description)
            }
        }
        return values.map { name, texts in
            let sorted = texts.sorted()
            if case .time = keys[0][name], sorted.count > 1 { return "\(name) \(sorted[0]) to \(sorted.last ?? "")" }
            return "\(name) " + sorted.prefix(3).joined(separator: ", ")
                + (sorted.count > 3 ? " and \(sorted.count - 3) more" : "")
        }.joined(separator: ", ")
    }
}

extension Workspace {
    /// Makes the workspace hold some partitions of a directory; all other files stay as they are.
    ///
    /// - Throws: as ``checkOut(_:isForced:isRelinking:progress:)``, and ``Failure`` with code `partition.none`.
    func checkOutPartitions(_ item: TrackedData, _ filter: PartitionFilter, _ options: CheckoutOptions) throws
        -> CheckoutChange
    {
        guard let chosen = try chosen(item, filter) else {
            throw ObjectStore.StoreError.missing(md5: item.entry.md5, path: item.path)
        }
        try checkInside(chosen.path)
        var options = options
        options.covers = chosen.covers
        return try checkOut(
            chosen.tree, TreeDetails(item.entry), isLegacy: item.entry.isLegacy, at: chosen.path, options)
    }

    /// How some partitions of a directory stand.
    func stateOfPartitions(_ item: TrackedData) throws -> DataState {
        guard let filter = item.partitions, let chosen = try chosen(item, filter), try isCached(item) else {
            return .notInCache
        }
        guard Paths.isDirectory(chosen.path) else { return .deleted }
        let now = try snapshot(chosen.path, isStoring: false)
        var difference = Difference(now, chosen.tree)
        difference.leave { !chosen.covers(now.scan.paths[$0]) }
        return difference.isEmpty ? .unchanged : .modified
    }

    /// What a filter means of a directory; nil where its listing is not in the cache.
    private func chosen(_ item: TrackedData, _ filter: PartitionFilter) throws -> (
        path: String, tree: DirectoryTree, covers: (String) -> Bool
    )? {
        guard let partitions = try PartitionedData(item.entry),
            store.contains(item.entry.md5, isLegacy: item.entry.isLegacy)
        else { return nil }
        let tree = try store.tree(item.entry.md5, for: item.path, isLegacy: item.entry.isLegacy)
        let positions = try tree.positions(of: item)
        var names = PathList()
        for index in positions { names.append(tree.paths[index]) }
        return (
            "\(root)/\(item.path)", DirectoryTree(paths: names, digests: positions.map { tree.digests[$0] }),
            { name in
                if let part = item.part, !name.isAtOrBelow(part) { return false }
                // A name that cannot be read was never recorded; it is nobody's partition.
                guard let key = try? partitions.pattern.key(of: name) else { return false }
                return filter.matches(key)
            }
        )
    }
}
