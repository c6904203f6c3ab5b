/// Which cells of a column hold a value, a bit a row; empty when all do.
package struct Validity: Sendable, Equatable {
    private var words: [UInt64] = []
    /// Rows.
    package private(set) var count = 0
    /// Rows without a value.
    package private(set) var nullCount = 0

    /// No row.
    package init() {}

    /// So many rows that all hold a value.
    package init(valid count: Int) { self.count = count }

    /// So many rows none of which holds a value.
    package init(empty count: Int) {
        words = [UInt64](repeating: 0, count: (count + 63) >> 6)
        // Rows behind them hold a value until it is said otherwise.
        if count & 63 > 0 { words[count >> 6] = .max << UInt64(count & 63) }
        (self.count, nullCount) = (count, count)
    }

    /// Whether the row holds a value.
    @inline(__always)
    package subscript(row: Int) -> Bool { nullCount == 0 || words[row >> 6] >> UInt64(row & 63) & 1 == 1 }

    /// Adds a row.
    @inline(__always)
    package mutating func append(_ isValid: Bool) {
        if !isValid, nullCount == 0 {
            // The first empty cell: only from here on are bits kept.
            words = [UInt64](repeating: .max, count: (count + 64) >> 6)
        }
        if !isValid || nullCount > 0 {
            if count >> 6 >= words.count { words.append(.max) }
            if !isValid {
                words[count >> 6] &= ~(1 << UInt64(count & 63))
                nullCount += 1
            }
        }
        count += 1
    }

    /// Adds rows that all have, or all lack, a value.
    package mutating func append(_ isValid: Bool, count added: Int) {
        if isValid, nullCount == 0 {
            count += added
        } else {
            for _ in 0..<added { append(isValid) }
        }
    }

    /// Adds rows by a byte each: 0 for a row without a value, else 1.
    package mutating func append(_ levels: UnsafePointer<UInt8>, count added: Int) {
        var row = 0
        // The first rows up to a whole word, or all when no cell was empty so far.
        while row < added, nullCount == 0 || count & 63 != 0 {
            append(levels[row] != 0)
            row += 1
        }
        while added - row >= 64 {
            var word: UInt64 = 0
            for bit in 0..<64 { word |= UInt64(levels[row + bit]) << UInt64(bit) }
            if count >> 6 >= words.count { words.append(word) } else { words[count >> 6] = word }
            nullCount += 64 - word.nonzeroBitCount
            count += 64
            row += 64
        }
        while row < added {
            append(levels[row] != 0)
            row += 1
        }
    }

    package static func == (a: Validity, b: Validity) -> Bool {
        guard a.count == b.count, a.nullCount == b.nullCount else { return false }
        return a.nullCount == 0 || (0..<a.count).allSatisfy { a[$0] == b[$0] }
    }
}

/// Text whose distinct values are kept once: what symbols, sides and flags take no memory in.
package struct DictionaryText: Sendable, Equatable {
    /// Distinct values, in order of their codes.
    package var values: [String]
    /// Of each row, a position in ``values``; 0 where the cell is empty.
    package var codes: [UInt32]

    /// Text of rows; each code is a position in `values`, or 0.
    package init(values: [String] = [], codes: [UInt32] = []) { (self.values, self.codes) = (values, codes) }

    /// The text of a row.
    package subscript(row: Int) -> String { values.isEmpty ? "" : values[Int(codes[row])] }

    package static func == (a: DictionaryText, b: DictionaryText) -> Bool {
        a.codes.count == b.codes.count && (0..<a.codes.count).allSatisfy { a[$0] == b[$0] }
    }
}

/// The cells of one column in one chunk.
package struct ColumnVector: Sendable, Equatable {
    /// How values lie in memory. Cells without a value hold 0, NaN, false or the first text.
    package enum Values: Sendable, Equatable {
        case bool([Bool])
        /// Of `int64`, `timestamp`, `date`, `timeOfDay` and `decimal`.
        case int64([Int64])
        case uint64([UInt64])
        /// Of `float32` and `float64`.
        case float64([Double])
        case text(DictionaryText)
        case binary([[UInt8]])
        /// Rows of a column of type `null`.
        case null(count: Int)

        /// Rows.
        package var count: Int {
            switch self {
            case .bool(let values): values.count
            case .int64(let values): values.count
            case .uint64(let values): values.count
            case .float64(let values): values.count
            case .text(let text): text.codes.count
            case .binary(let values): values.count
            case .null(let count): count
            }
        }
    }

    /// The cells.
    package var values: Values
    /// Which of the cells hold a value.
    package var validity: Validity

    /// Cells, all of which hold a value unless `validity` says otherwise.
    package init(_ values: Values, validity: Validity? = nil) {
        self.values = values
        self.validity = validity ?? Validity(valid: values.count)
    }

    /// Rows.
    package var count: Int { values.count }
}

extension ColumnVector {
    /// The cells of some rows, in that order.
    ///
    /// - Precondition: all of them are there.
    package func selecting(_ rows: [Int]) -> ColumnVector {
        var kept = Validity()
        for row in rows { kept.append(validity[row]) }
        let values: Values =
            switch self.values {
            case .bool(let cells): .bool(rows.map { cells[$0] })
            case .int64(let cells): .int64(rows.map { cells[$0] })
            case .uint64(let cells): .uint64(rows.map { cells[$0] })
            case .float64(let cells): .float64(rows.map { cells[$0] })
            case .text(let text): .text(DictionaryText(values: text.values, codes: rows.map { text.codes[$0] }))
            case .binary(let cells): .binary(rows.map { cells[$0] })
            case .null: .null(count: rows.count)
            }
        return ColumnVector(values, validity: kept)
    }
}
