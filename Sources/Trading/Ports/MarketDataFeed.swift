package import MarketData

/// Where the trading loop gets its bars from: a recording, or a market.
///
/// Law: bars come in order of time, and of those of one time in order of the instruments.
package protocol MarketDataFeed {
    /// An instrument of a bar is a position in this list.
    var instruments: [TradedInstrument] { get }
    /// The next finished bar, or nil when there will be none.
    mutating func next() throws -> (bar: Bar, instrument: Int)?
}

/// What a loop must know of an instrument to read its bars.
package struct TradedInstrument: Sendable, Equatable {
    /// As files and journals call it.
    package let name: String
    /// Prices are integers of 10^−priceDecimals.
    package let priceDecimals: Int
    /// Volumes are integers of 10^−volumeDecimals.
    package let volumeDecimals: Int

    /// An instrument and its scales.
    package init(name: String, priceDecimals: Int, volumeDecimals: Int) {
        self.name = name
        self.priceDecimals = priceDecimals
        self.volumeDecimals = volumeDecimals
    }
}
