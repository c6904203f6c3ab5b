import Basics

/// Types and buffers of columns as Arrow has them.
enum ArrowEncoding {
    typealias Problem = (_ found: String, _ expected: String) -> Failure

    /// Number and fields of a type (Schema.fbs).
    static func type(_ field: Field, _ failure: Problem) throws -> (kind: Int8, type: [FlatBuilder.Value]) {
        switch field.type {
        case .null: return (1, [])
        case .int64: return (2, [.int32(64), .bool(true)])
        case .uint64: return (2, [.int32(64), .bool(false)])
        case .float32: return (3, [.int16(1)])
        case .float64: return (3, [.int16(2)])
        case .binary: return (4, [])
        case .text: return (5, [])
        case .bool: return (6, [])
        case .decimal(let scale):
            // As many digits as 64 bits can hold.
            guard (0...38).contains(scale) else {
                throw failure("a scale of \(scale) in column '\(field.name)'", "0 to 38")
            }
            return (7, [.int32(Int32(max(19, scale))), .int32(Int32(scale)), .int32(128)])
        case .date: return (8, [.int16(0)])
        case .timeOfDay(let unit): return (9, [.int16(number(unit)), .int32(isShort(unit) ? 32 : 64)])
        case .timestamp(let unit, let isUTC): return (10, [.int16(number(unit)), isUTC ? .text("UTC") : .none])
        }
    }

    private static func number(_ unit: ColumnType.Unit) -> Int16 {
        switch unit {
        case .second: 0
        case .millisecond: 1
        case .microsecond: 2
        case .nanosecond: 3
        }
    }

    /// Whether a time of day in this unit fits in 32 bits.
    private static func isShort(_ unit: ColumnType.Unit) -> Bool { unit == .second || unit == .millisecond }

    /// The buffers of a column: which cells have a value, and the values.
    static func buffers(_ column: ColumnVector, _ field: Field, _ failure: Problem) throws -> [[UInt8]] {
        let cells = column.validity.nullCount == 0 ? [] : bits(column.count) { column.validity[$0] }
        switch (field.type, column.values) {
        case (.null, .null): return []
        case (.bool, .bool(let values)): return [cells, bits(values.count) { values[$0] }]
        case (.int64, .int64(let values)), (.timestamp, .int64(let values)): return [cells, bytes(values)]
        case (.uint64, .uint64(let values)): return [cells, bytes(values)]
        case (.date, .int64(let values)): return [cells, bytes(try short(values, column, field, failure))]
        case (.timeOfDay(let unit), .int64(let values)):
            return [cells, isShort(unit) ? bytes(try short(values, column, field, failure)) : bytes(values)]
        case (.decimal, .int64(let values)): return [cells, bytes(values.flatMap { [$0, $0 >> 63] })]
        case (.float32, .float64(let values)):
            return [cells, bytes(try floats(values, column, field, failure))]
        case (.float64, .float64(let values)): return [cells, bytes(values.map(\.bitPattern))]
        case (.text, .text(let text)):
            let values = text.values.map { Array($0.utf8) }
            return [cells] + (try joined(column, field, failure) { values.isEmpty ? [] : values[Int(text.codes[$0])] })
        case (.binary, .binary(let values)): return [cells] + (try joined(column, field, failure) { values[$0] })
        default: throw failure("values of another type in column '\(field.name)'", "\(field.type)")
        }
    }

    private static func bits(_ count: Int, _ isSet: (Int) -> Bool) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: (count + 7) / 8)
        for row in 0..<count where isSet(row) { out[row >> 3] |= 1 << UInt8(row & 7) }
        return out
    }

    private static func bytes<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
        // Arrow files are little-endian, as are all machines that this runs on.
        values.withUnsafeBytes { Array($0) }
    }

    private static func short(_ values: [Int64], _ column: ColumnVector, _ field: Field, _ failure: Problem) throws
        -> [Int32]
    {
        try values.enumerated().map { row, value in
            guard column.validity[row] else { return 0 }
            guard let short = Int32(exactly: value) else {
                throw failure("\(value) in column '\(field.name)'", "what fits in 32 bits")
            }
            return short
        }
    }

    private static func floats(_ values: [Double], _ column: ColumnVector, _ field: Field, _ failure: Problem) throws
        -> [UInt32]
    {
        try values.enumerated().map { row, value in
            let float = Float(value)
            guard Double(float) == value || value.isNaN || !column.validity[row] else {
                throw failure("\(value) in column '\(field.name)'", "what a float of 32 bits holds")
            }
            return float.bitPattern
        }
    }

    /// Offsets and bytes.
    private static func joined(_ column: ColumnVector, _ field: Field, _ failure: Problem, _ bytes: (Int) -> [UInt8])
        throws -> [[UInt8]]
    {
        var offsets: [Int32] = [0], all: [UInt8] = []
        offsets.reserveCapacity(column.count + 1)
        for row in 0..<column.count {
            if column.validity[row] { all += bytes(row) }
            guard let offset = Int32(exactly: all.count) else {
                throw failure("more than 2 GiB of text in a batch of column '\(field.name)'", "less, in smaller chunks")
            }
            offsets.append(offset)
        }
        return [self.bytes(offsets), all]
    }
}
