import Basics
import Foundation

extension Workspace {
    /// Records a file or directory inside a tracked directory, as DVC does: what else is recorded of the directory
    /// stays, whether it stands in the workspace or not.
    ///
    /// - Parameter part: absolute.
    /// - Throws: ``Failure`` with code `data.overlap` where what covers it is no directory that could hold it, or an
    ///   order concerns the directory as a whole; as ``add(_:recipe:partitions:onRevision:progress:)``.
    func addPart(
        _ part: String, of pointer: PointerFile, _ recipe: JSONValue?, _ order: PartitionOrder,
        _ onRevision: (PartitionRevision) throws -> Void, _ progress: TransferProgress?
    ) throws -> PointerFile {
        var pointer = pointer
        guard let index = pointer.entries.firstIndex(where: { part.isBelow(pointer.dataPath($0)) }) else {
            throw overlap(part, pointer.dataPath, "the pointer does not name that directory")
        }
        let old = pointer.entries[index], directory = pointer.dataPath(old), name = part.part(below: directory)
        try check(part, old, directory, isImport: pointer.isImport, isPlain: recipe == nil && order.isPlain)
        let partitions = try PartitionedData(old), unrecorded = UnrecordedData(self)
        let before = try store.tree(old.md5, for: shown(directory))
        try unrecorded.begin(part)
        guard let standing = try ingest(part, shownAs: name, isInParts: partitions != nil, progress: progress) else {
            throw FileError("add", part, number: ENOENT)
        }
        let inner = standing.isDirectory ? try snapshot(part, isStoring: false) : nil
        let now = inner?.files(in: name) ?? [DirectoryTree.File(path: name, md5: standing.md5)]
        let isReplaced = before.digests.indices.map {
            before.paths[$0].isAtOrBelow(name) || name.isBelow(before.paths[$0])
        }
        let (made, tree) = try replacing(isReplaced, of: before, by: DirectoryTree(now), in: old, at: directory)
        if partitions != nil {
            _ = try ListingChunks(store: store).add(tree)
        }
        _ = try store.add(bytes: tree.bytes, suffix: ".dir")
        let settled = try settled(pointer.path, output: old.path, current: old, try GitRepository.around(root))
        let opened = try loosened(settled, to: partitions, reason: order.reason, at: shown(directory))
        let revision = try revision(
            of: shown(directory), from: old, to: made, partitions, loosened: opened, settled: settled,
            reason: order.reason)
        if let revision { try onRevision(revision) }
        var details = TreeDetails(old)
        details.replace(name, by: inner.map { TreeDetails(ofPart: $0.scan) }, isExecutable: standing.isExecutable)
        pointer.entries[index] = old.holding(made)
        var words = meta(pointer.entries[index], details, partitions: partitions)
        if revision != nil { words = SettledData.marked(words, made.md5, partitions) }
        pointer.entries[index].meta = words
        try link(standing, at: part)
        try pointer.write()
        try unrecorded.end(part)
        try hashes.save()
        return pointer
    }

    private func check(_ part: String, _ old: DataEntry, _ directory: String, isImport: Bool, isPlain: Bool) throws {
        guard !isImport else {
            throw Failure(
                "data.import", "found '\(shown(part))' inside '\(shown(directory))', which is imported",
                hint: "bring it up to date with: hftml update '\(shown(directory)).dvc'")
        }
        guard old.isDirectory else { throw overlap(part, directory, "it is recorded as a file") }
        guard !old.isLegacy else { throw overlap(part, directory, "it is recorded in the form of DVC 2") }
        guard isPlain else { throw overlap(part, directory, "patterns, closed days and recipes concern all of it") }
        let rules = try IgnoreRules(root: root, for: Paths.parent(part))
        guard !rules.isIgnored(shown(part), isDirectory: Paths.isDirectory(part)) else {
            throw Failure(
                "data.ignored", "found '\(shown(part))' ignored by .dvcignore, expected data",
                hint: "take its pattern out of .dvcignore, or leave it out of version control")
        }
    }

    private func overlap(_ part: String, _ directory: String, _ why: String) -> Failure {
        Failure(
            "data.overlap",
            "found '\(shown(part))' inside '\(shown(directory))', which is under version control already: \(why)",
            hint: "see how all of it differs, before all of it is recorded: hftml diff; hftml add '\(shown(directory))'"
        )
    }
}

extension PartitionOrder {
    /// Whether it says nothing of a directory as a whole.
    fileprivate var isPlain: Bool { pattern == nil && closedBefore == nil && only == nil }
}

extension DirectorySnapshot {
    /// As files of a directory above.
    fileprivate func files(in name: String) -> [DirectoryTree.File] {
        digests.indices.map { DirectoryTree.File(path: "\(name)/\(scan.paths[$0])", md5: digests[$0].hex) }
    }
}
