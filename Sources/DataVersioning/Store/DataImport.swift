import Basics
import Foundation

/// Data that comes from elsewhere and remembers its source: a URL or path, or data of another Git repository under DVC.
package struct DataImport {
    let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// Makes a fresh pointer to data at a URL or path, and fetches the data.
    ///
    /// - Parameter isDownloading: false to note the source only.
    package func fromURL(
        _ url: String, to output: String, isDownloading: Bool = true, progress: TransferProgress? = nil
    ) throws -> PointerFile {
        var pointer = try fresh(output)
        pointer.setSource(.map([("path", .string(url))]))
        if !isDownloading {
            try finish(pointer)
            return pointer
        }
        return try update(pointer, progress: progress)
    }

    /// Makes a fresh pointer to data of another repository, and fetches the data.
    package func fromRepository(
        _ url: String, path: String, revision: String?, to output: String, progress: TransferProgress? = nil
    ) throws -> PointerFile {
        var pointer = try fresh(output)
        var repository = JSONValue.map([("url", .string(url))])
        if let revision { repository[key: "rev"] = .string(revision) }
        pointer.setSource(.map([("path", .string(path)), ("repo", repository)]))
        return try update(pointer, progress: progress)
    }

    private func fresh(_ output: String) throws -> PointerFile {
        let path = Paths.absolute(output)
        try workspace.checkInside(path)
        for taken in [path, path + ".dvc"] { try workspace.checkFree(taken) }
        if let covering = try workspace.pointer(covering: Paths.parent(path)) {
            throw Failure(
                "data.overlap",
                "found '\(workspace.shown(path))' inside '\(workspace.shown(covering.dataPath))', which is under "
                    + "version control", hint: "choose a place outside that directory")
        }
        var entry = DataEntry(path: Paths.name(path), md5: "", size: 0)
        entry.isExecutable = false
        return PointerFile(path: path + ".dvc", entry: entry)
    }

    private func finish(_ pointer: PointerFile) throws {
        try Paths.makeDirectory(Paths.parent(pointer.path))
        try pointer.write()
        try GitIgnore.add(Paths.name(pointer.dataPath), in: Paths.parent(pointer.dataPath))
        try workspace.hashes.save()
    }

    /// Reads an import's source again and records what is there now.
    ///
    /// - Parameter revision: another revision for data of a repository.
    package func update(_ pointer: PointerFile, revision: String? = nil, progress: TransferProgress? = nil) throws
        -> PointerFile
    {
        guard var source = pointer.source, let path = source[key: "path"]?.stringValue else {
            throw Failure(
                "data.not-import", "found no source in '\(workspace.shown(pointer.path))', expected an import",
                exitStatus: .usage)
        }
        let target = pointer.dataPath
        try workspace.checkInside(target)
        if Paths.exists(target), try workspace.state(of: pointer) == .modified {
            throw Failure(
                "data.would-lose", "found '\(workspace.shown(target))' changed here",
                hint: "move it away or restore it with: hftml checkout --force '\(workspace.shown(pointer.path))'")
        }
        try OwnFile.makeDirectory(workspace.partial)
        let temporary = "\(workspace.partial)/\(getpid())-import"
        try Paths.remove(temporary)
        defer { try? Paths.remove(temporary) }
        if var repository = source[key: "repo"] {
            if let revision { repository[key: "rev"] = .string(revision) }
            let lock = try fetchFromRepository(repository, path, to: temporary, progress)
            repository[key: "rev_lock"] = .string(lock)
            source[key: "repo"] = repository
        } else {
            source = try fetchFromURL(path, base: Paths.parent(pointer.path), to: temporary, progress)
        }
        guard let made = try workspace.ingest(temporary, shownAs: pointer.entry.path, progress: progress) else {
            throw FileError("import", path, number: ENOENT)
        }
        var updated = pointer
        updated.entry = pointer.entry.holding(made)
        if source[key: "repo"] == nil, source[key: "checksum"] == nil, source[key: "etag"] == nil {
            var dependency = made
            dependency.path = path
            source = dependency.pointerNode
        }
        updated.set("deps", .list([source]))
        try workspace.checkOut(updated.entry, to: target, isForced: true, progress: progress)
        try finish(updated)
        return updated
    }

    /// Fetches an import's content again from its source, as it was recorded: of a repository at the recorded commit.
    /// The pointer stays as it is.
    ///
    /// - Returns: how many objects came.
    /// - Throws: ``Failure`` with code `data.source-changed` where the source has other content by now.
    package func restore(_ item: TrackedData, progress: TransferProgress? = nil) throws -> Int {
        let pointer = try workspace.pointer(at: "\(workspace.root)/\(item.holder)")
        guard let source = pointer.source, let path = source[key: "path"]?.stringValue else {
            throw Failure("data.not-import", "found no source in '\(item.holder)', expected an import")
        }
        try OwnFile.makeDirectory(workspace.partial)
        let temporary = "\(workspace.partial)/\(getpid())-import"
        try Paths.remove(temporary)
        defer { try? Paths.remove(temporary) }
        if var repository = source[key: "repo"] {
            if let lock = repository[key: "rev_lock"] { repository[key: "rev"] = lock }
            _ = try fetchFromRepository(repository, path, to: temporary, progress)
        } else {
            _ = try fetchFromURL(path, base: Paths.parent(pointer.path), to: temporary, progress)
        }
        guard let made = try workspace.ingest(temporary, shownAs: item.entry.path, progress: progress) else {
            throw FileError("import", path, number: ENOENT)
        }
        guard made.md5 == item.entry.md5 else {
            throw Failure(
                "data.source-changed",
                "found other content at the source '\(path)' than '\(item.holder)' records",
                hint: "take over what is there now with: hftml update '\(item.holder)'")
        }
        return made.fileCount ?? 1
    }
}
