import Basics
import Tables

/// Records of a CSV file, one after the other, in bounded memory.
///
/// Blank lines and comment lines are passed over, cells lose spaces around them, a byte-order mark is dropped. A cell
/// begins with a quote to be quoted; in it a quote is doubled.
final class CSVRecords {
    let path: String
    let separator: UInt8
    private let source: ByteSource
    private let base: UnsafeMutablePointer<UInt8>
    private var filled = 0, position = 0, nextLine = 1
    private var isAtEnd = false, isFirst = true
    private var cells: [(start: Int, end: Int, isQuoted: Bool)] = []
    /// Line where the record starts, from 1.
    private(set) var line = 0
    /// Comment lines so far.
    private(set) var comments = 0
    /// The last comment without its sign, while no record was read.
    private(set) var comment: [UInt8] = []
    /// Whether the last line ended with a newline; known at the end.
    private(set) var endsWithNewline = true

    private static let largestRecord = 1 << 20
    private static let capacity = 1 << 22
    private static let quote = UInt8(ascii: "\""), newline = UInt8(ascii: "\n"), carriage = UInt8(ascii: "\r")

    init(_ path: String, separator: UInt8) throws {
        (self.path, self.separator) = (path, separator)
        source = try ByteSource(path)
        base = .allocate(capacity: CSVRecords.capacity)
    }

    deinit { base.deallocate() }

    /// Cells of the record.
    var count: Int { cells.count }

    /// Bytes of a cell, without quotes and spaces around it; valid until the next record.
    ///
    /// - Precondition: `index < count`.
    @inline(__always)
    func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let cell = cells[index]
        return UnsafeBufferPointer(start: base + cell.start, count: cell.end - cell.start)
    }

    /// A cell as text.
    func text(_ index: Int) -> String {
        guard index < cells.count else { return "" }
        let text = String(decoding: bytes(index), as: UTF8.self)
        return cells[index].isQuoted ? text.replacing("\"\"", with: "\"") : text
    }

    /// File, line and column of a cell.
    func place(_ index: Int) -> String {
        "\(path):\(line)" + (index < cells.count ? ":\(cells[index].start - cells[0].start + 1)" : "")
    }

    /// Reads the next record.
    ///
    /// - Returns: false behind the last one.
    func next() throws -> Bool {
        while true {
            if position >= filled || !isFirst && filled - position < CSVRecords.largestRecord && !isAtEnd || isFirst {
                try fill()
                if position >= filled { return false }
            }
            line = nextLine
            if let first = firstByte(), first == UInt8(ascii: "#") {
                skipComment()
                continue
            }
            try split()
            let isBlank = cells.count == 1 && cells[0].start == cells[0].end && !cells[0].isQuoted
            if !isBlank { return true }
        }
    }

    private func firstByte() -> UInt8? {
        var index = position
        while index < filled, base[index] == 32 || base[index] == 9 && separator != 9 { index += 1 }
        return index < filled ? base[index] : nil
    }

    private func skipComment() {
        let start = position
        while position < filled, base[position] != CSVRecords.newline { position += 1 }
        let end = position > start && base[position - 1] == CSVRecords.carriage ? position - 1 : position
        if cells.isEmpty {
            comment = UnsafeBufferPointer(start: base + start, count: end - start).drop { $0 == 35 } + []
        }
        position = min(position + 1, filled)
        nextLine += 1
        comments += 1
    }

    private func fill() throws {
        guard !isAtEnd else { return }
        if position > 0 {
            base.update(from: base + position, count: filled - position)
            filled -= position
            position = 0
        }
        while filled < CSVRecords.capacity {
            let count = try source.read(
                into: UnsafeMutableRawBufferPointer(start: base + filled, count: CSVRecords.capacity - filled))
            if count == 0 { isAtEnd = true; break }
            filled += count
        }
        if isFirst {
            if filled >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { position = 3 }
            isFirst = false
        }
        if isAtEnd, filled > 0 { endsWithNewline = base[filled - 1] == CSVRecords.newline }
    }

    private func fault(_ reason: String, _ hint: String) -> Failure {
        Failure("csv.syntax", "\(path):\(line): \(reason)", hint: hint)
    }

    private func split() throws {
        cells.removeAll(keepingCapacity: true)
        let limit = min(filled, position + CSVRecords.largestRecord)
        var start = position
        while true {
            if start < limit, base[start] == CSVRecords.quote || isSpaceBeforeQuote(&start, limit) {
                try quoted(&start, limit)
            } else {
                var index = start
                while index < limit, base[index] != separator, base[index] != CSVRecords.newline { index += 1 }
                guard index < limit || limit == filled && isAtEnd else { throw tooLong() }
                appendTrimmed(start, index)
                position = index
            }
            guard position < limit else { position = limit; break }
            if base[position] == CSVRecords.newline { position += 1; break }
            position += 1
            start = position
        }
        nextLine += 1
    }

    private func tooLong() -> Failure {
        fault("found a record of more than \(CSVRecords.largestRecord) bytes", "look for a quote that is not closed")
    }

    private func isSpaceBeforeQuote(_ start: inout Int, _ limit: Int) -> Bool {
        guard base[start] == 32 else { return false }
        var index = start
        while index < limit, base[index] == 32 { index += 1 }
        guard index < limit, base[index] == CSVRecords.quote else { return false }
        start = index
        return true
    }

    private func quoted(_ start: inout Int, _ limit: Int) throws {
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
            throw limit == filled && isAtEnd
                ? fault("found a quote that is not closed", "close the quote or double it") : tooLong()
        }
        let first = start + 1, last = index
        index += 1
        while index < limit, base[index] == 32 || base[index] == CSVRecords.carriage { index += 1 }
        guard index >= limit || base[index] == separator || base[index] == CSVRecords.newline else {
            throw fault("found text after a closing quote", "quote the whole field")
        }
        appendTrimmed(first, last, isQuoted: true)
        position = index
    }

    private func appendTrimmed(_ first: Int, _ last: Int, isQuoted: Bool = false) {
        var start = first, end = last
        while end > start, base[end - 1] == 32 || base[end - 1] == CSVRecords.carriage || base[end - 1] == 9 {
            end -= 1
        }
        while start < end, base[start] == 32 || base[start] == 9 { start += 1 }
        cells.append((start, end, isQuoted))
    }
}
