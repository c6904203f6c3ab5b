import Basics
import Foundation

/// A directory as it stood when it was last hashed: stamps and hashes of all files, in the order of the scan.
struct DirectorySnapshot: Sendable {
    var scan: DirectoryScan
    var digests: [MD5Digest]
    /// MD5 of the listing, without `.dir`.
    var listing: MD5Digest

    var md5: String { listing.hex + ".dir" }
    var tree: DirectoryTree { DirectoryTree(paths: scan.paths, digests: digests) }

    init(scan: DirectoryScan, digests: [MD5Digest]) {
        self.scan = scan
        self.digests = digests
        listing =
            MD5Digest(hex: Digest.md5(DirectoryTree(paths: scan.paths, digests: digests).bytes))
            ?? MD5Digest(high: 0, low: 0)
    }

    private init(scan: DirectoryScan, digests: [MD5Digest], listing: MD5Digest) {
        self.scan = scan
        self.digests = digests
        self.listing = listing
    }

    /// The same hashes under a fresh scan, if nothing changed.
    func renewed(by fresh: DirectoryScan) -> DirectorySnapshot? {
        guard fresh.stamps == scan.stamps, fresh.paths == scan.paths else { return nil }
        return DirectorySnapshot(scan: fresh, digests: digests, listing: listing)
    }

    /// For each file of a fresh scan its known hash, or nil where it must be read. O(n log n).
    func known(in fresh: DirectoryScan) -> [MD5Digest?] {
        var out = [MD5Digest?](repeating: nil, count: fresh.paths.count)
        let mine = scan.paths.sortingOrder() ?? Array(0..<scan.paths.count)
        let theirs = fresh.paths.sortingOrder() ?? Array(0..<fresh.paths.count)
        var i = 0, j = 0
        while i < mine.count, j < theirs.count {
            let order = scan.paths.compare(mine[i], with: fresh.paths, theirs[j])
            if order == 0, scan.stamps[mine[i]] == fresh.stamps[theirs[j]] { out[theirs[j]] = digests[mine[i]] }
            if order <= 0 { i += 1 }
            if order >= 0 { j += 1 }
        }
        return out
    }

    /// What is known of a directory inside. O(n).
    func part(_ part: String) -> DirectorySnapshot {
        let head = Array("\(part)/".utf8)
        var inner = DirectoryScan(), known: [MD5Digest] = []
        scan.paths.bytes.withUnsafeBytes { bytes in
            for index in digests.indices {
                let path = bytes[scan.paths.range(index)]
                guard path.starts(with: head) else { continue }
                inner.paths.append(UnsafeRawBufferPointer(rebasing: path.dropFirst(head.count)))
                inner.stamps.append(scan.stamps[index])
                known.append(digests[index])
            }
        }
        return DirectorySnapshot(scan: inner, digests: known)
    }

    // MARK: On disk

    /// Tables of other versions are made anew: "HFMSTAT1" knew no change times.
    private static let magic: UInt64 = 0x3254_4154_534D_4648  // "HFMSTAT2"

    func write(to path: String) throws {
        // Files that had changed within the clock's grain when they were looked at are hashed again next time.
        let stamps = scan.stamps.map {
            $0.isFresh(at: scan.time) ? FileStamp(inode: $0.inode, size: $0.size, modified: -1, changed: -1) : $0
        }
        var checksum = Checksum()
        try AtomicFile.write(to: path, isDurable: false) { writer in
            func put<T: BitwiseCopyable>(_ values: [T]) throws {
                try values.withUnsafeBytes {
                    checksum.add($0)
                    try writer.append($0)
                }
            }
            try put([
                DirectorySnapshot.magic, UInt64(digests.count), UInt64(scan.paths.bytes.count), listing.high,
                listing.low,
            ])
            try put(scan.paths.ends)
            try put(stamps)
            try put(digests)
            try put(scan.paths.bytes)
            let sum = [checksum.value]
            try sum.withUnsafeBytes { try writer.append($0) }
        }
    }

    /// Nil for anything but a whole, undamaged table.
    init?(file path: String) {
        guard let size = Paths.size(path), let bytes = try? FileChunks.bytes(path, size: size), bytes.count >= 48 else {
            return nil
        }
        var at = 0
        func take<T: BitwiseCopyable>(_ count: Int, _ zero: T) -> [T] {
            let length = count * MemoryLayout<T>.stride
            defer { at += length }
            return [T](unsafeUninitializedCapacity: count) { buffer, used in
                bytes.withUnsafeBytes { source in
                    if length > 0, let from = source.baseAddress, let to = buffer.baseAddress {
                        memcpy(to, from + at, length)
                    }
                }
                used = count
            }
        }
        let header = take(5, UInt64(0))
        let rest = bytes.count - 48
        guard header[0] == DirectorySnapshot.magic, header[1] <= UInt64(rest), header[2] <= UInt64(rest) else {
            return nil
        }
        let count = Int(header[1]), nameBytes = Int(header[2])
        guard rest == count * (8 + 32 + 16) + nameBytes else { return nil }
        var checksum = Checksum()
        bytes.withUnsafeBytes { checksum.add(UnsafeRawBufferPointer(rebasing: $0[..<40])) }
        func checked<T: BitwiseCopyable>(_ count: Int, _ zero: T) -> [T] {
            let values = take(count, zero)
            values.withUnsafeBytes { checksum.add($0) }
            return values
        }
        let ends = checked(count, 0)
        let stamps = checked(count, FileStamp.none)
        let digests = checked(count, MD5Digest(high: 0, low: 0))
        let names = checked(nameBytes, UInt8(0))
        guard take(1, UInt64(0))[0] == checksum.value else { return nil }
        var scan = DirectoryScan()
        scan.paths = PathList(bytes: names, ends: ends)
        scan.stamps = stamps
        self.init(scan: scan, digests: digests, listing: MD5Digest(high: header[3], low: header[4]))
    }

    /// Notices torn and altered tables; not meant against an adversary, who could write the workspace as well.
    private struct Checksum {
        var value: UInt64 = 0x9E37_79B9_7F4A_7C15

        mutating func add(_ bytes: UnsafeRawBufferPointer) {
            var sum = value ^ UInt64(bytes.count)
            var at = 0
            while at + 8 <= bytes.count {
                sum = (sum ^ bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
                sum ^= sum >> 32
                at += 8
            }
            while at < bytes.count {
                sum = (sum ^ UInt64(bytes[at])) &* 0xFF51_AFD7_ED55_8CCD
                at += 1
            }
            value = sum
        }
    }
}

extension DirectoryScan {
    fileprivate init() {}
}
