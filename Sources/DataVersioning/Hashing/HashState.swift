import Basics
import Foundation

/// Remembers the hashes of files that have not changed, so that an unchanged tree costs only `stat`.
///
/// A file is believed unchanged while inode, size and modification time in nanoseconds agree, and the modification time
/// was older than the clock's grain when it was hashed, so that an edit in the same tick is not missed. Kept in
/// `.dvc/tmp/hftml-state`: single files in one text file, each tracked directory in a binary table of its own. Losing
/// it costs time, never correctness.
/// Safe to use from several threads: every method holds one lock, and file contents are hashed outside of it.
package final class HashState: @unchecked Sendable {
    /// Guards all variables below.
    private let lock = NSLock()

    /// Modification times younger than this are not yet trusted.
    static let grain: Int64 = 20_000_000

    private struct Entry {
        var stamp: FileStamp
        var md5: String
    }

    private let directory: String
    private var entries: ExactMap<Entry> = [:]
    private var trees: ExactMap<DirectorySnapshot> = [:]
    private var changedTrees = ExactSet()
    private var isChanged = false
    private var isLoaded = false
    private var filesPath: String { "\(directory)/files" }

    package init(_ directory: String) { self.directory = directory }

    /// Call it with ``lock`` held.
    private func load() {
        guard !isLoaded else { return }
        isLoaded = true
        guard let bytes = try? FileChunks.bytes(filesPath) else { return }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 4).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count == 5, let inode = UInt64(fields[0]), let size = Int64(fields[1]),
                let modified = Int64(fields[2]), fields[3].utf8.count == 32
            else { continue }
            entries[fields[4]] = Entry(stamp: FileStamp(inode: inode, size: size, modified: modified), md5: fields[3])
        }
    }

    /// The known hash of a regular file that stands as it did.
    func known(_ file: String, _ stamp: FileStamp) -> String? {
        lock.lock()
        defer { lock.unlock() }
        load()
        guard let entry = entries[file], entry.stamp == stamp else { return nil }
        return entry.md5
    }

    /// - Parameter stamp: as it was before the file was read.
    func remember(_ file: String, _ stamp: FileStamp, md5: String) {
        lock.lock()
        defer { lock.unlock() }
        load()
        guard Clock.system.now() - stamp.modified > HashState.grain, !file.utf8.contains(UInt8(ascii: "\n")) else {
            return
        }
        entries[file] = Entry(stamp: stamp, md5: md5)
        isChanged = true
    }

    /// MD5 and size of a regular file.
    package func md5(_ file: String) throws -> (md5: String, size: Int) {
        var info = stat()
        guard stat(file, &info) == 0 else { throw FileError("read", file) }
        let stamp = FileStamp(info)
        if let md5 = known(file, stamp) { return (md5, Int(stamp.size)) }
        let result = try StreamedFile.hash(file)
        if result.size == stamp.size { remember(file, stamp, md5: result.digest.hex) }
        return (result.digest.hex, result.size)
    }

    // MARK: Directories

    private func treePath(_ path: String) -> String { "\(directory)/trees/\(Digest.md5(Array(path.utf8)))" }

    func snapshot(_ path: String) -> DirectorySnapshot? {
        lock.lock()
        defer { lock.unlock() }
        if let tree = trees[path] { return tree }
        guard let tree = DirectorySnapshot(file: treePath(path)) else { return nil }
        trees[path] = tree
        return tree
    }

    func remember(_ path: String, _ snapshot: DirectorySnapshot) {
        lock.lock()
        defer { lock.unlock() }
        trees[path] = snapshot
        changedTrees.insert(path)
    }

    package func save() throws {
        lock.lock()
        defer { lock.unlock() }
        if isChanged {
            try AtomicFile.write(to: filesPath, isDurable: false) { writer in
                for (file, entry) in entries.sorted {
                    try writer.append(
                        "\(entry.stamp.inode)\t\(entry.stamp.size)\t\(entry.stamp.modified)\t\(entry.md5)\t\(file)\n")
                }
            }
            isChanged = false
        }
        for path in changedTrees.sorted { try trees[path]?.write(to: treePath(path)) }
        changedTrees = ExactSet()
    }
}
