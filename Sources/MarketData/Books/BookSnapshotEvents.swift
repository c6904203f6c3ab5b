import Basics
import Tables

/// Memory that the levels of an event lie in, from one event to the next.
final class LevelMemory {
    let numbers: UnsafeMutableBufferPointer<Int64>

    /// - Parameter levels: of a side.
    init(levels: Int) {
        numbers = .allocate(capacity: 4 * max(levels, 1))
        numbers.initialize(repeating: 0)
    }

    deinit { numbers.deallocate() }

    var levels: UnsafeBufferPointer<Int64> { UnsafeBufferPointer(numbers) }

    func set(_ level: Int, ask: (price: Int64, size: Int64), bid: (price: Int64, size: Int64)) {
        (numbers[4 * level], numbers[4 * level + 1]) = ask
        (numbers[4 * level + 2], numbers[4 * level + 3]) = bid
    }
}

/// Rows of a table of book snapshots as events: each is the book as it stood, and nothing says how it came about.
struct BookSnapshotEvents {
    var rows: BookRowSource
    let levels: Int
    let memory: LevelMemory
    private static let first = CanonicalFields.common.count

    init(_ path: String, _ source: any ChunkSource, _ request: BookRequest) throws {
        rows = try BookRowSource(path, source, request, price: "ask_price_1", size: "ask_size_1")
        levels = (source.fields.count - BookSnapshotEvents.first) / 4
        memory = LevelMemory(levels: levels)
    }

    func instrument(saysTrades: Bool) -> BookInstrument {
        BookInstrument(
            index: rows.instrument, name: rows.names[rows.instrument], levels: levels,
            priceDecimals: rows.priceDecimals, sizeDecimals: rows.sizeDecimals, saysTrades: saysTrades)
    }

    /// Goes to the next row and takes its book.
    mutating func next() throws -> Bool {
        guard try rows.next() else { return false }
        for level in 0..<levels {
            let at = BookSnapshotEvents.first + 4 * level
            memory.set(level, ask: try rows.level(at, at + 1), bid: try rows.level(at + 2, at + 3))
        }
        return true
    }

    consuming func read(_ body: (BookInstrument, BookEvent) throws -> Void) throws {
        while try next() {
            try body(
                instrument(saysTrades: false),
                BookEvent(
                    time: rows.time, known: rows.known, sequence: rows.sequence, kind: .change, side: 0, size: 0,
                    price: 0, levels: memory.levels))
        }
    }
}

/// A table of changes and the table of the books after each of them, row beside row.
struct BookPairEvents {
    private var changes: BookChangeRows
    private var books: BookSnapshotEvents

    init(
        _ path: String, _ changes: any ChunkSource, _ bookPath: String, _ books: any ChunkSource, _ request: BookRequest
    ) throws {
        self.changes = try BookChangeRows(path, changes, request)
        self.books = try BookSnapshotEvents(bookPath, books, request)
    }

    consuming func read(_ body: (BookInstrument, BookEvent) throws -> Void) throws {
        while true {
            let isChange = try changes.rows.next(), isBook = try books.next()
            guard isChange, isBook else {
                guard isChange == isBook else {
                    throw unpaired(isChange ? "a row of changes behind the last book" : "a book behind the last change")
                }
                return
            }
            let change = try changes.change(), rows = books.rows
            guard rows.time == changes.rows.time,
                rows.names[rows.instrument] == changes.rows.names[changes.rows.instrument]
            else {
                throw unpaired(
                    "a book of \(rows.names[rows.instrument]) at \(TimeText.utc(rows.time)) beside a change of "
                        + "\(changes.rows.names[changes.rows.instrument]) at \(TimeText.utc(changes.rows.time))")
            }
            try body(
                books.instrument(saysTrades: true),
                change.event(
                    time: rows.time, known: max(rows.known, changes.rows.known), sequence: changes.rows.sequence,
                    levels: books.memory.levels))
        }
    }

    private func unpaired(_ reason: String) -> Failure {
        Failure(
            "data.book-pair",
            "\(changes.rows.place): found \(reason), expected the book after every change in "
                + "'\(books.rows.path)'",
            hint: "name the files apart where they are not of the same events")
    }
}
