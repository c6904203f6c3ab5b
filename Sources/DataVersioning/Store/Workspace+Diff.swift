import Basics

/// What differs between two states of the data.
package struct DataDifference: Sendable {
    package struct Item: Sendable, Equatable {
        /// Directories end in `/`.
        package var path: String
        package var old: String?
        package var new: String?

        package static func == (a: Item, b: Item) -> Bool {
            a.path.isExactly(b.path) && a.old == b.old && a.new == b.new
        }
    }

    package var added: [Item] = []
    package var deleted: [Item] = []
    package var modified: [Item] = []
    package var renamed: [(from: Item, to: Item)] = []
    package var notInCache: [Item] = []

    package var isEmpty: Bool { added.isEmpty && deleted.isEmpty && modified.isEmpty && renamed.isEmpty }
}

extension Workspace {
    /// Compares data at two revisions, or at a revision with the workspace, down to files.
    ///
    /// - Parameter new: nil for the workspace as it stands.
    package func difference(from old: String, to new: String? = nil, targets: [String] = []) throws -> DataDifference {
        var result = DataDifference()
        func limited(_ data: [TrackedData]) -> [TrackedData] {
            let paths = targets.map { shown(Paths.absolute($0)) }
            return paths.isEmpty
                ? data
                : data.filter { item in
                    paths.contains { item.path.isAtOrBelow($0) || item.holder.isExactly($0) }
                }
        }
        let before = try contents(limited(try trackedData(at: old)), isStanding: false, &result)
        let after =
            try new.map { try contents(limited(try trackedData(at: $0)), isStanding: false, &result) }
            ?? contents(limited(try trackedData()), isStanding: true, &result)
        var added: [DataDifference.Item] = [], deleted: [DataDifference.Item] = []
        for (path, md5) in after.sorted {
            guard let previous = before[path] else {
                added.append(.init(path: path, old: nil, new: md5))
                continue
            }
            if previous != md5 { result.modified.append(.init(path: path, old: previous, new: md5)) }
        }
        for (path, md5) in before.sorted where after[path] == nil {
            deleted.append(.init(path: path, old: md5, new: nil))
        }
        // The same content gone here and come there is a rename.
        var gone = Dictionary(grouping: deleted, by: { $0.old ?? "" })
        for item in added {
            if let from = gone[item.new ?? ""]?.first, from.path.hasSuffix("/") == item.path.hasSuffix("/") {
                gone[item.new ?? ""]?.removeFirst()
                result.renamed.append((from, item))
                deleted.removeAll { $0 == from }
            } else {
                result.added.append(item)
            }
        }
        result.deleted = deleted
        return result
    }

    /// Path → hash of all outputs and of the files in them.
    private func contents(_ data: [TrackedData], isStanding: Bool, _ result: inout DataDifference) throws -> ExactMap<
        String
    > {
        var out: ExactMap<String> = [:]
        for item in data {
            let standing =
                isStanding
                ? try entry("\(root)/\(item.path)", shownAs: item.path, isLegacy: item.entry.isLegacy) : item.entry
            guard let entry = standing, !entry.md5.isEmpty else { continue }
            out[entry.isDirectory ? item.path + "/" : item.path] = entry.md5
            guard entry.isDirectory else { continue }
            let tree =
                isStanding
                ? hashes.snapshot("\(root)/\(item.path)")?.tree
                : try? store.tree(entry.md5, for: item.path, isLegacy: entry.isLegacy)
            guard let tree else {
                result.notInCache.append(.init(path: item.path + "/", old: entry.md5, new: nil))
                continue
            }
            for (index, digest) in tree.digests.enumerated() { out["\(item.path)/\(tree.paths[index])"] = digest.hex }
        }
        return out
    }
}
