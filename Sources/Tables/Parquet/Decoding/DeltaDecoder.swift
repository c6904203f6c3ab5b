/// Integers as differences in packed blocks.
///
/// Source: "Delta Encoding (DELTA_BINARY_PACKED = 5)" of the Parquet specification.
struct DeltaDecoder {
    private let base: UnsafeRawPointer
    private let end: Int
    /// The byte behind what was read of the headers and of whole miniblocks.
    private var at = 0
    private let miniCount: Int, miniSize: Int
    /// Values not yet given out.
    private(set) var left: Int
    private var previous: UInt64, isFirst = true
    private var smallest: UInt64 = 0
    /// Where the widths of this block lie, and the miniblock that is read.
    private var widths = 0, mini: Int
    private var width = 0, bit = 0, leftInMini = 0

    /// - Throws: ``ParquetDamage``.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
        end = bytes.count
        (previous, left) = (0, 0)
        var position = 0
        func varint(_ position: inout Int) throws -> UInt64 {
            try DeltaDecoder.varint(bytes.baseAddress, bytes.count, &position)
        }
        let block = try varint(&position), minis = try varint(&position), total = try varint(&position)
        guard block > 0, block <= 1 << 20, minis > 0, block % minis == 0, block / minis % 32 == 0,
            total <= UInt64(Int32.max)
        else { throw ParquetDamage("blocks of \(block) differences in \(minis) parts") }
        let first = try varint(&position)
        (miniCount, miniSize) = (Int(minis), Int(block / minis))
        (left, previous) = (Int(total), DeltaDecoder.unzigzag(first))
        mini = miniCount
        at = position
    }

    private static func varint(_ base: UnsafeRawPointer?, _ end: Int, _ at: inout Int) throws -> UInt64 {
        var value: UInt64 = 0, shift: UInt64 = 0
        while shift < 64, at < end, let base {
            let byte = base.load(fromByteOffset: at, as: UInt8.self)
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw ParquetDamage("the end inside packed differences")
    }

    private static func unzigzag(_ value: UInt64) -> UInt64 { value >> 1 ^ (0 &- (value & 1)) }

    /// Goes to the next miniblock.
    private mutating func nextMini() throws {
        mini += 1
        if mini >= miniCount {
            smallest = DeltaDecoder.unzigzag(try DeltaDecoder.varint(base, end, &at))
            guard end - at >= miniCount else { throw ParquetDamage("the end inside packed differences") }
            widths = at
            at += miniCount
            mini = 0
        }
        width = Int(base.load(fromByteOffset: widths + mini, as: UInt8.self))
        guard width <= 64 else { throw ParquetDamage("differences of \(width) bits") }
        bit = at * 8
        // The last one may be cut where its values end.
        let needed = (min(miniSize, left) * width + 7) / 8
        guard end - at >= needed else { throw ParquetDamage("the end inside packed differences") }
        at = min(at + miniSize * width / 8, end)
        leftInMini = miniSize
    }

    /// Reads values; `out` must have room for them.
    mutating func read(_ out: UnsafeMutablePointer<UInt64>, _ count: Int) throws {
        guard count <= left else { throw ParquetDamage("fewer values than the page says") }
        var done = 0
        if isFirst, count > 0 {
            out[0] = previous
            (isFirst, done) = (false, 1)
            left -= 1
        }
        while done < count {
            if leftInMini == 0 { try nextMini() }
            let n = min(leftInMini, count - done)
            unpack(out + done, n)
            leftInMini -= n
            left -= n
            done += n
        }
    }

    private mutating func unpack(_ out: UnsafeMutablePointer<UInt64>, _ count: Int) {
        var sum = previous, position = bit
        let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
        for i in 0..<count {
            let first = position >> 3, shift = UInt64(position & 7)
            var word: UInt64
            if first + 9 <= end {
                word = base.loadUnaligned(fromByteOffset: first, as: UInt64.self) >> shift
                if shift > 0 {
                    word |= UInt64(base.load(fromByteOffset: first + 8, as: UInt8.self)) << (64 - shift)
                }
            } else {
                word = slowWord(first, shift)
            }
            sum = sum &+ smallest &+ (word & mask)
            out[i] = sum
            position += width
        }
        (previous, bit) = (sum, position)
    }

    private func slowWord(_ first: Int, _ shift: UInt64) -> UInt64 {
        var low: UInt64 = 0
        for k in 0..<max(0, min(8, end - first)) {
            low |= UInt64(base.load(fromByteOffset: first + k, as: UInt8.self)) << UInt64(8 * k)
        }
        low >>= shift
        if shift > 0, first + 8 < end {
            low |= UInt64(base.load(fromByteOffset: first + 8, as: UInt8.self)) << (64 - shift)
        }
        return low
    }

    /// One value.
    mutating func next() throws -> UInt64 {
        var value: UInt64 = 0
        try read(&value, 1)
        return value
    }

    /// The byte behind all values; only before any was read.
    ///
    /// - Complexity: O(miniblocks), each of which takes a byte at least.
    func endOfValues() throws -> Int {
        var copy = self
        copy.left = max(0, copy.left - 1)
        while copy.left > 0 {
            try copy.nextMini()
            copy.left -= min(copy.left, copy.miniSize)
        }
        // Widths of miniblocks that are not there are passed with their block.
        return copy.at
    }
}
