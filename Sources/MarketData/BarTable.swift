package import Basics
import Tables

/// Open, high, low, close and volume over equal intervals of one instrument, as columns.
///
/// Times are the start of the bar in nanoseconds UTC, increasing; the exchange's zone is kept beside them. Prices and
/// volumes are integers scaled by a power of ten: exact, as the exchange means them.
package struct BarTable: Sendable, Equatable {
    /// As the file's name or content says.
    package var instrument: String
    /// IANA name of the exchange's time zone.
    package var zone: String
    /// Length of a bar in nanoseconds.
    package var interval: Nanoseconds
    /// Prices are integers of 10^−priceDecimals.
    package var priceDecimals: Int
    /// Volumes are integers of 10^−volumeDecimals.
    package var volumeDecimals: Int
    /// Start of each bar in nanoseconds UTC, increasing.
    package var time: [Nanoseconds] = []
    /// First price of each bar.
    package var open: [Int64] = []
    /// Highest price.
    package var high: [Int64] = []
    /// Lowest price.
    package var low: [Int64] = []
    /// Last price.
    package var close: [Int64] = []
    /// Traded quantity.
    package var volume: [Int64] = []

    /// A table without rows.
    package init(
        instrument: String, zone: String, interval: Nanoseconds, priceDecimals: Int = 4, volumeDecimals: Int = 0
    ) {
        self.instrument = instrument
        self.zone = zone
        self.interval = interval
        self.priceDecimals = priceDecimals
        self.volumeDecimals = volumeDecimals
    }

    /// Bars.
    package var count: Int { time.count }

    /// One bar, gathered from the columns.
    package subscript(index: Int) -> Bar {
        Bar(
            time: time[index], open: open[index], high: high[index], low: low[index], close: close[index],
            volume: volume[index])
    }

    /// Adds a bar behind all others.
    package mutating func append(_ bar: Bar) {
        time.append(bar.time)
        open.append(bar.open)
        high.append(bar.high)
        low.append(bar.low)
        close.append(bar.close)
        volume.append(bar.volume)
    }

    /// Adds all bars of a later table of the same instrument.
    mutating func append(contentsOf other: BarTable) {
        time += other.time
        open += other.open
        high += other.high
        low += other.low
        close += other.close
        volume += other.volume
    }

    /// Takes all rows away; what the table says of them stays.
    package mutating func removeAll() {
        self = BarTable(
            instrument: instrument, zone: zone, interval: interval, priceDecimals: priceDecimals,
            volumeDecimals: volumeDecimals)
    }

    /// Makes room for so many bars.
    package mutating func reserveCapacity(_ count: Int) {
        time.reserveCapacity(count)
        open.reserveCapacity(count)
        high.reserveCapacity(count)
        low.reserveCapacity(count)
        close.reserveCapacity(count)
        volume.reserveCapacity(count)
    }

    /// The rows at the given positions, in that order.
    package func selecting(_ rows: [Int]) -> BarTable {
        var out = BarTable(
            instrument: instrument, zone: zone, interval: interval, priceDecimals: priceDecimals,
            volumeDecimals: volumeDecimals)
        out.reserveCapacity(rows.count)
        for row in rows { out.append(self[row]) }
        return out
    }

    /// Writes the plain dialect: `datetime,open,high,low,close,volume` in exchange wall-clock time.
    ///
    /// - Parameter further: a last column that readers of bars do not look at, with a cell for each bar; rows without
    ///   one get an empty cell.
    package func writeCSV(
        to path: String, zone: ExchangeZone, further: (name: String, cells: [String])? = nil
    ) throws {
        var zone = zone
        try AtomicFile.write(to: path) { writer in
            try writer.append("datetime,open,high,low,close,volume\(further.map { ",\($0.name)" } ?? "")\n")
            for i in 0..<count {
                let stamp = TimeText.wallClock(zone.local(time[i]), separator: " ")
                let prices = [open[i], high[i], low[i], close[i]].map { FixedPoint.text($0, decimals: priceDecimals) }
                var cells = [stamp] + prices + [FixedPoint.text(volume[i], decimals: volumeDecimals)]
                if let further { cells.append(i < further.cells.count ? further.cells[i] : "") }
                try writer.append(cells.joined(separator: ",") + "\n")
            }
        }
    }
}

/// One bar; prices and volume scaled as its table says.
package struct Bar: Sendable, Equatable {
    /// Start in nanoseconds UTC.
    package var time: Nanoseconds
    /// First price.
    package var open: Int64
    /// Highest price.
    package var high: Int64
    /// Lowest price.
    package var low: Int64
    /// Last price.
    package var close: Int64
    /// Traded quantity.
    package var volume: Int64

    /// A bar as given; nothing is checked.
    package init(time: Nanoseconds, open: Int64, high: Int64, low: Int64, close: Int64, volume: Int64) {
        self.time = time
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }
}
