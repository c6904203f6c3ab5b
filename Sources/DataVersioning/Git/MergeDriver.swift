import Basics

/// Merges pointer and lock files as what they are, not as lines: Git calls it for `*.dvc`, `dvc.lock` and
/// `partitions.lock`.
package struct MergeDriver {
    /// The outcome: the merged text, and what a person should know.
    package struct Result {
        package var text: String
        package var notes: [String] = []
    }

    private let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// - Parameters:
    ///   - path: where the file lies in the work tree; its name tells the format.
    /// - Throws: ``Failure`` with code `merge.conflict` for a person to decide.
    package func merge(base: String, ours: String, theirs: String, path: String) throws -> Result {
        if ours == theirs || theirs == base { return Result(text: ours) }
        if ours == base { return Result(text: theirs) }
        switch Paths.name(path) {
        case "dvc.lock": return try mergeLocks(base, ours, theirs, path)
        case "partitions.lock": return mergeLines(base, ours, theirs)
        default: return try mergePointers(base, ours, theirs, path)
        }
    }

    /// Stage by stage. A stage that ran on both sides with different results belongs to neither; it is left out and
    /// runs again.
    private func mergeLocks(_ base: String, _ ours: String, _ theirs: String, _ path: String) throws -> Result {
        let old = base.isEmpty ? nil : try LockFile(path, text: base)
        var merged = try LockFile(path, text: ours)
        let other = try LockFile(path, text: theirs)
        var notes: [String] = []
        for name in merged.stages.map(\.name)
        where other[name] == nil && old?[name] != nil && old?[name] == merged[name] { merged.remove(name) }
        for (name, stage) in other.stages {
            guard let mine = merged[name] else {
                if old?[name] != stage { merged.set(name, stage) }
                continue
            }
            if mine == stage || old?[name] == stage { continue }
            if old?[name] == mine {
                merged.set(name, stage)
            } else {
                merged.remove(name)
                notes.append("stage '\(name)' was run on both sides with different results; it will run again")
            }
        }
        return Result(text: merged.text(), notes: notes)
    }

    /// Line by line, by stage and input.
    private func mergeLines(_ base: String, _ ours: String, _ theirs: String) -> Result {
        func table(_ text: String) -> [String: String] {
            Dictionary(
                text.textLines().filter { !$0.hasPrefix("#") }.map { line in
                    (
                        line.split(separator: "\t", omittingEmptySubsequences: false).prefix(2).joined(separator: "\t"),
                        String(line)
                    )
                }
            ) { $1 }
        }
        let old = table(base), mine = table(ours), other = table(theirs)
        var notes: [String] = [], merged: [String: String] = [:]
        for key in Set(mine.keys).union(other.keys) {
            if mine[key] == other[key] || other[key] == old[key] {
                merged[key] = mine[key]
            } else if mine[key] == old[key] {
                merged[key] = other[key]
            } else {
                notes.append(
                    "the partition '\(key.replacing("\t", with: " "))' was run on both sides with different results; "
                        + "it will run again"
                )
            }
        }
        let header = ours.textLines().filter { $0.hasPrefix("#") }
        return Result(
            text: (header.map(String.init) + merged.keys.sorted().compactMap { merged[$0] }).joined(separator: "\n")
                + "\n", notes: notes.sorted())
    }

    private func mergePointers(_ base: String, _ ours: String, _ theirs: String, _ path: String) throws -> Result {
        var mine = try PointerFile(path, text: ours)
        let other = try PointerFile(path, text: theirs)
        func conflict(_ detail: String) -> Failure {
            Failure(
                "merge.conflict", "found different data for '\(path)' on both sides: \(detail)",
                hint: "choose one side, such as: git checkout --theirs '\(path)'")
        }
        let old = base.isEmpty ? nil : try PointerFile(path, text: base)
        if mine.entry.md5 == other.entry.md5 || old?.entry.md5 == other.entry.md5 { return Result(text: ours) }
        if old?.entry.md5 == mine.entry.md5 { return Result(text: theirs) }
        guard mine.entry.isDirectory, other.entry.isDirectory, !mine.entry.isLegacy, !other.entry.isLegacy else {
            throw conflict("it is one file")
        }
        func table(_ entry: DataEntry?) throws -> [String: String] {
            guard let entry, entry.isDirectory else { return [:] }
            return Dictionary(try workspace.store.tree(entry.md5, for: path).files.map { ($0.path, $0.md5) }) { $1 }
        }
        let before = try table(old?.entry), a = try table(mine.entry), b = try table(other.entry)
        var merged: [DirectoryTree.File] = [], clashes: [String] = []
        for name in Set(a.keys).union(b.keys) {
            let md5 = a[name] == b[name] || b[name] == before[name] ? a[name] : a[name] == before[name] ? b[name] : nil
            if let md5 {
                merged.append(.init(path: name, md5: md5))
            } else if !(a[name] == before[name] || b[name] == before[name]) {
                clashes.append(name)
            }
        }
        guard clashes.isEmpty else {
            throw conflict("both changed \(clashes.sorted().prefix(5).joined(separator: ", "))")
        }
        let tree = DirectoryTree(merged)
        let sizes = tree.digests.map { Paths.size(workspace.store.path($0)) }
        guard !sizes.contains(nil) else {
            throw Failure(
                "merge.missing", "found files of '\(path)' that are not in the cache",
                hint: "fetch them and merge again: hftml fetch --all-branches")
        }
        mine.entry.md5 = try workspace.store.add(bytes: tree.bytes, suffix: ".dir")
        mine.entry.size = sizes.reduce(0) { $0 + ($1 ?? 0) }
        mine.entry.fileCount = tree.count
        return Result(
            text: YAMLWriter.text(mine.node),
            notes: [
                "'\(path)' now holds the files of both sides (\(tree.count)); fill the workspace with: hftml checkout"
            ])
    }
}
