import Basics
import CZlib

/// Parts of pages as bytes.
enum PageBytes {
    /// Which rows have a value, as a data page of version 1 begins with it.
    static func levels(_ isValid: [Bool], present: Int) -> [UInt8] {
        var runs: [UInt8] = []
        if present == isValid.count || present == 0 {
            varint(UInt64(isValid.count) << 1, &runs)
            runs.append(present == 0 ? 0 : 1)
        } else {
            runs = packed(isValid.count, width: 1) { isValid[$0] ? 1 : 0 }
        }
        return withUnsafeBytes(of: UInt32(runs.count).littleEndian) { Array($0) } + runs
    }

    /// Integers in packed groups of eight, with their head; one run where all are the same.
    static func positions(_ values: [UInt32], width: Int) -> [UInt8] {
        if let first = values.first, values.allSatisfy({ $0 == first }) {
            var out: [UInt8] = []
            varint(UInt64(values.count) << 1, &out)
            for k in 0..<(width + 7) / 8 { out.append(UInt8(truncatingIfNeeded: first >> UInt32(8 * k))) }
            return out
        }
        return values.withUnsafeBufferPointer { values in packed(values.count, width: width) { values[$0] } }
    }

    private static func packed(_ count: Int, width: Int, _ value: (Int) -> UInt32) -> [UInt8] {
        var out: [UInt8] = []
        let groups = (count + 7) / 8
        out.reserveCapacity(groups * width + 8)
        varint(UInt64(groups) << 1 | 1, &out)
        var word: UInt64 = 0, bits = 0
        for i in 0..<groups * 8 {
            word |= UInt64(i < count ? value(i) : 0) << UInt64(bits)
            bits += width
            while bits >= 8 {
                out.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
                bits -= 8
            }
        }
        return out
    }

    static func varint(_ value: UInt64, _ out: inout [UInt8]) {
        var value = value
        while value >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        out.append(UInt8(truncatingIfNeeded: value))
    }

    /// A page with its header.
    ///
    /// - Parameters:
    ///   - raw: levels and values.
    ///   - rows: of a data page; of a dictionary its values.
    /// - Returns: the bytes, and how long header and raw bytes are together.
    /// - Throws: what ``Codec/compress(_:)`` throws.
    static func page(
        _ raw: [UInt8], rows: Int, isDictionary: Bool, encoding: Int, codec: Codec
    ) throws -> (bytes: [UInt8], rawSize: Int) {
        let stored = codec == .none ? raw : try raw.withUnsafeBytes { try codec.compress($0) }
        guard let rawCount = Int32(exactly: raw.count), Int32(exactly: stored.count) != nil else {
            throw Failure(
                "file.parquet", "cannot write \(raw.count) bytes as a page of a Parquet file",
                hint: "give the writer smaller chunks")
        }
        let checksum = stored.withUnsafeBytes { bytes in
            crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
        var writer = ThriftWriter()
        writer.structure { writer in
            writer.int32(1, isDictionary ? 2 : 0)
            writer.int32(2, Int(rawCount))
            writer.int32(3, stored.count)
            writer.int32(4, Int(Int32(truncatingIfNeeded: checksum)))
            writer.structure(isDictionary ? 7 : 5) { writer in
                writer.int32(1, rows)
                writer.int32(2, encoding)
                guard !isDictionary else { return }
                writer.int32(3, 3)
                writer.int32(4, 3)
            }
        }
        return (writer.bytes + stored, writer.bytes.count + raw.count)
    }
}

/// Distinct integers in order of their first occurrence.
struct CellDictionary {
    private(set) var values: [UInt64] = []
    private var slots = [UInt32](repeating: 0, count: 1024)

    init() {}

    /// The position of a value, which is added where it is new.
    mutating func position(_ value: UInt64) -> UInt32 {
        var slot = CellDictionary.slot(value, slots.count)
        while slots[slot] != 0 {
            let position = slots[slot] - 1
            if values[Int(position)] == value { return position }
            slot = (slot + 1) & (slots.count - 1)
        }
        let position = UInt32(values.count)
        values.append(value)
        slots[slot] = position + 1
        if values.count * 2 > slots.count { grow() }
        return position
    }

    private static func slot(_ value: UInt64, _ count: Int) -> Int {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: product.high ^ product.low >> 29) & (count - 1)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for (position, value) in values.enumerated() {
            var slot = CellDictionary.slot(value, slots.count)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(position) + 1
        }
    }
}
