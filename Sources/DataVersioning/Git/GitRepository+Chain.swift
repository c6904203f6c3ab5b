import Basics
import CGit2

/// A reference of its own whose commits only ever get successors: what was there once stays there for whoever fetched
/// it, without touching a branch, the index or a file.
extension GitRepository {
    /// Adds a commit that holds one file to the chain of a reference.
    ///
    /// - Parameters:
    ///   - reference: in full, such as `refs/hftml/audit`.
    ///   - file: name in the commit's tree.
    ///   - others: references of the same chain elsewhere. Where one has gone another way, the commit follows both: a
    ///     push to there works again, and nothing of either is lost.
    /// - Returns: the commit's id.
    /// - Throws: ``Failure`` with code `git.failed`, also when somebody else added to the chain meanwhile.
    @discardableResult
    package func append(
        _ text: String, as file: String, to reference: String, after others: [String] = [], message: String
    ) throws -> String {
        var blob = git_oid(), tree = git_oid(), id = git_oid()
        let bytes = Array(text.utf8)
        guard git_blob_create_from_buffer(&blob, handle, bytes, bytes.count) == 0 else {
            throw GitRepository.failure("cannot store an object for '\(reference)'")
        }
        var builder: OpaquePointer?
        guard git_treebuilder_new(&builder, handle, nil) == 0, let builder else {
            throw GitRepository.failure("cannot make a tree for '\(reference)'")
        }
        defer { git_treebuilder_free(builder) }
        guard git_treebuilder_insert(nil, builder, file, &blob, GIT_FILEMODE_BLOB) == 0,
            git_treebuilder_write(&tree, builder) == 0
        else { throw GitRepository.failure("cannot write a tree for '\(reference)'") }
        var contents: OpaquePointer?
        guard git_tree_lookup(&contents, handle, &tree) == 0, let contents else {
            throw GitRepository.failure("cannot read the tree for '\(reference)'")
        }
        defer { git_tree_free(contents) }
        let signature = try signature(for: reference)
        defer { git_signature_free(signature) }
        var parents: [OpaquePointer?] = []
        defer { for parent in parents { git_commit_free(parent) } }
        for name in [reference] + (try unmerged(others, into: reference)) {
            guard var last = try newest(of: name) else { continue }
            var parent: OpaquePointer?
            guard git_commit_lookup(&parent, handle, &last) == 0 else {
                throw GitRepository.failure("cannot read the newest commit of '\(name)'")
            }
            parents.append(parent)
        }
        // Git refuses to move the reference when its newest commit is another than the parent.
        let status = parents.withUnsafeMutableBufferPointer { list in
            git_commit_create(
                &id, handle, reference, signature, signature, "UTF-8", message, contents, list.count, list.baseAddress)
        }
        guard status == 0 else { throw GitRepository.failure("cannot add to '\(reference)'") }
        return GitRepository.text(id)
    }

    /// References whose newest commit a chain does not lead to.
    ///
    /// - Throws: ``Failure`` with code `git.failed`.
    package func unmerged(_ others: [String], into reference: String) throws -> [String] {
        guard let own = try newest(of: reference) else { return others }
        let reached = try history(from: [GitRepository.text(own)])
        var seen: Set<String> = []
        return try others.filter { other in
            guard let newest = try newest(of: other).map(GitRepository.text) else { return false }
            return !reached.containsExactly(newest) && seen.insert(newest).inserted
        }
    }

    /// Moves a reference on to where another one is, if that one is its successor or there is none yet: what somebody
    /// else added to a chain is gone on from.
    ///
    /// - Throws: ``Failure`` with code `git.failed`.
    package func moveOn(_ reference: String, to other: String) throws {
        guard var target = try newest(of: other) else { return }
        if let own = try newest(of: reference) {
            let name = GitRepository.text(own), reached = try history(from: [GitRepository.text(target)])
            guard reached.first != name, reached.containsExactly(name) else { return }
        }
        var moved: OpaquePointer?
        guard git_reference_create(&moved, handle, reference, &target, 1, "hftml: as \(other)") == 0 else {
            throw GitRepository.failure("cannot move '\(reference)' on to '\(other)'")
        }
        git_reference_free(moved)
    }

    /// Nil where there is no such reference. One that cannot be read is none that was never there.
    private func newest(of reference: String) throws -> git_oid? {
        var id = git_oid()
        switch git_reference_name_to_id(&id, handle, reference) {
        case 0: return id
        case GIT_ENOTFOUND.rawValue: return nil
        default: throw GitRepository.failure("cannot read '\(reference)'")
        }
    }

    private func signature(for reference: String) throws -> UnsafeMutablePointer<git_signature> {
        var signature: UnsafeMutablePointer<git_signature>?
        // Without a name in Git's configuration the commit still says what made it.
        if git_signature_default(&signature, handle) != 0 { git_signature_now(&signature, "hftml", "hftml@localhost") }
        guard let signature else { throw GitRepository.failure("cannot name an author for '\(reference)'") }
        return signature
    }

    /// The texts of a file in the chain of a reference, the oldest first, each with its commit; empty where there is no
    /// such reference. A commit without the file has an empty text.
    ///
    /// - Throws: ``Failure`` with code `git.failed`.
    package func chain(_ file: String, of reference: String) throws -> [(commit: String, text: String)] {
        guard let newest = try newest(of: reference) else { return [] }
        return try history(from: [GitRepository.text(newest)]).reversed().map { commit in
            (commit, String(decoding: try self.file(file, at: commit) ?? [], as: UTF8.self))
        }
    }
}
