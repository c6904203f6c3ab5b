/// What a file is that no format reads, in a few words, by its first bytes.
enum FileKind {
    private static let magics: [(bytes: [UInt8], name: String)] = [
        (Array("%PDF".utf8), "a PDF document"), ([0x89, 0x50, 0x4E, 0x47], "a PNG picture"),
        ([0xFF, 0xD8, 0xFF], "a JPEG picture"), (Array("GIF8".utf8), "a GIF picture"),
        (Array("SQLite format 3".utf8), "an SQLite database"), ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
        (Array("\u{7F}ELF".utf8), "a program"), (Array("PK\u{3}\u{4}".utf8), "a zip archive of several files"),
        (Array("ORC".utf8), "an ORC file"), (Array("Obj\u{1}".utf8), "an Avro file"),
        (Array("FEA1".utf8), "a Feather file of version 1"), ([0xD0, 0xCF, 0x11, 0xE0], "an old Office document"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz archive"), ([0x37, 0x7A, 0xBC, 0xAF], "a 7-zip archive"),
        (Array("Rar!".utf8), "a RAR archive"), ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array"),
        ([0xD4, 0xC3, 0xB2, 0xA1], "a network capture (pcap)"),
        ([0x0A, 0x0D, 0x0D, 0x0A], "a network capture (pcapng)"),
        (Array("DBN".utf8), "a Databento binary file"), (Array("version https://git-lfs".utf8), "a Git LFS pointer"),
    ]

    /// - Parameter head: at least one byte, decompressed.
    static func name(_ head: [UInt8]) -> String {
        if let magic = magics.first(where: { head.starts(with: $0.bytes) }) { return magic.name }
        // Protocol 2 and later of Python's pickle begin with their number.
        if head.count > 2, head[0] == 0x80, (2...5).contains(head[1]) { return "a Python pickle" }
        let start = String(decoding: head.prefix(512), as: UTF8.self).lowercased()
        let text = start.drop { $0.isWhitespace }
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") { return "an HTML page" }
        if text.hasPrefix("<?xml") || text.hasPrefix("<") { return "an XML document" }
        if text.hasPrefix("{") || text.hasPrefix("[") { return "JSON without bars, trades or books that are known" }
        if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return "text in UTF-16" }
        return head.contains(0) ? "binary data" : "text without the columns of market data"
    }
}
