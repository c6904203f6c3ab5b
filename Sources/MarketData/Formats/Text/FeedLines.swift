import Basics
import Foundation
import Tables

/// Lines of a text file one after another, decompressed on the fly, over memory that grows with the longest line only.
package final class FeedLines {
    /// The file, for messages.
    package let path: String
    /// Of the line that was handed out last, from 1.
    package private(set) var number = 0
    private let source: ByteSource
    private let largest: Int
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var filled = 0
    /// Up to where no line end stands, so that a long line is not searched again and again.
    private var searched = 0
    private var isAtEnd = false

    /// - Parameter largest: bytes of a line; a longer one is refused.
    /// - Throws: ``FileError``, ``Failure``.
    package init(_ path: String, largest: Int = 1 << 24) throws {
        (self.path, self.largest) = (path, largest)
        source = try ByteSource(path)
        buffer = .allocate(byteCount: 1 << 18, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// Calls `body` with the next line, without its end; the bytes are valid inside the call only.
    ///
    /// - Returns: false behind the last line.
    /// - Throws: ``Failure`` with code `data.bad-rows` for a line that is too long, ``FileError``, what `body` throws.
    package func next(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws -> Bool {
        while true {
            if let end = lineEnd() {
                number += 1
                let first = start
                start = end + 1
                searched = start
                try body(line(first, end))
                return true
            }
            if isAtEnd {
                guard start < filled else { return false }
                number += 1
                let first = start
                start = filled
                try body(line(first, filled))
                return true
            }
            try fill()
        }
    }

    private func lineEnd() -> Int? {
        searched = max(searched, start)
        guard searched < filled, let base = buffer.baseAddress else { return nil }
        guard let found = memchr(base + searched, 10, filled - searched) else {
            searched = filled
            return nil
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    private func line(_ first: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
        let last = end > first && buffer[end - 1] == 13 ? end - 1 : end
        return UnsafeRawBufferPointer(rebasing: buffer[first..<last]).assumingMemoryBound(to: UInt8.self)
    }

    private func fill() throws {
        if start > 0, let base = buffer.baseAddress {
            memmove(base, base + start, filled - start)
            filled -= start
            searched = max(searched - start, 0)
            start = 0
        }
        if filled == buffer.count {
            guard buffer.count < largest else {
                throw Failure(
                    "data.bad-rows", "\(path):\(number + 1): found a line of more than \(largest) bytes",
                    hint: "check that the file is text of this format")
            }
            let wider = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 64)
            wider.copyMemory(from: UnsafeRawBufferPointer(buffer))
            buffer.deallocate()
            buffer = wider
        }
        let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        filled += count
        isAtEnd = count == 0
    }
}
