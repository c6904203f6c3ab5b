import Basics

/// Pointers merge output by output; a directory file by file; what else a pointer says from the side that changed it.
extension MergeDriver {
    func mergePointers(_ base: String, _ ours: String, _ theirs: String, _ path: String) throws -> Result {
        let mine = try PointerFile(path, text: ours), other = try PointerFile(path, text: theirs)
        let old = base.isEmpty ? nil : try PointerFile(path, text: base)
        for entry in [mine, other].flatMap(\.entries) + (old?.entries ?? []) { workspace.store.note(entry) }
        func conflict(_ detail: String) -> Failure {
            Failure(
                "merge.conflict", "found different data for '\(path)' on both sides: \(detail)",
                hint: "choose one side, such as: git checkout --theirs '\(path)'")
        }
        let takesTheirs = try Self.choice(Self.rest(mine), Self.rest(other), old.map(Self.rest)) {
            conflict("both changed what it says beside its data")
        }
        var merged = takesTheirs ? other : mine, notes: [String] = []
        for (index, entry) in merged.entries.enumerated() {
            guard let a = mine.entry(at: entry.path), let b = other.entry(at: entry.path) else {
                throw conflict("they name different outputs")
            }
            let before = old?.entry(at: entry.path)
            let words = try Self.choice(Self.words(a), Self.words(b), before.map(Self.words)) {
                conflict("both changed what it says beside its data")
            }
            let content: DataEntry
            if let takes = try? Self.choice(
                Self.content(a), Self.content(b), before.map(Self.content), or: { conflict("") })
            {
                content = takes ? b : a
            } else {
                let directory = try mergeDirectories(a, b, before, path, conflict)
                content = directory
                notes.append(
                    "'\(path)' now holds the files of both sides (\(directory.fileCount ?? 0)); "
                        + "fill the workspace with: hftml checkout")
            }
            let isWhole = (words ? b : a).pointerNode == content.pointerNode
            merged.entries[index] = isWhole ? content : (words ? b : a).holding(content)
            mergeDetails(of: &merged.entries[index], a, b, before)
            try checkClosedDays(a, b, before, merged: merged.entries[index], path, conflict)
        }
        if merged.node == mine.node { return Result(text: ours, notes: notes) }
        if merged.node == other.node { return Result(text: theirs, notes: notes) }
        return Result(text: merged.text(over: takesTheirs ? theirs : ours), notes: notes)
    }

    /// Whether the value of the other side is to be taken.
    private static func choice(
        _ mine: JSONValue, _ other: JSONValue, _ old: JSONValue?, or failure: () -> Failure
    ) throws -> Bool {
        if mine == other || other == old { return false }
        guard mine == old else { throw failure() }
        return true
    }

    /// What a pointer says beside its outputs; the checksum of an import follows from the rest.
    private static func rest(_ pointer: PointerFile) -> JSONValue {
        var node = pointer.document
        node[key: "outs"] = .strings(pointer.entries.map(\.path))
        node[key: "md5"] = nil
        return node
    }

    private static let contentKeys = [
        "md5", "size", "nfiles", "isexec", "hash", "version_id", "etag", "checksum", "files", "cloud",
    ]

    private static func content(_ entry: DataEntry) -> JSONValue {
        let node = entry.pointerNode
        return .map(contentKeys.compactMap { key in node[key: key].map { (key, $0) } })
    }

    private static func words(_ entry: DataEntry) -> JSONValue {
        var node = entry.pointerNode
        for key in contentKeys { node[key: key] = nil }
        // What belongs to the content goes with it.
        node[key: "meta"] = withoutDetails(node[key: "meta"])
        return node
    }

    /// - Throws: ``Failure`` where both changed the same file, or an object is missing.
    private func mergeDirectories(
        _ mine: DataEntry, _ other: DataEntry, _ old: DataEntry?, _ path: String, _ conflict: (String) -> Failure
    ) throws -> DataEntry {
        guard mine.isDirectory, other.isDirectory, !mine.isLegacy, !other.isLegacy else {
            throw conflict("it is one file")
        }
        func table(_ entry: DataEntry?) throws -> [ExactText: String] {
            guard let entry, entry.isDirectory else { return [:] }
            return Dictionary(
                try workspace.store.tree(entry.md5, for: path).files.map { (ExactText($0.path), $0.md5) }
            ) { $1 }
        }
        let before = try table(old), a = try table(mine), b = try table(other)
        var merged: [DirectoryTree.File] = [], clashes: [ExactText] = []
        for name in Set(a.keys).union(b.keys) {
            let md5 = a[name] == b[name] || b[name] == before[name] ? a[name] : a[name] == before[name] ? b[name] : nil
            if let md5 {
                merged.append(.init(path: name.text, md5: md5))
            } else if !(a[name] == before[name] || b[name] == before[name]) {
                clashes.append(name)
            }
        }
        guard clashes.isEmpty else {
            throw conflict("both changed \(clashes.sorted().prefix(5).map(\.text).joined(separator: ", "))")
        }
        let tree: DirectoryTree
        do { tree = try DirectoryTree(checking: merged, file: path) } catch let error as Failure {
            // Each side was a directory; both at once are none.
            throw conflict("together they are no directory: \(error.message)")
        }
        let sizes = tree.digests.map { Paths.size(workspace.store.path($0)) }
        guard !sizes.contains(nil) else {
            throw Failure(
                "merge.missing", "found files of '\(path)' that are not in the cache",
                hint: "fetch them and merge again: hftml fetch --all-branches")
        }
        var entry = mine
        entry.md5 = try workspace.store.add(bytes: tree.bytes, suffix: ".dir")
        entry.size = sizes.reduce(0) { $0 + ($1 ?? 0) }
        entry.fileCount = tree.count
        return entry
    }
}
