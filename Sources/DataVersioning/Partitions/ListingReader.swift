import Basics

/// Reads listings of many versions of directories: parts that several of them share are read once.
///
/// A listing is looked for where it is kept in parts, where it was kept because somebody learned from it, and as DVC
/// writes it. Whatever comes back has the digest it was asked for.
package final class ListingReader {
    private let chunks: ListingChunks
    private var parts: [String: Part] = [:]
    private var checked: Set<String> = []

    private struct Part {
        var bytes: [UInt8]
        var tree: DirectoryTree
    }

    package init(store: ObjectStore) { chunks = ListingChunks(store: store) }

    /// The files of a directory; nil where no listing of it is here.
    ///
    /// - Parameter md5: ends in `.dir`.
    /// - Complexity: linear in the listing; the parts that another one had are not read again.
    /// - Throws: ``ObjectStore/StoreError`` where what is here is damaged.
    package func tree(_ md5: String, isLegacy: Bool = false, for name: String) throws -> DirectoryTree? {
        guard !isLegacy else { return try whole(md5, isLegacy: true, for: name) }
        var problem: ObjectStore.StoreError?
        for find in [chunks.parts, chunks.notedParts] {
            do {
                if let digests = try find(md5) { return try assembled(digests, md5, for: name) }
            } catch let error as ObjectStore.StoreError { problem = error }
        }
        if let whole = try whole(md5, isLegacy: false, for: name) { return whole }
        if let problem { throw problem }
        return nil
    }

    private func whole(_ md5: String, isLegacy: Bool, for name: String) throws -> DirectoryTree? {
        guard Paths.exists(chunks.store.path(md5, isLegacy: isLegacy)) else { return chunks.store.spelledTree(md5) }
        return try chunks.store.tree(md5, for: name, isLegacy: isLegacy)
    }

    private func assembled(_ digests: [String], _ md5: String, for name: String) throws -> DirectoryTree {
        var paths = PathList(), files: [MD5Digest] = [], count = 2
        for digest in digests {
            let part = try part(digest, for: name)
            paths.append(part.tree.paths)
            files += part.tree.digests
            count += part.bytes.count + 2
        }
        if !checked.contains(md5) {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count)
            bytes.append(UInt8(ascii: "["))
            for (index, digest) in digests.enumerated() {
                if index > 0 { bytes += [UInt8(ascii: ","), UInt8(ascii: " ")] }
                bytes += try part(digest, for: name).bytes
            }
            bytes.append(UInt8(ascii: "]"))
            guard Digest.md5(bytes) + ".dir" == md5 else {
                throw ObjectStore.StoreError.damaged(md5: md5, object: "hftml/listings/\(md5.prefix(2))")
            }
            checked.insert(md5)
        }
        return DirectoryTree(paths: paths, digests: files)
    }

    private func part(_ digest: String, for name: String) throws -> Part {
        if let known = parts[digest] { return known }
        let part = Part(bytes: try chunks.part(digest, for: name), tree: try chunks.tree(part: digest, for: name))
        parts[digest] = part
        return part
    }
}
