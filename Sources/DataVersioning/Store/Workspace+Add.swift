import Basics

extension Workspace {
    /// Puts a file or directory under version control: caches the content, writes `PATH.dvc`, ignores the path in Git.
    ///
    /// - Parameter recipe: kept in the pointer's `meta`, for data that can be made again.
    /// - Throws: ``Failure`` when there is nothing at the path or it is a stage's output.
    package func add(_ path: String, recipe: JSONValue? = nil) throws -> PointerFile {
        let absolute = Paths.absolute(path)
        guard absolute.hasPrefix(root + "/") else {
            throw Failure("data.outside", "found '\(path)' outside the workspace '\(root)'", hint: "copy it into the workspace first")
        }
        guard !absolute.hasSuffix(".dvc"), absolute != root else { throw Failure("data.pointer", "'\(path)' is a pointer, not data") }
        guard var entry = try entry(absolute, shownAs: Paths.name(absolute)) else { throw FileError("add", path, number: 2) }
        try save(absolute, entry)
        let pointerPath = absolute + ".dvc"
        var pointer = Paths.exists(pointerPath) ? try PointerFile.read(pointerPath) : PointerFile(path: pointerPath, entry: entry)
        entry.meta = pointer.entry.meta
        if let recipe { entry.meta = .map(["hftml": .map(["recipe": recipe])]) }
        pointer.entry = entry
        try pointer.write()
        try GitIgnore.add(Paths.name(absolute), in: Paths.parent(absolute))
        try hashes.save()
        return pointer
    }

    /// The pointer that covers a path, if any: its own, or that of a directory above it.
    package func pointer(covering path: String) throws -> PointerFile? {
        var current = Paths.absolute(path)
        while current.hasPrefix(root + "/") {
            if Paths.exists(current + ".dvc"), !Paths.isDirectory(current + ".dvc") { return try PointerFile.read(current + ".dvc") }
            current = Paths.parent(current)
        }
        return nil
    }

    /// All `.dvc` files of the workspace, sorted.
    package func pointers() throws -> [PointerFile] {
        var found: [PointerFile] = []
        func visit(_ directory: String) throws {
            for name in try Paths.entries(directory) where !name.hasPrefix(".") {
                let path = "\(directory)/\(name)"
                if Paths.isRealDirectory(path) { try visit(path) } else if name.hasSuffix(".dvc") { found.append(try PointerFile.read(path)) }
            }
        }
        try visit(root)
        return found
    }

    package enum DataState: String, Sendable {
        case unchanged, modified, deleted, notInCache = "not in cache"
    }

    /// How the data behind a pointer stands.
    package func state(of pointer: PointerFile) throws -> DataState {
        guard let now = try entry(pointer.dataPath, shownAs: pointer.entry.path) else { return .deleted }
        if now.md5 != pointer.entry.md5 { return .modified }
        return isCached(pointer.entry) ? .unchanged : .notInCache
    }
}
