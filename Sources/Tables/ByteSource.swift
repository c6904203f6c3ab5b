import Basics
import CZlib
import Foundation

/// Bytes of a file in order, decompressed on the fly if the file is gzip (by content, not by name).
///
/// Memory is two blocks, whatever the file's size.
package final class ByteSource {
    /// The file, for messages.
    package let path: String
    private let descriptor: Int32
    private let input: UnsafeMutableRawBufferPointer
    /// zlib remembers the address of its state, so it must not move.
    private let inflater: UnsafeMutablePointer<z_stream>?
    private var isAtEnd = false
    /// Whether compressed input ended inside a member.
    private var isInsideMember = false

    private static let blockSize = 1 << 18

    /// Opens a file.
    ///
    /// - Throws: ``FileError``, ``Failure`` with code `file.gzip`.
    package init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        input = .allocate(byteCount: ByteSource.blockSize, alignment: 64)
        var magic: (UInt8, UInt8) = (0, 0)
        if pread(descriptor, &magic, 2, 0) == 2, magic == (0x1F, 0x8B) {
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            // 16 + 15: gzip with the largest window.
            guard inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                stream.deallocate()
                inflater = nil
                throw Failure("file.gzip", "cannot start decompressing '\(path)'")
            }
            inflater = stream
        } else {
            inflater = nil
        }
    }

    deinit {
        if let inflater {
            inflateEnd(inflater)
            inflater.deallocate()
        }
        input.deallocate()
        close(descriptor)
    }

    /// Fills the start of `buffer` and returns how many bytes were written; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if inflater == nil { return try readPlain(into: buffer) }
        return try readCompressed(into: buffer)
    }

    private func readPlain(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileError("read", path) }
        }
    }

    private func readCompressed(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let inflater else { return 0 }
        inflater.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        inflater.pointee.avail_out = UInt32(buffer.count)
        while inflater.pointee.avail_out > 0, !isAtEnd {
            if inflater.pointee.avail_in == 0 {
                let count = try readPlain(into: input)
                if count == 0 {
                    isAtEnd = true
                    if isInsideMember {
                        throw Failure(
                            "file.gzip", "found the end of '\(path)' inside compressed data",
                            hint: "the file is cut short; fetch it again")
                    }
                    break
                }
                inflater.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
                inflater.pointee.avail_in = UInt32(count)
            }
            isInsideMember = true
            let status = inflate(inflater, Z_NO_FLUSH)
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END:
                // Another member may follow, as `cat a.gz b.gz` makes them.
                isInsideMember = false
                inflateReset(inflater)
            default:
                throw Failure(
                    "file.gzip", "found damaged compressed data in '\(path)' (zlib error \(status))",
                    hint: "fetch the file again")
            }
        }
        return buffer.count - Int(inflater.pointee.avail_out)
    }
}
