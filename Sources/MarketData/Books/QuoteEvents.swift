import Basics
import Tables

/// Rows of a table of quotes as events of a book of one level.
///
/// Where rows name venues, the book is the best of them, with the sizes of all that have the best price; a row that
/// leaves a side empty says nothing of it there. Without venues an empty side is one without a quote.
struct QuoteEvents {
    private typealias Level = (price: Int64, size: Int64)

    private struct Quotes {
        var venues: [String: (ask: Level, bid: Level)] = [:]
    }

    private var rows: BookRowSource
    private let memory = LevelMemory(levels: 1)
    private var quotes: [Quotes] = []
    private static let first = CanonicalFields.common.count
    /// More are no venues.
    private static let mostVenues = 1000

    init(_ path: String, _ source: any ChunkSource, _ request: BookRequest) throws {
        rows = try BookRowSource(path, source, request, price: "bid", size: "bid_size")
    }

    consuming func read(_ body: (BookInstrument, BookEvent) throws -> Void) throws {
        while try rows.next() {
            let first = QuoteEvents.first
            var bid = try rows.level(first, first + 1), ask = try rows.level(first + 2, first + 3)
            let index = rows.instrument
            if rows.columns[first + 4].validity[rows.row], let venue = rows.texts[first + 4]?[rows.row] {
                (ask, bid) = try best(venue, ask, bid, index)
            }
            memory.set(0, ask: ask, bid: bid)
            try body(
                BookInstrument(
                    index: index, name: rows.names[index], levels: 1, priceDecimals: rows.priceDecimals,
                    sizeDecimals: rows.sizeDecimals, saysTrades: false),
                BookEvent(
                    time: rows.time, known: rows.known, sequence: rows.sequence, kind: .change, side: 0, size: 0,
                    price: 0, levels: memory.levels))
        }
    }

    private mutating func best(_ venue: String, _ ask: Level, _ bid: Level, _ index: Int) throws -> (
        ask: Level, bid: Level
    ) {
        while quotes.count <= index { quotes.append(Quotes()) }
        var own = quotes[index].venues[venue] ?? ((0, 0), (0, 0))
        if rows.columns[QuoteEvents.first].validity[rows.row] { own.bid = bid }
        if rows.columns[QuoteEvents.first + 2].validity[rows.row] { own.ask = ask }
        quotes[index].venues[venue] = own
        guard quotes[index].venues.count <= QuoteEvents.mostVenues else {
            throw rows.fault("found more than \(QuoteEvents.mostVenues) venues")
        }
        var out: (ask: Level, bid: Level) = ((0, 0), (0, 0))
        for quote in quotes[index].venues.values {
            QuoteEvents.add(quote.ask, &out.ask, isBetter: <)
            QuoteEvents.add(quote.bid, &out.bid, isBetter: >)
        }
        return out
    }

    private static func add(_ level: Level, _ best: inout Level, isBetter: (Int64, Int64) -> Bool) {
        guard level.size > 0 else { return }
        if best.size == 0 || isBetter(level.price, best.price) {
            best = level
        } else if level.price == best.price {
            best.size = min(best.size.saturatingPlus(level.size), BookRowSource.largest)
        }
    }
}
