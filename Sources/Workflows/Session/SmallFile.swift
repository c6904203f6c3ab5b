import Basics
import Foundation

/// A small file in a directory that others write to as well: read without following a link, without waiting for
/// anybody, and without taking more than was asked for.
enum SmallFile {
    /// - Parameter most: bytes.
    /// - Throws: ``Failure`` with code `file.special` for what is no regular file, or is larger; ``FileError``.
    static func bytes(_ path: String, most: Int) throws -> [UInt8] {
        func refusal(_ what: String) -> Failure {
            Failure("file.special", "found \(what) at '\(path)', expected a small regular file", hint: "move it away")
        }
        // A pipe that nobody writes to would be waited for until the end of days.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw errno == ELOOP ? refusal("a link") : FileError("open", path) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { throw refusal("a special file") }
        var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= most else { throw refusal("more than \(most) bytes") }
        }
    }
}
