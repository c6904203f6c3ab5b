package import Basics
import Foundation

extension Workspace {
    /// Puts a file or directory under version control: caches the content, writes `PATH.dvc`, ignores the path in Git.
    ///
    /// - Parameters:
    ///   - recipe: kept in the pointer's `meta`, for data that can be made again.
    ///   - onRevision: is told of changes to closed days before they are recorded; what it throws stops them.
    /// - Throws: ``Failure`` when there is nothing at the path, it is tracked by Git, or lies inside other tracked
    ///   data; with code `partition.closed` when closed days change and nobody says why.
    package func add(
        _ path: String, recipe: JSONValue? = nil, partitions order: PartitionOrder = PartitionOrder(),
        onRevision: (PartitionRevision) throws -> Void = { _ in }, progress: TransferProgress? = nil
    ) throws -> PointerFile {
        let absolute = Paths.absolute(path), git = try checkPlace(absolute, as: path)
        if let covering = try pointer(covering: Paths.parent(absolute)) {
            return try addPart(absolute, of: covering, recipe, order, onRevision, progress)
        }
        let pointerPath = absolute + ".dvc"
        // A pointer that cannot be read must not be replaced: say so before any work.
        let pointer = Paths.exists(pointerPath) ? try self.pointer(at: pointerPath) : nil
        if let inner = pointer?.isImport == true ? pointer : nil {
            throw Failure(
                "data.import", "found '\(shown(absolute))' imported by '\(shown(inner.path))'",
                hint: "bring it up to date with: hftml update '\(shown(inner.path))'")
        }
        let settled = try settled(pointerPath, output: Paths.name(absolute), current: pointer?.entry, git)
        let isNew = pointer == nil && settled == nil
        let (partitions, opened) = try partitions(
            isNew ? order.withoutReason : order, old: pointer?.entry, settled: settled, at: shown(absolute))
        let unrecorded = UnrecordedData(self)
        if pointer != nil { try unrecorded.begin(absolute) }
        guard
            let standing = try ingest(
                absolute, shownAs: Paths.name(absolute), isInParts: partitions != nil, progress: progress)
        else { throw FileError("add", path, number: ENOENT) }
        let made = try merged(standing, order.only, into: pointer?.entry, partitions, at: absolute)
        let moved = isNew ? try renamed(order, made, partitions, git, at: shown(absolute)) : nil
        let revision = try revision(
            of: shown(absolute), from: pointer?.entry, to: made, partitions, loosened: moved?.loosened ?? opened,
            settled: moved?.settled ?? settled, reason: order.reason)
        if let revision { try onRevision(revision) }
        var entry = pointer?.entry.holding(made) ?? made
        let kept = order.only == nil ? nil : pointer?.entry
        entry.meta = try meta(entry, at: absolute, recipe: recipe, partitions: partitions, keeping: kept)
        if revision != nil { entry.meta = SettledData.marked(entry.meta, entry.md5, partitions) }
        var recorded = pointer ?? PointerFile(path: pointerPath, entry: entry)
        recorded.entry = entry
        // What stands there is linked; what was left out of the workspace stays out of it.
        try link(entry.holding(standing), at: absolute)
        try recorded.write()
        try unrecorded.end(absolute)
        try GitIgnore.add(Paths.name(absolute), in: Paths.parent(absolute))
        try hashes.save()
        return recorded
    }

    /// - Returns: the repository around the workspace.
    private func checkPlace(_ absolute: String, as path: String) throws -> GitRepository? {
        guard absolute != root else {
            throw Failure(
                "data.outside", "found the workspace itself, expected a file or directory inside '\(root)'",
                hint: "add what is data in it, such as: hftml add Data/prices")
        }
        guard absolute.isBelow(root) else {
            throw Failure(
                "data.outside", "found '\(path)' outside the workspace '\(root)'",
                hint: "copy it into the workspace first")
        }
        try checkInside(absolute)
        guard !absolute.hasSuffix(".dvc") else {
            throw Failure("data.not-data", "'\(path)' is a pointer, not data")
        }
        let git = try GitRepository.around(root)
        if let git, try git.tracks(absolute) {
            throw Failure(
                "data.in-git", "found '\(shown(absolute))' tracked by Git",
                hint: "stop that first with: git rm -r --cached '\(path)'")
        }
        return git
    }

    /// What the closed days of new data were under another name, and whether an order opens them.
    ///
    /// - Throws: ``Failure`` with code `partition.closed` where it does without a reason, `partition.pattern` for a
    ///   reason where there is nothing to give one for.
    private func renamed(
        _ order: PartitionOrder, _ made: DataEntry, _ partitions: PartitionedData?, _ git: GitRepository?,
        at path: String
    ) throws -> (settled: SettledData?, loosened: String?) {
        guard made.isDirectory, let git, git.headCommit != nil, let settled = try settledElsewhere(made, git) else {
            return (nil, try self.partitions(order, old: nil, settled: nil, at: path).loosened)
        }
        return (settled, try loosened(settled, to: partitions, reason: order.reason, at: path))
    }

    /// What ``add(_:recipe:partitions:onRevision:progress:)`` would record; stores nothing.
    ///
    /// - Returns: nil where nothing stands at the path.
    /// - Throws: as it does for the order and the pointer; a reason that is missing is asked for when it is recorded.
    package func planned(_ path: String, partitions order: PartitionOrder) throws -> DataEntry? {
        let absolute = Paths.absolute(path)
        guard let standing = try entry(absolute, shownAs: Paths.name(absolute)) else { return nil }
        guard let only = order.only else { return standing }
        let old = Paths.exists(absolute + ".dvc") ? try pointer(at: absolute + ".dvc").entry : nil
        let before = try old.flatMap { try PartitionedData($0) }
        let partitions = (order.pattern ?? before?.pattern).map {
            PartitionedData(pattern: $0, closedBefore: before?.closedBefore)
        }
        guard standing.isDirectory else {
            return try merged(standing, only, into: old, partitions, at: absolute)
        }
        // Read a moment ago: this costs a look at every file's time.
        let now = try snapshot(absolute, isStoring: false), tree = now.tree
        var sizes: [MD5Digest: Int] = [:]
        for index in now.digests.indices { sizes[now.digests[index]] = Int(now.scan.stamps[index].size) }
        return try merged(
            standing, tree, sizes: tree.digests.map { sizes[$0] ?? 0 }, only, into: old, partitions, at: absolute
        ).entry
    }

    /// What DVC's format has no place for: the recipe, and of a directory its executable files and empty directories.
    /// The latter carry the hash that they belong to, because DVC keeps `meta` when it changes the data.
    ///
    /// - Parameter kept: what was recorded before, where it holds for what does not stand here.
    private func meta(
        _ entry: DataEntry, at path: String, recipe: JSONValue?, partitions: PartitionedData?,
        keeping kept: DataEntry? = nil
    ) throws -> JSONValue? {
        var details = TreeDetails()
        if entry.isDirectory, let scan = hashes.snapshot(path)?.scan {
            details = TreeDetails(scan)
            if let kept {
                details.take(TreeDetails(kept), notIn: ExactSet((0..<scan.paths.count).map { scan.paths[$0] }))
            }
        }
        return meta(entry, details, recipe: recipe, partitions: partitions)
    }

    func meta(
        _ entry: DataEntry, _ details: TreeDetails, recipe: JSONValue? = nil, partitions: PartitionedData?
    ) -> JSONValue? {
        var ours = entry.meta?[key: "hftml"] ?? .map([(String, JSONValue)]())
        if let recipe { ours[key: "recipe"] = recipe }
        if let partitions { ours[key: "partitions"] = partitions.node }
        ours[key: "tree"] = details.node(of: entry.md5)
        if ours[path: "sha256.md5"]?.stringValue != entry.md5 { ours[key: "sha256"] = nil }
        var meta = entry.meta ?? .map([(String, JSONValue)]())
        meta[key: "hftml"] = ours.mapValue?.isEmpty == true ? nil : ours
        return meta.mapValue?.isEmpty == true ? nil : meta
    }

    /// Records what stands in the workspace in a pointer, as `add` does for new data.
    package func commit(_ pointer: PointerFile, progress: TransferProgress? = nil) throws -> PointerFile {
        var pointer = pointer
        let unrecorded = UnrecordedData(self), git = try GitRepository.around(root)
        for index in pointer.entries.indices {
            let path = pointer.dataPath(pointer.entries[index])
            try checkInside(path)
            try unrecorded.begin(path)
            let old = pointer.entries[index], partitions = try PartitionedData(old)
            guard let made = try ingest(path, shownAs: old.path, isInParts: partitions != nil, progress: progress)
            else { throw FileError("commit", path, number: ENOENT) }
            // Without a reason: `add --revise` takes one.
            let settled = try settled(pointer.path, output: old.path, current: old, git)
            _ = try self.partitions(PartitionOrder(), old: old, settled: settled, at: shown(path))
            _ = try revision(
                of: shown(path), from: old, to: made, partitions, loosened: nil, settled: settled, reason: nil)
            pointer.entries[index] = old.holding(made)
            pointer.entries[index].meta = try meta(
                pointer.entries[index], at: path, recipe: nil, partitions: partitions)
            try link(pointer.entries[index], at: path)
        }
        try pointer.write()
        for entry in pointer.entries { try unrecorded.end(pointer.dataPath(entry)) }
        try hashes.save()
        return pointer
    }

    /// Takes data out of version control: the pointer and the line in `.gitignore` go, the data stays unless asked
    /// otherwise.
    package func remove(_ pointer: PointerFile, isRemovingData: Bool) throws {
        for entry in pointer.entries {
            let path = pointer.dataPath(entry)
            try checkInside(path)
            if isRemovingData { try Paths.remove(path) }
            try GitIgnore.remove(Paths.name(path), in: Paths.parent(path))
        }
        try Paths.remove(pointer.path)
    }

    /// Moves data together with its pointer.
    ///
    /// - Throws: ``Failure`` when something stands at the new place.
    package func move(_ pointer: PointerFile, to target: String) throws -> PointerFile {
        var destination = Paths.absolute(target)
        if target.hasSuffix("/") || Paths.isDirectory(destination) { destination += "/" + Paths.name(pointer.dataPath) }
        try checkInside(destination)
        let source = pointer.dataPath
        guard pointer.entries.count == 1 else {
            throw Failure(
                "data.move-outputs", "found \(pointer.entries.count) outputs in '\(shown(pointer.path))', expected one")
        }
        guard !destination.isAtOrBelow(source) else {
            throw Failure("data.move", "cannot move '\(shown(source))' into itself", exitStatus: .usage)
        }
        for path in [destination, destination + ".dvc"] { try checkFree(path) }
        if let covering = try self.pointer(covering: Paths.parent(destination)) {
            throw Failure(
                "data.overlap",
                "found '\(shown(destination))' inside '\(shown(covering.dataPath))', which is under version control")
        }
        try Paths.makeDirectory(Paths.parent(destination))
        // The new pointer first: a process that is killed here leaves data that one of the two pointers names.
        var moved = pointer
        moved.path = destination + ".dvc"
        moved.entry.path = Paths.name(destination)
        moved.set("wdir", nil)
        try GitIgnore.add(Paths.name(destination), in: Paths.parent(destination))
        try moved.write()
        if Paths.exists(source) {
            guard rename(source, destination) == 0 else {
                let error = FileError("move", source)
                try Paths.remove(moved.path)
                throw error
            }
        }
        try Paths.remove(pointer.path)
        try GitIgnore.remove(Paths.name(source), in: Paths.parent(source))
        return moved
    }

    /// The pointer that covers a path, if any: its own, or that of a directory above it.
    package func pointer(covering path: String) throws -> PointerFile? {
        var current = Paths.absolute(path)
        while current.isBelow(root) {
            if Paths.exists(current + ".dvc"), !Paths.isDirectory(current + ".dvc") {
                return try pointer(at: current + ".dvc")
            }
            current = Paths.parent(current)
        }
        return nil
    }
}
