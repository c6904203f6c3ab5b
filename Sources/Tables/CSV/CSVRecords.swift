import Basics

/// Records of a CSV file, one after the other, in bounded memory: 4 MiB, and no record longer than 1 MiB.
///
/// Blank lines are passed over, a byte-order mark is dropped. A cell begins with a quote to be quoted; in it a quote is
/// doubled.
package final class CSVRecords {
    /// What is taken away from around cells and between records.
    package enum Manner: Sendable {
        /// Nothing but line ends.
        case exact
        /// Comment lines, and spaces and tabs around cells.
        case lenient
    }

    /// The file, as messages name it.
    package let path: String
    /// Between cells.
    package let separator: UInt8
    private let isLenient: Bool
    /// Nil where all bytes lie in memory.
    private let source: ByteSource?
    private let base: UnsafeMutablePointer<UInt8>
    private var filled = 0, position = 0, nextLine = 1
    private var isAtEnd = false, isFirst = true
    private var cells: [(start: Int, end: Int, isQuoted: Bool)] = []
    /// Place in the file of the first byte in memory.
    private var baseOffset = 0
    /// Line where the record starts, from 1.
    package private(set) var line = 0
    /// Place in the file where the record starts, from 0.
    package private(set) var offset = 0
    /// Comment lines so far.
    package private(set) var comments = 0
    /// The last comment without its sign, while no record was read.
    package private(set) var comment: [UInt8] = []
    /// Whether the last line ended with a newline; known at the end.
    package private(set) var endsWithNewline = true

    private static let largestRecord = 1 << 20
    private static let capacity = 1 << 22
    /// Bytes of the first reading: who looks at some rows only reads no more.
    private static let firstReading = 1 << 18
    private static let quote = UInt8(ascii: "\""), newline = UInt8(ascii: "\n"), carriage = UInt8(ascii: "\r")

    /// Records of a file.
    ///
    /// - Parameters:
    ///   - place: where a record starts, from which to read, and its line.
    /// - Throws: ``FileError``; as ``ByteSource``.
    package init(
        _ path: String, separator: UInt8, manner: Manner = .lenient, from place: (offset: Int, line: Int) = (0, 1)
    ) throws {
        (self.path, self.separator, isLenient) = (path, separator, manner == .lenient)
        let source = try ByteSource(path)
        self.source = source
        try source.skip(place.offset)
        (baseOffset, nextLine, isFirst) = (place.offset, place.line, place.offset == 0)
        base = .allocate(capacity: CSVRecords.capacity)
    }

    /// Whole records that lie in memory, as they stand in a file from some line on. The bytes outlive this.
    package init(
        _ bytes: UnsafeMutableRawBufferPointer, path: String, separator: UInt8, manner: Manner = .lenient,
        from place: (offset: Int, line: Int)
    ) {
        (self.path, self.separator, isLenient) = (path, separator, manner == .lenient)
        source = nil
        base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? .allocate(capacity: 1)
        (filled, isAtEnd, isFirst) = (bytes.count, true, false)
        (baseOffset, nextLine) = (place.offset, place.line)
        endsWithNewline = bytes.last.map { $0 == CSVRecords.newline } ?? true
    }

    deinit { if source != nil { base.deallocate() } }

    /// Cells of the record.
    package var count: Int { cells.count }

    /// The line behind the record, and its place in the file.
    package var following: (offset: Int, line: Int) { (baseOffset + position, nextLine) }

    /// Bytes of a cell, without quotes around it; valid until the next record.
    ///
    /// - Precondition: `index < count`.
    @inline(__always)
    package func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let cell = cells[index]
        return UnsafeBufferPointer(start: base + cell.start, count: cell.end - cell.start)
    }

    /// A cell as text; doubled quotes are undone.
    package func text(_ index: Int) -> String {
        guard index < cells.count else { return "" }
        let text = String(decoding: bytes(index), as: UTF8.self)
        return cells[index].isQuoted ? text.replacing("\"\"", with: "\"") : text
    }

    /// A cell that names something: other names whose bytes are no UTF-8 would become one.
    ///
    /// - Throws: ``Failure`` with code `csv.encoding`, with the place of the cell.
    package func name(_ index: Int) throws -> String {
        guard index < cells.count, String(validating: bytes(index), as: UTF8.self) == nil else { return text(index) }
        throw Failure(
            "csv.encoding", "\(place(index)): found the name '\(text(index))', whose bytes are no UTF-8",
            hint: "convert the file: iconv -f LATIN1 -t UTF-8 '\(path)' > utf8.csv")
    }

    /// Column of the line where a cell starts, from 1, in bytes.
    package func column(_ index: Int) -> Int { cells[index].start - cells[0].start + 1 }

    /// File, line and column of a cell.
    package func place(_ index: Int) -> String {
        "\(path):\(line)" + (index < cells.count ? ":\(column(index))" : "")
    }

    /// Reads the next record.
    ///
    /// - Returns: false behind the last one.
    /// - Throws: ``Failure`` with code `csv.syntax`; what the file throws.
    package func next() throws -> Bool {
        while true {
            if position >= filled { try fill() }
            if position >= filled { return false }
            line = nextLine
            offset = baseOffset + position
            if isLenient, firstByte() == UInt8(ascii: "#") {
                try skipComment()
                continue
            }
            guard try split() else {
                // The record goes on behind what is in memory.
                guard filled - position <= CSVRecords.largestRecord else { throw tooLong() }
                nextLine = line
                try fill()
                continue
            }
            let isBlank = cells.count == 1 && cells[0].start == cells[0].end && !cells[0].isQuoted
            if !isBlank { return true }
        }
    }

    private func firstByte() -> UInt8? {
        var index = position
        while index < filled, base[index] == 32 || base[index] == 9 && separator != 9 { index += 1 }
        return index < filled ? base[index] : nil
    }

    private func skipComment() throws {
        var end = position
        while true {
            while end < filled, base[end] != CSVRecords.newline { end += 1 }
            if end < filled || isAtEnd { break }
            guard filled - position <= CSVRecords.largestRecord else { throw tooLong() }
            let length = end - position
            try fill()
            end = position + length
        }
        let last = end > position && base[end - 1] == CSVRecords.carriage ? end - 1 : end
        if cells.isEmpty {
            comment = UnsafeBufferPointer(start: base + position, count: last - position).drop { $0 == 35 } + []
        }
        position = min(end + 1, filled)
        nextLine += 1
        comments += 1
    }

    /// Reads more behind what is left.
    private func fill() throws {
        guard !isAtEnd, let source else { return }
        if position > 0 {
            base.update(from: base + position, count: filled - position)
            baseOffset += position
            filled -= position
            position = 0
        }
        let wanted = filled == 0 && baseOffset == 0 ? CSVRecords.firstReading : CSVRecords.capacity - filled
        let goal = filled + wanted
        while filled < goal {
            let count = try source.read(into: UnsafeMutableRawBufferPointer(start: base + filled, count: goal - filled))
            if count == 0 { isAtEnd = true; break }
            filled += count
        }
        if isFirst {
            if filled >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { position = 3 }
            isFirst = false
        }
        if isAtEnd, filled > 0 { endsWithNewline = base[filled - 1] == CSVRecords.newline }
    }

    private func fault(_ reason: String, _ hint: String, column: Int? = nil) -> Failure {
        Failure("csv.syntax", "\(path):\(line)\(column.map { ":\($0)" } ?? ""): \(reason)", hint: hint)
    }

    private func tooLong() -> Failure {
        fault("found a record of more than \(CSVRecords.largestRecord) bytes", "look for a quote that is not closed")
    }

    // MARK: - Cells

    /// - Returns: false where the record does not end in memory.
    private func split() throws -> Bool {
        cells.removeAll(keepingCapacity: true)
        let limit = min(filled, position + CSVRecords.largestRecord + 1), isWhole = limit == filled && isAtEnd
        var start = position, end = position
        while true {
            if start < limit, base[start] == CSVRecords.quote || isLenient && isSpaceBeforeQuote(&start, limit) {
                guard let close = try quoted(start, limit, isWhole) else { return false }
                end = close
            } else {
                end = start
                while end < limit, base[end] != separator, base[end] != CSVRecords.newline { end += 1 }
                guard end < limit || isWhole else { return false }
                append(start, end)
            }
            guard end < limit else { position = limit; break }
            if base[end] == CSVRecords.newline { position = end + 1; break }
            start = end + 1
        }
        nextLine += 1
        return true
    }

    private func isSpaceBeforeQuote(_ start: inout Int, _ limit: Int) -> Bool {
        guard base[start] == 32 else { return false }
        var index = start
        while index < limit, base[index] == 32 { index += 1 }
        guard index < limit, base[index] == CSVRecords.quote else { return false }
        start = index
        return true
    }

    /// - Returns: the place behind the cell; nil where it does not end in memory.
    private func quoted(_ start: Int, _ limit: Int, _ isWhole: Bool) throws -> Int? {
        var index = start + 1
        while index < limit {
            if base[index] == CSVRecords.newline { nextLine += 1 }
            if base[index] == CSVRecords.quote {
                if index + 1 < limit, base[index + 1] == CSVRecords.quote { index += 2; continue }
                break
            }
            index += 1
        }
        guard index < limit else {
            if isWhole { throw fault("found a quote that is not closed", "close the quote or double it") }
            return nil
        }
        let last = index
        index += 1
        if isLenient {
            while index < limit, base[index] == 32 || base[index] == CSVRecords.carriage { index += 1 }
        } else if index < limit, base[index] == CSVRecords.carriage {
            index += 1
        }
        guard index < limit || isWhole else { return nil }
        guard index >= limit || base[index] == separator || base[index] == CSVRecords.newline else {
            throw fault(
                "found text after a closing quote", "quote the whole field", column: index - position + 1)
        }
        append(start + 1, last, isQuoted: true)
        return index
    }

    private func append(_ first: Int, _ last: Int, isQuoted: Bool = false) {
        var start = first, end = last
        if isLenient {
            while end > start, base[end - 1] == 32 || base[end - 1] == CSVRecords.carriage || base[end - 1] == 9 {
                end -= 1
            }
            while start < end, base[start] == 32 || base[start] == 9 { start += 1 }
        } else if !isQuoted, end > start, base[end - 1] == CSVRecords.carriage,
            end == filled || base[end] == CSVRecords.newline
        {
            end -= 1
        }
        cells.append((start, end, isQuoted))
    }
}
