import Basics

/// A packet of the SSH File Transfer Protocol as it was received; read from front to back.
///
/// draft-ietf-secsh-filexfer-02, version 3: `uint32 length`, `byte kind`, and then, in all but the first two packets of
/// a session, `uint32 id`, followed by the kind's own fields. Numbers are big-endian; texts have their length before
/// them. A field that the packet is too short for reads as zero or empty.
struct SFTPPacket {
    enum Kind: UInt8 {
        case start = 1, version = 2, open = 3, close = 4, read = 5, write = 6, openDirectory = 11, readDirectory = 12,
            remove = 13, makeDirectory = 14, stat = 17, rename = 18
        case status = 101, handle = 102, data = 103, names = 104, attributes = 105, extended = 200
    }

    /// The status SSH_FX_EOF: there is no more to read.
    static let endOfFile: UInt32 = 1

    /// What a server says of a file, as far as it says it.
    struct Attributes {
        var size = 0
        var modified = 0
        var isDirectory = false
    }

    /// Nil for a kind that no answer here has.
    let kind: Kind?
    private let bytes: [UInt8]
    private var at = 0

    init(kind: UInt8, bytes: some Sequence<UInt8>) {
        self.kind = Kind(rawValue: kind)
        self.bytes = Array(bytes)
    }

    var isAtEnd: Bool { at >= bytes.count }

    mutating func uint32() -> UInt32 {
        guard at + 4 <= bytes.count else {
            at = bytes.count
            return 0
        }
        defer { at += 4 }
        return bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func uint64() -> UInt64 { UInt64(uint32()) << 32 | UInt64(uint32()) }

    mutating func data() -> ArraySlice<UInt8> {
        let count = Int(uint32())
        guard count <= bytes.count - at else {
            at = bytes.count
            return []
        }
        defer { at += count }
        return bytes[at..<at + count]
    }

    mutating func string() -> String { String(decoding: data(), as: UTF8.self) }

    mutating func attributes() -> Attributes {
        let flags = uint32()
        var found = Attributes(), mode: UInt32 = 0
        if flags & 1 != 0 { found.size = Int(truncatingIfNeeded: uint64()) }
        if flags & 2 != 0 { _ = uint64() }
        if flags & 4 != 0 { mode = uint32() }
        if flags & 8 != 0 {
            _ = uint32()
            found.modified = Int(uint32())
        }
        if flags & 0x8000_0000 != 0 {
            for _ in 0..<uint32() where !isAtEnd {
                _ = data()
                _ = data()
            }
        }
        found.isDirectory = mode & 0o170000 == 0o040000
        return found
    }

    // MARK: Writing

    static func number(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    static func number(_ value: UInt64) -> [UInt8] {
        number(UInt32(value >> 32)) + number(UInt32(value & 0xFFFF_FFFF))
    }

    static func text(_ text: String) -> [UInt8] { number(UInt32(text.utf8.count)) + Array(text.utf8) }

    /// A whole packet.
    static func packet(_ kind: Kind, id: UInt32?, _ payload: [UInt8]) -> [UInt8] {
        number(UInt32(payload.count + (id == nil ? 1 : 5))) + [kind.rawValue] + (id.map { number($0) } ?? []) + payload
    }
}
