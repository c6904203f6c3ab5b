package import Basics
package import MarketData

/// A stretch of an order book in memory, event by event, for replay from any place.
///
/// - Complexity: 8 · (5 + 4 · levels) bytes an event, so a day of a busy stock with five levels is some tens of
///   megabytes.
package final class BookRecording: @unchecked Sendable {
    // Guard for `@unchecked`: nothing is written after `init`.

    /// Events of the recording.
    package let count: Int
    /// Levels kept of every side.
    package let levels: Int
    /// `[N][5]`: time, kind and side in one, size, price, order.
    private let events: UnsafeMutablePointer<Int64>
    /// `[N][levels][4]`: ask price, ask size, bid price, bid size after the event.
    private let books: UnsafeMutablePointer<Int64>

    /// Collects events until there is a recording of them.
    package struct Collector {
        fileprivate var events: [Int64] = []
        fileprivate var books: [Int64] = []
        fileprivate let levels: Int
        private var isOpen = false

        /// - Parameter levels: that are kept of every side.
        package init(levels: Int) { self.levels = levels }

        /// Takes the next event; those before a book is two-sided are left out.
        package mutating func add(_ event: BookEvent) {
            isOpen = isOpen || event.isTwoSided
            guard isOpen else { return }
            events.append(event.time)
            events.append(Int64(event.kind.rawValue) * 4 + Int64(event.side + 1))
            events.append(event.size)
            events.append(event.price)
            events.append(event.orderID)
            for level in 0..<levels {
                let isKnown = level < event.levelCount
                books.append(isKnown ? event.askPrice(level) : 0)
                books.append(isKnown ? event.askSize(level) : 0)
                books.append(isKnown ? event.bidPrice(level) : 0)
                books.append(isKnown ? event.bidSize(level) : 0)
            }
        }
    }

    /// Reads events until a book is two-sided, and from there on all.
    ///
    /// - Parameter read: calls its argument for every event in order.
    /// - Throws: what `read` throws; ``Failure`` where there are too few events to trade on.
    package convenience init(levels: Int, _ read: ((BookEvent) throws -> Void) throws -> Void) throws {
        var collector = Collector(levels: levels)
        try read { collector.add($0) }
        try self.init(collector)
    }

    /// What was collected.
    ///
    /// - Throws: ``Failure`` where there are too few events to trade on.
    package init(_ collector: Collector) throws {
        let (events, books) = (collector.events, collector.books)
        guard events.count >= 10 else {
            throw Failure(
                "data.few-events", "found \(events.count / 5) events of a two-sided book, expected at least 2")
        }
        count = events.count / 5
        levels = collector.levels
        self.events = .allocate(capacity: events.count)
        self.events.initialize(from: events, count: events.count)
        self.books = .allocate(capacity: books.count)
        self.books.initialize(from: books, count: books.count)
    }

    deinit {
        events.deallocate()
        books.deallocate()
    }

    /// When event `i` happened.
    @inline(__always) package func time(_ i: Int) -> Nanoseconds { events[5 * i] }

    /// An event with the book after it.
    @inline(__always)
    package func event(_ i: Int) -> BookEvent {
        let e = events + 5 * i
        return BookEvent(
            time: e[0], kind: BookEvent.Kind(rawValue: UInt8(truncatingIfNeeded: e[1] >> 2)) ?? .halt,
            side: Int8(truncatingIfNeeded: (e[1] & 3) - 1), size: e[2], price: e[3], orderID: e[4],
            levels: UnsafeBufferPointer(start: books + i * 4 * levels, count: 4 * levels))
    }

    /// The first event at or after a time; ``count`` if there is none.
    package func first(at time: Nanoseconds) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if self.time(middle) < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
