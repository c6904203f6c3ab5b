import Basics
import Foundation

/// A regular file of a directory that others write to, read once: what is verified is what was read, whatever becomes
/// of the name meanwhile.
final class HostFile: Sendable {
    /// All of it.
    let bytes: [UInt8]
    /// Open as long as this lives: while it is, no other file gets the same number.
    private let descriptor: Int32

    private init(bytes: [UInt8], descriptor: Int32) { (self.bytes, self.descriptor) = (bytes, descriptor) }

    deinit { close(descriptor) }

    /// Why a name gives no file to read.
    enum Problem: Error, Equatable {
        /// It was taken away.
        case missing
        /// For people: what was found in the place of a file.
        case unreadable(String)
    }

    /// Follows no link, waits for no pipe, and reads no more than it may.
    ///
    /// - Parameter most: bytes.
    static func read(_ path: String, most: Int) throws(Problem) -> HostFile {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: throw .missing
            case ELOOP: throw .unreadable("found a link, expected a regular file")
            default: throw .unreadable("cannot open it: \(String(cString: strerror(errno)))")
            }
        }
        do { return HostFile(bytes: try all(descriptor, most: most), descriptor: descriptor) } catch {
            close(descriptor)
            throw error
        }
    }

    /// The header of a safetensors file, and nothing else of it; nil where there is none.
    ///
    /// - Parameter most: bytes.
    static func safetensorsHeader(_ path: String, most: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG,
            let length = prefix(8, of: descriptor)?.reversed().reduce(0 as UInt64, { $0 << 8 | UInt64($1) }),
            length <= UInt64(most), Int64(length) < info.st_size
        else { return nil }
        return prefix(Int(length), of: descriptor)
    }

    /// The next bytes; nil where there are not so many.
    private static func prefix(_ count: Int, of descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count), filled = 0
        while filled < count {
            let found = bytes[filled...].withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress, $0.count)
            }
            if found < 0, errno == EINTR { continue }
            guard found > 0 else { return nil }
            filled += found
        }
        return bytes
    }

    private static func all(_ descriptor: Int32, most: Int) throws(Problem) -> [UInt8] {
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable("found no regular file")
        }
        guard info.st_size <= most else {
            throw .unreadable("found \(info.st_size) bytes, at most \(most) are read")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(info.st_size) + 1)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable("cannot read it: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= most else { throw .unreadable("found more than \(most) bytes") }
        }
        return bytes
    }

    /// Takes the name away, unless another file has it meanwhile: that one was not looked at yet.
    ///
    /// - Returns: false where this account may not, as in a directory whose entries are their owners' alone.
    func remove(_ path: String) throws -> Bool {
        var own = stat(), named = stat()
        guard fstat(descriptor, &own) == 0, lstat(path, &named) == 0, own.st_dev == named.st_dev,
            own.st_ino == named.st_ino
        else { return true }
        guard unlink(path) == 0 || errno == ENOENT else {
            if [EPERM, EACCES, EROFS].contains(errno) { return false }
            throw FileError("remove", path)
        }
        DirectoryEntries.synchronise(Paths.parent(path))
        return true
    }
}

/// Names in a directory, as the disk knows them.
enum DirectoryEntries {
    /// Forces a directory's names to the disk, where the file system can.
    static func synchronise(_ directory: String) {
        let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
