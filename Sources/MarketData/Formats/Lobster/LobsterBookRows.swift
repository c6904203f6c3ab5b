import Basics
import Tables

/// Rows of whole numbers of a fixed width, one at a time: the book half of a pair, pulled in step with its messages.
struct BookRows {
    let path: String
    let width: Int
    private let source: ByteSource
    private let buffer: BlockBuffer
    private var position = 0
    private var filled = 0
    private var isAtEnd = false
    private(set) var line = 0

    /// Owns the block between reads.
    private final class BlockBuffer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        deinit { bytes.deallocate() }
    }

    init(path: String, width: Int) throws {
        (self.path, self.width) = (path, width)
        source = try ByteSource(path)
        buffer = BlockBuffer()
    }

    private mutating func byte() throws -> UInt8? {
        if position == filled {
            guard !isAtEnd else { return nil }
            filled = try source.read(into: buffer.bytes)
            position = 0
            if filled == 0 {
                isAtEnd = true
                return nil
            }
        }
        defer { position += 1 }
        return buffer.bytes[position]
    }

    private func fault(_ column: Int, _ reason: String) -> MarketDataError {
        MarketDataError(
            file: path,
            issues: [
                RowIssue(.value, mark: SourceMark(file: path, line: line, column: column), reason: reason, action: "")
            ], total: 1)
    }

    /// - Returns: false at the end of the file.
    mutating func next(into row: UnsafeMutableBufferPointer<Int64>) throws -> Bool {
        var index = 0, value: Int64 = 0, digits = 0, column = 0
        var isNegative = false, isStarted = false
        while true {
            let byte = try byte()
            if !isStarted {
                guard let byte else { return false }
                if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { continue }
                isStarted = true
                line += 1
            }
            column += 1
            switch byte {
            case let digit? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit):
                digits += 1
                guard digits <= 18 else { throw fault(column, "found a number of more than 18 digits") }
                value = value * 10 + Int64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "-") where digits == 0 && !isNegative: isNegative = true
            case UInt8(ascii: "\r"): continue
            case UInt8(ascii: ","), UInt8(ascii: "\n"), nil:
                guard digits > 0, index < width else {
                    throw fault(column, digits == 0 ? "found an empty field" : "found more than \(width) columns")
                }
                row[index] = isNegative ? -value : value
                index += 1
                (value, digits, isNegative) = (0, 0, false)
                if byte != UInt8(ascii: ",") {
                    guard index == width else { throw fault(1, "found \(index) columns, expected \(width)") }
                    return true
                }
            default: throw fault(column, "found '\(byte.map { String(UnicodeScalar($0)) } ?? "")' in a number")
            }
        }
    }
}
