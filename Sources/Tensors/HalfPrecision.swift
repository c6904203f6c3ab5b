/// Numbers of 16 bits as 32-bit floats: exact, because every one of them is a 32-bit float too.
package enum HalfPrecision {
    /// IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction.
    package static func float16(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32(bits >> 10) & 0x1f, fraction = UInt32(bits) & 0x3ff
        switch exponent {
        case 0:
            // Zero, or a subnormal: fraction · 2⁻²⁴.
            let value = Float(fraction) * 0x1p-24
            return sign == 0 ? value : -value
        case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// bfloat16: the upper half of a 32-bit float.
    package static func bfloat16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
