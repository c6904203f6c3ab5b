import Basics
import Foundation

/// Bytes from the front.
protocol ByteStream: AnyObject {
    /// Fills the start of `buffer` and returns how many bytes were written: 0 at the end, and only there.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// An open file, closed when nobody needs it any more.
final class OpenFile {
    let path: String
    let descriptor: Int32

    /// - Throws: ``FileError``.
    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
    }

    deinit { close(descriptor) }

    /// Reads from where the file stands, or from `offset`.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int? = nil) throws -> Int {
        while true {
            let count =
                if let offset {
                    pread(descriptor, buffer.baseAddress, buffer.count, offset)
                } else {
                    Foundation.read(descriptor, buffer.baseAddress, buffer.count)
                }
            if count >= 0 { return count }
            if errno != EINTR { throw FileError("read", path) }
        }
    }

    /// So many bytes from `offset`; fewer where the file ends.
    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let more = try read(into: rest, at: offset + filled)
                if more == 0 { break }
                filled += more
            }
        }
    }
}

/// A whole file, or a pipe.
final class FileStream: ByteStream {
    private let file: OpenFile

    init(_ file: OpenFile) { self.file = file }

    /// Passes over bytes, where this is no pipe.
    func seek(_ count: Int) -> Bool { lseek(file.descriptor, count, SEEK_CUR) >= 0 }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try file.read(into: buffer) }
}

/// Some bytes of a file; others may read the same file meanwhile.
final class RangeStream: ByteStream {
    private let file: OpenFile
    private var offset: Int
    private let end: Int

    init(_ file: OpenFile, _ range: Range<Int>) {
        (self.file, offset, end) = (file, range.lowerBound, range.upperBound)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let wanted = min(buffer.count, end - offset)
        if wanted == 0 { return 0 }
        let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: offset)
        offset += count
        return count
    }
}

/// A stream whose first bytes were looked at.
final class PeekedStream: ByteStream {
    private let source: any ByteStream
    /// The first bytes: so many as were asked for, fewer where the stream is shorter.
    let head: [UInt8]
    private var given = 0

    init(_ source: any ByteStream, count: Int) throws {
        self.source = source
        head = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let more = try source.read(into: rest)
                if more == 0 { break }
                filled += more
            }
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if given == head.count { return try source.read(into: buffer) }
        let count = min(buffer.count, head.count - given)
        buffer.copyBytes(from: head[given..<(given + count)])
        given += count
        return count
    }

    /// Passes over bytes at once, where that can be.
    ///
    /// - Returns: over how many.
    func skip(_ count: Int) throws -> Int {
        let inHead = min(count, head.count - given)
        given += inHead
        guard count > inHead, let file = source as? FileStream, file.seek(count - inHead) else { return inHead }
        return count
    }
}
