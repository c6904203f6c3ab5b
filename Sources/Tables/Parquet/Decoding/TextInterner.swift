import Foundation

/// Keeps distinct texts once and gives each a number, by their bytes: no text is made for one that is known.
struct TextInterner {
    /// Distinct texts, in order of their codes.
    private(set) var values: [String] = []
    /// Open addressing: code + 1 of what lies there, with its hash beside.
    private var slots: [UInt32]
    private var hashes: [UInt64]
    /// The text before, which the next one often is again.
    private var latest: (bytes: [UInt8], code: UInt32) = ([], .max)

    init() {
        slots = [UInt32](repeating: 0, count: 256)
        hashes = [UInt64](repeating: 0, count: 256)
    }

    /// The code of a text.
    ///
    /// - Throws: ``ParquetDamage`` for bytes that are not UTF-8.
    mutating func code(_ bytes: UnsafeRawBufferPointer) throws -> UInt32 {
        if latest.code != .max, latest.bytes.count == bytes.count,
            latest.bytes.withUnsafeBytes({ TextInterner.areEqual($0, bytes) })
        {
            return latest.code
        }
        let code = try known(bytes)
        if bytes.count <= 64 { latest = ([UInt8](bytes), code) }
        return code
    }

    private static func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        guard let x = a.baseAddress, let y = b.baseAddress else { return true }
        return memcmp(x, y, a.count) == 0
    }

    private func isText(_ code: UInt32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let utf8 = values[Int(code)].utf8
        return utf8.withContiguousStorageIfAvailable { TextInterner.areEqual(UnsafeRawBufferPointer($0), bytes) }
            ?? utf8.elementsEqual(bytes)
    }

    private mutating func known(_ bytes: UnsafeRawBufferPointer) throws -> UInt32 {
        let hash = TextInterner.hash(bytes)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let code = slots[slot] - 1
            if hashes[slot] == hash, isText(code, bytes) { return code }
            slot = (slot + 1) & (slots.count - 1)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ParquetDamage("text that is not UTF-8")
        }
        let code = UInt32(values.count)
        values.append(text)
        slots[slot] = code + 1
        hashes[slot] = hash
        if values.count * 2 > slots.count { grow() }
        return code
    }

    private mutating func grow() {
        let old = (slots, hashes)
        slots = [UInt32](repeating: 0, count: old.0.count * 2)
        hashes = [UInt64](repeating: 0, count: old.0.count * 2)
        for (code, hash) in zip(old.0, old.1) where code != 0 {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = code
            hashes[slot] = hash
        }
    }

    /// Eight bytes at a time, multiplied and folded.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15, at = 0
        func mix(_ word: UInt64) {
            let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            hash = product.high ^ product.low &+ 0x9E37_79B9_7F4A_7C15
        }
        while bytes.count - at >= 8 {
            mix(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var last: UInt64 = 0
        while at < bytes.count {
            last = last << 8 | UInt64(bytes[at])
            at += 1
        }
        mix(last)
        return hash
    }
}
