import Basics

/// The cells of one column of one batch, which are made into vectors some rows at a time.
struct ArrowColumn {
    let name: String
    let layout: ArrowLayout
    let rowCount: Int
    /// Bits of the rows that have a value; nil where all have.
    let validity: ArrowBuffer?
    let nullCount: Int
    /// Values; or offsets and bytes; or views and the buffers that they lead to.
    let buffers: [ArrowBuffer]
    let problems: ArrowProblems

    /// Rows of the batch as a vector.
    func vector(_ rows: Range<Int>) throws -> ColumnVector {
        let validity = try cells(rows)
        switch layout.storage {
        case .null:
            var none = Validity()
            for _ in rows { none.append(false) }
            return ColumnVector(.null(count: rows.count), validity: none)
        case .bits:
            let bytes = try values(rows.lowerBound / 8, (rows.upperBound + 7) / 8)
            let start = bytes.startIndex - rows.lowerBound / 8
            return ColumnVector(
                .bool(rows.map { bytes[start + $0 / 8] >> UInt8($0 & 7) & 1 == 1 && validity[$0 - rows.lowerBound] }),
                validity: validity)
        case .signed(let size):
            return ColumnVector(.int64(cleared(try signed(rows, size), validity)), validity: validity)
        case .unsigned(let size):
            return ColumnVector(.uint64(cleared(try unsigned(rows, size), validity)), validity: validity)
        case .float(let size): return ColumnVector(.float64(try floats(rows, size, validity)), validity: validity)
        case .dateMilliseconds:
            return ColumnVector(.int64(try days(cleared(try signed(rows, 8), validity), rows)), validity: validity)
        case .decimal(let size): return ColumnVector(.int64(try decimals(rows, size, validity)), validity: validity)
        case .offsets, .views, .fixed:
            return layout.type == .text
                ? ColumnVector(.text(try text(rows, validity)), validity: validity)
                : ColumnVector(.binary(try binary(rows, validity)), validity: validity)
        }
    }

    func damage(_ found: String, expected: String) -> Failure {
        problems.damage("\(found) in column '\(name)'", expected: expected)
    }

    private func cells(_ rows: Range<Int>) throws -> Validity {
        guard let validity else { return Validity(valid: rows.count) }
        let first = rows.lowerBound / 8
        guard let bytes = try validity.bytes(first, (rows.upperBound + 7) / 8 - first) else {
            throw damage("\(validity.count) bytes of validity", expected: "a bit for each of \(rowCount) rows")
        }
        var cells = Validity()
        bytes.withUnsafeBytes { bytes in
            for row in rows { cells.append(bytes[row / 8 - first] >> UInt8(row & 7) & 1 == 1) }
        }
        return cells
    }

    /// Bytes of the buffer of values or offsets.
    func values(_ from: Int, _ to: Int) throws -> ArraySlice<UInt8> {
        guard let buffer = buffers.first, let bytes = try buffer.bytes(from, to - from) else {
            throw damage("\(buffers.first?.count ?? 0) bytes of values", expected: "\(to) or more")
        }
        return bytes
    }

    func numbers<T: FixedWidthInteger>(_ rows: Range<Int>, _ type: T.Type) throws -> [T] {
        let size = MemoryLayout<T>.size
        let bytes = try values(rows.lowerBound * size, rows.upperBound * size)
        return bytes.withUnsafeBytes { bytes in
            (0..<rows.count).map { T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * size, as: T.self)) }
        }
    }

    private func cleared<T: FixedWidthInteger>(_ values: [T], _ validity: Validity) -> [T] {
        if validity.nullCount == 0 { return values }
        return values.indices.map { validity[$0] ? values[$0] : 0 }
    }

    func signed(_ rows: Range<Int>, _ size: Int) throws -> [Int64] {
        switch size {
        case 1: try numbers(rows, Int8.self).map(Int64.init)
        case 2: try numbers(rows, Int16.self).map(Int64.init)
        case 4: try numbers(rows, Int32.self).map(Int64.init)
        default: try numbers(rows, Int64.self)
        }
    }

    func unsigned(_ rows: Range<Int>, _ size: Int) throws -> [UInt64] {
        switch size {
        case 1: try numbers(rows, UInt8.self).map(UInt64.init)
        case 2: try numbers(rows, UInt16.self).map(UInt64.init)
        case 4: try numbers(rows, UInt32.self).map(UInt64.init)
        default: try numbers(rows, UInt64.self)
        }
    }

    private func floats(_ rows: Range<Int>, _ size: Int, _ validity: Validity) throws -> [Double] {
        let values: [Double]
        switch size {
        case 2: values = try numbers(rows, UInt16.self).map { Double(Float16(bitPattern: $0)) }
        case 4: values = try numbers(rows, UInt32.self).map { Double(Float(bitPattern: $0)) }
        default: values = try numbers(rows, UInt64.self).map { Double(bitPattern: $0) }
        }
        if validity.nullCount == 0 { return values }
        return values.indices.map { validity[$0] ? values[$0] : .nan }
    }

    private func days(_ milliseconds: [Int64], _ rows: Range<Int>) throws -> [Int64] {
        try milliseconds.enumerated().map { row, value in
            let (days, rest) = value.quotientAndRemainder(dividingBy: 86_400_000)
            guard rest == 0 else {
                throw damage(
                    "\(value) milliseconds in row \(rows.lowerBound + row + 1) of the batch", expected: "a whole day")
            }
            return days
        }
    }

    private func decimals(_ rows: Range<Int>, _ size: Int, _ validity: Validity) throws -> [Int64] {
        if size <= 8 { return cleared(try signed(rows, size), validity) }
        let bytes = try values(rows.lowerBound * size, rows.upperBound * size)
        return try bytes.withUnsafeBytes { bytes in
            try (0..<rows.count).map { row in
                guard validity[row] else { return 0 }
                let words = (0..<(size / 8)).map {
                    Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: row * size + $0 * 8, as: Int64.self))
                }
                guard words.dropFirst().allSatisfy({ $0 == words[0] >> 63 }) else {
                    throw problems.refusal(
                        "a decimal of more than 18 digits in row \(rows.lowerBound + row + 1) of a batch of column "
                            + "'\(name)'")
                }
                return words[0]
            }
        }
    }
}
