import Basics

/// Files that a directory had on record and has no more, because they did not stand in the workspace.
package struct DroppedFiles: Sendable, Equatable {
    package let count: Int
    /// How many of them the cache does not have: they were never fetched here, or were collected.
    package let uncached: Int

    package init(count: Int, uncached: Int) {
        self.count = count
        self.uncached = uncached
    }
}

extension Workspace {
    /// Which files went with a new content of a directory; nil where none did, or the old listing is not here.
    ///
    /// - Parameter path: for messages.
    /// - Complexity: linear in the listings, nothing where the content is the same.
    package func dropped(from old: DataEntry?, to new: DataEntry, at path: String) -> DroppedFiles? {
        guard let old, old.isDirectory, new.isDirectory, old.md5 != new.md5,
            let before = try? store.tree(old.md5, for: path, isLegacy: old.isLegacy),
            let now = try? store.tree(new.md5, for: path, isLegacy: new.isLegacy)
        else { return nil }
        var gone: [Int] = [], at = 0
        for index in 0..<before.count {
            while at < now.count, now.paths.compare(at, with: before.paths, index) < 0 { at += 1 }
            if at == now.count || now.paths.compare(at, with: before.paths, index) != 0 { gone.append(index) }
        }
        guard !gone.isEmpty else { return nil }
        let uncached = gone.count { !store.contains(before.digests[$0].hex, isLegacy: old.isLegacy) }
        return DroppedFiles(count: gone.count, uncached: uncached)
    }
}
