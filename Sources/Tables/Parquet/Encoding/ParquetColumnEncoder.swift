import Basics

/// Rows of a column that come into one row group.
struct ColumnPart {
    let vector: ColumnVector
    let rows: Range<Int>
}

/// The pages of one column in one row group, and what the footer says of them.
struct EncodedColumn {
    /// All pages, the dictionary first.
    var bytes: [UInt8] = []
    var rawSize = 0, storedSize = 0
    /// Bytes of the dictionary page; 0 where there is none.
    var dictionarySize = 0
    var hasPlainPages = false
    var statistics = ParquetStatistics()
}

/// Encodes one column of one row group: with a dictionary as long as that pays, then plain.
struct ParquetColumnEncoder {
    let field: Field
    let storage: ParquetStorage
    private let options: ParquetWriter.Options
    var out = EncodedColumn()
    /// Data pages, while the dictionary before them grows.
    private var data: [UInt8] = []
    private var cells = CellDictionary()
    private var texts = TextInterner(), textBytes = 0
    private var usesDictionary: Bool
    /// Values of the dictionary that pages use.
    private var dictionaryCount = 0

    /// Rows of a page, and bytes of its texts.
    private static let pageRows = 65_536, pageBytes = 4 << 20
    /// Distinct values and bytes of a dictionary.
    private static let mostValues = 32_768, mostBytes = 1 << 20

    private init(_ field: Field, _ storage: ParquetStorage, _ options: ParquetWriter.Options) {
        (self.field, self.storage, self.options) = (field, storage, options)
        usesDictionary = options.usesDictionary && field.type != .bool && field.type != .binary && field.type != .null
    }

    /// - Throws: ``Failure`` with code `file.parquet` for a value that the format does not hold; what
    ///   ``Codec/compress(_:)`` throws.
    static func encode(
        _ parts: [ColumnPart], _ field: Field, _ storage: ParquetStorage, _ options: ParquetWriter.Options
    ) throws -> EncodedColumn {
        var encoder = ParquetColumnEncoder(field, storage, options)
        var page: [ColumnPart] = [], rows = 0
        for part in parts {
            var next = part.rows.lowerBound
            while next < part.rows.upperBound {
                let end = min(part.rows.upperBound, next + pageRows - rows)
                page.append(ColumnPart(vector: part.vector, rows: next..<end))
                rows += end - next
                next = end
                if rows == pageRows {
                    try encoder.add(page)
                    (page, rows) = ([], 0)
                }
            }
        }
        if rows > 0 { try encoder.add(page) }
        return try encoder.finish()
    }

    private mutating func add(_ parts: [ColumnPart]) throws {
        let rows = parts.reduce(0) { $0 + $1.rows.count }
        if rows > 1, size(parts) > ParquetColumnEncoder.pageBytes {
            // Long texts: two smaller pages.
            var first: [ColumnPart] = [], second: [ColumnPart] = [], left = rows / 2
            for part in parts {
                let middle = part.rows.lowerBound + min(left, part.rows.count)
                left -= middle - part.rows.lowerBound
                first.append(ColumnPart(vector: part.vector, rows: part.rows.lowerBound..<middle))
                second.append(ColumnPart(vector: part.vector, rows: middle..<part.rows.upperBound))
            }
            try add(first)
            return try add(second)
        }
        var isValid: [Bool] = [], present = rows
        let nulls = parts.contains { $0.vector.validity.nullCount > 0 } || field.type == .null
        if nulls {
            isValid.reserveCapacity(rows)
            for part in parts {
                for row in part.rows { isValid.append(field.type != .null && part.vector.validity[row]) }
            }
            present = isValid.reduce(0) { $0 + ($1 ? 1 : 0) }
        } else {
            isValid = [Bool](repeating: true, count: rows)
        }
        guard present == rows || field.isOptional else {
            throw refused("an empty cell in a column that says it has none")
        }
        out.statistics.add(nulls: rows - present)
        var raw = field.isOptional ? PageBytes.levels(isValid, present: present) : []
        let isPlain = try values(parts, present: present, &raw)
        let page = try PageBytes.page(
            raw, rows: rows, isDictionary: false, encoding: isPlain ? 0 : 8, codec: options.codec)
        data += page.bytes
        out.rawSize += page.rawSize
        if isPlain { out.hasPlainPages = true }
    }

    /// Bytes of texts.
    private func size(_ parts: [ColumnPart]) -> Int {
        parts.reduce(0) { sum, part in
            switch part.vector.values {
            case .text(let text):
                let lengths = text.values.map(\.utf8.count)
                return sum + part.rows.reduce(0) { $0 + (lengths.isEmpty ? 0 : lengths[Int(text.codes[$1])]) }
            case .binary(let values): return sum + part.rows.reduce(0) { $0 + values[$1].count }
            default: return sum
            }
        }
    }

    /// Appends the values of a page; whether plain.
    private mutating func values(_ parts: [ColumnPart], present: Int, _ raw: inout [UInt8]) throws -> Bool {
        switch field.type {
        case .null: return true
        case .bool:
            try bools(parts, &raw)
            return true
        case .text: return try textValues(parts, present: present, &raw)
        case .binary:
            for part in parts {
                guard case .binary(let values) = part.vector.values else { throw mismatch }
                for row in part.rows where part.vector.validity[row] { append(values[row], &raw) }
            }
            return true
        default:
            let cells = try cells(parts, present: present)
            if let positions = positions(cells) {
                append(positions, count: self.cells.values.count, &raw)
                return false
            }
            append(cells, &raw)
            return true
        }
    }

    private mutating func bools(_ parts: [ColumnPart], _ raw: inout [UInt8]) throws {
        var byte: UInt8 = 0, bit: UInt8 = 0
        for part in parts {
            guard case .bool(let values) = part.vector.values else { throw mismatch }
            for row in part.rows where part.vector.validity[row] {
                out.statistics.add(values[row])
                if values[row] { byte |= 1 << bit }
                bit += 1
                if bit == 8 {
                    raw.append(byte)
                    (byte, bit) = (0, 0)
                }
            }
        }
        if bit > 0 { raw.append(byte) }
    }

    private mutating func append(_ bytes: some Collection<UInt8>, _ raw: inout [UInt8]) {
        out.statistics.add(bytes)
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count).littleEndian) { raw.append(contentsOf: $0) }
        raw.append(contentsOf: bytes)
    }

    private mutating func textValues(_ parts: [ColumnPart], present: Int, _ raw: inout [UInt8]) throws -> Bool {
        var positions: [UInt32] = []
        if usesDictionary, present > 0 {
            positions.reserveCapacity(present)
            for part in parts {
                guard case .text(let text) = part.vector.values else { throw mismatch }
                var known = [UInt32](repeating: .max, count: text.values.count)
                for row in part.rows where part.vector.validity[row] {
                    let code = Int(text.codes[row])
                    if known[code] == .max {
                        let before = texts.values.count
                        var value = text.values[code]
                        known[code] = try value.withUTF8 { try texts.code(UnsafeRawBufferPointer($0)) }
                        if texts.values.count > before {
                            textBytes += value.utf8.count + 4
                            out.statistics.add(value.utf8)
                        }
                    }
                    positions.append(known[code])
                }
            }
            usesDictionary = isWorth(texts.values.count, bytes: textBytes, of: present)
            if usesDictionary {
                append(positions, count: texts.values.count, &raw)
                return false
            }
        }
        for part in parts {
            guard case .text(let text) = part.vector.values else { throw mismatch }
            for row in part.rows where part.vector.validity[row] { append(text[row].utf8, &raw) }
        }
        return true
    }

    /// Whether a dictionary of so many values is shorter than the values of a page, and small enough.
    private func isWorth(_ count: Int, bytes: Int, of values: Int) -> Bool {
        guard count <= ParquetColumnEncoder.mostValues, bytes <= ParquetColumnEncoder.mostBytes else { return false }
        // Once there are pages that need it, only its size matters.
        return dictionaryCount > 0 || count <= 64 || count <= values / 2
    }

    private mutating func positions(_ cells: [UInt64]) -> [UInt32]? {
        // A page without values needs no dictionary, and there may never be one.
        guard usesDictionary, !cells.isEmpty else { return nil }
        var dictionary = self.cells, positions: [UInt32] = []
        self.cells = CellDictionary()
        positions.reserveCapacity(cells.count)
        for (i, cell) in cells.enumerated() {
            positions.append(dictionary.position(cell))
            // What has nothing twice in thousands of rows will not have it later.
            let isHopeless = data.isEmpty && i == 4095 && dictionary.values.count > 3500
            if isHopeless || dictionary.values.count > ParquetColumnEncoder.mostValues { break }
        }
        self.cells = dictionary
        usesDictionary =
            positions.count == cells.count && isWorth(dictionary.values.count, bytes: 0, of: cells.count)
        return usesDictionary ? positions : nil
    }

    private mutating func append(_ positions: [UInt32], count: Int, _ raw: inout [UInt8]) {
        let width = count < 2 ? 0 : UInt32.bitWidth - UInt32(count - 1).leadingZeroBitCount
        dictionaryCount = count
        raw.append(UInt8(width))
        raw += PageBytes.positions(positions, width: width)
    }

    private func append(_ cells: [UInt64], _ raw: inout [UInt8]) {
        if storage.physical == 1 || storage.physical == 4 {
            for cell in cells {
                withUnsafeBytes(of: UInt32(truncatingIfNeeded: cell).littleEndian) { raw.append(contentsOf: $0) }
            }
        } else {
            cells.withUnsafeBytes { raw.append(contentsOf: $0) }
        }
    }

    private mutating func finish() throws -> EncodedColumn {
        if dictionaryCount > 0 {
            var plain: [UInt8] = []
            if field.type == .text {
                for text in texts.values.prefix(dictionaryCount) {
                    withUnsafeBytes(of: UInt32(truncatingIfNeeded: text.utf8.count).littleEndian) {
                        plain.append(contentsOf: $0)
                    }
                    plain.append(contentsOf: text.utf8)
                }
            } else {
                append(Array(cells.values.prefix(dictionaryCount)), &plain)
            }
            let page = try PageBytes.page(
                plain, rows: dictionaryCount, isDictionary: true, encoding: 0, codec: options.codec)
            out.bytes = page.bytes
            out.dictionarySize = page.bytes.count
            out.rawSize += page.rawSize
        }
        out.bytes += data
        return out
    }
}
