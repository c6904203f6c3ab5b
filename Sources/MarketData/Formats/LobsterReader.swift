package import Basics
import Tables

/// Reads LOBSTER's pairs of message and order-book files (lobsterdata.com): one event a row, any number of levels,
/// plain or gzip.
///
/// The name of a pair says instrument, day, times and levels (`GOOG_2012-06-21_34200000_57600000_message_10.csv`);
/// times in the file are seconds after midnight in New York. Prices are dollars × 10,000. An empty level has the price
/// ±9999999999 and size 0. Both files are read in step, so memory does not grow with them.
package struct LobsterReader: BookSource {
    /// The file of events.
    package let messagePath: String
    /// The file of books, a row an event.
    package let bookPath: String
    /// The ticker that the name begins with.
    package let instrument: String
    /// The day in New York.
    package let date: CivilDate
    /// Levels of a side, as the name says.
    package let levels: Int

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

    /// Times of the files are New York's, whatever the market spec says.
    package static let zone = "America/New_York"
    /// Prices are dollars × 10,000.
    package static let priceDecimals = 4
    /// Of every LOBSTER file.
    package var priceDecimals: Int { LobsterReader.priceDecimals }
    /// The book file, which says whether levels are there.
    package var path: String { bookPath }

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
            func number(_ column: Int, decimals: Int = 0, rounds: Bool = false) throws -> Int64 {
                do { return try FixedPoint.parse(record.bytes(column), decimals: decimals, rounds: rounds) } catch {
                    throw fault(
                        messagePath, record.line, record.column(column),
                        "found '\(record.text(column))', expected a number of at most \(decimals) decimals")
                }
            }
            // Times were seconds in floating point once: digits below a nanosecond are that number's rounding.
            let seconds = try number(0, decimals: 9, rounds: true), type = try number(1)
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
