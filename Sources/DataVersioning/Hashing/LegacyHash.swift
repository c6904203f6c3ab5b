import Basics
import Crypto
import Foundation

/// The hash of DVC 2: text files are hashed with CRLF taken for LF. Entries without `hash: md5` are verified with it
/// and never written.
enum LegacyHash {
    private static let chunk = 1 << 20

    static func entry(_ path: String, shownAs shown: String) throws -> DataEntry? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        var entry: DataEntry
        if info.st_mode & S_IFMT == S_IFDIR {
            let scan = try DirectoryScan(path), tree = try tree(path, scan)
            entry = DataEntry(path: shown, md5: tree.md5, size: scan.size, fileCount: tree.count)
        } else {
            entry = DataEntry(
                path: shown, md5: try md5(path), size: Int(info.st_size), isExecutable: info.st_mode & S_IXUSR != 0)
        }
        entry.isLegacy = true
        return entry
    }

    /// The listing of a directory by this rule.
    static func tree(_ path: String) throws -> DirectoryTree { try tree(path, try DirectoryScan(path)) }

    /// The same with the stamps of a scan.
    static func snapshot(_ path: String, _ scan: DirectoryScan) throws -> DirectorySnapshot {
        DirectorySnapshot(scan: scan, digests: try digests(path, scan))
    }

    private static func tree(_ path: String, _ scan: DirectoryScan) throws -> DirectoryTree {
        DirectoryTree(paths: scan.paths, digests: try digests(path, scan))
    }

    private static func digests(_ path: String, _ scan: DirectoryScan) throws -> [MD5Digest] {
        try (0..<scan.paths.count).map { index in
            MD5Digest(hex: try md5("\(path)/\(scan.paths[index])")) ?? MD5Digest(high: 0, low: 0)
        }
    }

    static func md5(_ path: String) throws -> String {
        var hasher = Insecure.MD5()
        var isText: Bool?
        try FileChunks.read(path, size: chunk) { bytes in
            let text = isText ?? looksLikeText(bytes)
            isText = text
            guard text, bytes.contains(0x0D) else { return hasher.update(bufferPointer: bytes) }
            var out: [UInt8] = []
            out.reserveCapacity(bytes.count)
            for (index, byte) in bytes.enumerated()
            where byte != 0x0D || index + 1 >= bytes.count || bytes[index + 1] != 0x0A { out.append(byte) }
            out.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        }
        return Digest.hex(hasher.finalize())
    }

    /// Judged by the first 512 bytes: no NUL, and at most 30 % that are neither printable ASCII nor white space.
    private static func looksLikeText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let head = bytes.prefix(512)
        if head.isEmpty { return true }
        if head.contains(0) { return false }
        let other = head.count { !((0x20...0x7E).contains($0) || [0x0A, 0x0D, 0x09, 0x0C, 0x08].contains($0)) }
        return Double(other) <= 0.3 * Double(head.count)
    }
}
