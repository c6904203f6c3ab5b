import Basics

/// A file in a zip archive, as the archive's directory describes it.
package struct ZipMember: Sendable, Equatable {
    /// With directories, separated by `/`. For people: bytes that are no UTF-8 are replaced.
    package let name: String
    /// Bytes when decompressed, as the directory says; reading checks it.
    package let size: Int
    /// Bytes in the archive.
    package let storedSize: Int
    let checksum: UInt32
    let method: UInt16
    let flags: UInt16
    /// Where its own header begins.
    let offset: Int

    /// Whether it stands for a directory and holds nothing.
    package var isDirectory: Bool { name.hasSuffix("/") }

    /// Why the member cannot be read; nil when it can.
    var refusal: String? {
        if flags & 0x2041 != 0 { return "an encrypted member" }
        switch method {
        case 0, 8: return nil
        default: return "a member compressed with \(ZipMember.methods[method] ?? "method \(method)")"
        }
    }

    /// Names of what is not read (APPNOTE 6.3.10, 4.4.5).
    private static let methods: [UInt16: String] = [
        1: "shrink", 6: "implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 20: "zstd", 93: "zstd", 95: "xz",
        97: "WavPack", 98: "PPMd", 99: "AES encryption",
    ]
}
