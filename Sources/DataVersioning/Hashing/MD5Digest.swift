import Basics
import CKernels

/// An MD5 hash in 16 bytes: DVC's name of content.
package struct MD5Digest: Hashable, Sendable, BitwiseCopyable {
    /// The first and the last eight bytes, most significant first.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter bytes: 16 of them.
    init(_ bytes: UnsafeRawPointer) {
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    init(_ bytes: some Sequence<UInt8>) {
        let array = Array(bytes)
        precondition(array.count == 16)
        self = array.withUnsafeBytes { pointer in
            pointer.baseAddress.map { MD5Digest($0) } ?? MD5Digest(high: 0, low: 0)
        }
    }

    /// Nil unless the text is 32 hexadecimal digits.
    package init?(hex text: some StringProtocol) {
        var text = String(text)
        let parsed = text.withUTF8 { MD5Digest(hex: UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    init?(hex bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            let nibble: UInt8
            switch byte {
            case 0x30...0x39: nibble = byte - 0x30
            case 0x61...0x66: nibble = byte - 0x57
            default: return nil
            }
            if index < 16 { words.0 = words.0 << 4 | UInt64(nibble) } else { words.1 = words.1 << 4 | UInt64(nibble) }
        }
        (high, low) = words
    }

    package var hex: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            write(into: buffer)
            return 32
        }
    }

    /// Writes 32 digits.
    func write(into buffer: UnsafeMutableBufferPointer<UInt8>) {
        for index in 0..<16 {
            buffer[index] = MD5Digest.digit(high >> UInt64(60 - 4 * index))
            buffer[16 + index] = MD5Digest.digit(low >> UInt64(60 - 4 * index))
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
    }

    /// Hashes buffers in memory, sixteen at a time in the lanes of the vector unit.
    package static func many(_ buffers: [UnsafeRawBufferPointer]) -> [MD5Digest] {
        // Longest first, so that the lanes end together.
        let order = buffers.indices.sorted { buffers[$0].count > buffers[$1].count }
        var pointers: [UnsafePointer<UInt8>?] = order.map {
            buffers[$0].baseAddress?.assumingMemoryBound(to: UInt8.self)
        }
        var lengths: [Int] = order.map { buffers[$0].count }
        var raw = [UInt8](repeating: 0, count: 16 * buffers.count)
        raw.withUnsafeMutableBytes { digests in
            guard let base = digests.baseAddress else { return }
            ck_md5_many(buffers.count, &pointers, &lengths, base.assumingMemoryBound(to: MD5Bytes.self))
        }
        var out = [MD5Digest](repeating: MD5Digest(high: 0, low: 0), count: buffers.count)
        raw.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for (position, index) in order.enumerated() { out[index] = MD5Digest(base + 16 * position) }
        }
        return out
    }
}

/// How C's `uint8_t[16]` arrives.
private typealias MD5Bytes = (
    UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
)
