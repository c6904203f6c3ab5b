/// Collects the first rows of successive chunks into one.
package struct TableRows {
    package let fields: [Field]
    private var columns: [ColumnVector] = []
    /// Rows so far.
    package private(set) var count = 0

    /// - Parameter fields: of every chunk that will come.
    package init(fields: [Field]) { self.fields = fields }

    /// Adds rows from the front of a chunk until there are `limit` in all.
    package mutating func append(_ chunk: TableChunk, upTo limit: Int) {
        let taken = min(max(limit - count, 0), chunk.rowCount)
        let parts = chunk.columns.map { $0.prefix(taken) }
        columns = columns.isEmpty ? parts : zip(columns, parts).map { $0.appending($1) }
        count += taken
    }

    /// The rows so far.
    package var chunk: TableChunk {
        guard !columns.isEmpty else {
            return TableChunk(fields: fields, columns: fields.map { ColumnVector(empty: $0.type) }, rowCount: 0)
        }
        return TableChunk(fields: fields, columns: columns, rowCount: count)
    }
}

extension ColumnVector {
    /// A column without rows.
    package init(empty type: ColumnType) {
        let values: Values =
            switch type {
            case .bool: .bool([])
            case .int64, .timestamp, .date, .timeOfDay, .decimal: .int64([])
            case .uint64: .uint64([])
            case .float32, .float64: .float64([])
            case .text: .text(DictionaryText())
            case .binary: .binary([])
            case .null: .null(count: 0)
            }
        self.init(values)
    }

    /// The first rows.
    ///
    /// - Precondition: there are as many.
    package func prefix(_ count: Int) -> ColumnVector {
        let first: Values =
            switch values {
            case .bool(let values): .bool(Array(values.prefix(count)))
            case .int64(let values): .int64(Array(values.prefix(count)))
            case .uint64(let values): .uint64(Array(values.prefix(count)))
            case .float64(let values): .float64(Array(values.prefix(count)))
            case .text(let text): .text(DictionaryText(values: text.values, codes: Array(text.codes.prefix(count))))
            case .binary(let values): .binary(Array(values.prefix(count)))
            case .null: .null(count: count)
            }
        var bits = Validity()
        for row in 0..<count { bits.append(validity[row]) }
        return ColumnVector(first, validity: bits)
    }

    /// This column with the rows of another one of its type behind it.
    package func appending(_ other: ColumnVector) -> ColumnVector {
        var bits = validity
        for row in 0..<other.count { bits.append(other.validity[row]) }
        let all: Values =
            switch (values, other.values) {
            case (.bool(let a), .bool(let b)): .bool(a + b)
            case (.int64(let a), .int64(let b)): .int64(a + b)
            case (.uint64(let a), .uint64(let b)): .uint64(a + b)
            case (.float64(let a), .float64(let b)): .float64(a + b)
            case (.text(let a), .text(let b)): .text(a.appending(b))
            case (.binary(let a), .binary(let b)): .binary(a + b)
            default: .null(count: count + other.count)
            }
        return ColumnVector(all, validity: bits)
    }
}

extension DictionaryText {
    /// This text with the rows of another one behind it; values that both have are kept once.
    func appending(_ other: DictionaryText) -> DictionaryText {
        var out = self
        var known = Dictionary(values.enumerated().map { ($1, UInt32($0)) }, uniquingKeysWith: { first, _ in first })
        let codes = other.values.map { value in
            if let code = known[value] { return code }
            let code = UInt32(out.values.count)
            known[value] = code
            out.values.append(value)
            return code
        }
        out.codes += other.codes.map { codes.isEmpty ? 0 : codes[Int($0)] }
        return out
    }
}
