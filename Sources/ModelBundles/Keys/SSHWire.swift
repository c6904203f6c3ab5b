import Basics

/// Texts and numbers as SSH writes them (RFC 4251, section 5): a length in four bytes, the highest first, then
/// the bytes.
package struct SSHWire: Sendable {
    /// What has been written, or is to be read.
    package private(set) var bytes: [UInt8]
    private var position = 0

    /// Begins to write, or to read what came.
    package init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    /// Whether all has been read.
    package var isAtEnd: Bool { position == bytes.count }

    /// Bytes behind their length.
    package mutating func write(_ part: [UInt8]) {
        writeNumber(UInt32(truncatingIfNeeded: part.count))
        bytes += part
    }

    /// A text behind its length.
    package mutating func write(_ text: String) { write(Array(text.utf8)) }

    /// Four bytes, the highest first.
    package mutating func writeNumber(_ number: UInt32) {
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }

    /// Bytes without a length.
    package mutating func writePlain(_ part: [UInt8]) { bytes += part }

    /// The next so many bytes; nil where there are fewer.
    package mutating func readPlain(_ count: Int) -> [UInt8]? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A number of four bytes; nil at the end.
    package mutating func readNumber() -> UInt32? {
        readPlain(4).map { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    /// Bytes behind their length, at most a MiB; nil where there are fewer.
    package mutating func read() -> [UInt8]? {
        guard let count = readNumber(), count <= 1 << 20 else { return nil }
        return readPlain(Int(count))
    }

    /// As ``read()``; nil also for what is no UTF-8.
    package mutating func readText() -> String? { read().flatMap { String(validating: $0, as: UTF8.self) } }
}
