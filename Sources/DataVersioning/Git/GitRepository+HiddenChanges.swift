import Basics
import CGit2
import Foundation

/// What Git's own look at the work tree leaves out, or cannot see.
extension GitRepository {
    /// Tracked files that differ from the index and that Git was told not to look at (`update-index
    /// --assume-unchanged`, `--skip-worktree`, `submodule.NAME.ignore`). A file that is not here is no change where a
    /// sparse checkout left it out.
    func hiddenChanges() throws -> [String] {
        guard let root else { return [] }
        let index = try openIndex()
        defer { git_index_free(index) }
        return (0..<git_index_entrycount(index)).compactMap { position in
            guard let entry = git_index_get_byindex(index, position)?.pointee, let path = entry.path else { return nil }
            let name = String(cString: path), place = Paths.join(root, name), kind = entry.mode & S_IFMT
            if kind == GitRepository.moduleMode { return isModule(place, at: entry.id) ? nil : name }
            let isAssumed = entry.flags & UInt16(GIT_INDEX_ENTRY_VALID.rawValue) != 0
            let isSkipped = entry.flags_extended & UInt16(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue) != 0
            guard isAssumed || isSkipped else { return nil }
            var info = stat()
            guard lstat(place, &info) == 0 else { return isSkipped ? nil : name }
            // A link in the place of a file, or the other way round, leads elsewhere whatever it holds now.
            guard info.st_mode & S_IFMT == kind else { return name }
            return holds(place, path, isLink: kind == S_IFLNK, entry.id) ? nil : name
        }
    }

    /// Links in the index, by their paths from the top of the work tree.
    ///
    /// - Throws: ``Failure`` with code `git.failed` for an index that cannot be read.
    package func indexedLinks() throws -> [String] {
        let index = try openIndex()
        defer { git_index_free(index) }
        return (0..<git_index_entrycount(index)).compactMap { position in
            guard let entry = git_index_get_byindex(index, position)?.pointee, entry.mode & S_IFMT == S_IFLNK else {
                return nil
            }
            return entry.path.map { String(cString: $0) }
        }
    }

    /// Of an entry that is another repository's commit.
    private static let moduleMode: UInt32 = 0o160000

    /// Whether a file of the work tree is what an object holds. Of a link that is where it leads to.
    private func holds(_ place: String, _ path: UnsafePointer<CChar>, isLink: Bool, _ id: git_oid) -> Bool {
        var id = id
        if isLink {
            guard let text = GitRepository.target(of: place), let held = try? blob(&id) else { return false }
            return held == text
        }
        var found = git_oid()
        return git_repository_hashfile(&found, handle, path, GIT_OBJECT_BLOB, nil) == 0
            && GitRepository.text(found) == GitRepository.text(id)
    }

    /// The bytes of a link; nil for one that cannot be read.
    private static func target(of link: String) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(link, &buffer, buffer.count)
        return count >= 0 && count < buffer.count ? buffer.prefix(count).map { UInt8(bitPattern: $0) } : nil
    }

    /// Whether a module has its commit checked out and nothing changed, or is not here at all: then nothing of it is
    /// read either.
    private func isModule(_ place: String, at id: git_oid) -> Bool {
        guard Paths.exists("\(place)/.git") else { return true }
        guard let module = try? GitRepository.around(place), let changed = try? module.changedFiles(limit: 1) else {
            return false
        }
        return module.headCommit == GitRepository.text(id) && changed.isEmpty
    }
}
