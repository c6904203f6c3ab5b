package import MarketData

/// Recorded bars of several instruments as a feed: all rows by time, then by instrument.
package struct ReplayFeed: MarketDataFeed {
    /// In the order of the tables.
    package let instruments: [TradedInstrument]
    private let tables: [BarTable]
    private let events: [(instrument: Int32, row: Int32)]
    private var position = 0

    /// - Complexity: O(n log n) in the rows; the tables stay in memory.
    package init(_ tables: [BarTable]) {
        self.tables = tables
        instruments = tables.map {
            TradedInstrument(name: $0.instrument, priceDecimals: $0.priceDecimals, volumeDecimals: $0.volumeDecimals)
        }
        var events: [(instrument: Int32, row: Int32)] = []
        events.reserveCapacity(tables.reduce(0) { $0 + $1.count })
        for (index, table) in tables.enumerated() {
            for row in 0..<table.count { events.append((Int32(index), Int32(row))) }
        }
        events.sort {
            let a = tables[Int($0.instrument)].time[Int($0.row)], b = tables[Int($1.instrument)].time[Int($1.row)]
            return a != b ? a < b : $0.instrument < $1.instrument
        }
        self.events = events
    }

    /// Bars from the beginning to the end.
    package var count: Int { events.count }

    /// The next bar, or nil at the end.
    package mutating func next() -> (bar: Bar, instrument: Int)? {
        guard position < events.count else { return nil }
        let event = events[position]
        position += 1
        return (tables[Int(event.instrument)][Int(event.row)], Int(event.instrument))
    }
}
