import Basics
import Foundation

/// What identifies a file's content without reading it: same inode, size, modification and change time in nanoseconds,
/// same content.
///
/// The modification time alone does not do: programs that unpack, copy or restore set it back. The change time is the
/// kernel's and cannot be set. A link made to the file, or another mode, moves it as well; then the file is read once
/// more than needed.
struct FileStamp: Sendable, Equatable, BitwiseCopyable {
    var inode: UInt64
    var size: Int64
    /// Nanoseconds; -1 never compares equal to a real time, so such an entry is hashed again.
    var modified: Int64
    /// Nanoseconds.
    var changed: Int64

    static let none = FileStamp(inode: 0, size: 0, modified: 0, changed: 0)

    init(inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// Nil where there is no file.
    static func of(_ path: String) -> FileStamp? {
        var info = stat()
        return stat(path, &info) == 0 ? FileStamp(info) : nil
    }

    /// Nil where the descriptor cannot be asked.
    static func of(_ descriptor: Int32) -> FileStamp? {
        var info = stat()
        return fstat(descriptor, &info) == 0 ? FileStamp(info) : nil
    }

    init(_ info: stat) {
        inode = UInt64(info.st_ino)
        size = Int64(info.st_size)
        modified = FileStamp.nanoseconds(info.st_mtim)
        changed = FileStamp.nanoseconds(info.st_ctim)
    }

    /// Only compared: a date past the year 2262, which 64 bits do not reach to, wraps round and is told apart as well.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Whether the file was touched so shortly before that another write may carry the same times. Every write moves
    /// the change time, so it alone decides: a modification time may be of any day.
    func isFresh(at now: Int64) -> Bool { changed >= now - HashState.grain }

    /// What to say of a file that did not hold still.
    static func unsteady(_ path: String) -> Failure {
        Failure(
            "data.changed-while-reading", "found '\(path)' changed while it was read",
            hint: "nothing was recorded of it; run the same command again when nothing writes there")
    }
}
