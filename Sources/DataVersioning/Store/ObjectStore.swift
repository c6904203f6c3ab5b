import Basics
package import Foundation

/// A content-addressed store on a file system, the cache or a remote directory: `files/md5/<2 hex>/<30 hex>`, read-only
/// files, in DVC 3's layout.
///
/// An object appears under its name only when it is whole and its hash is right, and is checked again while it is
/// copied out.
package struct ObjectStore: Sendable {
    package let directory: String
    /// Listings that pointers and locks spell out, by digest: of those no object need be here.
    private let spelled = Guarded<[String: DirectoryTree]>([:])

    package init(directory: String) { self.directory = directory }

    /// An object is missing or damaged.
    package enum StoreError: UserFacingError, Equatable {
        case missing(md5: String, path: String)
        case damaged(md5: String, object: String)

        package var code: String {
            switch self {
            case .missing: "data.missing-object"
            case .damaged: "data.damaged-object"
            }
        }
        package var message: String {
            switch self {
            case .missing(let md5, let path): "found no object \(md5) for '\(path)' in the cache"
            case .damaged(let md5, let object):
                "found other content in the object '\(object)' than its name \(md5) says"
            }
        }
        package var hint: String? {
            switch self {
            case .missing: "fetch it from a remote with: hftml pull"
            case .damaged: "fetch it again with: hftml pull"
            }
        }
    }

    /// Where half-written objects live until they are renamed.
    package var partial: String { "\(directory)/.hftml-partial" }
    package var runs: String { "\(directory)/runs" }

    /// Makes the directory of half-written objects.
    ///
    /// - Throws: ``Failure`` with code `file.special` for a link in its place; ``FileError``.
    func makePartial() throws { try OwnFile.makeDirectory(partial) }

    /// - Parameter isLegacy: whether the object is of DVC 2, which has no `files/md5`.
    package func path(_ md5: String, isLegacy: Bool = false) -> String {
        "\(directory)/\(isLegacy ? "" : "files/md5/")\(md5.prefix(2))/\(md5.dropFirst(2))"
    }
    package func path(_ digest: MD5Digest) -> String { path(digest.hex) }

    package func contains(_ md5: String, isLegacy: Bool = false) -> Bool {
        Paths.exists(path(md5, isLegacy: isLegacy)) || md5.hasSuffix(".dir") && spelledTree(md5) != nil
            || !isLegacy && md5.hasSuffix(".dir") && ListingChunks(store: self).contains(md5)
    }

    /// Takes note of a listing that an entry spells out; whoever reads entries calls it before they look at the store.
    package func note(_ entry: DataEntry) {
        guard let listing = entry.spelled else { return }
        spelled.update { $0[listing.md5] = listing.tree }
    }

    func spelledTree(_ md5: String) -> DirectoryTree? { spelled.value[md5] }

    /// Which of these objects are not here. One system call per object, on all cores.
    package func missing(_ digests: [MD5Digest]) -> [Int] {
        let root = open("\(directory)/files/md5", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { return Array(digests.indices) }
        defer { close(root) }
        let missing = Guarded<[Int]>([])
        Parallel.ranges(digests.count, minimum: 2_000) { range in
            var name = [CChar](repeating: 0, count: 34), found: [Int] = []
            name.withUnsafeMutableBufferPointer { name in
                guard let base = name.baseAddress else { return }
                base.withMemoryRebound(to: UInt8.self, capacity: 34) { bytes in
                    for index in range {
                        // "ab/cdef…": 32 digits, moved apart for the slash.
                        digests[index].write(into: UnsafeMutableBufferPointer(start: bytes + 1, count: 32))
                        bytes[0] = bytes[1]
                        bytes[1] = bytes[2]
                        bytes[2] = UInt8(ascii: "/")
                        if faccessat(root, base, F_OK, 0) != 0 { found.append(index) }
                    }
                }
            }
            missing.update { [found] in $0 += found }
        }
        return missing.value.sorted()
    }

    /// Stores bytes, such as a directory listing, and returns their hash.
    package func add(bytes: [UInt8], suffix: String = "") throws -> String {
        let md5 = Digest.md5(bytes) + suffix
        try put(bytes, at: path(md5), mode: 0o444)
        return md5
    }

    /// Writes a small file of the store, unless it is there.
    package func put(_ bytes: [UInt8], at path: String, mode: mode_t) throws {
        if Paths.exists(path) { return }
        try makePartial()
        let temporary = "\(partial)/\(getpid())-\(UInt32.random(in: .min ... .max))"
        try AtomicFile.write(to: temporary, mode: mode, isDurable: false) { writer in
            try bytes.withUnsafeBytes { try writer.append($0) }
        }
        try Paths.makeDirectory(Paths.parent(path))
        guard rename(temporary, path) == 0 else {
            let error = FileError("rename to", path)
            unlink(temporary)
            throw error
        }
    }

    /// The files of a directory object.
    package func tree(_ md5: String, for path: String, isLegacy: Bool = false) throws -> DirectoryTree {
        let object = self.path(md5, isLegacy: isLegacy)
        guard let size = Paths.size(object) else {
            if let tree = spelledTree(md5) { return tree }
            guard !isLegacy, let bytes = try ListingChunks(store: self).bytes(md5, for: path) else {
                throw StoreError.missing(md5: md5, path: path)
            }
            return try DirectoryTree(bytes, file: object)
        }
        let bytes = try FileChunks.bytes(object, size: size)
        guard Digest.md5(bytes) + ".dir" == md5 else { throw StoreError.damaged(md5: md5, object: object) }
        return try DirectoryTree(bytes, file: object)
    }

    /// Writes the listing that DVC reads, where it is kept in parts only or a pointer spells it out.
    ///
    /// - Throws: ``FileError``; ``StoreError`` where a part is gone or altered.
    package func writeWhole(listing md5: String, isLegacy: Bool = false, for path: String) throws {
        if let tree = spelledTree(md5) {
            return try put(tree.bytes, at: self.path(md5, isLegacy: isLegacy), mode: 0o444)
        }
        guard !isLegacy, !Paths.exists(self.path(md5)), let bytes = try ListingChunks(store: self).bytes(md5, for: path)
        else {
            return
        }
        try put(bytes, at: self.path(md5), mode: 0o444)
    }

    /// One file object, checked; for small ones.
    package func bytes(_ md5: String, for path: String, isLegacy: Bool = false) throws -> [UInt8] {
        let object = self.path(md5, isLegacy: isLegacy)
        guard let size = Paths.size(object) else { throw StoreError.missing(md5: md5, path: path) }
        let bytes = try FileChunks.bytes(object, size: size)
        let digest = try isLegacy ? LegacyHash.md5(object) : Digest.md5(bytes)
        guard digest == md5 else { throw StoreError.damaged(md5: md5, object: object) }
        return bytes
    }

    /// All objects with size and time of last use, in no order.
    package func objects() throws -> [StoredObject] {
        let top = "\(directory)/files/md5"
        guard Paths.isDirectory(top) else { return [] }
        return try objects(below: top, isLegacy: false)
    }

    private func objects(below top: String, isLegacy: Bool) throws -> [StoredObject] {
        var out: [StoredObject] = []
        for folder in try Paths.entries(top) where folder.utf8.count == 2 && folder.allSatisfy(\.isHexDigit) {
            for name in try Paths.entries("\(top)/\(folder)") {
                let isDirectory = name.hasSuffix(".dir")
                guard MD5Digest(hex: folder + (isDirectory ? String(name.dropLast(4)) : name)) != nil else { continue }
                var info = stat()
                guard stat("\(top)/\(folder)/\(name)", &info) == 0 else { continue }
                out.append(
                    StoredObject(
                        md5: folder + name, isLegacy: isLegacy, size: Int(info.st_size),
                        lastUse: max(info.st_atim.tv_sec, info.st_mtim.tv_sec)))
            }
        }
        return out
    }

    /// All objects of DVC 2, in no order.
    package func legacyObjects() throws -> [StoredObject] {
        guard Paths.isDirectory(directory) else { return [] }
        return try objects(below: directory, isLegacy: true)
    }

    /// Removes what processes that were killed left half written.
    package func removeLeftovers() { Leftovers.remove(in: partial) }
}

/// An object as a listing shows it.
package struct StoredObject: Sendable {
    /// With `.dir` for a directory listing.
    package var md5: String
    /// Whether it is of DVC 2 and named by its rule.
    package var isLegacy = false
    package var size: Int
    /// Seconds since 1970.
    package var lastUse: Int
}

/// Temporary files are named `PID-…`; those of dead processes are nobody's.
enum Leftovers {
    static func remove(in directory: String) {
        guard Paths.isRealDirectory(directory), let names = try? Paths.entries(directory) else { return }
        for name in names {
            // Downloads that can be resumed are kept for a day.
            if name.hasPrefix("resume-") {
                // Locks go with their holder; one that a killed holder left is taken over by the next.
                if name.hasSuffix(".lock") { continue }
                var info = stat()
                if lstat("\(directory)/\(name)", &info) == 0, info.st_mode & S_IFMT == S_IFREG,
                    Int64(info.st_mtim.tv_sec) + 86_400 < Clock.system.now() / 1_000_000_000
                {
                    unlink("\(directory)/\(name)")
                }
                continue
            }
            guard let owner = name.split(separator: "-").first.flatMap({ pid_t($0) }), kill(owner, 0) != 0,
                errno == ESRCH
            else { continue }
            try? Paths.remove("\(directory)/\(name)")
        }
    }
}
