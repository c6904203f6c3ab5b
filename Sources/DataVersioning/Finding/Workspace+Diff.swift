import Basics

/// What differs between two states of the data.
package struct DataDifference: Sendable {
    package struct Item: Sendable, Equatable {
        /// Directories end in `/`.
        package var path: String
        package var old: String?
        package var new: String?
    }

    package var added: [Item] = []
    package var deleted: [Item] = []
    package var modified: [Item] = []
    package var renamed: [(from: Item, to: Item)] = []
    package var notInCache: [Item] = []
    /// Files that would name more, and data that could not be looked at.
    package var unreadable: [UnreadableFile] = []

    package var isEmpty: Bool { added.isEmpty && deleted.isEmpty && modified.isEmpty && renamed.isEmpty }
}

extension Workspace {
    /// Compares data at two revisions, or at a revision with the workspace, down to files.
    ///
    /// - Parameter new: nil for the workspace as it stands.
    package func difference(from old: String, to new: String? = nil, targets: [String] = []) throws -> DataDifference {
        var result = DataDifference()
        let paths = targets.map { shown(Paths.absolute($0)) }
        func meant(_ path: String) -> Bool {
            paths.isEmpty || paths.contains { path.isAtOrBelow($0) }
        }
        func limited(_ tracked: Tracked) -> [TrackedData] {
            result.unreadable += tracked.unreadable.filter { meant($0.path) }
            return tracked.data.filter { item in
                meant(item.path) || paths.contains { $0.isBelow(item.path) || item.holder.isExactly($0) }
            }
        }
        func filtered(_ contents: [ExactText: String], _ data: [TrackedData]) -> [ExactText: String] {
            guard !paths.isEmpty else { return contents }
            let whole = data.filter { item in meant(item.path) || paths.contains { item.holder.isExactly($0) } }
            return contents.filter { key, _ in
                let path = key.text.hasSuffix("/") ? String(key.text.dropLast()) : key.text
                return meant(path) || whole.contains { path.isAtOrBelow($0.path) }
            }
        }
        let earlier = limited(try tracked(at: old))
        let later = limited(try new.map { try tracked(at: $0) } ?? tracked())
        let before = filtered(try contents(earlier, isStanding: false, &result), earlier)
        let after = filtered(try contents(later, isStanding: new == nil, &result), later)
        result.compare(before, with: after)
        return result
    }

    /// Path → hash of all outputs and of the files in them.
    private func contents(_ data: [TrackedData], isStanding: Bool, _ result: inout DataDifference) throws
        -> [ExactText: String]
    {
        var out: [ExactText: String] = [:]
        for item in data {
            do {
                guard let (entry, tree) = try content(item, isStanding: isStanding) else { continue }
                out[ExactText(entry.isDirectory ? item.path + "/" : item.path)] = entry.md5
                guard entry.isDirectory else { continue }
                guard let tree else {
                    result.notInCache.append(.init(path: item.path + "/", old: entry.md5, new: nil))
                    continue
                }
                for (index, digest) in tree.digests.enumerated() {
                    out[ExactText("\(item.path)/\(tree.paths[index])")] = digest.hex
                }
            } catch { result.unreadable.append(UnreadableFile(item.path, error)) }
        }
        return out
    }

    /// The entry of one output and, of a directory, its listing as far as it is known; nil where there is nothing.
    private func content(_ item: TrackedData, isStanding: Bool) throws -> (entry: DataEntry, tree: DirectoryTree?)? {
        let path = "\(root)/\(item.path)"
        guard isStanding else {
            if item.entry.md5.isEmpty { return nil }
            guard item.entry.isDirectory, store.contains(item.entry.md5, isLegacy: item.entry.isLegacy) else {
                return (item.entry, nil)
            }
            return (item.entry, try store.tree(item.entry.md5, for: item.path, isLegacy: item.entry.isLegacy))
        }
        // What is recorded by the rule of DVC 2 is compared by it.
        guard let entry = try entry(path, shownAs: item.path, isLegacy: item.entry.isLegacy), !entry.md5.isEmpty else {
            return nil
        }
        guard entry.isDirectory else { return (entry, nil) }
        return (entry, item.entry.isLegacy ? try LegacyHash.tree(path) : hashes.snapshot(path)?.tree)
    }
}

extension DataDifference {
    /// - Parameters: hashes by path.
    fileprivate mutating func compare(_ before: [ExactText: String], with after: [ExactText: String]) {
        var added: [Item] = [], gone: [Item] = []
        for (path, md5) in after.sorted(by: { $0.key < $1.key }) {
            guard let previous = before[path] else {
                added.append(.init(path: path.text, old: nil, new: md5))
                continue
            }
            if previous != md5 { modified.append(.init(path: path.text, old: previous, new: md5)) }
        }
        for (path, md5) in before.sorted(by: { $0.key < $1.key }) where after[path] == nil {
            gone.append(.init(path: path.text, old: md5, new: nil))
        }
        // The same content gone here and come there is a rename.
        var places = Dictionary(grouping: gone.indices, by: { gone[$0].old ?? "" })
        var moved: Set<Int> = []
        for item in added {
            if let from = places[item.new ?? ""]?.first, gone[from].path.hasSuffix("/") == item.path.hasSuffix("/") {
                places[item.new ?? ""]?.removeFirst()
                moved.insert(from)
                renamed.append((gone[from], item))
            } else {
                self.added.append(item)
            }
        }
        deleted = gone.indices.filter { !moved.contains($0) }.map { gone[$0] }
    }
}
