package import Basics
import Tables

/// Reads LOBSTER's pairs of message and order-book files (lobsterdata.com): one event a row, any number of levels,
/// plain or gzip.
///
/// The name of a pair says instrument, day, times and levels (`GOOG_2012-06-21_34200000_57600000_message_10.csv`);
/// times in the file are seconds after midnight in New York. Prices are dollars × 10,000. An empty level has the price
/// ±9999999999 and size 0. Both files are read in step, so memory does not grow with them.
package struct LobsterReader: BookFeed {
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
        let name = try LobsterName(messageName)
        guard let levels = name.levels, (1...1000).contains(levels) else {
            throw Failure(
                "data.book-name", "found the name '\(messageName)', expected TICKER_DATE_START_END_message_LEVELS.csv",
                hint: "keep the names LOBSTER gave")
        }
        (instrument, date, self.levels) = (name.instrument, name.date, levels)
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

    /// Names say everything.
    package var notes: [String] { [] }

    /// One instrument's events.
    package func read(_ body: (BookInstrument, BookEvent) throws -> Void) throws {
        let instrument = BookInstrument(name: instrument, levels: levels, priceDecimals: priceDecimals)
        try read { (event: BookEvent) in try body(instrument, event) }
    }

    /// Calls `body` for every event, in order of the file.
    ///
    /// - Throws: ``MarketDataError`` naming file, line and column of the first malformed row, ``Failure`` with code
    ///   `data.book-chain` for one that does not follow from the row above while others do, and whatever `body` throws.
    package func read(_ body: (BookEvent) throws -> Void) throws {
        var zone = try ExchangeZone(LobsterReader.zone)
        let midnight = Int64(date.daysSince1970) * 86_400_000_000_000
        let row = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 4 * levels)
        defer { row.deallocate() }
        var books = try BookRows(path: bookPath, width: 4 * levels)
        let messages = try LobsterMessages(messagePath)
        var check = LobsterCheck(messages: messagePath, books: bookPath, isStrict: false)
        while let message = try messages.next() {
            guard try books.next(into: row) else {
                throw fault(
                    bookPath, books.line + 1, 1,
                    "found the end of the file, expected a row for line \(messages.line) of the message file")
            }
            try check.add(message, UnsafeBufferPointer(row), line: books.line, messageLine: messages.line)
            try body(
                BookEvent(
                    time: zone.utc(midnight + message.time), kind: message.code.kind, side: Int8(message.side),
                    size: message.size, price: message.code == .halt ? 0 : message.price, orderID: message.orderID,
                    levels: UnsafeBufferPointer(row)))
        }
        if try books.next(into: row) {
            throw fault(bookPath, books.line, 1, "found more rows than in the message file")
        }
    }

    private func fault(_ path: String, _ line: Int, _ column: Int, _ reason: String) -> MarketDataError {
        MarketDataError(
            file: path,
            issues: [
                RowIssue(.value, mark: SourceMark(file: path, line: line, column: column), reason: reason, action: "")
            ], total: 1)
    }
}
