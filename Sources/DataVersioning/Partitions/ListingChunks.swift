import Basics
import Foundation

/// Listings of large directories in parts, so that what differs between two of hundreds of versions is found without
/// reading all names of both. DVC's own listing stands beside them: without it DVC takes the files for unused.
///
/// A listing is cut after paths whose own hash says so (about one in 256), so where it is cut depends on nothing but
/// the names: adding or changing a file changes the one part that holds it. A part is the very bytes that stand between
/// the brackets of DVC's listing; put together again they must have the digest by which the listing is called.
///
///     hftml/listings/<2 hex>/<30 hex>   "# hftml listing, format 1", then the digest of each part
///     hftml/read/<2 hex>/<30 hex>       the same, of what somebody learned from; its files need not be here
///     hftml/parts/<2 hex>/<30 hex>      entries of DVC's listing, separated by ", "
///
/// Writing costs what differs plus 33 bytes per 256 files; reading costs the whole listing, as before.
package struct ListingChunks {
    private static let header = "# hftml listing, format 1\n"

    package let store: ObjectStore

    package init(store: ObjectStore) { self.store = store }

    private func path(_ kind: String, _ digest: String) -> String {
        "\(store.directory)/hftml/\(kind)/\(digest.prefix(2))/\(digest.dropFirst(2).prefix(30))"
    }

    /// - Parameter md5: of a directory, ends in `.dir`.
    package func contains(_ md5: String) -> Bool { Paths.exists(path("listings", md5)) }

    /// Stores a listing in parts and returns its digest, and how many bytes had to be written.
    ///
    /// - Throws: ``FileError``.
    package func add(_ tree: DirectoryTree) throws -> (md5: String, written: Int) {
        try add(tree, as: "listings")
    }

    /// Keeps the names and digests of a directory that somebody learned from, under version control or not, so that
    /// it can be told later what was read. It stays whatever becomes of the files.
    ///
    /// - Throws: ``FileError``.
    package func note(read tree: DirectoryTree) throws { _ = try add(tree, as: "read") }

    /// Whether the names of a directory that somebody learned from are kept.
    package func isNoted(_ md5: String) -> Bool { Paths.exists(path("read", md5)) }

    private func add(_ tree: DirectoryTree, as kind: String) throws -> (md5: String, written: Int) {
        let bytes = tree.bytes, md5 = Digest.md5(bytes) + ".dir"
        guard !Paths.exists(path(kind, md5)) else { return (md5, 0) }
        var root = Array(ListingChunks.header.utf8), written = 0
        for range in ListingChunks.cuts(tree, bytes) {
            let part = Array(bytes[range]), digest = Digest.md5(part)
            let path = path("parts", digest)
            if !Paths.exists(path) {
                try store.put(part, at: path, mode: 0o444)
                written += part.count
            }
            root += digest.utf8
            root.append(UInt8(ascii: "\n"))
        }
        try store.put(root, at: path(kind, md5), mode: 0o444)
        return (md5, written + root.count)
    }

    /// The digests of a listing's parts, in order; nil where the listing is not kept in parts.
    ///
    /// - Throws: ``FileError``, ``ObjectStore/StoreError`` for a damaged list.
    package func parts(_ md5: String) throws -> [String]? { try parts(md5, of: "listings") }

    /// The parts of what somebody learned from; nil where that was not kept.
    package func notedParts(_ md5: String) throws -> [String]? { try parts(md5, of: "read") }

    private func parts(_ md5: String, of kind: String) throws -> [String]? {
        let path = path(kind, md5)
        guard let size = Paths.size(path) else { return nil }
        let text = String(decoding: try FileChunks.bytes(path, size: size), as: UTF8.self)
        guard text.hasPrefix(ListingChunks.header), text.utf8.last == UInt8(ascii: "\n") else {
            throw ObjectStore.StoreError.damaged(md5: md5, object: path)
        }
        let parts = text.dropFirst(ListingChunks.header.count).split(separator: "\n").map(String.init)
        guard parts.allSatisfy({ MD5Digest(hex: $0) != nil }) else {
            throw ObjectStore.StoreError.damaged(md5: md5, object: path)
        }
        return parts
    }

    /// The bytes of DVC's listing; nil where it is not kept in parts.
    ///
    /// - Throws: ``ObjectStore/StoreError`` where a part is gone or altered.
    package func bytes(_ md5: String, for name: String) throws -> [UInt8]? {
        guard let parts = try parts(md5) else { return nil }
        var bytes = [UInt8(ascii: "[")]
        for (index, digest) in parts.enumerated() {
            if index > 0 { bytes += [UInt8(ascii: ","), UInt8(ascii: " ")] }
            bytes += try part(digest, for: name)
        }
        bytes.append(UInt8(ascii: "]"))
        guard Digest.md5(bytes) + ".dir" == md5 else {
            throw ObjectStore.StoreError.damaged(md5: md5, object: path("listings", md5))
        }
        return bytes
    }

    /// One part as a listing of its own, checked.
    ///
    /// - Throws: ``ObjectStore/StoreError``, ``Failure`` for a malformed one.
    package func tree(part digest: String, for name: String) throws -> DirectoryTree {
        let bytes = try part(digest, for: name)
        return try DirectoryTree([UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")], file: path("parts", digest))
    }

    /// The bytes of one part, checked.
    func part(_ digest: String, for name: String) throws -> [UInt8] {
        let path = path("parts", digest)
        guard let size = Paths.size(path) else { throw ObjectStore.StoreError.missing(md5: digest, path: name) }
        let bytes = try FileChunks.bytes(path, size: size)
        guard Digest.md5(bytes) == digest else { throw ObjectStore.StoreError.damaged(md5: digest, object: path) }
        return bytes
    }

    /// Whether any listing is kept in parts here.
    package var isUsed: Bool { Paths.exists("\(store.directory)/hftml/listings") }

    /// Removes lists of listings that nobody keeps, and parts that no list names any more.
    ///
    /// - Parameters:
    ///   - keep: digests of directories, with `.dir`.
    ///   - seconds: what was written less long ago stays: its files may still be in the trash.
    /// - Returns: how many files are gone, and their bytes.
    /// - Throws: ``FileError``, and ``ObjectStore/StoreError`` for a list that stays and cannot be read.
    package func removeUnused(keep: Set<String>, olderThan seconds: Int) throws -> (objects: Int, bytes: Int) {
        var gone = (objects: 0, bytes: 0), named = Set<String>()
        let now = Int(Clock.system.now() / 1_000_000_000)
        func remove(_ path: String) throws {
            gone.objects += 1
            gone.bytes += Paths.size(path) ?? 0
            try Paths.remove(path)
        }
        for (digest, path) in try entries("listings") {
            if keep.contains(digest + ".dir") || written(path).saturatingPlus(seconds) > now {
                named.formUnion(try parts(digest + ".dir") ?? [])
            } else {
                try remove(path)
            }
        }
        for (digest, _) in try entries("read") {
            // One that is damaged names nothing any more.
            do { named.formUnion(try notedParts(digest + ".dir") ?? []) } catch is ObjectStore.StoreError {}
        }
        for (digest, path) in try entries("parts")
        where !named.contains(digest) && written(path).saturatingPlus(seconds) <= now {
            try remove(path)
        }
        return gone
    }

    /// Seconds since 1970.
    private func written(_ path: String) -> Int {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mtim.tv_sec : 0
    }

    /// A listing as a look at all its parts found it.
    package struct Verified: Sendable, Equatable {
        /// Ends in `.dir`.
        package var md5: String
        package var bytes: Int
        /// What is wrong, in words; nil where it is intact.
        package var problem: String?
    }

    /// Puts every listing together again.
    ///
    /// - Parameter isRemoving: whether the lists of damaged ones are removed, and the parts at fault, so that `add` or
    ///   a fetch makes them again.
    package func verify(isRemoving: Bool) throws -> [Verified] {
        try entries("listings").map { digest, path in
            let md5 = digest + ".dir"
            do {
                return Verified(md5: md5, bytes: try bytes(md5, for: md5)?.count ?? 0, problem: nil)
            } catch let error as ObjectStore.StoreError {
                if isRemoving {
                    try Paths.remove(path)
                    if case .damaged(_, let object) = error { try Paths.remove(object) }
                }
                return Verified(md5: md5, bytes: 0, problem: "its listing is kept in parts: \(error.message)")
            } catch let error as any UserFacingError {
                // Cannot be read: told of, as of any other object, and the next one is looked at.
                return Verified(md5: md5, bytes: 0, problem: "its listing is kept in parts: \(error.message)")
            }
        }
    }

    private func entries(_ kind: String) throws -> [(digest: String, path: String)] {
        let top = "\(store.directory)/hftml/\(kind)"
        guard Paths.isDirectory(top) else { return [] }
        return try Paths.entries(top).filter { $0.utf8.count == 2 }.flatMap { folder in
            try Paths.entries("\(top)/\(folder)").map { (folder + $0, "\(top)/\(folder)/\($0)") }
        }
    }

    /// Where a listing's bytes are cut: the ranges of the parts, without brackets and the separators between them.
    private static func cuts(_ tree: DirectoryTree, _ bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = [], start = 1, at = 1
        for index in 0..<tree.count {
            // {"md5": "…32…", "relpath": …}: the path may be escaped, so its end is looked for.
            at = endOfEntry(bytes, at)
            let isLast = index + 1 == tree.count
            if isLast || endsPart(tree.paths.bytes[tree.paths.range(index)]) {
                ranges.append(start..<at)
                start = at + 2
            }
            at += 2
        }
        return ranges
    }

    /// The index behind an entry's closing brace.
    private static func endOfEntry(_ bytes: [UInt8], _ start: Int) -> Int {
        var at = start, isInText = false
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\\") where isInText: at += 1
            case UInt8(ascii: "\""): isInText.toggle()
            case UInt8(ascii: "}") where !isInText: return at + 1
            default: break
            }
            at += 1
        }
        return bytes.count
    }

    /// FNV-1a over the name, folded; one name in 256 on the average.
    private static func endsPart(_ path: ArraySlice<UInt8>) -> Bool {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return (hash ^ (hash >> 32)) & 0xff == 0
    }
}
