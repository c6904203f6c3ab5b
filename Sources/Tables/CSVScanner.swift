import Basics

/// One record of a CSV file, valid only inside the scanner's callback.
package struct CSVRecord {
    /// Line of the file where the record starts, from 1.
    package let line: Int
    fileprivate let base: UnsafePointer<UInt8>
    fileprivate let fields: [(start: Int, end: Int, isQuoted: Bool)]

    /// Fields of the record.
    package var count: Int { fields.count }

    /// The raw bytes of a field, without the enclosing quotes.
    @inline(__always)
    package func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let field = fields[index]
        return UnsafeBufferPointer(start: base + field.start, count: field.end - field.start)
    }

    /// The field as text; doubled quotes are undone.
    package func text(_ index: Int) -> String {
        let text = String(decoding: bytes(index), as: UTF8.self)
        return fields[index].isQuoted ? text.replacingDoubledQuotes() : text
    }

    /// Column of the line where a field starts, from 1 (in bytes).
    package func column(_ index: Int) -> Int { fields[index].start - fields[0].start + 1 }
}

extension String {
    fileprivate func replacingDoubledQuotes() -> String {
        var out = ""
        var skips = false
        for character in self {
            if character == "\"", !skips { skips = true; out.append(character); continue }
            if character != "\"" || !skips { out.append(character) }
            skips = false
        }
        return out
    }
}

/// Splits CSV (RFC 4180, plus bare newlines) into records in one pass over bounded memory.
///
/// Blank lines are skipped. A record may not exceed 1 MiB. A byte-order mark is dropped.
package enum CSVScanner {
    private static let largestRecord = 1 << 20

    /// Calls `body` for every record, the header included.
    ///
    /// - Throws: ``Failure`` with code `csv.syntax`, ``FileError``, and whatever `body` throws.
    package static func scan(_ path: String, separator: UInt8 = UInt8(ascii: ","), _ body: (CSVRecord) throws -> Void)
        throws
    {
        let source = try ByteSource(path)
        let capacity = 2 * largestRecord
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
        defer { buffer.deallocate() }
        guard let base = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        var filled = 0, start = 0, line = 1
        var isAtEnd = false, isFirst = true
        var fields: [(start: Int, end: Int, isQuoted: Bool)] = []
        while true {
            // One record, or nil when more bytes are needed.
            if isFirst, filled >= 3 || isAtEnd {
                if filled >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { start = 3 }
                isFirst = false
            }
            if !isFirst {
                while let record = try split(
                    base, from: start, to: filled, isAtEnd: isAtEnd, separator: separator, line: line, path: path,
                    &fields)
                {
                    if !(fields.count == 1 && fields[0].start == fields[0].end && !fields[0].isQuoted) {
                        try body(CSVRecord(line: line, base: base, fields: fields))
                    }
                    start = record.next
                    line += record.lines
                }
            }
            if isAtEnd { return }
            if filled - start > largestRecord {
                throw Failure(
                    "csv.syntax", "\(path):\(line): found a record of more than \(largestRecord) bytes",
                    hint: "look for a quote that is not closed")
            }
            if start > 0 {
                buffer.baseAddress?.copyMemory(from: base + start, byteCount: filled - start)
                filled -= start
                start = 0
            }
            let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            filled += count
            if count == 0 { isAtEnd = true }
        }
    }

    private static func split(
        _ base: UnsafePointer<UInt8>, from start: Int, to end: Int, isAtEnd: Bool, separator: UInt8, line: Int,
        path: String, _ fields: inout [(start: Int, end: Int, isQuoted: Bool)]
    ) throws -> (next: Int, lines: Int)? {
        if start >= end { return nil }
        fields.removeAll(keepingCapacity: true)
        var position = start, fieldStart = start, lines = 1
        let quote = UInt8(ascii: "\""), newline = UInt8(ascii: "\n")
        while position < end {
            if position == fieldStart, base[position] == quote {
                position += 1
                while true {
                    if position >= end { if isAtEnd { break } else { return nil } }
                    if base[position] == newline { lines += 1 }
                    if base[position] == quote {
                        if position + 1 >= end, !isAtEnd { return nil }
                        if position + 1 < end, base[position + 1] == quote { position += 2; continue }
                        break
                    }
                    position += 1
                }
                guard position < end else {
                    throw Failure(
                        "csv.syntax", "\(path):\(line): found a quote that is not closed",
                        hint: "close the quote or double it")
                }
                let close = position
                position += 1
                if position < end, base[position] == UInt8(ascii: "\r") { position += 1 }
                guard position >= end || base[position] == separator || base[position] == newline else {
                    throw Failure(
                        "csv.syntax", "\(path):\(line):\(position - start + 1): found text after a closing quote",
                        hint: "quote the whole field")
                }
                if position >= end, !isAtEnd { return nil }
                fields.append((fieldStart + 1, close, true))
                if position >= end || base[position] == newline { return (min(position + 1, end), lines) }
                position += 1
                fieldStart = position
                continue
            }
            let byte = base[position]
            if byte == separator {
                fields.append((fieldStart, position, false))
                position += 1
                fieldStart = position
            } else if byte == newline {
                let last = position > fieldStart && base[position - 1] == UInt8(ascii: "\r") ? position - 1 : position
                fields.append((fieldStart, last, false))
                return (position + 1, lines)
            } else {
                position += 1
            }
        }
        guard isAtEnd else { return nil }
        let last = end > fieldStart && base[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
        fields.append((fieldStart, last, false))
        return (end, lines)
    }
}
