/// Decompresses blocks of snappy: the library of Debian takes twice as long, half of it in calls for a few bytes each.
///
/// Source: "Snappy compressed format description" (format_description.txt of google/snappy).
enum SnappyBlock {
    /// Whether the block fills `raw` exactly and nothing is left of it.
    static func decompress(_ stored: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer) -> Bool {
        guard let input = stored.baseAddress, let output = raw.baseAddress else {
            // A block without bytes is a length of zero.
            return stored.count == 1 && stored[0] == 0 && raw.isEmpty
        }
        let end = stored.count, full = raw.count
        var at = 0, size: UInt64 = 0, shift: UInt64 = 0
        while true {
            guard at < end, shift < 35 else { return false }
            let byte = input.load(fromByteOffset: at, as: UInt8.self)
            at += 1
            size |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        guard size == UInt64(full) else { return false }
        var written = 0
        while at < end {
            let tag = Int(input.load(fromByteOffset: at, as: UInt8.self))
            at += 1
            if tag & 3 == 0 {
                guard literal(tag, input, &at, end, output, &written, full) else { return false }
                continue
            }
            // Offsets of one, two and four bytes without a branch: which one it is cannot be foretold.
            let kind = tag & 3
            let bytes = kind == 3 ? 4 : kind
            guard end &- at >= bytes else { return false }
            var word: UInt32 = 0
            if end &- at >= 4 {
                word = input.loadUnaligned(fromByteOffset: at, as: UInt32.self)
            } else {
                for k in 0..<bytes {
                    word |= UInt32(input.load(fromByteOffset: at + k, as: UInt8.self)) << UInt32(8 * k)
                }
            }
            let low = Int(word & (UInt32.max &>> UInt32(truncatingIfNeeded: 32 &- 8 &* bytes)))
            let offset = low | (kind == 1 ? (tag &>> 5) &<< 8 : 0)
            let count = kind == 1 ? 4 &+ ((tag &>> 2) & 7) : (tag &>> 2) &+ 1
            at &+= bytes
            guard offset > 0, offset <= written, count <= full - written else { return false }
            repeated(output + written, offset, count, room: full - written)
            written &+= count
        }
        return written == full
    }

    /// Copies bytes that are stored as they are.
    @inline(__always)
    private static func literal(
        _ tag: Int, _ input: UnsafeRawPointer, _ at: inout Int, _ end: Int, _ output: UnsafeMutableRawPointer,
        _ written: inout Int, _ full: Int
    ) -> Bool {
        var count = tag >> 2 + 1
        if count > 60 {
            let bytes = count - 60
            guard end - at >= bytes else { return false }
            count = 0
            for k in 0..<bytes { count |= Int(input.load(fromByteOffset: at + k, as: UInt8.self)) << (8 * k) }
            count += 1
            at += bytes
        }
        guard count <= end - at, count <= full - written else { return false }
        if count <= 16, end - at >= 16, full - written >= 16 {
            // Sixteen at once; what is too much is written over.
            output.storeBytes(
                of: input.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self), toByteOffset: written,
                as: SIMD16<UInt8>.self)
        } else {
            (output + written).copyMemory(from: input + at, byteCount: count)
        }
        at += count
        written += count
        return true
    }

    /// Copies bytes from `offset` before; they may reach into those that are being written.
    @inline(__always)
    private static func repeated(_ out: UnsafeMutableRawPointer, _ offset: Int, _ count: Int, room: Int) {
        let from = UnsafeRawPointer(out - offset)
        if offset >= 16, room >= 64 {
            // At most 64 bytes, in steps that do not reach what they write.
            var k = 0
            repeat {
                out.storeBytes(
                    of: from.loadUnaligned(fromByteOffset: k, as: SIMD16<UInt8>.self), toByteOffset: k,
                    as: SIMD16<UInt8>.self)
                k += 16
            } while k < count
        } else if offset >= 8, room >= 64 {
            var k = 0
            repeat {
                out.storeBytes(
                    of: from.loadUnaligned(fromByteOffset: k, as: UInt64.self), toByteOffset: k, as: UInt64.self)
                k += 8
            } while k < count
        } else {
            for k in 0..<count {
                out.storeBytes(of: from.load(fromByteOffset: k, as: UInt8.self), toByteOffset: k, as: UInt8.self)
            }
        }
    }
}
