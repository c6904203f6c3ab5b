import Basics
import Foundation
import Tables

/// The messages of an ITCH file one after another, in bounded memory.
package final class ITCHStream {
    /// The file, for messages.
    package let path: String
    /// Of the message that was handed out last, from 1.
    package private(set) var number = 0
    private let source: ByteSource
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    private var start = 0
    private var filled = 0
    /// Bytes of the file before the buffer.
    private var before = 0
    private var isAtEnd = false

    /// - Throws: ``FileError``, ``Failure``.
    package init(_ path: String) throws {
        self.path = path
        source = try ByteSource(path)
    }

    deinit { buffer.deallocate() }

    /// The next message, valid until the next call; nil behind the last.
    ///
    /// - Throws: ``Failure`` with code `data.bad-rows` naming the byte where something else than a message stands;
    ///   ``FileError``.
    package func next() throws -> ITCHMessage? {
        if filled - start < ITCHLayout.longest + 2, !isAtEnd { try fill() }
        let left = filled - start
        guard left > 0, let base = buffer.baseAddress else { return nil }
        let fault = ITCHFraming.Fault(base + start, left)
        guard fault == nil else {
            if fault == .end { return try finish() }
            throw failure(fault)
        }
        let length = ITCHLayout.length(buffer[start + 2])
        let message = ITCHMessage(base + start + 2)
        start += 2 + length
        number += 1
        return message
    }

    /// Hands blocks of whole messages to `body`, which says how many bytes of them it took.
    ///
    /// - Throws: as ``next()``.
    package func blocks(_ body: (UnsafeRawBufferPointer) -> (used: Int, messages: Int)) throws {
        while true {
            if !isAtEnd { try fill() }
            guard filled > start else { return }
            let taken = body(UnsafeRawBufferPointer(rebasing: buffer[start..<filled]))
            start += taken.used
            number += taken.messages
            // What is left is no whole message, or nothing; `next` says which.
            if filled > start, isAtEnd || filled - start >= ITCHLayout.longest + 2 {
                guard try next() != nil else { return }
                throw failure(.type)
            }
        }
    }

    private func fill() throws {
        guard let base = buffer.baseAddress else { return }
        if start > 0 {
            memmove(base, base + start, filled - start)
            before += start
            filled -= start
            start = 0
        }
        while filled < buffer.count, !isAtEnd {
            let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            filled += count
            isAtEnd = count == 0
        }
    }

    /// Behind a length of 0 there may be more of them, and nothing else.
    private func finish() throws -> ITCHMessage? {
        while true {
            guard buffer[start..<filled].allSatisfy({ $0 == 0 }) else {
                throw Failure(
                    "data.bad-rows",
                    "\(path): byte \(before + start): found the length 0, which ends a file, and more behind it",
                    hint: "cut the file there, or fetch it again")
            }
            start = filled
            if isAtEnd { return nil }
            try fill()
        }
    }

    private func failure(_ fault: ITCHFraming.Fault?) -> Failure {
        let at = start, left = filled - start
        let found: String
        switch fault {
        case .cut: found = "the end of the file inside a message"
        case .type: found = "a message of type \(String(reflecting: Character(Unicode.Scalar(buffer[at + 2]))))"
        default:
            let length = left >= 2 ? Int(buffer[at]) << 8 | Int(buffer[at + 1]) : 0
            let type = Character(Unicode.Scalar(left > 2 ? buffer[at + 2] : 0x3F))
            found =
                "a message of type \(type) and \(length) bytes, expected "
                + "\(left > 2 ? ITCHLayout.length(buffer[at + 2]) : 0)"
        }
        return Failure(
            "data.bad-rows",
            "\(path): byte \(before + at), message \(number + 1): found \(found)"
                + (fault == .type ? ", expected one of ITCH 5.0" : ""),
            hint: "the file is damaged, cut short or of another version; fetch it again")
    }
}

extension ITCHBookBuilder {
    /// Takes all messages of a file.
    ///
    /// - Throws: as ``ITCHStream/next()``.
    package func read(_ path: String) throws { try ITCHStream(path).blocks(apply) }
}
