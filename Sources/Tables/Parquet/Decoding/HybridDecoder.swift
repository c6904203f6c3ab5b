/// Runs and packed groups of small integers: definition levels, positions in a dictionary, truth values.
///
/// Source: "RLE / Bit-Packing Hybrid" of the Parquet specification.
struct HybridDecoder {
    private let base: UnsafeRawPointer
    private var at: Int
    private let end: Int
    /// Bits of a value.
    private let width: Int
    /// Values left of a run, and which.
    private var repeated = 0, value: UInt32 = 0
    /// Values left of packed groups, and the bit where they go on.
    private var packed = 0, bit = 0

    /// - Throws: ``ParquetDamage`` for a width above 32.
    init(_ bytes: UnsafeRawBufferPointer, width: Int) throws {
        guard (0...32).contains(width) else { throw ParquetDamage("integers of \(width) bits") }
        // An empty buffer may have no address; then nothing is read through it.
        base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
        (at, end, self.width) = (0, bytes.count, width)
    }

    private mutating func nextRun() throws {
        var head: UInt64 = 0, shift: UInt64 = 0
        while true {
            guard at < end, shift < 35 else { throw ParquetDamage("fewer values than the page says") }
            let byte = base.load(fromByteOffset: at, as: UInt8.self)
            at += 1
            head |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        let count = Int(head >> 1)
        if head & 1 == 1 {
            bit = at * 8
            // The last group may be cut where its values end.
            packed = width == 0 ? count * 8 : min(count * 8, (end - at) * 8 / width)
            at = min(at + count * width, end)
        } else {
            let bytes = (width + 7) / 8
            guard end - at >= bytes else { throw ParquetDamage("a run without its value") }
            value = 0
            for i in 0..<bytes { value |= UInt32(base.load(fromByteOffset: at + i, as: UInt8.self)) << UInt32(8 * i) }
            guard width == 32 || value >> UInt32(width) == 0 else {
                throw ParquetDamage("the value \(value) in \(width) bits")
            }
            at += bytes
            repeated = count
        }
    }

    /// Whether the next values are all the same one; then they are passed over.
    mutating func takeRun(_ count: Int, of expected: UInt32) throws -> Bool {
        if repeated == 0, packed == 0 { try nextRun() }
        guard repeated >= count, value == expected else { return false }
        repeated -= count
        return true
    }

    /// Reads values; `out` must have room for them.
    mutating func read<T: FixedWidthInteger>(_ out: UnsafeMutablePointer<T>, _ count: Int) throws {
        var done = 0
        while done < count {
            if repeated > 0 {
                let n = min(repeated, count - done)
                (out + done).update(repeating: T(truncatingIfNeeded: value), count: n)
                repeated -= n
                done += n
            } else if packed > 0 {
                let n = min(packed, count - done)
                unpack(out + done, n)
                packed -= n
                done += n
            } else {
                try nextRun()
            }
        }
    }

    private mutating func unpack<T: FixedWidthInteger>(_ out: UnsafeMutablePointer<T>, _ count: Int) {
        let mask: UInt64 = (1 << UInt64(width)) - 1
        var position = bit, i = 0
        // Whole words as long as they lie inside; nothing here can overflow.
        let last = (end - 8) * 8
        let inside = last < position ? 0 : width == 0 ? count : min(count, (last - position) / width + 1)
        while i < inside {
            let word = base.loadUnaligned(fromByteOffset: position &>> 3, as: UInt64.self)
            out[i] = T(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: position & 7) & mask)
            position &+= width
            i &+= 1
        }
        while i < count {
            var word: UInt64 = 0
            let first = position >> 3
            for k in 0..<max(0, min(8, end - first)) {
                word |= UInt64(base.load(fromByteOffset: first + k, as: UInt8.self)) << UInt64(8 * k)
            }
            out[i] = T(truncatingIfNeeded: word >> UInt64(position & 7) & mask)
            position += width
            i += 1
        }
        bit = position
    }
}
