import Basics
import Foundation

/// A directory under data version control: `.dvc/` at its top.
package struct Workspace {
    package let root: String
    package let store: ObjectStore
    package let hashes: HashState

    package init(root: String) {
        self.root = root
        store = ObjectStore(directory: "\(root)/.dvc/cache")
        hashes = HashState("\(root)/.dvc/tmp/hftml-hashes")
    }

    /// Finds the workspace around a directory.
    ///
    /// - Throws: ``Failure`` with code `data.no-workspace`.
    package static func find(from directory: String) throws -> Workspace {
        var current = Paths.absolute(directory)
        while true {
            if Paths.isDirectory("\(current)/.dvc") { return Workspace(root: current) }
            if current == "/" {
                throw Failure("data.no-workspace", "found no .dvc directory in '\(directory)' or above", hint: "make a workspace with: hftml init")
            }
            current = Paths.parent(current)
        }
    }

    /// Makes `.dvc/` as `dvc init` does; safe to repeat.
    @discardableResult
    package static func create(_ root: String) throws -> Workspace {
        let root = Paths.absolute(root)
        try Paths.makeDirectory("\(root)/.dvc/tmp")
        if !Paths.exists("\(root)/.dvc/config") { try AtomicFile.write("", to: "\(root)/.dvc/config") }
        if !Paths.exists("\(root)/.dvc/.gitignore") { try AtomicFile.write("/config.local\n/tmp\n/cache\n", to: "\(root)/.dvc/.gitignore") }
        if !Paths.exists("\(root)/.dvcignore") {
            try AtomicFile.write("# Patterns of files that version control should not see, one per line, as in .gitignore.\n", to: "\(root)/.dvcignore")
        }
        return Workspace(root: root)
    }

    /// Runs `body` while no other process, ours or DVC, changes pointers, locks or cache.
    package func locked<T>(onWait: () -> Void = {}, _ body: () throws -> T) throws -> T {
        let lock = try FileLock("\(root)/.dvc/tmp/lock", onWait: onWait)
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    // MARK: Hashing

    /// The content of a file or directory by hash; nil when there is nothing.
    ///
    /// - Parameter shownAs: the path to put into the entry.
    package func entry(_ path: String, shownAs shown: String) throws -> DataEntry? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        if info.st_mode & S_IFMT == S_IFDIR {
            let (tree, size) = try self.tree(path)
            return DataEntry(path: shown, md5: tree.md5, size: size, fileCount: tree.files.count)
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw Failure("file.special", "found a special file at '\(path)', expected a regular file or directory")
        }
        let (md5, size) = try hashes.md5(path)
        return DataEntry(path: shown, md5: md5, size: size, isExecutable: info.st_mode & S_IXUSR != 0)
    }

    private func tree(_ directory: String) throws -> (tree: DirectoryTree, size: Int) {
        var files: [DirectoryTree.File] = []
        var total = 0
        for name in try Paths.files(below: directory) {
            let (md5, size) = try hashes.md5("\(directory)/\(name)")
            files.append(DirectoryTree.File(path: name, md5: md5))
            total += size
        }
        return (DirectoryTree(files), total)
    }

    /// Puts the content behind an entry of this very workspace state into the cache.
    package func save(_ path: String, _ entry: DataEntry) throws {
        if entry.isDirectory {
            let (tree, _) = try tree(path)
            // The listing comes last: where it is, all its files are.
            for file in tree.files { try store.add(file: "\(path)/\(file.path)", md5: file.md5) }
            _ = try store.add(bytes: tree.bytes, suffix: ".dir")
        } else {
            try store.add(file: path, md5: entry.md5)
        }
    }

    /// Whether all content behind an entry is in the cache.
    package func isCached(_ entry: DataEntry) -> Bool {
        guard store.contains(entry.md5) else { return false }
        guard entry.isDirectory else { return true }
        guard let tree = try? store.tree(entry.md5, for: entry.path) else { return false }
        return tree.files.allSatisfy { store.contains($0.md5) }
    }

    /// Makes a path hold an entry's content, from the cache.
    package func checkOut(_ entry: DataEntry, to path: String) throws {
        guard entry.isDirectory else {
            return try store.checkOut(entry.md5, to: path, isExecutable: entry.isExecutable)
        }
        let tree = try store.tree(entry.md5, for: path)
        let wanted = Set(tree.files.map(\.path))
        if Paths.isDirectory(path) {
            for name in try Paths.files(below: path) where !wanted.contains(name) { try Paths.remove("\(path)/\(name)") }
        }
        for file in tree.files {
            let target = "\(path)/\(file.path)"
            if Paths.exists(target), try hashes.md5(target).md5 == file.md5 { continue }
            try store.checkOut(file.md5, to: target)
        }
    }
}
