import Basics
import Foundation

/// The pages of one column in one row group, decompressed one by one.
///
/// Source: "Data Pages" and "Encodings" of the Parquet specification.
struct ParquetPages {
    /// How the values of a page lie.
    enum Form {
        /// Of fixed length, one behind the other.
        case plain
        /// Of fixed length, first all first bytes, then all second ones.
        case split
        case dictionary(HybridDecoder)
        case delta(DeltaDecoder)
        /// A bit a value.
        case bits
        case runs(HybridDecoder)
        case bytes(ByteValues)
    }

    /// A page whose values are being read.
    struct Open {
        /// Rows, and those not yet read.
        var rows: Int, left: Int
        /// Which rows have a value; nil where all have.
        var levels: HybridDecoder?
        var form: Form
        var data: UnsafeRawBufferPointer
        /// The next value of a form that has no state of its own.
        var next = 0
    }

    private let column: ParquetColumn
    private let file: UnsafeRawBufferPointer
    private let codec: Codec
    /// The next page, and the byte behind the last.
    private(set) var position: Int
    private let end: Int
    private let rawSize: Int
    private let prefixes: Scratch
    private let room: (Int) throws -> UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - footerStart: the byte behind the last page of the file.
    ///   - prefixes: for single values.
    ///   - room: for decompressed pages.
    /// - Throws: ``ParquetDamage``.
    init(
        _ column: ParquetColumn, _ chunk: ParquetFooter.Chunk, rows: Int, file: UnsafeRawBufferPointer,
        footerStart: Int, prefixes: Scratch, room: @escaping (Int) throws -> UnsafeMutableRawBufferPointer
    ) throws {
        guard !chunk.isElsewhere else { throw ParquetDamage("its values in another file") }
        guard !chunk.isEncrypted else { throw ParquetDamage("encrypted values, which are not read") }
        guard rows == 0 || chunk.hasData && chunk.type == column.physical && chunk.values == rows else {
            throw ParquetDamage("\(chunk.values) values of type \(chunk.type) in \(rows) rows")
        }
        let start = chunk.start
        guard rows == 0 || start >= 4 && start <= footerStart && chunk.storedSize <= footerStart - start else {
            throw ParquetDamage("pages at \(start) of \(chunk.storedSize) bytes, beyond the end of what is there")
        }
        codec = try ParquetCodec.of(chunk.codec)
        (self.column, self.file, self.room, self.prefixes) = (column, file, room, prefixes)
        (position, end, rawSize) = rows == 0 ? (0, 0, 0) : (start, start + chunk.storedSize, chunk.rawSize)
    }

    /// Opens the next data page; a dictionary on the way is given to `dictionary` in decompressed bytes.
    mutating func next(
        dictionary: (UnsafeRawBufferPointer, _ count: Int) throws -> Void, hasDictionary: () -> Bool
    ) throws -> Open {
        while position < end {
            let page = try ParquetPage(UnsafeRawBufferPointer(rebasing: file[..<end]), at: position)
            let first = position + page.headerSize
            let stored = UnsafeRawBufferPointer(rebasing: file[first..<first + page.storedSize])
            position = first + page.storedSize
            switch page.kind {
            case .index: continue
            case .dictionary:
                try page.check(stored)
                guard page.encoding == 0 || page.encoding == 2 else {
                    throw ParquetDamage("a dictionary in the encoding \(page.encoding)")
                }
                try dictionary(try raw(stored, page.rawSize), page.values)
            case .data, .dataV2:
                try page.check(stored)
                return try open(page, stored, hasDictionary: hasDictionary())
            }
        }
        throw ParquetDamage("fewer values than rows")
    }

    private func raw(_ stored: UnsafeRawBufferPointer, _ size: Int, isCompressed: Bool = true) throws
        -> UnsafeRawBufferPointer
    {
        guard codec != .none, isCompressed else {
            guard stored.count == size else {
                throw ParquetDamage("a page of \(stored.count) bytes that should have \(size)")
            }
            return stored
        }
        guard size <= rawSize, size <= ParquetCodec.mostRaw(codec, stored: stored.count) else {
            throw ParquetDamage("a page of \(stored.count) bytes that says it has \(size) when decompressed")
        }
        if size == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let out = try room(size)
        try codec.decompress(stored, into: out)
        return UnsafeRawBufferPointer(out)
    }

    private func open(_ page: ParquetPage, _ stored: UnsafeRawBufferPointer, hasDictionary: Bool) throws -> Open {
        var data: UnsafeRawBufferPointer
        var levels: HybridDecoder?
        if page.kind == .dataV2 {
            guard page.repetitionBytes == 0 else { throw ParquetDamage("repetition levels in a flat column") }
            if column.field.isOptional {
                levels = try HybridDecoder(.init(rebasing: stored[..<page.definitionBytes]), width: 1)
            } else if page.definitionBytes > 0 {
                throw ParquetDamage("definition levels in a required column")
            }
            let rest = UnsafeRawBufferPointer(rebasing: stored[page.definitionBytes...])
            data = try raw(rest, page.rawSize - page.definitionBytes, isCompressed: page.isCompressed)
        } else {
            data = try raw(stored, page.rawSize)
            if column.field.isOptional {
                guard page.levelEncoding == 3 else {
                    throw ParquetDamage("definition levels in the encoding \(page.levelEncoding), which is not read")
                }
                let length = try ParquetPages.length(data)
                levels = try HybridDecoder(.init(rebasing: data[4..<4 + length]), width: 1)
                data = UnsafeRawBufferPointer(rebasing: data[(4 + length)...])
            }
        }
        let form = try form(page.encoding, data, hasDictionary: hasDictionary)
        return Open(rows: page.values, left: page.values, levels: levels, form: form, data: data)
    }

    /// A length of four bytes that stands before what it measures.
    private static func length(_ data: UnsafeRawBufferPointer) throws -> Int {
        guard data.count >= 4 else { throw ParquetDamage("the end of a page inside a length") }
        let length = Int(data.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
        guard length <= data.count - 4 else { throw ParquetDamage("levels that are longer than their page") }
        return length
    }

    private func form(_ encoding: Int, _ data: UnsafeRawBufferPointer, hasDictionary: Bool) throws -> Form {
        let isFixed = column.physical == 7
        func bytes(_ form: ByteValues.Form) throws -> Form {
            // A page whose rows are all empty may have no bytes at all.
            let form = data.isEmpty ? .plain : form
            return .bytes(try ByteValues(form, data, width: column.width, scratch: prefixes))
        }
        switch (encoding, column.physical) {
        case (0, 0): return .bits
        case (0, 1...5): return .plain
        case (0, 6): return try bytes(.plain)
        case (0, 7): return try bytes(.fixed)
        case (2, 1...7), (8, 1...7):
            // A page whose rows are all empty has at most the width of positions that are not there.
            guard hasDictionary || data.count <= 1 else {
                throw ParquetDamage("a page that needs a dictionary, and none")
            }
            let width = data.first.map { Int($0) } ?? 0
            return .dictionary(try HybridDecoder(.init(rebasing: data.dropFirst()), width: width))
        case (3, 0):
            guard !data.isEmpty else { return .bits }
            let length = try ParquetPages.length(data)
            return .runs(try HybridDecoder(.init(rebasing: data[4..<4 + length]), width: 1))
        case (5, 1), (5, 2): return data.isEmpty ? .plain : .delta(try DeltaDecoder(data))
        case (6, 6): return try bytes(.lengths)
        case (7, 6), (7, 7): return try bytes(.prefixes)
        case (9, 1), (9, 2), (9, 4), (9, 5):
            guard data.count % column.width == 0 else { throw ParquetDamage("streams of different lengths") }
            return .split
        case (9, 7): return try bytes(.split)
        default:
            throw ParquetDamage("values in the encoding \(encoding), which is not read\(isFixed ? " here" : "")")
        }
    }
}
