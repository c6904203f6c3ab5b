import Basics
import CGit2

extension GitRepository {
    /// Tags, without `refs/tags/`, sorted.
    ///
    /// - Throws: ``Failure`` with code `git.failed` where they cannot be read.
    package func tags() throws -> [String] {
        try references(below: "refs/tags/").map { String($0.dropFirst("refs/tags/".count)) }
    }

    /// Makes an annotated tag; one that is there is never moved.
    ///
    /// - Throws: ``Failure`` with code `git.failed`, also for a name that is taken or that Git does not allow.
    package func tag(_ name: String, at revision: String, message: String) throws {
        var target: OpaquePointer?
        guard git_revparse_single(&target, handle, revision) == 0, let target else {
            throw GitRepository.failure("cannot find the revision '\(revision)'")
        }
        defer { git_object_free(target) }
        var signature: UnsafeMutablePointer<git_signature>?
        // Without a name in Git's configuration the tag still says who made it, as the registry knows them.
        if git_signature_default(&signature, handle) != 0 { git_signature_now(&signature, "hftml", "hftml@localhost") }
        guard let signature else {
            throw GitRepository.failure(
                "cannot sign the tag '\(name)'",
                hint: "run: git config user.name YOU && git config user.email YOU@EXAMPLE.COM")
        }
        defer { git_signature_free(signature) }
        var id = git_oid()
        guard git_tag_create(&id, handle, name, target, signature, message, 0) == 0 else {
            throw GitRepository.failure("cannot make the tag '\(name)'")
        }
    }
}
