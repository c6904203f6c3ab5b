import Basics

extension Workspace {
    /// Keeps the names and digests of the files of a directory that somebody learns from: what was read can be told
    /// later, whether the directory is under version control or not.
    ///
    /// - Parameters:
    ///   - path: has been hashed by ``entry(_:shownAs:isLegacy:)`` before.
    ///   - md5: as that found it.
    /// - Complexity: what differs from the versions that were kept before; nothing where this one was.
    /// - Throws: ``FileError``.
    package func noteRead(_ path: String, md5: String) throws {
        let chunks = ListingChunks(store: store)
        guard !chunks.isNoted(md5), let snapshot = hashes.snapshot(path), snapshot.md5 == md5 else { return }
        try chunks.note(read: snapshot.tree)
    }

    /// The listing of a directory as it was last hashed, where it still has that digest.
    package func hashedTree(_ path: String, md5: String) -> DirectoryTree? {
        guard let snapshot = hashes.snapshot(path), snapshot.md5 == md5 else { return nil }
        return snapshot.tree
    }
}
