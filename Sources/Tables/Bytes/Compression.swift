import Basics

/// How a stream of bytes is compressed, as its first bytes say.
enum Compression: String {
    case gzip, zstd, bzip2, lz4

    /// Bytes that suffice to tell.
    static let headSize = 10

    /// Nil for what is not compressed, or not in a way that is read.
    init?(_ head: [UInt8]) {
        let long =
            head.count >= 4 ? UInt32(head[0]) | UInt32(head[1]) << 8 | UInt32(head[2]) << 16 | UInt32(head[3]) << 24 : 0
        if head.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if long == 0xFD2F_B528 || long & 0xFFFF_FFF0 == 0x184D_2A50 {
            // A frame, or one that is to be skipped, as `pzstd` puts in front.
            self = .zstd
        } else if long == 0x184D_2204 {
            self = .lz4
        } else if head.starts(with: "BZh".utf8), head.count >= 10, (0x31...0x39).contains(head[3]),
            head[4...].starts(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
                || head[4...].starts(with: [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
        {
            self = .bzip2
        } else {
            return nil
        }
    }

    /// Whether the bytes begin a zip archive, an empty one included.
    static func isZip(_ head: [UInt8]) -> Bool {
        head.starts(with: [0x50, 0x4B, 3, 4]) || head.starts(with: [0x50, 0x4B, 5, 6])
    }

    /// Whether the bytes begin an xz file, which is not read.
    static func isXZ(_ head: [UInt8]) -> Bool { head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]) }

    /// What to run on a file that cannot be read.
    var check: String {
        switch self {
        case .gzip: "gzip -t"
        case .zstd: "zstd -t"
        case .bzip2: "bzip2 -t"
        case .lz4: "lz4 -t"
        }
    }

    /// Code of failures about damage.
    var code: String { self == .gzip ? "file.gzip" : "file.compressed" }

    /// A fresh state.
    ///
    /// - Throws: ``Failure`` with code `file.no-library`.
    func decompression() throws -> any Decompression {
        switch self {
        case .gzip:
            guard let inflater = Inflater(.gzip) else {
                throw Failure("file.gzip", "cannot start decompressing gzip", hint: "free some memory")
            }
            return inflater
        case .zstd: return try LibraryDecompression.zstd()
        case .bzip2: return try LibraryDecompression.bzip2()
        case .lz4: return try LibraryDecompression.lz4()
        }
    }
}
