import Basics
import CZlib

/// The header of a page.
struct ParquetPage {
    enum Kind { case data, dataV2, dictionary, index }

    var kind = Kind.index
    var rawSize = 0, storedSize = 0, values = 0, encoding = -1
    /// Of a data page of version 1; 3 is runs and packed groups.
    var levelEncoding = 3
    /// Of a data page of version 2: bytes of its levels, which are not compressed.
    var definitionBytes = 0, repetitionBytes = 0
    var isCompressed = true
    private var checksum: UInt32?
    /// Bytes of the header itself.
    private(set) var headerSize = 0

    /// Reads the header that begins at a byte.
    ///
    /// - Throws: ``ParquetDamage``.
    init(_ bytes: UnsafeRawBufferPointer, at start: Int) throws {
        var reader = ThriftReader(bytes, at: start)
        var type = -1, found = 0
        try reader.structure { reader, id, field in
            switch id {
            case 1: type = try reader.integer(field)
            case 2: rawSize = try reader.size(field)
            case 3: storedSize = try reader.size(field)
            case 4: checksum = UInt32(truncatingIfNeeded: try reader.integer(field))
            case 5, 7, 8:
                guard field == 12 else { throw ParquetDamage("a page header without its structure") }
                found |= 1 << id
                try reader.structure { reader, inner, field in
                    switch (id, inner) {
                    case (_, 1): values = try reader.size(field)
                    case (5, 2), (7, 2), (8, 4): encoding = try reader.integer(field)
                    case (5, 3): levelEncoding = try reader.integer(field)
                    case (8, 5): definitionBytes = try reader.size(field)
                    case (8, 6): repetitionBytes = try reader.size(field)
                    case (8, 7): isCompressed = try reader.bool(field)
                    default: try reader.skip(field)
                    }
                }
            default: try reader.skip(field)
            }
        }
        headerSize = reader.position - start
        switch type {
        case 0: kind = .data
        case 1: kind = .index
        case 2: kind = .dictionary
        case 3: kind = .dataV2
        default: throw ParquetDamage("a page of the unknown type \(type)")
        }
        guard kind == .index || found == 1 << [5, 6, 7, 8][type] else {
            throw ParquetDamage("a page header of another type than its page")
        }
        guard values <= Int(Int32.max) else { throw ParquetDamage("a page of \(values) values") }
        guard storedSize <= bytes.count - reader.position else {
            throw ParquetDamage("a page of \(storedSize) bytes where \(bytes.count - reader.position) are left")
        }
        guard definitionBytes <= storedSize, repetitionBytes <= storedSize - definitionBytes,
            definitionBytes + repetitionBytes <= rawSize
        else { throw ParquetDamage("levels that are longer than their page") }
    }

    /// Compares the checksum, if there is one, with the stored bytes.
    ///
    /// - Throws: ``ParquetDamage``.
    func check(_ stored: UnsafeRawBufferPointer) throws {
        guard let checksum else { return }
        let start = stored.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard UInt32(truncatingIfNeeded: crc32_z(0, start, stored.count)) == checksum || stored.isEmpty else {
            throw ParquetDamage("a page that its checksum does not fit")
        }
    }
}

/// The codec of a column's pages.
enum ParquetCodec {
    /// - Throws: ``ParquetDamage`` with the name of one that is not read.
    static func of(_ number: Int) throws -> Codec {
        switch number {
        case 0: .none
        case 1: .snappy
        case 2: .gzip
        case 4: .brotli
        case 6: .zstd
        case 7: .lz4Raw
        case 3: throw ParquetDamage("pages compressed with LZO, which is not read")
        case 5: throw ParquetDamage("pages compressed with the LZ4 of Hadoop, which is not read (LZ4_RAW is)")
        default: throw ParquetDamage("pages compressed with the unknown codec \(number)")
        }
    }

    /// The number of a codec in files; nil for one that Parquet has not.
    static func number(_ codec: Codec) -> Int? {
        switch codec {
        case .none: 0
        case .snappy: 1
        case .gzip: 2
        case .brotli: 4
        case .zstd: 6
        case .lz4Raw: 7
        case .lz4Frame: nil
        }
    }

    /// The most bytes that so many stored bytes can be: memory is not taken by what a damaged header says.
    static func mostRaw(_ codec: Codec, stored: Int) -> Int {
        let ratio =
            switch codec {
            case .none: 1
            case .snappy: 64
            case .gzip: 1040
            case .lz4Raw, .lz4Frame: 256
            // Both repeat megabytes by a few bytes.
            case .zstd, .brotli: 1 << 20
            }
        // Above 64 MiB a page has to be likely.
        let most = max(64 << 20, stored.saturatingTimes(64))
        return min(stored.saturatingTimes(ratio).saturatingPlus(64), most, mostPage)
    }

    /// Bytes of a page; usual are one million.
    static let mostPage = 512 << 20
}
