import Basics
import Foundation

/// Bytes of a file in order, decompressed on the fly if the file is gzip, zstd, bzip2, LZ4 or a zip with one member: by
/// content, not by name, and two layers deep, so that a zip of a `.csv.gz` is read as the CSV.
///
/// Memory is a block and a window a layer, whatever the file's size.
package final class ByteSource {
    /// The file, for messages; of a member of an archive, `archive:member`.
    package let path: String
    private let stream: any ByteStream

    /// Compression inside compression that is read through.
    static let deepest = 2

    /// Opens a file.
    ///
    /// - Throws: ``FileError``; ``Failure`` with codes `file.gzip`, `file.compressed`, `file.archive` for an archive
    ///   that is damaged or has not one member, `file.no-library`, `file.special` for what is no regular file.
    package init(_ path: String) throws {
        self.path = path
        try ByteSource.requireRegular(path)
        let file = try OpenFile(path)
        let peeked = try PeekedStream(FileStream(file), count: Compression.headSize)
        if Compression.isZip(peeked.head) {
            let archive = try ZipArchive(file)
            stream = try ByteSource.unwrapped(archive.stream(of: try archive.onlyMember()), path, depth: 1)
        } else {
            stream = try ByteSource.unwrapped(peeked, path, depth: 0)
        }
    }

    /// Refuses pipes, devices and sockets before they are opened: some have no end, and opening others waits for
    /// somebody who writes. Files are read more than once, which these cannot be.
    ///
    /// - Throws: ``Failure`` with code `file.special`; nothing for what is not there, which opening it says.
    package static func requireRegular(_ path: String) throws {
        var info = stat()
        guard stat(path, &info) == 0 else { return }
        let what: String
        switch info.st_mode & S_IFMT {
        case S_IFREG, S_IFDIR: return
        case S_IFIFO: what = "a pipe"
        case S_IFCHR, S_IFBLK: what = "a device"
        default: what = "a special file"
        }
        throw Failure(
            "file.special", "found \(what) at '\(path)', expected a regular file",
            hint: "write what it gives into a file, and name that")
    }

    /// What is inside some layers of compression already.
    init(_ stream: any ByteStream, path: String, depth: Int) throws {
        self.path = path
        self.stream = try ByteSource.unwrapped(stream, path, depth: depth)
    }

    /// Fills the start of `buffer` and returns how many bytes were written; 0 at the end.
    ///
    /// - Throws: ``FileError``; ``Failure`` for damage that shows only here.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try stream.read(into: buffer) }

    /// Passes over bytes; over fewer where the file ends.
    ///
    /// - Throws: as ``read(into:)``.
    /// - Complexity: linear, but for files that are not compressed.
    package func skip(_ count: Int) throws {
        var left = count
        if let stream = stream as? PeekedStream { left -= try stream.skip(left) }
        guard left > 0 else { return }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: min(left, 1 << 20), alignment: 64)
        defer { block.deallocate() }
        while left > 0 {
            let taken = try read(into: UnsafeMutableRawBufferPointer(rebasing: block[..<min(left, block.count)]))
            if taken == 0 { return }
            left -= taken
        }
    }

    /// All that is left, for small files.
    ///
    /// - Parameter limit: bytes; a small file can hold very much when decompressed.
    /// - Throws: as ``read(into:)``; ``Failure`` with code `file.too-large` beyond the limit.
    package func bytes(atMost limit: Int) throws -> [UInt8] {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
        defer { block.deallocate() }
        var out: [UInt8] = []
        while true {
            let count = try read(into: block)
            if count == 0 { return out }
            guard count <= limit - out.count else {
                throw Failure(
                    "file.too-large", "found more than \(limit) bytes in '\(path)', which is read as a whole",
                    hint: "split the file, or leave it out")
            }
            out.append(contentsOf: UnsafeRawBufferPointer(rebasing: block[..<count]))
        }
    }

    /// All of a file, decompressed; see ``bytes(atMost:)``.
    package static func bytes(_ path: String, atMost limit: Int) throws -> [UInt8] {
        try ByteSource(path).bytes(atMost: limit)
    }

    private static func unwrapped(_ stream: any ByteStream, _ path: String, depth: Int) throws -> any ByteStream {
        let peeked = try stream as? PeekedStream ?? PeekedStream(stream, count: Compression.headSize)
        if let compression = Compression(peeked.head) {
            guard depth < deepest else { throw refusal(path, "more than \(deepest) compressions around each other") }
            return try unwrapped(DecompressedStream(peeked, compression, path: path), path, depth: depth + 1)
        }
        if Compression.isXZ(peeked.head) { throw refusal(path, "xz data, which is not read") }
        // Its directory stands at the end, so it can only be read where it lies bare.
        if depth > 0, Compression.isZip(peeked.head) { throw refusal(path, "a zip archive inside compressed data") }
        return peeked
    }

    private static func refusal(_ path: String, _ what: String) -> Failure {
        Failure("file.compressed", "found \(what) in '\(path)'", hint: "decompress it by hand first")
    }
}
