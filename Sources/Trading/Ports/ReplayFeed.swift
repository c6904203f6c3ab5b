import Basics
package import MarketData

/// Recorded bars of several instruments as a feed: all rows by time, then by instrument.
package struct ReplayFeed: MarketDataFeed {
    /// In the order of the tables.
    package let instruments: [TradedInstrument]
    private let tables: [BarTable]
    private let events: [(instrument: Int32, row: Int32)]
    private var position = 0

    /// - Parameter rows: of each table, those that are replayed; all where it is nil.
    /// - Complexity: O(n log n) in the rows; the tables stay in memory.
    package init(_ tables: [BarTable], rows: [Range<Int>]? = nil) {
        self.tables = tables
        instruments = tables.map {
            TradedInstrument(name: $0.instrument, priceDecimals: $0.priceDecimals, volumeDecimals: $0.volumeDecimals)
        }
        var keyed: [(time: Nanoseconds, instrument: Int32, row: Int32)] = []
        keyed.reserveCapacity(rows?.reduce(0) { $0 + $1.count } ?? tables.reduce(0) { $0 + $1.count })
        for (index, table) in tables.enumerated() {
            for row in rows?[index] ?? 0..<table.count { keyed.append((table.time[row], Int32(index), Int32(row))) }
        }
        // Rows of one table keep their order also where they have one time.
        keyed.sort { ($0.time, $0.instrument, $0.row) < ($1.time, $1.instrument, $1.row) }
        events = keyed.map { ($0.instrument, $0.row) }
    }

    /// Bars from the beginning to the end.
    package var count: Int { events.count }

    /// The next bar, or nil at the end.
    package mutating func next() -> (bar: Bar, instrument: Int)? {
        guard position < events.count else { return nil }
        let event = events[position]
        position += 1
        let (index, row) = (Int(event.instrument), Int(event.row))
        // Column by column: a copy of the table would count its references up and down for every bar.
        let bar = Bar(
            time: tables[index].time[row], open: tables[index].open[row], high: tables[index].high[row],
            low: tables[index].low[row], close: tables[index].close[row], volume: tables[index].volume[row])
        return (bar, index)
    }
}
