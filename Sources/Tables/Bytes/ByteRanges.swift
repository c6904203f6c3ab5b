import Basics
import Foundation

/// Bytes of a file by their place, decompressed.
///
/// A file that is not compressed is read at any place at the same cost; a compressed one from the front, and again from
/// the front where a place before the last one is asked for, unless it was taken into memory as a whole.
package final class ByteRanges {
    /// Whether every place costs the same.
    package let isDirect: Bool
    /// Bytes of the file; nil where it is compressed.
    package let size: Int?
    private let path: String
    private let file: OpenFile?
    private var source: ByteSource?
    private var position = 0
    /// Bytes behind ``position`` that were read and given back.
    private var pending: [UInt8] = []
    private var held: [UInt8]?

    /// Opens a file.
    ///
    /// - Throws: as ``ByteSource/init(_:)``.
    package init(_ path: String) throws {
        self.path = path
        let file = try OpenFile(path)
        let head = try PeekedStream(RangeStream(file, 0..<Compression.headSize), count: Compression.headSize).head
        let end = lseek(file.descriptor, 0, SEEK_END)
        isDirect = end >= 0 && Compression(head) == nil && !Compression.isZip(head) && !Compression.isXZ(head)
        (self.file, size) = isDirect ? (file, Int(end)) : (nil, nil)
        source = isDirect ? nil : try ByteSource(path)
    }

    /// Fills the start of `buffer` with what stands at `offset`.
    ///
    /// - Returns: how many bytes; fewer than fit only where the file ends.
    /// - Throws: as ``ByteSource/read(into:)``.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let held {
            let part = held.dropFirst(offset).prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        }
        if file == nil { try move(to: offset) }
        var filled = 0
        if !pending.isEmpty {
            filled = min(pending.count, buffer.count)
            buffer.copyBytes(from: pending.prefix(filled))
            pending.removeFirst(filled)
        }
        let given = filled
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try file?.read(into: rest, at: offset + filled) ?? source?.read(into: rest) ?? 0
            if count == 0 { break }
            filled += count
        }
        position += filled - given
        return filled
    }

    private func move(to offset: Int) throws {
        if offset < position - pending.count || source == nil {
            source = try ByteSource(path)
            (position, pending) = (0, [])
        }
        let over = min(pending.count, max(0, offset - (position - pending.count)))
        pending.removeFirst(over)
        guard pending.isEmpty, offset > position else { return }
        try source?.skip(offset - position)
        position = offset
    }

    /// Gives back the end of what was read last: it is read again next.
    package func unread(_ bytes: UnsafeRawBufferPointer) {
        if file == nil, held == nil { pending = Array(bytes) + pending }
    }

    /// Takes all of a compressed file into memory.
    ///
    /// - Returns: false for a file of more than `limit` bytes.
    /// - Throws: as ``ByteSource/read(into:)``.
    package func hold(atMost limit: Int) throws -> Bool {
        guard file == nil, held == nil else { return true }
        let source = try ByteSource(path)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { block.deallocate() }
        var all: [UInt8] = []
        while true {
            let count = try source.read(into: block)
            if count == 0 { break }
            guard count <= limit - all.count else { return false }
            all.append(contentsOf: UnsafeRawBufferPointer(rebasing: block[..<count]))
        }
        held = all
        return true
    }
}
