import Basics
import CGit2
import Foundation

/// The Git repository around a directory, read through libgit2.
package final class GitRepository {
    let handle: OpaquePointer

    /// The repository around a directory; nil when the directory is in none.
    ///
    /// - Throws: ``Failure`` with code `git.no-library` where there may be one and libgit2 cannot be loaded, and
    ///   `git.failed` where there is one that Git does not open, such as one of another user: "no repository" would be
    ///   a wrong answer, and a run would be recorded without its commit.
    package static func around(_ directory: String) throws -> GitRepository? {
        // Where no .git is in sight, libgit2 need not even be loaded.
        guard mayExist(around: directory) else { return nil }
        try GitLibrary.begin()
        var repository: OpaquePointer?
        let status = git_repository_open_ext(&repository, directory, 0, nil)
        if status == 0, let repository { return GitRepository(repository) }
        // Git trusts a work tree by its top.
        let inside = Paths.absolute(directory),
            top = Paths.upwards(from: inside).first { Paths.exists("\($0)/.git") } ?? inside
        // libgit2 1.5 finds nothing in another user's repository where no directory at all is trusted.
        let isForeign = status == GIT_EOWNER.rawValue || GitRepository.isForeign(top)
        if status == GIT_ENOTFOUND.rawValue, !isForeign { return nil }
        throw failure(
            "cannot open the Git repository around '\(directory)'",
            hint: isForeign
                ? "it belongs to another user; if you trust it: git config --global --add safe.directory '\(top)'"
                : "see what Git says of it with: git status")
    }

    private static func isForeign(_ top: String) -> Bool {
        var info = stat()
        return Paths.exists("\(top)/.git/HEAD") && stat("\(top)/.git", &info) == 0 && info.st_uid != geteuid()
    }

    /// Takes over a repository that was opened after ``GitLibrary/begin()``.
    private init(_ handle: OpaquePointer) { self.handle = handle }

    /// Whether a directory may lie in a repository, as far as can be seen without libgit2.
    package static func mayExist(around directory: String) -> Bool {
        Paths.upwards(from: Paths.absolute(directory)).contains {
            Paths.exists("\($0)/.git") || Paths.exists("\($0)/HEAD")
        }
    }

    deinit { git_repository_free(handle) }

    /// The commit that is checked out, as 40 hexadecimal digits; nil before the first.
    package var headCommit: String? {
        var id = git_oid()
        guard git_reference_name_to_id(&id, handle, "HEAD") == 0 else { return nil }
        var text = [CChar](repeating: 0, count: 41)
        git_oid_tostr(&text, 41, &id)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The short name of the branch that is checked out.
    package var branch: String? {
        var reference: OpaquePointer?
        guard git_repository_head(&reference, handle) == 0, let reference else { return nil }
        defer { git_reference_free(reference) }
        return git_reference_shorthand(reference).map { String(cString: $0) }
    }

    /// Tracked files that differ from the commit, and untracked ones that are not ignored; sorted.
    ///
    /// - Throws: ``Failure`` with code `git.failed` where Git cannot tell: nothing would look like "all committed".
    package func changedFiles(limit: Int = 100) throws -> [String] {
        var options = git_status_options()
        guard git_status_options_init(&options, UInt32(GIT_STATUS_OPTIONS_VERSION)) == 0 else {
            throw GitRepository.failure("cannot look for changed files")
        }
        options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR
        options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED.rawValue
        var list: OpaquePointer?
        guard git_status_list_new(&list, handle, &options) == 0, let list else {
            throw GitRepository.failure("cannot look for changed files")
        }
        defer { git_status_list_free(list) }
        var files: [String] = []
        for index in 0..<min(git_status_list_entrycount(list), limit) {
            guard let entry = git_status_byindex(list, index)?.pointee else { continue }
            let delta = entry.index_to_workdir ?? entry.head_to_index
            if let path = delta?.pointee.new_file.path { files.append(String(cString: path)) }
        }
        return Set(files + (try hiddenChanges())).sorted()
    }

    /// Whether the index holds a file, or any file below a directory.
    ///
    /// - Throws: ``Failure`` with code `git.failed` for an index that cannot be read.
    package func tracks(_ absolutePath: String) throws -> Bool {
        guard let path = root.flatMap({ absolutePath.path(below: $0) }) else { return false }
        let index = try openIndex()
        defer { git_index_free(index) }
        return git_index_find(nil, index, path) == 0 || git_index_find_prefix(nil, index, path + "/") == 0
    }

    /// To be freed by the caller.
    func openIndex() throws -> OpaquePointer {
        var index: OpaquePointer?
        guard git_repository_index(&index, handle) == 0, let index else {
            throw GitRepository.failure("cannot read Git's index")
        }
        return index
    }
}

extension GitRepository {
    /// Whether Git's ignore rules cover a path.
    package func ignores(_ absolutePath: String) -> Bool {
        guard let root, absolutePath.isBelow(root) else { return false }
        var isIgnored: Int32 = 0
        return git_ignore_path_is_ignored(&isIgnored, handle, absolutePath.part(below: root)) == 0
            && isIgnored == 1
    }

    /// The paths in the index, read once for many questions.
    package struct IndexedFiles: Sendable {
        let root: String
        /// Sorted by bytes.
        let paths: [String]

        /// Whether the index holds a file, or any file below a directory.
        package func contains(_ absolutePath: String) -> Bool {
            guard absolutePath.isBelow(root) else { return false }
            let path = absolutePath.part(below: root)
            var low = 0, high = paths.count
            while low < high {
                let middle = (low + high) / 2
                if paths[middle].utf8.lexicographicallyPrecedes(path.utf8) { low = middle + 1 } else { high = middle }
            }
            if low < paths.count, paths[low].isExactly(path) { return true }
            // Everything below a directory sorts after "path/" as one run.
            var start = low
            var end = paths.count
            let prefix = path + "/"
            while start < end {
                let middle = (start + end) / 2
                if paths[middle].utf8.lexicographicallyPrecedes(prefix.utf8) {
                    start = middle + 1
                } else {
                    end = middle
                }
            }
            return start < paths.count && paths[start].isBelow(path)
        }
    }

    /// - Throws: ``Failure`` with code `git.failed` for an index that cannot be read.
    package func indexedFiles() throws -> IndexedFiles {
        guard let root else { return IndexedFiles(root: "/", paths: []) }
        let index = try openIndex()
        defer { git_index_free(index) }
        let paths = (0..<git_index_entrycount(index)).compactMap {
            git_index_get_byindex(index, $0)?.pointee.path.map { String(cString: $0) }
        }
        return IndexedFiles(root: root, paths: paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}
