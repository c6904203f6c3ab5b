import Basics

/// Texts and bytes.
extension ArrowColumn {
    func text(_ rows: Range<Int>, _ validity: Validity) throws -> DictionaryText {
        var text = DictionaryText(), known: [String: UInt32] = [:]
        text.codes.reserveCapacity(rows.count)
        try forEach(rows, validity) { row, bytes in
            guard validity[row] else { return text.codes.append(0) }
            guard let value = String(validating: bytes, as: UTF8.self) else {
                throw damage(
                    "bytes that are not UTF-8 in row \(rows.lowerBound + row + 1) of the batch", expected: "text")
            }
            if let code = known[value] { return text.codes.append(code) }
            let code = UInt32(truncatingIfNeeded: text.values.count)
            known[value] = code
            text.values.append(value)
            text.codes.append(code)
        }
        return text
    }

    func binary(_ rows: Range<Int>, _ validity: Validity) throws -> [[UInt8]] {
        var values: [[UInt8]] = []
        values.reserveCapacity(rows.count)
        try forEach(rows, validity) { row, bytes in values.append(validity[row] ? [UInt8](bytes) : []) }
        return values
    }

    /// Calls `body` with every row, counted from 0, and its bytes; with none where the cell is empty.
    private func forEach(_ rows: Range<Int>, _ validity: Validity, _ body: (Int, UnsafeRawBufferPointer) throws -> Void)
        throws
    {
        switch layout.storage {
        case .fixed(let size):
            let bytes = try values(rows.lowerBound * size, rows.upperBound * size)
            try bytes.withUnsafeBytes { bytes in
                for row in 0..<rows.count {
                    try body(row, UnsafeRawBufferPointer(rebasing: bytes[(row * size)..<((row + 1) * size)]))
                }
            }
        case .views: try forEachView(rows, validity, body)
        case .offsets(let size):
            // A batch without rows may have no offsets at all.
            if rows.isEmpty { return }
            let offsets = try signed(rows.lowerBound..<(rows.upperBound + 1), size)
            guard let first = offsets.first, let last = offsets.last, buffers.count == 2, first >= 0, last >= first,
                let start = Int(exactly: first), let end = Int(exactly: last),
                let bytes = try buffers[1].bytes(start, end - start)
            else {
                throw damage(
                    "offsets \(offsets.first ?? 0) to \(offsets.last ?? 0)",
                    expected: "offsets into \(buffers.last?.count ?? 0) bytes")
            }
            try bytes.withUnsafeBytes { bytes in
                for row in 0..<rows.count {
                    let from = offsets[row], to = offsets[row + 1]
                    guard from <= to, to <= last else {
                        throw damage("offset \(to) behind \(from)", expected: "rising offsets")
                    }
                    try body(row, UnsafeRawBufferPointer(rebasing: bytes[Int(from - first)..<Int(to - first)]))
                }
            }
        default: break
        }
    }

    /// A view has the length, and then up to twelve bytes themselves, or four of them, a buffer and an offset there.
    private func forEachView(
        _ rows: Range<Int>, _ validity: Validity, _ body: (Int, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let views = try values(rows.lowerBound * 16, rows.upperBound * 16)
        try views.withUnsafeBytes { views in
            for row in 0..<rows.count {
                func word(_ index: Int) -> Int {
                    Int(Int32(littleEndian: views.loadUnaligned(fromByteOffset: row * 16 + index * 4, as: Int32.self)))
                }
                let count = validity[row] ? word(0) : 0
                if (0...12).contains(count) {
                    try body(row, UnsafeRawBufferPointer(rebasing: views[(row * 16 + 4)..<(row * 16 + 4 + count)]))
                    continue
                }
                let buffer = word(2), offset = word(3)
                guard count >= 0, buffer >= 0, buffer < buffers.count - 1,
                    let bytes = try buffers[buffer + 1].bytes(offset, count)
                else {
                    throw damage(
                        "a view of \(count) bytes at \(offset) of buffer \(buffer)",
                        expected: "a place in one of \(buffers.count - 1) buffers")
                }
                try bytes.withUnsafeBytes { try body(row, $0) }
            }
        }
    }
}
