import Basics
import Tables

/// Reads LOBSTER's pairs of message and order-book files (lobsterdata.com): one event a row, any number of levels,
/// plain or gzip.
///
/// The name of a pair says instrument, day, times and levels (`GOOG_2012-06-21_34200000_57600000_message_10.csv`);
/// times in the file are seconds after midnight in New York. Prices are dollars × 10,000. An empty level has the price
/// ±9999999999 and size 0. Both files are read in step, so memory does not grow with them.
package struct LobsterReader: Sendable {
    package let messagePath: String
    package let bookPath: String
    package let instrument: String
    package let date: CivilDate
    package let levels: Int

    /// Pairs in a directory, or the pair a file belongs to, in order of name.
    ///
    /// - Throws: ``Failure`` when a message file has no book file beside it, or there is none at all.
    package static func pairs(at path: String) throws -> [LobsterReader] {
        let isDirectory = Paths.isDirectory(path)
        let directory = isDirectory ? path : Paths.parent(path)
        let names =
            isDirectory
            ? try Paths.entries(path).sorted() : [Paths.name(path).replacing("_orderbook_", with: "_message_")]
        let pairs = try names.filter { $0.contains("_message_") && ($0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz")) }
            .map {
                try LobsterReader(directory: directory, messageName: $0)
            }
        guard !pairs.isEmpty else {
            throw Failure(
                "data.no-books", "found no LOBSTER message file in '\(path)'",
                hint: "names look like GOOG_2012-06-21_34200000_57600000_message_10.csv")
        }
        return pairs
    }

    init(directory: String, messageName: String) throws {
        let bookName = messageName.replacing("_message_", with: "_orderbook_")
        messagePath = Paths.join(directory, messageName)
        bookPath = Paths.join(directory, bookName)
        let parts = messageName.split(separator: "_")
        let levels = parts.last.flatMap { Int($0.prefix { $0.isNumber }) }
        guard parts.count >= 4, let date = CivilDate(String(parts[1])), let levels, (1...1000).contains(levels) else {
            throw Failure(
                "data.book-name", "found the name '\(messageName)', expected TICKER_DATE_START_END_message_LEVELS.csv",
                hint: "keep the names LOBSTER gave")
        }
        (instrument, self.date, self.levels) = (String(parts[0]), date, levels)
        for path in [messagePath, bookPath] where !Paths.exists(path) {
            throw Failure(
                "data.book-pair", "found no '\(path)' beside its pair",
                hint: "message and orderbook files belong together")
        }
    }

    package static let zone = "America/New_York"
    package static let priceDecimals = 4

    /// Calls `body` for every event, in order of the file.
    ///
    /// - Throws: ``MarketDataError`` naming file, line and column of the first malformed row, and whatever `body`
    ///   throws.
    package func read(_ body: (BookEvent) throws -> Void) throws {
        var zone = try ExchangeZone(LobsterReader.zone)
        let midnight = Int64(date.daysSince1970) * 86_400_000_000_000
        let row = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 4 * levels)
        defer { row.deallocate() }
        var books = try BookRows(path: bookPath, width: 4 * levels)
        var lastTime = Int64.min
        try CSVScanner.scan(messagePath) { record in
            guard record.count == 6 || record.count == 7 else {
                throw fault(
                    messagePath, record.line, 1,
                    "found \(record.count) columns, expected 6: time, type, order id, size, price, direction")
            }
            func number(_ column: Int, decimals: Int = 0) throws -> Int64 {
                do { return try FixedPoint.parse(record.bytes(column), decimals: decimals, rounds: false) } catch {
                    throw fault(
                        messagePath, record.line, record.column(column),
                        "found '\(record.text(column))', expected a number of at most \(decimals) decimals")
                }
            }
            let seconds = try number(0, decimals: 9), type = try number(1)
            guard (0..<172_800_000_000_000).contains(seconds) else {
                throw fault(
                    messagePath, record.line, 1, "found the time '\(record.text(0))', expected seconds after midnight")
            }
            guard let kind = BookEvent.Kind(rawValue: Int8(clamping: type)) else {
                throw fault(messagePath, record.line, record.column(1), "found the event type \(type), expected 1 to 7")
            }
            let side = try number(5)
            guard side == 1 || side == -1 else {
                throw fault(messagePath, record.line, record.column(5), "found the direction \(side), expected 1 or -1")
            }
            guard seconds >= lastTime else {
                throw fault(messagePath, record.line, 1, "found a time before the one of the row above", kind: .order)
            }
            lastTime = seconds
            guard try books.next(into: row) else {
                throw fault(
                    bookPath, books.line + 1, 1,
                    "found the end of the file, expected a row for line \(record.line) of the message file")
            }
            try body(
                BookEvent(
                    time: zone.utc(midnight + seconds), kind: kind, side: Int8(side), size: try number(3),
                    price: try number(4), orderID: try number(2),
                    levels: UnsafeBufferPointer(row)))
        }
        if try books.next(into: row) {
            throw fault(bookPath, books.line, 1, "found more rows than in the message file")
        }
    }

    private func fault(_ path: String, _ line: Int, _ column: Int, _ reason: String, kind: RowIssue.Kind = .value)
        -> MarketDataError
    {
        MarketDataError(
            file: path,
            issues: [
                RowIssue(kind, mark: SourceMark(file: path, line: line, column: column), reason: reason, action: "")
            ], total: 1)
    }
}

/// Rows of whole numbers of a fixed width, one at a time: the book half of a pair, pulled in step with its messages.
private struct BookRows {
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
