import Basics

/// Values of fixed length as the format stores them.
extension ParquetColumnEncoder {
    /// The values that are there, as bits: of four bytes in the lower half.
    ///
    /// - Throws: ``Failure`` with code `file.parquet` for a value that the format does not hold.
    mutating func cells(_ parts: [ColumnPart], present: Int) throws -> [UInt64] {
        var out: [UInt64] = []
        out.reserveCapacity(present)
        for part in parts {
            let validity = part.vector.validity, isFull = validity.nullCount == 0
            switch (part.vector.values, storage.isFloating, field.type == .uint64) {
            case (.int64(let values), false, false):
                for row in part.rows where isFull || validity[row] { out.append(try cell(values[row])) }
            case (.uint64(let values), false, true):
                for row in part.rows where isFull || validity[row] {
                    self.out.statistics.add(values[row])
                    out.append(values[row])
                }
            case (.float64(let values), true, false):
                for row in part.rows where isFull || validity[row] { out.append(try cell(values[row])) }
            default: throw mismatch
            }
        }
        return out
    }

    private mutating func cell(_ value: Int64) throws -> UInt64 {
        guard let stored = value.times(storage.factor) else {
            throw refused("\(value) seconds, which no milliseconds of 64 bits hold")
        }
        if storage.physical == 1, Int32(exactly: stored) == nil {
            throw refused("\(value), which the 32 bits of its type do not hold")
        }
        if case .decimal = field.type, stored.magnitude >= 1_000_000_000_000_000_000 {
            throw refused("the decimal \(value), which has more than \(ParquetStorage.mostDigits) digits")
        }
        out.statistics.add(stored)
        return UInt64(bitPattern: stored)
    }

    private mutating func cell(_ value: Double) throws -> UInt64 {
        out.statistics.add(value)
        guard storage.physical == 4 else { return value.bitPattern }
        let float = Float(value)
        guard Double(float) == value || value.isNaN else {
            throw refused("\(value), which is no 32-bit float")
        }
        return UInt64(float.bitPattern)
    }

    func refused(_ what: String) -> Failure {
        Failure(
            "file.parquet", "found \(what), cannot write it to the column '\(field.name)'",
            hint: "give the column another type")
    }

    /// Rows that are not of the type of their column.
    var mismatch: Failure { refused("values of another type than the column's") }
}
