import Basics
import Foundation

extension Workspace {
    /// Makes a directory hold a tree. What cannot be had, because its object is missing or damaged, does not keep back
    /// the other files.
    func checkOut(
        _ tree: DirectoryTree, _ details: TreeDetails, isLegacy: Bool, at path: String, _ options: CheckoutOptions
    ) throws -> CheckoutChange {
        let exists = try clearOtherKind(path, isDirectory: true, isLegacy: isLegacy, options)
        var wanted = Array(tree.digests.indices), extra: [String] = []
        if exists {
            guard let plan = try plan(tree, details, isLegacy: isLegacy, at: path, options) else { return .unchanged }
            (wanted, extra) = plan
        }
        let absent = Set(
            isLegacy
                ? wanted.filter { !store.contains(tree.digests[$0].hex, isLegacy: true) }
                : store.missing(wanted.map { tree.digests[$0] }).map { wanted[$0] })
        if !absent.isEmpty { wanted = wanted.filter { !absent.contains($0) } }
        // Where something is missing, what stands there stays.
        if !absent.isEmpty { extra = [] }
        for name in extra { try Paths.remove("\(path)/\(name)") }
        try makeDirectories(of: tree, wanted, below: path, details.emptyDirectories)
        let damaged =
            isLegacy
            ? try writeLegacy(tree, wanted, below: path)
            : try write(tree, wanted, below: path, details, options.progress)
        if let problem = lacking(tree, absent.sorted(), damaged, path, isLegacy: isLegacy) { throw problem }
        if !extra.isEmpty { try removeEmptyDirectories(path, keeping: Set(details.emptyDirectories)) }
        if !isLegacy { try remember(path, tree) }
        return exists ? .modified : .added
    }

    /// What to write, as positions in the tree, and which files to remove; nil where all is right.
    private func plan(
        _ tree: DirectoryTree, _ details: TreeDetails, isLegacy: Bool, at path: String, _ options: CheckoutOptions
    ) throws -> (wanted: [Int], extra: [String])? {
        let now = try snapshot(path, isStoring: false, progress: options.progress)
        // Content recorded by the rule of DVC 2 is compared by it.
        let standing = isLegacy ? try LegacyHash.snapshot(path, now.scan) : now
        if details.matches(now.scan), !options.isRelinking, standing.md5 == tree.md5 { return nil }
        var plan = Difference(standing, tree)
        if let covers = options.covers {
            plan.leave { !covers(now.scan.paths[$0]) }
            if plan.isEmpty, details.changedModes(now.scan, tree).isEmpty, !options.isRelinking { return nil }
        }
        if !options.isForced {
            let replaced = plan.extra + plan.replaced
            var lost = store.missing(replaced.map { now.digests[$0] }).map { replaced[$0] }
            if isLegacy { lost = lost.filter { !store.contains(standing.digests[$0].hex, isLegacy: true) } }
            let known = Set(lost), kept = replaced.filter { !known.contains($0) }
            lost += try UnrecordedData(self).unnamed(kept.map { store.path(now.digests[$0]) }, of: path).map {
                kept[$0]
            }
            if !lost.isEmpty { throw wouldLose(lost.map { "\(shown(path))/\(now.scan.paths[$0])" }) }
        }
        let wanted =
            options.isRelinking
            ? Array(tree.digests.indices) : plan.missing + plan.different + details.changedModes(now.scan, tree)
        return (wanted, plan.extra.map { now.scan.paths[$0] })
    }

    private func lacking(
        _ tree: DirectoryTree, _ absent: [Int], _ damaged: [Int], _ path: String, isLegacy: Bool
    ) -> ObjectStore.StoreError? {
        if let first = damaged.min() {
            let md5 = tree.digests[first].hex
            return .damaged(md5: md5, object: store.path(md5, isLegacy: isLegacy))
        }
        guard let first = absent.first else { return nil }
        return .missing(
            md5: tree.digests[first].hex,
            path: "\(path)/\(tree.paths[first])" + (absent.count > 1 ? " and \(absent.count - 1) more" : ""))
    }

    private func writeLegacy(_ tree: DirectoryTree, _ wanted: [Int], below path: String) throws -> [Int] {
        var damaged: [Int] = []
        for index in wanted {
            var file = DataEntry(path: tree.paths[index], md5: tree.digests[index].hex, size: 0)
            file.isLegacy = true
            do { try writeLegacy(file, to: "\(path)/\(tree.paths[index])") } catch is ObjectStore.StoreError {
                damaged.append(index)
            }
        }
        return damaged
    }

    private func makeDirectories(of tree: DirectoryTree, _ wanted: [Int], below path: String, _ empty: [String]) throws
    {
        try Paths.makeDirectory(path)
        var made: Set<String> = [path]
        func make(_ directory: String) throws {
            guard !made.contains(directory) else { return }
            try make(Paths.parent(directory))
            var info = stat()
            if lstat(directory, &info) == 0 {
                if info.st_mode & S_IFMT == S_IFLNK {
                    throw Failure(
                        "data.symbolic-link", "found the symbolic link '\(shown(directory))' where a directory belongs",
                        hint: "nothing was written through it; remove the link")
                }
                // A file that stands where a directory belongs is among those to be removed; it was checked with them.
                if info.st_mode & S_IFMT != S_IFDIR { try Paths.remove(directory) }
            }
            try Paths.makeDirectory(directory)
            made.insert(directory)
        }
        for index in wanted {
            let target = "\(path)/\(tree.paths[index])"
            try make(Paths.parent(target))
            var info = stat()
            if lstat(target, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
                try removeEmptyDirectories(target, keeping: []); rmdir(target)
            }
        }
        for directory in empty { try make("\(path)/\(directory)") }
    }

    private func removeEmptyDirectories(_ path: String, keeping: Set<String>) throws {
        func visit(_ relative: String) throws {
            let full = relative.isEmpty ? path : "\(path)/\(relative)"
            for name in try Paths.entries(full) where Paths.isRealDirectory("\(full)/\(name)") {
                try visit(relative.isEmpty ? name : "\(relative)/\(name)")
            }
            if !relative.isEmpty, !keeping.contains(relative) { rmdir(full) }
        }
        try visit("")
    }

    /// What stands there now is known to be the tree, without reading it again.
    private func remember(_ path: String, _ tree: DirectoryTree) throws {
        let rules = try IgnoreRules(root: root, for: Paths.parent(path)), base = shown(path)
        func look() throws -> DirectoryScan {
            try DirectoryScan(
                path, ignore: rules.isEmpty ? nil : { rules.isIgnored("\(base)/\($0)", isDirectory: $1) })
        }
        var scan = try look()
        if hashes.settle(bytes: scan.freshBytes) { scan = try look() }
        let order = scan.paths.sortingOrder() ?? Array(0..<scan.paths.count)
        guard order.count == tree.count else { return }
        var digests = [MD5Digest](repeating: MD5Digest(high: 0, low: 0), count: order.count)
        for (position, index) in order.enumerated() {
            guard scan.paths.compare(index, with: tree.paths, position) == 0 else { return }
            digests[index] = tree.digests[position]
        }
        hashes.remember(path, DirectorySnapshot(scan: scan, digests: digests))
    }
}
