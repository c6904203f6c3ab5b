/// Bytes that are read as little-endian numbers. What lies outside is 0, so that nothing traps: check sizes first.
struct LittleEndianBytes {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }
    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var count: Int { bytes.count }

    func u16(_ offset: Int) -> UInt16 { UInt16(truncatingIfNeeded: number(offset, 2)) }
    func u32(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(offset, 4)) }
    func u64(_ offset: Int) -> UInt64 { number(offset, 8) }

    /// Some of the bytes; fewer where there are fewer.
    func slice(_ offset: Int, _ count: Int) -> ArraySlice<UInt8> {
        guard offset >= 0, count >= 0 else { return [] }
        return bytes.dropFirst(offset).prefix(count)
    }

    private func number(_ offset: Int, _ size: Int) -> UInt64 {
        guard offset >= 0, offset <= bytes.count - size else { return 0 }
        var value: UInt64 = 0
        for byte in slice(offset, size).reversed() { value = value << 8 | UInt64(byte) }
        return value
    }
}
