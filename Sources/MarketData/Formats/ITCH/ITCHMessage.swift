import Basics

/// A message in the bytes that it came in; valid as long as these are.
///
/// Whoever makes one has checked that there are as many bytes as the type has.
package struct ITCHMessage {
    @usableFromInline let bytes: UnsafeRawPointer

    @inline(__always)
    init(_ bytes: UnsafeRawPointer) { self.bytes = bytes }

    /// A letter, see ``ITCHLayout/all``.
    @inline(__always) package var type: UInt8 { bytes.load(as: UInt8.self) }
    /// Number of the instrument on this day; 0 where the message concerns none.
    @inline(__always) package var locate: UInt16 { u16(1) }
    @inline(__always) package var tracking: UInt16 { u16(3) }
    /// Nanoseconds after midnight in New York.
    @inline(__always) package var time: UInt64 { u64(3) & 0xFFFF_FFFF_FFFF }

    @inline(__always)
    func u8(_ offset: Int) -> UInt8 { bytes.load(fromByteOffset: offset, as: UInt8.self) }
    @inline(__always)
    func u16(_ offset: Int) -> UInt16 {
        UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
    @inline(__always)
    func u32(_ offset: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    @inline(__always)
    func u64(_ offset: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Text without the spaces behind it.
    func text(_ offset: Int, _ size: Int) -> String {
        let all = UnsafeRawBufferPointer(start: bytes + offset, count: size)
        let used = all.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? 0
        return String(decoding: all[..<used], as: UTF8.self)
    }

    private func field(_ name: String) -> ITCHLayout.Field? {
        ITCHLayout.of(type)?.fields.first { $0.name == name }
    }

    /// A number or price by its name in ``ITCHLayout``; nil for text and for what the type has not.
    package func number(_ name: String) -> UInt64? {
        guard let field = field(name), field.kind != .text else { return nil }
        return (0..<field.size).reduce(0) { $0 << 8 | UInt64(u8(field.offset + $1)) }
    }

    /// Text by its name in ``ITCHLayout``, without the spaces behind it; nil for numbers and what the type has not.
    package func text(_ name: String) -> String? {
        guard let field = field(name), field.kind == .text else { return nil }
        return text(field.offset, field.size)
    }
}
