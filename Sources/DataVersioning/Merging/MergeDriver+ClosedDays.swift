import Basics

/// A merge opens no closed day: what one side did to days that the other one closed meanwhile is a person's to decide.
extension MergeDriver {
    /// - Parameters:
    ///   - merged: what the merge would say.
    ///   - old: what both sides began with; without it nothing was closed yet.
    ///   - conflict: makes a refusal.
    /// - Throws: what `conflict` makes; ``ObjectStore/StoreError`` for a listing that is not in the cache.
    func checkClosedDays(
        _ mine: DataEntry, _ other: DataEntry, _ old: DataEntry?, merged: DataEntry, _ path: String,
        _ conflict: (String) -> Failure
    ) throws {
        guard let old else { return }
        do {
            try checkSide(mine, against: other, old, path, conflict)
            try checkSide(other, against: mine, old, path, conflict)
            guard let rule = try PartitionedData(merged), merged.isDirectory, merged.md5 != old.md5 else { return }
            _ = try rule.keys(try tree(merged, path))
        } catch let error as Failure where error.code == "partition.name" { throw conflict(error.message) }
    }

    /// What a side changed, by the rule of the other one. Days that were closed before it began may be changed by it
    /// where it says that there was a reason, and to the content that the reason was given for.
    private func checkSide(
        _ side: DataEntry, against other: DataEntry, _ old: DataEntry, _ path: String, _ conflict: (String) -> Failure
    ) throws {
        guard let rule = try PartitionedData(other), rule.closedBefore != nil, side.md5 != old.md5, old.isDirectory,
            side.isDirectory
        else { return }
        let before = try PartitionedData(old), now = try tree(side, path)
        var changes = try rule.closedChanges(from: try tree(old, path), to: now)
        if !changes.isEmpty, let before, before.pattern == rule.pattern, let closed = before.closedBefore,
            let reasoned = try reasoned(side, old, path)
        {
            changes = try changes.filter { change in
                guard let day = try rule.key(change.name).day, day < closed else { return true }
                return reasoned.content(at: change.name)?.md5 != now.content(at: change.name)?.md5
            }
        }
        guard !changes.isEmpty else { return }
        throw conflict(
            "one changed days that are closed on the other: "
                + changes.prefix(3).map { "\($0.name) (\($0.kind.rawValue))" }.joined(separator: ", ")
                + (changes.count > 3 ? " and \(changes.count - 3) more" : "") + "; say why on that side with: hftml "
                + "add DATA --revise 'REASON'")
    }

    /// The content for which a side gave its last reason; nil where it gave none since both began.
    private func reasoned(_ side: DataEntry, _ old: DataEntry, _ path: String) throws -> DirectoryTree? {
        let mark = side.meta?[path: "hftml.revised"]
        guard mark != old.meta?[path: "hftml.revised"], let md5 = mark?[key: "md5"]?.stringValue, md5.hasSuffix(".dir")
        else { return nil }
        return try workspace.store.tree(md5, for: path)
    }

    private func tree(_ entry: DataEntry, _ path: String) throws -> DirectoryTree {
        try workspace.store.tree(entry.md5, for: path, isLegacy: entry.isLegacy)
    }
}
