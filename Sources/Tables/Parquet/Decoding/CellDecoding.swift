import Basics

/// Turns values of fixed length into eight-byte cells.
extension ParquetCell {
    /// Converts values that lie one behind the other.
    ///
    /// - Parameters:
    ///   - source: `count` values of `width` bytes; the caller has checked that.
    ///   - out: room for `count` cells.
    /// - Throws: ``ParquetDamage`` for a time or a decimal beyond 64 bits.
    func convert(
        _ source: UnsafeRawPointer, width: Int, _ out: UnsafeMutablePointer<UInt64>, _ count: Int
    ) throws {
        switch self {
        case .eight: UnsafeMutableRawPointer(out).copyMemory(from: source, byteCount: 8 * count)
        case .signed:
            for i in 0..<count {
                out[i] = UInt64(bitPattern: Int64(source.loadUnaligned(fromByteOffset: 4 * i, as: Int32.self)))
            }
        case .unsigned:
            for i in 0..<count { out[i] = UInt64(source.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)) }
        case .float:
            for i in 0..<count {
                out[i] = Double(source.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)).bitPattern
            }
        case .half:
            for i in 0..<count {
                out[i] = ParquetCell.double(half: source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
            }
        case .int96, .bigEndian:
            for i in 0..<count {
                out[i] = try one(UnsafeRawBufferPointer(start: source + width * i, count: width))
            }
        }
    }

    /// Converts one value of any length.
    func one(_ bytes: UnsafeRawBufferPointer) throws -> UInt64 {
        switch self {
        case .int96:
            guard bytes.count == 12 else { throw ParquetDamage("a time of \(bytes.count) bytes") }
            let nanoseconds = bytes.loadUnaligned(fromByteOffset: 0, as: Int64.self)
            let day = Int64(bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) - 2_440_588
            // The day and what is over may pass 64 bits where their sum does not.
            let full = day.multipliedFullWidth(by: 86_400_000_000_000)
            let (low, carries) = full.low.addingReportingOverflow(UInt64(bitPattern: nanoseconds))
            let high = full.high &+ (nanoseconds < 0 ? -1 : 0) &+ (carries ? 1 : 0)
            let value = Int64(bitPattern: low)
            guard high == (value < 0 ? -1 : 0) else {
                throw ParquetDamage("a time that 64 bits of nanoseconds do not hold (Julian day \(day + 2_440_588))")
            }
            return low
        case .bigEndian:
            var value: Int64 = bytes.first.map { $0 >= 128 ? -1 : 0 } ?? 0
            let sign = UInt8(truncatingIfNeeded: value)
            for (i, byte) in bytes.enumerated() {
                if bytes.count - i > 8 {
                    guard byte == sign else { throw ParquetDamage("a decimal that 64 bits do not hold") }
                } else {
                    if bytes.count - i == 8, bytes.count > 8, byte >> 7 != sign >> 7 {
                        throw ParquetDamage("a decimal that 64 bits do not hold")
                    }
                    value = value << 8 | Int64(byte)
                }
            }
            return UInt64(bitPattern: value)
        default:
            let width = self == .half ? 2 : self == .eight ? 8 : 4
            guard bytes.count == width, let base = bytes.baseAddress else {
                throw ParquetDamage("a value of \(bytes.count) bytes")
            }
            var out: UInt64 = 0
            try convert(base, width: width, &out, 1)
            return out
        }
    }

    /// The bits of a double with the value of an IEEE half.
    private static func double(half: UInt16) -> UInt64 {
        let sign = UInt64(half >> 15) << 63, exponent = UInt64(half >> 10 & 31), fraction = UInt64(half & 1023)
        switch exponent {
        case 0: return (Double(fraction) * 0x1p-24).bitPattern | sign
        case 31: return sign | 0x7FF << 52 | fraction << 42
        default: return sign | (exponent + 1008) << 52 | fraction << 42
        }
    }
}
