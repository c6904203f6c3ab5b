package import Basics

extension Workspace {
    /// Writes a directory as it was known at the end of a day, `PATH@as-of:2024-03-01`, to a path of its own.
    ///
    /// - Parameters:
    ///   - typed: the data, as an absolute path or from the process's directory.
    ///   - moment: nanoseconds since 1970, UTC.
    /// - Returns: what was written, and the digest of its listing, with `.dir`.
    /// - Throws: ``Failure`` with code `partition.unknown` where nothing was known yet, or the data has no partitions
    ///   and no version by then; `data.exists` where something stands at the target.
    package func extract(_ typed: String, asOf moment: Nanoseconds, to output: String) throws -> (
        known: DataAsKnown, md5: String
    ) {
        let path = shown(Paths.absolute(typed))
        guard let item = try trackedData([typed]).first(where: { $0.path == path }), item.stage == nil else {
            throw Failure(
                "data.unknown-target", "found no pointer of '\(path)', expected data under version control",
                hint: "see what there is with: hftml status", exitStatus: .usage)
        }
        let target = Paths.absolute(output)
        guard !Paths.exists(target) else {
            throw Failure(
                "data.exists", "found something at '\(output)' already", hint: "choose another path", exitStatus: .usage
            )
        }
        let history = try PartitionHistory(of: item, in: self)
        guard let partitions = try PartitionedData(item.entry) else {
            return try extractWhole(item, history, moment, to: target)
        }
        let known = try history.known(at: moment, partitions)
        guard known.tree.count > 0 else { throw nothing(path, moment, history) }
        let md5 = try ListingChunks(store: store).add(known.tree).md5
        try DataImport(self).copy(
            TrackedData(path: path, entry: DataEntry(path: path, md5: md5, size: 0), holder: item.holder),
            from: store, to: target)
        return (known, md5)
    }

    /// Data without partitions: the last version that was recorded by then.
    private func extractWhole(
        _ item: TrackedData, _ history: PartitionHistory, _ moment: Nanoseconds, to target: String
    )
        throws -> (known: DataAsKnown, md5: String)
    {
        guard let version = history.versions.last(where: { $0.time < Int(moment / 1_000_000_000) }),
            !version.md5.isEmpty
        else { throw nothing(item.path, moment, history) }
        var entry = item.entry
        entry.md5 = version.md5
        try DataImport(self).copy(
            TrackedData(path: item.path, entry: entry, holder: item.holder), from: store, to: target)
        let tree = entry.isDirectory ? try store.tree(version.md5, for: item.path) : DirectoryTree([])
        return (
            DataAsKnown(tree: tree, commit: version.commit, recorded: entry.isDirectory ? tree.count : 1), version.md5
        )
    }

    private func nothing(_ path: String, _ moment: Nanoseconds, _ history: PartitionHistory) -> Failure {
        let first = history.versions.first { !$0.md5.isEmpty }
        return Failure(
            "partition.unknown",
            "found nothing of '\(path)' that was known by \(TimeText.utc(moment))"
                + (first.map { "; it was first recorded \(TimeText.utc(Int64($0.time) * 1_000_000_000))" } ?? ""),
            hint: "choose a later day; see its history with: git log -- '\(path).dvc'")
    }
}
