package import Basics

/// What an update or a snapshot says of one price: how much rests there now, 0 for nothing.
package struct BinanceLevel: Sendable, Equatable {
    /// 1 a bid, −1 an ask.
    package let side: Int64
    /// Scaled.
    package let price: Int64
    /// In all at that price, scaled; 0 removes the level.
    package let size: Int64

    /// A level as a message says it.
    package init(side: Int64, price: Int64, size: Int64) { (self.side, self.price, self.size) = (side, price, size) }
}

/// A depth update or a snapshot of the book.
package struct BinanceDepth: Sendable, Equatable {
    /// In the file, from 1.
    package var line: Int
    /// As the exchange names the market.
    package var symbol: String
    /// The exchange's time; empty in a spot snapshot.
    package var time: Nanoseconds?
    /// The recorder's, in nanoseconds UTC; nil where the line has none.
    package var receiveTime: Nanoseconds?
    /// First and last number of what it holds (`U`, `u`); of a snapshot both are `lastUpdateId`.
    package var first: Int64
    /// Number of the last change in it.
    package var last: Int64
    /// Last number of the update before it (`pu`); futures only.
    package var previous: Int64?
    /// Bids, then asks, in order of the message.
    package var levels: [BinanceLevel]

    /// An update as its message says it.
    package init(
        line: Int, symbol: String, time: Nanoseconds? = nil, receiveTime: Nanoseconds? = nil, first: Int64, last: Int64,
        previous: Int64? = nil, levels: [BinanceLevel]
    ) {
        (self.line, self.symbol, self.time, self.receiveTime) = (line, symbol, time, receiveTime)
        (self.first, self.last, self.previous, self.levels) = (first, last, previous, levels)
    }
}

/// One line of a capture.
package struct BinanceMessage: Sendable {
    /// What a message is.
    package enum Kind: Sendable, Equatable {
        case depth, snapshot, trade, quote
        /// Of a stream that is not read.
        case other
    }

    /// What the message is.
    package var kind = Kind.other
    /// As the feed names it, where the line says so: `btcusdt@trade`.
    package var stream = ""
    /// As the exchange names the market; empty where the message does not say.
    package var symbol = ""
    /// The recorder's, in nanoseconds UTC; nil where the line has none.
    package var receiveTime: Nanoseconds?
    /// When the exchange sent it (`E`).
    package var eventTime: Nanoseconds?
    /// When it happened (`T`).
    package var transactionTime: Nanoseconds?
    /// Trade id, or last update number.
    package var number: Int64 = 0
    /// Number of the first change of a depth update.
    package var first: Int64 = 0
    /// Number of the last change before a depth update; futures alone have it.
    package var previous: Int64?
    /// Of a trade.
    package var price: Int64 = 0
    /// Traded quantity, scaled.
    package var size: Int64 = 0
    /// Whether a buy order rested, so that a seller started the trade.
    package var buyerIsMaker: Bool?
    /// `X` of a futures trade.
    package var condition: String?
    /// Of a quote.
    package var bid: Int64 = 0
    /// Quantity at the best bid, scaled.
    package var bidSize: Int64 = 0
    /// The best ask, scaled.
    package var ask: Int64 = 0
    /// Quantity at the best ask, scaled.
    package var askSize: Int64 = 0
    /// Of an update or snapshot.
    package var bids: [BinanceLevel] = []
    /// Levels of sellers that a depth update or a snapshot says.
    package var asks: [BinanceLevel] = []

    /// When it happened, by the exchange's clock; nil where it does not say.
    package var exchangeTime: Nanoseconds? { transactionTime ?? eventTime }

    /// The message as a change of the book.
    package func depth(line: Int) -> BinanceDepth {
        BinanceDepth(
            line: line, symbol: symbol, time: exchangeTime, receiveTime: receiveTime,
            first: kind == .snapshot ? number : first, last: number, previous: previous, levels: bids + asks)
    }
}
