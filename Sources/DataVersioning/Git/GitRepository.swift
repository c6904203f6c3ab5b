import Basics
import CGit2

/// The Git repository around a directory, read through libgit2.
package final class GitRepository {
    let handle: OpaquePointer

    /// The repository around a directory; nil when the directory is in none.
    ///
    /// - Throws: ``Failure`` with code `git.no-library` where there may be one and libgit2 cannot be loaded: "no
    ///   repository" would be a wrong answer, and a run would be recorded without its commit.
    package static func around(_ directory: String) throws -> GitRepository? {
        guard mayExist(around: directory) else { return nil }
        try GitLibrary.require()
        return GitRepository(containing: directory)
    }

    /// Nil when the directory is in no repository.
    package init?(containing directory: String) {
        // Where no .git is in sight, libgit2 need not even be loaded.
        guard GitRepository.mayExist(around: directory), git_library_is_there() != 0 else { return nil }
        git_libgit2_init()
        var repository: OpaquePointer?
        guard git_repository_open_ext(&repository, directory, 0, nil) == 0, let repository else {
            git_libgit2_shutdown()
            return nil
        }
        handle = repository
    }

    /// Whether a directory may lie in a repository, as far as can be seen without libgit2.
    package static func mayExist(around directory: String) -> Bool {
        Paths.upwards(from: Paths.absolute(directory)).contains {
            Paths.exists("\($0)/.git") || Paths.exists("\($0)/HEAD")
        }
    }

    deinit {
        git_repository_free(handle)
        git_libgit2_shutdown()
    }

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
    package func changedFiles(limit: Int = 100) -> [String] {
        var options = git_status_options()
        guard git_status_options_init(&options, UInt32(GIT_STATUS_OPTIONS_VERSION)) == 0 else { return [] }
        options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR
        options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED.rawValue
        var list: OpaquePointer?
        guard git_status_list_new(&list, handle, &options) == 0, let list else { return [] }
        defer { git_status_list_free(list) }
        var files: [String] = []
        for index in 0..<min(git_status_list_entrycount(list), limit) {
            guard let entry = git_status_byindex(list, index)?.pointee else { continue }
            let delta = entry.index_to_workdir ?? entry.head_to_index
            if let path = delta?.pointee.new_file.path { files.append(String(cString: path)) }
        }
        return files.sorted()
    }

    /// Whether the index holds a file, or any file below a directory.
    package func tracks(_ absolutePath: String) -> Bool {
        guard let root = git_repository_workdir(handle).map({ String(cString: $0) }), absolutePath.hasPrefix(root)
        else { return false }
        let path = String(absolutePath.dropFirst(root.count))
        var index: OpaquePointer?
        guard git_repository_index(&index, handle) == 0, let index else { return false }
        defer { git_index_free(index) }
        return git_index_find(nil, index, path) == 0 || git_index_find_prefix(nil, index, path + "/") == 0
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
            return start < paths.count && paths[start].hasPrefix(prefix)
        }
    }

    package func indexedFiles() -> IndexedFiles {
        var index: OpaquePointer?
        guard let root, git_repository_index(&index, handle) == 0, let index else {
            return IndexedFiles(root: "/", paths: [])
        }
        defer { git_index_free(index) }
        let paths = (0..<git_index_entrycount(index)).compactMap {
            git_index_get_byindex(index, $0)?.pointee.path.map { String(cString: $0) }
        }
        return IndexedFiles(root: root, paths: paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}
