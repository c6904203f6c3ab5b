import Basics
import Foundation

extension Workspace {
    /// Files of the workspace by name, and what could not be looked into.
    package struct FoundFiles: Sendable {
        /// Absolute, sorted.
        package var paths: [String] = []
        package var unreadable: [UnreadableFile] = []
    }

    /// All `.dvc` and `dvc.yaml`-like files of the workspace, sorted. What `.dvcignore` or Git ignores, data behind
    /// pointers, and workspaces of their own inside this one are passed over, as DVC does.
    package func files(named isWanted: (String) -> Bool) throws -> [String] { try find(named: isWanted).paths }

    /// The same with what could not be looked into.
    ///
    /// - Parameter includesIgnored: whether to look into directories that Git ignores, and workspaces inside.
    package func find(named isWanted: (String) -> Bool, includesIgnored: Bool = false) throws -> FoundFiles {
        var walk = FileWalk(self, includesIgnored: includesIgnored)
        try walk.visit(root, try IgnoreRules(root: root, for: root), isWanted)
        return walk.found
    }

    /// Every pointer of the workspace that can be read, and those that cannot.
    package func readPointers() throws -> (pointers: [PointerFile], unreadable: [UnreadableFile]) {
        let found = try find { $0.hasSuffix(".dvc") && $0 != ".dvc" }
        var pointers: [PointerFile] = [], unreadable = found.unreadable
        for path in found.paths {
            do { pointers.append(try pointer(at: path, isSteady: true)) } catch {
                unreadable.append(UnreadableFile(shown(path), error))
            }
        }
        return (pointers, unreadable)
    }

    /// Reads a pointer whose data lies in this workspace, wherever its `wdir` leads; a directory that holds its own
    /// pointer would remove it.
    ///
    /// - Parameter isSteady: whether to wait while another process may be writing it; not for those who hold the lock.
    /// - Throws: ``ConfigError``; ``Failure`` with code `data.outside`.
    package func pointer(at path: String, isSteady: Bool = false) throws -> PointerFile {
        let pointer = try isSteady ? PointerFile(path, text: steadyText(path)) : PointerFile.read(path)
        for entry in pointer.entries
        where !isInside(pointer.dataPath(entry)) || path.isAtOrBelow(pointer.dataPath(entry)) {
            throw ConfigError(
                "found the output '\(entry.path)', expected a path inside the workspace and beside the pointer",
                at: pointer.document[key: "outs"]?.listValue?.first?[key: "path"]?.mark
                    ?? SourceMark(file: path, line: 1, column: 1), code: "data.outside",
                hint: "nothing was read or written there; move the data into the workspace")
        }
        pointer.entries.forEach(store.note)
        return pointer
    }

    /// Whether a path is one of the workspace's own data, by its text alone.
    func isInside(_ path: String) -> Bool {
        path.isExactly(Paths.normalized(path)) && path.isBelow(root)
            && !["\(root)/.dvc", "\(root)/.git"].contains { path.isExactly($0) || path.isBelow($0) }
    }
}

/// One walk over the directories of a workspace.
private struct FileWalk {
    private let workspace: Workspace
    private let includesIgnored: Bool
    /// Opened for the first directory that may be ignored: many workspaces have none to ask for.
    private var opened: (repository: GitRepository?, Void)?
    private(set) var found = Workspace.FoundFiles()

    init(_ workspace: Workspace, includesIgnored: Bool) {
        self.workspace = workspace
        self.includesIgnored = includesIgnored
    }

    private struct Entry {
        var name: String
        var isDirectory: Bool
    }

    mutating func visit(_ directory: String, _ rules: IgnoreRules, _ isWanted: (String) -> Bool) throws {
        // Data behind a pointer holds no pointers; 100,000 files of it need not be looked at.
        var data: Set<[UInt8]> = []
        let entries: [Entry]
        do { entries = try list(directory, isWanted, &data) } catch {
            if directory == workspace.root { throw error }
            return found.unreadable.append(UnreadableFile(workspace.shown(directory), error))
        }
        for entry in entries where ![".git", ".hg", ".dvc"].contains(entry.name) {
            let path = "\(directory)/\(entry.name)", shown = workspace.shown(path)
            if !entry.isDirectory {
                if rules.isEmpty || !rules.isIgnored(shown, isDirectory: false) { found.paths.append(path) }
                continue
            }
            if data.contains(Array(entry.name.utf8)) || entry.name == ".build" { continue }
            if !rules.isEmpty, rules.isIgnored(shown, isDirectory: true) { continue }
            if !includesIgnored {
                if Paths.isRealDirectory("\(path)/.dvc") { continue }
                if try repository()?.ignores(path + "/") == true { continue }
            }
            do { try visit(path, try rules.entering(shown), isWanted) } catch {
                found.unreadable.append(UnreadableFile(shown, error))
            }
        }
    }

    /// Without libgit2 nothing is passed over.
    private mutating func repository() throws -> GitRepository? {
        if let opened { return opened.repository }
        let found = GitLibrary.isThere ? try GitRepository.around(workspace.root) : nil
        opened = (found, ())
        return found
    }

    /// Directories and wanted files of a directory, sorted by code points.
    private mutating func list(_ directory: String, _ isWanted: (String) -> Bool, _ data: inout Set<[UInt8]>) throws
        -> [Entry]
    {
        guard let stream = opendir(directory) else { throw FileError("list", directory) }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let type = Int32(entry.pointee.d_type)
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                // Of no concern, unless it would have been read.
                let shown = String(decoding: bytes, as: UTF8.self)
                if isWanted(shown) || type == Int32(DT_DIR) {
                    found.unreadable.append(
                        UnreadableFile(
                            workspace.shown("\(directory)/\(shown)"),
                            Failure("file.name", "its name is not UTF-8", hint: "rename it")))
                }
                continue
            }
            if name == "." || name == ".." { continue }
            if type != Int32(DT_DIR), name.hasSuffix(".dvc") { data.insert(bytes.dropLast(4)) }
            switch type {
            case Int32(DT_REG): if isWanted(name) { entries.append(Entry(name: name, isDirectory: false)) }
            case Int32(DT_DIR): entries.append(Entry(name: name, isDirectory: true))
            case Int32(DT_LNK), Int32(DT_UNKNOWN):
                let path = "\(directory)/\(name)"
                if Paths.isRealDirectory(path) {
                    entries.append(Entry(name: name, isDirectory: true))
                } else if isWanted(name), Paths.exists(path), !Paths.isDirectory(path) {
                    entries.append(Entry(name: name, isDirectory: false))
                }
            default: break
            }
        }
        return entries.sorted { $0.name.unicodeScalars.lexicographicallyPrecedes($1.name.unicodeScalars) }
    }
}
