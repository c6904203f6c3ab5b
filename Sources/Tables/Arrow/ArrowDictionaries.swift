import Basics

/// Values that are kept once, of columns that hold positions in them.
struct ArrowDictionaries {
    private var values: [Int64: ColumnVector] = [:]

    /// Adds the values of a batch, behind those that are there if it is a delta.
    mutating func add(
        _ id: Int64, isDelta: Bool, _ header: ArrowBatchHeader, _ body: ArrowBody, _ schema: ArrowSchema,
        _ problems: ArrowProblems
    ) throws {
        // Several columns may share a dictionary; their values are alike.
        guard let column = schema.columns.first(where: { $0.dictionary?.id == id }) else {
            throw problems.damage("dictionary \(id)", expected: "one of a column")
        }
        // A dictionary is held as a whole, so its rows have to be there.
        guard header.rowCount <= max(1 << 16, body.bytes.count.saturatingTimes(64)) else {
            throw problems.damage("a dictionary of \(header.rowCount) values", expected: "as many as its bytes hold")
        }
        let batch = try ArrowBatch(header, body, [(column.field.name, column.layout)], problems)
        let vectors = try batch.vectors(0..<batch.rowCount)
        guard let more = vectors.first else { return }
        if column.layout.type != .null { try batch.check(nulls: [more.validity.nullCount]) }
        if isDelta, let known = values[id] {
            values[id] = known.appending(more)
        } else {
            values[id] = more
        }
    }

    /// The values at the positions that a column holds.
    func vector(_ positions: ColumnVector, _ column: ArrowSchema.Column, _ problems: ArrowProblems) throws
        -> ColumnVector
    {
        guard let id = column.dictionary?.id, let dictionary = values[id] else {
            throw problems.damage("no dictionary for column '\(column.field.name)'", expected: "one before the rows")
        }
        let indices = try indices(positions, dictionary.count, column, problems)
        var validity = Validity()
        for index in indices { validity.append(index >= 0 && dictionary.validity[index]) }
        return ColumnVector(dictionary.values.gathered(indices), validity: validity)
    }

    /// Positions, −1 where there is none.
    private func indices(
        _ positions: ColumnVector, _ count: Int, _ column: ArrowSchema.Column, _ problems: ArrowProblems
    ) throws -> [Int] {
        func index(_ row: Int, _ position: Int?) throws -> Int {
            guard positions.validity[row] else { return -1 }
            guard let position, position >= 0, position < count else {
                throw problems.damage(
                    "a position outside of the dictionary in column '\(column.field.name)'",
                    expected: "one below \(count)")
            }
            return position
        }
        switch positions.values {
        case .int64(let values): return try values.indices.map { try index($0, Int(exactly: values[$0])) }
        case .uint64(let values): return try values.indices.map { try index($0, Int(exactly: values[$0])) }
        default: throw problems.damage("positions that are no integers", expected: "integers")
        }
    }
}

extension ColumnVector.Values {
    /// Values at positions; the value of an empty cell for −1.
    fileprivate func gathered(_ indices: [Int]) -> ColumnVector.Values {
        switch self {
        case .bool(let values): .bool(indices.map { $0 < 0 ? false : values[$0] })
        case .int64(let values): .int64(indices.map { $0 < 0 ? 0 : values[$0] })
        case .uint64(let values): .uint64(indices.map { $0 < 0 ? 0 : values[$0] })
        case .float64(let values): .float64(indices.map { $0 < 0 ? .nan : values[$0] })
        case .text(let text):
            .text(DictionaryText(values: text.values, codes: indices.map { $0 < 0 ? 0 : text.codes[$0] }))
        case .binary(let values): .binary(indices.map { $0 < 0 ? [] : values[$0] })
        case .null: .null(count: indices.count)
        }
    }
}
