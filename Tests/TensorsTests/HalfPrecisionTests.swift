import Basics
import Tensors
import Testing

/// Floats of 16 and 64 bits in weight files; values from IEEE 754 and from numpy.
@Suite struct HalfPrecisionTests {
    @Test(
        "binary16 by its bits, subnormals and infinities too",
        arguments: [
            (0x0000, 0), (0x3c00, 1), (0xc000, -2), (0x7bff, 65_504), (0x0001, 5.960_464_5e-8), (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5), (0x3555, 0.333_251_95), (0x7c00, Float.infinity), (0xfc00, -Float.infinity),
        ] as [(UInt16, Float)])
    func half(_ bits: UInt16, _ value: Float) { #expect(HalfPrecision.float16(bits) == value) }

    @Test("what is no number stays none")
    func notANumber() {
        #expect(HalfPrecision.float16(0x7e00).isNaN)
        #expect(HalfPrecision.bfloat16(0x7fc0).isNaN)
    }

    /// A file with one tensor of a type.
    private func file(_ type: String, _ bytes: [UInt8]) throws -> SafetensorsFile {
        let header = Array(#"{"a":{"dtype":"\#(type)","shape":[2],"data_offsets":[0,\#(bytes.count)]}}"#.utf8)
        var all = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        all += header + bytes
        return try all.withUnsafeBytes { try SafetensorsFile.parse($0, file: "f") }
    }

    @Test("F16, BF16 and F64 are read as 32-bit floats; whole numbers are no weights; what is not known is named")
    func types() throws {
        #expect(try file("F16", [0x00, 0x3c, 0x00, 0xc0]).tensor("a").values == [1, -2])
        #expect(try file("BF16", [0x80, 0x3f, 0xf7, 0xc2]).tensor("a").values == [1, -123.5])
        let doubles = [1.5, -2.0].flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        #expect(try file("F64", doubles).tensor("a").values == [1.5, -2])
        let whole = #expect(throws: Failure.self) { try file("I32", [1, 0, 0, 0, 2, 0, 0, 0]).tensor("a") }
        #expect(whole?.code == "weights.type")
        let other = #expect(throws: Failure.self) { try file("F8_E4M3", [0, 0]) }
        #expect(other?.message.contains("F8_E4M3") == true)
    }
}
