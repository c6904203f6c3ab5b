import Basics
import Foundation

/// Remembers the hash of files that have not changed: path → inode, size, modification time in nanoseconds → MD5.
///
/// A file is believed unchanged while all three agree and the modification time is older than the moment it was hashed by more than
/// the clock's grain, so that an edit in the same tick is not missed. Kept in `.dvc/tmp/hftml-hashes`, one line per file; losing it
/// costs time, never correctness.
package final class HashState {
    private struct Entry {
        var inode: UInt64
        var size: Int64
        var modified: Int64
        var md5: String
    }

    private let path: String
    private var entries: [String: Entry] = [:]
    private var isChanged = false

    package init(_ path: String) {
        self.path = path
        guard let bytes = try? FileChunks.bytes(path) else { return }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 4).map { String(decoding: $0, as: UTF8.self) }
            guard fields.count == 5, let inode = UInt64(fields[0]), let size = Int64(fields[1]), let modified = Int64(fields[2]), fields[3].utf8.count == 32
            else { continue }
            entries[fields[4]] = Entry(inode: inode, size: size, modified: modified, md5: fields[3])
        }
    }

    /// MD5 and size of a regular file.
    package func md5(_ file: String) throws -> (md5: String, size: Int) {
        var info = stat()
        guard stat(file, &info) == 0 else { throw FileError("read", file) }
        let modified = Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
        if let entry = entries[file], entry.inode == UInt64(info.st_ino), entry.size == Int64(info.st_size), entry.modified == modified {
            return (entry.md5, Int(info.st_size))
        }
        let md5 = try Digest.md5(file: file)
        if Clock.system.now() - modified > 20_000_000, !file.contains("\n") {
            entries[file] = Entry(inode: UInt64(info.st_ino), size: Int64(info.st_size), modified: modified, md5: md5)
            isChanged = true
        }
        return (md5, Int(info.st_size))
    }

    package func save() throws {
        guard isChanged else { return }
        try AtomicFile.write(to: path) { writer in
            for (file, entry) in entries.sorted(by: { $0.key < $1.key }) {
                try writer.append("\(entry.inode)\t\(entry.size)\t\(entry.modified)\t\(entry.md5)\t\(file)\n")
            }
        }
        isChanged = false
    }
}
