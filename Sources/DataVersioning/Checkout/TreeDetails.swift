import Basics

/// What DVC loses of a directory: executable files and empty directories, from the pointer's `meta`.
struct TreeDetails: Sendable {
    private(set) var executables = ExactSet()
    private(set) var emptyDirectories: [String] = []

    /// Only as far as they belong to this very content.
    init(_ entry: DataEntry) {
        if let spelled = entry.spelled, spelled.md5 == entry.md5 { executables = ExactSet(spelled.executables) }
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

    init() {}

    /// Of a directory as it stands.
    init(_ scan: DirectoryScan) {
        executables = ExactSet(scan.executables.map { scan.paths[$0] })
        emptyDirectories = scan.emptyDirectories
    }

    /// Of a directory in another one: where nothing stands in it, it is an empty one itself.
    init(ofPart scan: DirectoryScan) {
        self.init(scan)
        if scan.paths.count == 0, emptyDirectories.isEmpty { emptyDirectories = [""] }
    }

    /// As a pointer's `meta` holds it, with the content that it belongs to; nil where there is nothing to say.
    func node(of md5: String) -> JSONValue? {
        guard !executables.isEmpty || !emptyDirectories.isEmpty else { return nil }
        var tree = JSONValue.map([("md5", .string(md5))])
        if !executables.isEmpty { tree[key: "executable"] = .strings(executables.sorted) }
        if !emptyDirectories.isEmpty { tree[key: "empty"] = .strings(emptyDirectories.sorted()) }
        return tree
    }

    /// What either side has, without what one of them took away since.
    func merged(with other: TreeDetails, since old: TreeDetails?) -> TreeDetails {
        func merge(_ a: ExactSet, _ b: ExactSet, _ old: ExactSet) -> ExactSet {
            ExactSet(
                ExactSet(a.sorted + b.sorted).sorted.filter { a.contains($0) && b.contains($0) || !old.contains($0) })
        }
        var out = TreeDetails()
        out.executables = merge(executables, other.executables, old?.executables ?? ExactSet())
        out.emptyDirectories =
            merge(
                ExactSet(emptyDirectories), ExactSet(other.emptyDirectories), ExactSet(old?.emptyDirectories ?? [])
            ).sorted
        return out
    }

    /// Adds what was recorded of files and directories that do not stand here.
    mutating func take(_ recorded: TreeDetails, notIn standing: ExactSet) {
        let known = ExactSet(emptyDirectories),
            taken = TreeDetails.places(recorded.emptyDirectories.isEmpty ? [] : standing.sorted)
        emptyDirectories += recorded.emptyDirectories.filter { !known.contains($0) && !taken.contains($0) }
        executables = ExactSet(executables.sorted + recorded.executables.subtracting(standing).sorted)
    }

    /// Says of a part what stands there.
    ///
    /// - Parameters:
    ///   - inner: of a directory.
    ///   - isExecutable: of a file.
    mutating func replace(_ part: String, by inner: TreeDetails?, isExecutable: Bool) {
        let kept = executables.sorted.filter { !$0.isAtOrBelow(part) && !part.isBelow($0) }
        executables = ExactSet(
            kept + (inner?.executables.sorted.map { "\(part)/\($0)" } ?? (isExecutable ? [part] : [])))
        emptyDirectories.removeAll { $0.isAtOrBelow(part) || part.isBelow($0) }
        emptyDirectories += inner?.emptyDirectories.map { $0.isEmpty ? part : "\(part)/\($0)" } ?? []
    }

    /// Drops files that the tree does not have, and directories that hold one of its files or stand in the way of one.
    mutating func keep(of tree: DirectoryTree) {
        guard !executables.isEmpty || !emptyDirectories.isEmpty else { return }
        let paths = (0..<tree.count).map { tree.paths[$0] }, files = ExactSet(paths),
            taken = TreeDetails.places(paths)
        executables = ExactSet(executables.sorted.filter(files.contains))
        emptyDirectories.removeAll { empty in
            taken.contains(empty) || TreeDetails.above(empty).contains(where: files.contains)
        }
    }

    /// Files with all directories that they lie in. O(bytes)
    private static func places(_ files: [String]) -> ExactSet {
        var places = ExactSet(files)
        // Above a directory that was met before all was met.
        for file in files { for directory in above(file) where !places.insert(directory) { break } }
        return places
    }

    /// The directories that a path lies in, the nearest first.
    private static func above(_ path: String) -> [String] {
        let bytes = Array(path.utf8)
        return bytes.indices.reversed().filter { bytes[$0] == UInt8(ascii: "/") }.map {
            String(decoding: bytes[..<$0], as: UTF8.self)
        }
    }

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
