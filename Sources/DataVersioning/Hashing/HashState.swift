import Basics
import Foundation

/// Remembers the hashes of files that have not changed, so that an unchanged tree costs only `stat`.
///
/// A file is believed unchanged while its stamp agrees, and its times were older than the clock's grain when it was
/// hashed, so that an edit in the same tick is not missed. Kept in `.dvc/tmp/hftml-state`: single files in one text
/// file, each tracked directory in a binary table of its own. Losing it costs time, never correctness; so tables of
/// another version are made anew, and a workspace that cannot be written goes without.
/// Safe to use from several threads: every method holds one lock, and file contents are hashed outside of it.
package final class HashState: @unchecked Sendable {
    /// Guards all variables below.
    private let lock = NSLock()

    /// Times younger than this are not yet trusted.
    static let grain: Int64 = 20_000_000

    private struct Entry {
        var stamp: FileStamp
        var md5: String
    }

    /// A path by its bytes: two spellings of one letter are two files.
    private struct Key: Hashable, Comparable {
        let bytes: [UInt8]

        init(_ path: String) { bytes = Array(path.utf8) }
        static func < (a: Key, b: Key) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
    }

    /// The first line of the text file.
    private static let header = "hftml-state 2"

    private let directory: String
    private var entries: [Key: Entry] = [:]
    private var trees: [Key: DirectorySnapshot] = [:]
    private var changedTrees: Set<Key> = []
    private var isChanged = false
    private var isLoaded = false
    private var filesPath: String { "\(directory)/files" }

    package init(_ directory: String) { self.directory = directory }

    /// Call it with ``lock`` held.
    private func load() {
        guard !isLoaded else { return }
        isLoaded = true
        guard let bytes = try? FileChunks.bytes(filesPath) else { return }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard let first = lines.first, first.elementsEqual(HashState.header.utf8) else { return }
        for line in lines.dropFirst() {
            let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 5).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count == 6, let inode = UInt64(fields[0]), let size = Int64(fields[1]),
                let modified = Int64(fields[2]), let changed = Int64(fields[3]), fields[4].utf8.count == 32
            else { continue }
            let stamp = FileStamp(inode: inode, size: size, modified: modified, changed: changed)
            entries[Key(fields[5])] = Entry(stamp: stamp, md5: fields[4])
        }
    }

    /// The known hash of a regular file that stands as it did.
    func known(_ file: String, _ stamp: FileStamp) -> String? {
        lock.lock()
        defer { lock.unlock() }
        load()
        guard let entry = entries[Key(file)], entry.stamp == stamp else { return nil }
        return entry.md5
    }

    /// - Parameter stamp: as it was before the file was read.
    func remember(_ file: String, _ stamp: FileStamp, md5: String) {
        lock.lock()
        defer { lock.unlock() }
        load()
        guard !stamp.isFresh(at: Clock.system.now()), !file.utf8.contains(UInt8(ascii: "\n")) else { return }
        entries[Key(file)] = Entry(stamp: stamp, md5: md5)
        isChanged = true
    }

    /// MD5 and size of a regular file.
    package func md5(_ file: String) throws -> (md5: String, size: Int) {
        guard let stamp = FileStamp.of(file) else { throw FileError("read", file) }
        if let md5 = known(file, stamp) { return (md5, Int(stamp.size)) }
        let result = try StreamedFile.hash(file, stamp: stamp)
        remember(file, stamp, md5: result.digest.hex)
        return (result.digest.hex, result.size)
    }

    /// Waits until what was just written can be trusted by its stamp, where reading it once more would take longer.
    ///
    /// - Returns: whether it waited.
    @discardableResult
    func settle(bytes: Int) -> Bool {
        guard bytes > 32 << 20 else { return false }
        usleep(useconds_t(HashState.grain / 1_000 + 1_000))
        return true
    }

    // MARK: Directories

    private func treePath(_ key: Key) -> String { "\(directory)/trees/\(Digest.md5(key.bytes))" }

    func snapshot(_ path: String) -> DirectorySnapshot? {
        lock.lock()
        defer { lock.unlock() }
        let key = Key(path)
        if let tree = trees[key] { return tree }
        guard let tree = DirectorySnapshot(file: treePath(key)) else { return nil }
        trees[key] = tree
        return tree
    }

    func remember(_ path: String, _ snapshot: DirectorySnapshot) {
        lock.lock()
        defer { lock.unlock() }
        trees[Key(path)] = snapshot
        changedTrees.insert(Key(path))
    }

    /// What a look at a directory found now, where its files are those that are on record: nothing to write.
    func refresh(_ path: String, _ snapshot: DirectorySnapshot) {
        lock.lock()
        defer { lock.unlock() }
        trees[Key(path)] = snapshot
    }

    /// Writes what was learned. Where nothing may be written, nothing is: those who only read need no right to write.
    ///
    /// - Throws: ``FileError`` for any other reason, such as a full disk.
    package func save() throws {
        lock.lock()
        defer { lock.unlock() }
        do { try write() } catch let error as FileError where [EACCES, EPERM, EROFS].contains(error.number) {}
    }

    /// Call it with ``lock`` held.
    private func write() throws {
        if isChanged {
            try AtomicFile.write(to: filesPath, isDurable: false) { writer in
                try writer.append("\(HashState.header)\n")
                for (file, entry) in entries.sorted(by: { $0.key < $1.key }) {
                    let stamp = entry.stamp
                    let times = "\(stamp.modified)\t\(stamp.changed)"
                    try writer.append("\(stamp.inode)\t\(stamp.size)\t\(times)\t\(entry.md5)\t")
                    try file.bytes.withUnsafeBytes { try writer.append($0) }
                    try writer.append("\n")
                }
            }
            isChanged = false
        }
        for key in changedTrees.sorted() { try trees[key]?.write(to: treePath(key)) }
        changedTrees = []
    }
}
