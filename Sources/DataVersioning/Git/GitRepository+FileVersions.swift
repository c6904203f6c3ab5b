import Basics
import CGit2

extension GitRepository {
    /// Commits along the first parents of a revision, newest first: what a branch did is known from the merge on.
    ///
    /// - Throws: ``Failure`` for a revision that is not there, and with code `git.shallow` where older commits were
    ///   left out: the first version that is here need not be the first there was.
    package func firstParents(of revision: String) throws -> [(id: String, time: Int)] {
        guard !isShallow else {
            throw Failure(
                "git.shallow",
                "found a shallow clone, whose older commits are not here to say what was known when",
                hint: "fetch them first with: git fetch --unshallow")
        }
        try requireWholeObjects()
        var walk: OpaquePointer?, id = git_oid()
        guard git_revwalk_new(&walk, handle) == 0, let walk else {
            throw GitRepository.failure("cannot walk the history")
        }
        defer { git_revwalk_free(walk) }
        git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL.rawValue)
        guard git_revwalk_simplify_first_parent(walk) == 0, git_oid_fromstr(&id, try commit(revision)) == 0,
            git_revwalk_push(walk, &id) == 0
        else { throw GitRepository.failure("cannot walk from '\(revision)'") }
        var commits: [(id: String, time: Int)] = []
        while true {
            let status = git_revwalk_next(&id, walk)
            if status == GIT_ITEROVER.rawValue { break }
            // The end of a history that cannot be read on is not its beginning.
            guard status == 0 else {
                throw GitRepository.failure("cannot read the history before \(commits.last?.id ?? revision)")
            }
            var commit: OpaquePointer?
            guard git_commit_lookup(&commit, handle, &id) == 0, let commit else {
                throw GitRepository.failure("cannot read a commit of '\(revision)'")
            }
            defer { git_commit_free(commit) }
            commits.append((GitRepository.text(id), Int(git_commit_time(commit))))
        }
        return commits
    }

    /// The identity of a file's content at a commit; nil when it is not there.
    func identity(of path: String, at commit: String) throws -> String? {
        var id = git_oid(), object: OpaquePointer?, tree: OpaquePointer?, entry: OpaquePointer?
        guard git_oid_fromstr(&id, commit) == 0, git_commit_lookup(&object, handle, &id) == 0, let object else {
            throw GitRepository.failure("cannot read the commit \(commit)")
        }
        defer { git_commit_free(object) }
        guard git_commit_tree(&tree, object) == 0, let tree else {
            throw GitRepository.failure("cannot read the tree of \(commit)")
        }
        defer { git_tree_free(tree) }
        let status = git_tree_entry_bypath(&entry, tree, path)
        guard status == 0, let entry else {
            // "Not there" is an answer; anything else is not.
            guard status == GIT_ENOTFOUND.rawValue else { throw GitRepository.failure("cannot look for '\(path)'") }
            return nil
        }
        defer { git_tree_entry_free(entry) }
        return git_tree_entry_id(entry).map { GitRepository.text($0.pointee) }
    }
}
