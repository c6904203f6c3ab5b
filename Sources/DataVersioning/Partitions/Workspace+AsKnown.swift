package import Basics

extension Workspace {
    /// Writes a directory as it was known at the end of a day, `PATH@as-of:2024-03-01`, to a path of its own. What the
    /// cache lacks comes from the remote.
    ///
    /// - Parameters:
    ///   - typed: the data, or a file or directory of it, as an absolute path or from the process's directory.
    ///   - moment: nanoseconds since 1970, UTC.
    ///   - remote: the data's own one, or the default one, when nil.
    /// - Returns: what was written, and its digest: of a directory that of its listing, with `.dir`.
    /// - Throws: ``Failure`` with code `partition.unknown` where nothing was known yet, or the data has no partitions
    ///   and no version by then; `data.exists` where something stands at the target; ``RemoteError``.
    package func extract(
        _ typed: String, asOf moment: Nanoseconds, to output: String, remote: String? = nil,
        progress: TransferProgress? = nil
    ) throws -> (known: DataAsKnown, md5: String) {
        let path = shown(Paths.absolute(typed))
        guard let item = try trackedData([typed]).first(where: { $0.meant.isExactly(path) }), item.stage == nil else {
            throw Failure(
                "data.unknown-target", "found no pointer of '\(path)', expected data under version control",
                hint: "see what there is with: hftml status", exitStatus: .usage)
        }
        if let part = item.part, !item.entry.isDirectory { throw noDirectory(item, part) }
        let target = Paths.absolute(output)
        try checkFree(target, as: output)
        let history = try PartitionHistory(of: item, in: self, remote: remote, progress: progress)
        func write(_ md5: String) throws {
            var version = item
            (version.entry.md5, version.isImport) = (md5, false)
            if try remote != nil || !isCached(version) {
                let problems = try fetchAll([version], remote: remote, progress: progress).problems
                if let first = problems.first { throw Workspace.ofOlderVersion(first.error) }
            }
            try DataImport(self).copy(version, from: store, to: target)
        }
        guard let partitions = try PartitionedData(item.entry) else {
            guard let version = history.versions.last(where: { $0.time < Int(moment / 1_000_000_000) }),
                !version.md5.isEmpty
            else { throw nothing(item, moment, history) }
            try write(version.md5)
            return (try asKnown(item, version), try digest(of: item, in: version.md5))
        }
        let known = try history.known(at: moment, partitions, part: item.part)
        guard known.tree.count > 0 else { throw nothing(item, moment, history) }
        let md5 = try ListingChunks(store: store).add(known.tree).md5
        try write(md5)
        return (known, try digest(of: item, in: md5))
    }

    /// Of what was written of a listing.
    private func digest(of item: TrackedData, in md5: String) throws -> String {
        guard let part = item.part else { return md5 }
        switch try store.tree(md5, for: item.path).part(part, of: item.path) {
        case .file(let digest): return digest.hex
        case .directory(let tree): return tree.md5
        }
    }

    /// Data without partitions: the last version that was recorded by then.
    private func asKnown(_ item: TrackedData, _ version: PartitionHistory.Version) throws -> DataAsKnown {
        guard version.md5.hasSuffix(".dir") else {
            return DataAsKnown(tree: DirectoryTree([]), commit: version.commit, recorded: 1)
        }
        let tree = try store.tree(version.md5, for: item.path, isLegacy: item.entry.isLegacy)
        return DataAsKnown(tree: tree, commit: version.commit, recorded: try tree.positions(of: item).count)
    }

    private func nothing(_ item: TrackedData, _ moment: Nanoseconds, _ history: PartitionHistory) -> Failure {
        let first = history.versions.first { !$0.md5.isEmpty }
        return Failure(
            "partition.unknown",
            "found nothing of '\(item.meant)' that was known by \(TimeText.utc(moment))"
                + (first.map { "; '\(item.path)' was first recorded \(TimeText.utc(Int64($0.time) &* 1_000_000_000))" }
                    ?? ""),
            hint: "choose a later day; see its history with: git log -- '\(item.path).dvc'")
    }
}
