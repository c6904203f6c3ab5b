import Basics
import CGit2

extension GitRepository {
    /// A problem that libgit2 reports, in its words.
    static func failure(_ what: String, hint: String? = nil) -> Failure {
        let detail = git_error_last().map { String(cString: $0.pointee.message) } ?? "unknown cause"
        return Failure("git.failed", "\(what): \(detail)", hint: hint)
    }

    static func text(_ id: git_oid) -> String {
        var id = id
        var text = [CChar](repeating: 0, count: 41)
        git_oid_tostr(&text, 41, &id)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The top of the work tree, absolute, without a slash at the end.
    package var root: String? {
        git_repository_workdir(handle).map { path in
            let text = String(cString: path)
            return text.hasSuffix("/") && text.count > 1 ? String(text.dropLast()) : text
        }
    }

    /// The commit that a revision (branch, tag, `HEAD~2`, abbreviated hash) names.
    package func commit(_ revision: String) throws -> String {
        try withCommit(revision) { _, id in id }
    }

    fileprivate func withCommit<T>(_ revision: String, _ body: (_ commit: OpaquePointer, _ id: String) throws -> T)
        throws -> T
    {
        var object: OpaquePointer?
        guard git_revparse_single(&object, handle, revision) == 0, let object else {
            throw Failure(
                "git.revision", "found no Git revision '\(revision)'", hint: "list them with: git log --oneline --all",
                exitStatus: .usage)
        }
        defer { git_object_free(object) }
        var peeled: OpaquePointer?
        guard git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) == 0, let peeled, let id = git_object_id(peeled)
        else {
            throw Failure("git.revision", "found '\(revision)' that is no commit", exitStatus: .usage)
        }
        defer { git_object_free(peeled) }
        return try body(peeled, GitRepository.text(id.pointee))
    }

    func withTree<T>(_ revision: String, _ body: (OpaquePointer) throws -> T) throws -> T {
        try withCommit(revision) { commit, _ in
            var tree: OpaquePointer?
            guard git_commit_tree(&tree, commit) == 0, let tree else {
                throw GitRepository.failure("cannot read the tree of '\(revision)'")
            }
            defer { git_tree_free(tree) }
            return try body(tree)
        }
    }

    /// A file's bytes at a revision; nil when it is not there.
    ///
    /// - Parameter path: relative to the top of the work tree.
    package func file(_ path: String, at revision: String) throws -> [UInt8]? {
        try withTree(revision) { tree in
            var entry: OpaquePointer?
            guard git_tree_entry_bypath(&entry, tree, path) == 0, let entry else { return nil }
            defer { git_tree_entry_free(entry) }
            guard git_tree_entry_type(entry) == GIT_OBJECT_BLOB, let id = git_tree_entry_id(entry) else { return nil }
            return try blob(id)
        }
    }

    func blob(_ id: UnsafePointer<git_oid>) throws -> [UInt8] {
        var blob: OpaquePointer?
        guard git_blob_lookup(&blob, handle, id) == 0, let blob else {
            throw GitRepository.failure("cannot read an object of the repository")
        }
        defer { git_blob_free(blob) }
        let size = Int(git_blob_rawsize(blob))
        return [UInt8](UnsafeRawBufferPointer(start: git_blob_rawcontent(blob), count: size))
    }

    /// A file of a revision: path from the top of the work tree, identity of its content, and a way to read it.
    package struct TreeFile {
        package var path: String
        package var id: String
        package var read: () throws -> [UInt8]
    }

    /// The files of a revision whose names are wanted.
    package func files(at revision: String, named isWanted: (String) -> Bool) throws -> [TreeFile] {
        try withTree(revision) { tree in
            var found: [TreeFile] = []
            try visit(tree, "", isWanted, &found)
            return found
        }
    }

    private func visit(_ tree: OpaquePointer, _ prefix: String, _ isWanted: (String) -> Bool, _ found: inout [TreeFile])
        throws
    {
        for index in 0..<git_tree_entrycount(tree) {
            guard let entry = git_tree_entry_byindex(tree, index),
                let name = git_tree_entry_name(entry).map({ String(cString: $0) }),
                let id = git_tree_entry_id(entry)?.pointee
            else { continue }
            let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
            switch git_tree_entry_type(entry) {
            case GIT_OBJECT_TREE:
                var id = id
                var child: OpaquePointer?
                guard git_tree_lookup(&child, handle, &id) == 0, let child else {
                    throw GitRepository.failure("cannot read the tree '\(path)'")
                }
                defer { git_tree_free(child) }
                try visit(child, path, isWanted, &found)
            case GIT_OBJECT_BLOB where isWanted(name):
                found.append(
                    TreeFile(path: path, id: GitRepository.text(id)) { [self] in
                        var id = id
                        return try blob(&id)
                    })
            default: break
            }
        }
    }

    /// Names of references of a kind, such as `refs/tags/`, sorted.
    ///
    /// - Throws: ``Failure`` with code `git.failed` where they cannot be read.
    package func references(below prefix: String) throws -> [String] {
        var list = git_strarray()
        guard git_reference_list(&list, handle) == 0 else { throw GitRepository.failure("cannot read the references") }
        defer { git_strarray_dispose(&list) }
        return (0..<list.count).compactMap { list.strings[$0].map { String(cString: $0) } }.filter {
            $0.utf8.starts(with: prefix.utf8)
        }.sorted()
    }

    /// Commits that can be reached, newest first.
    ///
    /// - Parameters:
    ///   - starts: revisions to start from; every reference when nil.
    ///   - limit: at most so many.
    package func history(from starts: [String]? = nil, limit: Int = .max) throws -> [String] {
        try requireWholeObjects()
        var walk: OpaquePointer?
        guard git_revwalk_new(&walk, handle) == 0, let walk else {
            throw GitRepository.failure("cannot walk the history")
        }
        defer { git_revwalk_free(walk) }
        git_revwalk_sorting(walk, GIT_SORT_TIME.rawValue)
        for start in try starts ?? references(below: "refs/") {
            var id = git_oid()
            // A reference to a file or a tree leads to no commit.
            guard let commit = try starts == nil ? commitIfAny(start) : commit(start) else { continue }
            guard git_oid_fromstr(&id, commit) == 0, git_revwalk_push(walk, &id) == 0 else {
                throw GitRepository.failure("cannot walk from '\(start)'")
            }
        }
        if starts == nil, headCommit != nil, git_revwalk_push_head(walk) != 0 {
            throw GitRepository.failure("cannot walk from HEAD")
        }
        var out: [String] = [], id = git_oid()
        while out.count < limit {
            let result = git_revwalk_next(&id, walk)
            if result == GIT_ITEROVER.rawValue { break }
            // The end of a history that cannot be read on is not its beginning.
            guard result == 0 else {
                throw GitRepository.failure("cannot read the history after \(out.last ?? "HEAD")")
            }
            out.append(GitRepository.text(id))
        }
        return out
    }

    /// The commit at the end of a reference; nil for one that names something else, such as a tagged file.
    package func commitIfAny(_ reference: String) throws -> String? {
        var object: OpaquePointer?
        guard git_revparse_single(&object, handle, reference) == 0, let object else {
            throw GitRepository.failure("cannot read the reference '\(reference)'")
        }
        defer { git_object_free(object) }
        var peeled: OpaquePointer?
        guard git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) == 0, let peeled, let id = git_object_id(peeled)
        else { return nil }
        defer { git_object_free(peeled) }
        return GitRepository.text(id.pointee)
    }

    /// Whether a commit is here; false where this clone does not have it.
    ///
    /// - Throws: ``Failure`` with code `git.failed` where it is here and cannot be read.
    package func holds(commit id: String) throws -> Bool {
        try requireWhole(id)
        var object: OpaquePointer?
        let status = git_revparse_single(&object, handle, id)
        if status == GIT_ENOTFOUND.rawValue { return false }
        guard status == 0, let object else { throw GitRepository.failure("cannot read the commit \(id)") }
        git_object_free(object)
        return true
    }

    /// Whether older commits were left out when the repository was cloned.
    package var isShallow: Bool { git_repository_is_shallow(handle) == 1 }

    /// Clones a repository's commits, without a work tree.
    package static func clone(_ url: String, to directory: String) throws -> GitRepository {
        try GitLibrary.begin()
        var options = git_clone_options()
        guard git_clone_options_init(&options, UInt32(GIT_CLONE_OPTIONS_VERSION)) == 0 else {
            throw failure("cannot clone")
        }
        options.bare = 1
        var repository: OpaquePointer?
        guard git_clone(&repository, url, directory, &options) == 0, let repository else {
            throw failure("cannot clone '\(url)'", hint: "check the address, and that: git clone '\(url)' works")
        }
        git_repository_free(repository)
        guard let opened = try GitRepository.around(directory) else {
            throw failure("cannot open the clone of '\(url)'")
        }
        return opened
    }

    /// Puts files into the index, as `git add` does.
    package func stage(_ absolutePaths: [String]) throws {
        guard let root else { return }
        let index = try openIndex()
        defer { git_index_free(index) }
        for path in absolutePaths where path.isBelow(root) {
            guard git_index_add_bypath(index, path.part(below: root)) == 0 else {
                throw GitRepository.failure("cannot stage '\(path)'")
            }
        }
        guard git_index_write(index) == 0 else { throw GitRepository.failure("cannot write Git's index") }
    }
}

extension GitRepository {
    /// When a commit was made, in seconds since 1970.
    ///
    /// - Throws: ``Failure`` for a commit that cannot be read.
    package func date(of commit: String) throws -> Int {
        try withCommit(commit) { commit, _ in Int(git_commit_time(commit)) }
    }
}
