import Basics

/// What DVC loses of a directory: executable files and empty directories, from the pointer's `meta`.
struct TreeDetails: Sendable {
    private(set) var executables = ExactSet()
    private(set) var emptyDirectories: [String] = []

    /// Only as far as they belong to this very content.
    init(_ entry: DataEntry) {
        guard let tree = entry.meta?[path: "hftml.tree"], tree[key: "md5"]?.stringValue == entry.md5 else { return }
        executables = ExactSet((tree[key: "executable"]?.listValue ?? []).compactMap(\.stringValue))
        for path in (tree[key: "empty"]?.listValue ?? []).compactMap(\.stringValue) {
            var list = PathList()
            list.append(path)
            if list.isInside(0) { emptyDirectories.append(path) }
        }
    }

    /// The same of a directory inside.
    func below(_ part: String) -> TreeDetails {
        var inner = TreeDetails()
        inner.executables = ExactSet(executables.sorted.compactMap { $0.path(below: part) })
        inner.emptyDirectories = emptyDirectories.compactMap { $0.path(below: part) }
        return inner
    }

    private init() {}

    func matches(_ scan: DirectoryScan) -> Bool {
        ExactSet(scan.executables.map { scan.paths[$0] }).isSuperset(of: executables)
            && ExactSet(scan.emptyDirectories).isSuperset(of: ExactSet(emptyDirectories))
    }

    /// Files of the tree whose content is right but which have lost their executable bit.
    func changedModes(_ scan: DirectoryScan, _ tree: DirectoryTree) -> [Int] {
        guard !executables.isEmpty else { return [] }
        let lacking = executables.subtracting(ExactSet(scan.executables.map { scan.paths[$0] }))
        return tree.digests.indices.filter { lacking.contains(tree.paths[$0]) }
    }
}

/// What must change for a directory to hold a tree.
struct Difference {
    /// Positions in the tree.
    private(set) var missing: [Int] = []
    private(set) var different: [Int] = []
    /// Positions in the scan.
    private(set) var extra: [Int] = []
    private(set) var replaced: [Int] = []

    var isEmpty: Bool { missing.isEmpty && different.isEmpty && extra.isEmpty }

    /// Leaves files where they are that the tree does not have.
    ///
    /// - Parameter isLeft: takes a position in the scan.
    mutating func leave(_ isLeft: (Int) -> Bool) { extra.removeAll(where: isLeft) }

    /// O(n log n); both lists are walked in the order of their paths.
    init(_ now: DirectorySnapshot, _ tree: DirectoryTree, isLegacy: Bool = false) {
        let order = now.scan.paths.sortingOrder() ?? Array(0..<now.scan.paths.count)
        var i = 0, j = 0
        while i < order.count || j < tree.count {
            let comparison =
                i == order.count ? 1 : j == tree.count ? -1 : now.scan.paths.compare(order[i], with: tree.paths, j)
            if comparison < 0 {
                extra.append(order[i])
            } else if comparison > 0 {
                missing.append(j)
            } else if isLegacy || now.digests[order[i]] != tree.digests[j] {
                different.append(j)
                replaced.append(order[i])
            }
            if comparison <= 0 { i += 1 }
            if comparison >= 0 { j += 1 }
        }
    }
}
