import Basics
import Tables

/// Numbers of one column as exact decimals.
struct NumberCells {
    private enum Kind {
        case integers([Int64], scale: Int)
        case unsigned([UInt64])
        case doubles([Double])
        /// Widened when they were read; their own digits are fewer.
        case floats([Double])
        case text([ExactDecimal?], codes: [UInt32])
        /// Eight bytes, the smallest first, with a sign: integers of 10^−9, as one trading engine keeps them.
        case bytes([[UInt8]])
        case none
    }

    private let kind: Kind
    private let validity: Validity
    /// The column, for messages.
    let name: String

    /// Decimals of numbers that are kept as eight bytes.
    static let byteScale = 9

    /// Whether a column holds numbers.
    static func reads(_ type: ColumnType) -> Bool {
        switch type {
        case .int64, .uint64, .float32, .float64, .text, .binary, .null: true
        case .decimal(let scale): (0...ExactDecimal.largestScale).contains(scale)
        default: false
        }
    }

    init(_ vector: ColumnVector, _ field: Field) {
        name = field.name
        validity = vector.validity
        switch vector.values {
        case .int64(let values):
            if case .decimal(let scale) = field.type {
                kind = .integers(values, scale: scale)
            } else {
                kind = .integers(values, scale: 0)
            }
        case .uint64(let values): kind = .unsigned(values)
        case .float64(let values): kind = field.type == .float32 ? .floats(values) : .doubles(values)
        case .text(let text): kind = .text(text.values.map { ExactDecimal($0.utf8) }, codes: text.codes)
        case .binary(let values): kind = .bytes(values)
        case .bool, .null: kind = .none
        }
    }

    /// Whether a cell holds a number or something that should be one; NaN is how some programs write no value.
    private func isEmpty(_ row: Int) -> Bool {
        guard validity[row] else { return true }
        switch kind {
        case .doubles(let values), .floats(let values): return values[row].isNaN
        default: break
        }
        if case .none = kind { return true }
        return false
    }

    private func exact(_ row: Int) -> ExactDecimal? {
        switch kind {
        case .integers(let values, let scale): return ExactDecimal(values[row], scale: scale)
        case .unsigned(let values): return Int64(exactly: values[row]).map { ExactDecimal($0) }
        case .doubles(let values): return ExactDecimal(values[row])
        case .floats(let values): return ExactDecimal(Array(Float(values[row]).description.utf8))
        case .text(let values, let codes):
            let code = Int(codes[row])
            return code < values.count ? values[code] : nil
        case .bytes(let values):
            guard values[row].count == 8 else { return nil }
            let bits = values[row].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return ExactDecimal(Int64(bitPattern: bits), scale: NumberCells.byteScale)
        case .none: return nil
        }
    }

    /// Adds all numbers to what the decimals are found by.
    ///
    /// - Returns: the first row that holds no number of up to 64 bits; nil where all do.
    func survey(_ scale: inout DecimalScale, rows: Int) -> Int? {
        for row in 0..<rows where !isEmpty(row) {
            if case .doubles(let values) = kind {
                guard scale.add(values[row]) else { return row }
            } else {
                guard let value = exact(row) else { return row }
                scale.add(value)
            }
        }
        return nil
    }

    /// The number as a double, to compare it with others of its row; nil where the cell is empty.
    func double(_ row: Int) -> Double? {
        guard !isEmpty(row) else { return nil }
        switch kind {
        case .doubles(let values), .floats(let values): return values[row]
        case .integers(let values, let scale): return Double(values[row]) / Double(FixedPoint.powers[scale])
        default: return exact(row).map { Double($0.mantissa) / Double(FixedPoint.powers[$0.scale]) }
        }
    }

    /// The number as an integer of 10^−decimals; nil where the cell is empty.
    func integer(_ row: Int, decimals: Int) -> Int64? {
        guard !isEmpty(row) else { return nil }
        if case .doubles(let values) = kind, decimals <= 12,
            let quick = ExactDecimal.mantissa(of: values[row], scale: decimals)
        {
            return quick
        }
        return exact(row)?.integer(decimals: decimals)
    }
}
