package import Basics

/// One event of an order book, with the book as it stands after it.
///
/// Prices are integers scaled by the source's decimals. The levels are memory of the reader, valid until the next
/// event: no event allocates.
package struct BookEvent {
    /// What happened. Raw values are for packing in memory: no source's codes, and never written to a file.
    package enum Kind: UInt8, CaseIterable, Sendable {
        /// A new order.
        case submission
        /// A part of an order was taken back.
        case cancellation
        /// All that was left of an order was taken back.
        case deletion
        /// A visible order traded.
        case execution
        /// The order could not be seen; the visible book stays as it was.
        case hiddenExecution
        /// An auction traded.
        case cross
        /// Trading was halted, or goes on: the book before and after it are two.
        case halt
        /// Levels are others than before; the source does not say by which orders, nor whether any traded.
        case change
        /// The book begins anew with what it is now: what it was before does not lead to it.
        case restart
    }

    /// The exchange's own, in nanoseconds UTC.
    package var time: Nanoseconds
    /// When the event could be known: later than ``time`` where the recorder says when it had it.
    package var known: Nanoseconds
    /// The source's own number; 0 where it has none.
    package var sequence: Int64
    /// What happened.
    package var kind: Kind
    /// Of the order the event concerns: 1 a buy order, −1 a sell order, 0 where it is not said.
    package var side: Int8
    /// Shares that the event concerns, in the source's decimals; 0 where it is not said.
    package var size: Int64
    /// As the exchange numbered it, in order of arrival; 0 where it is not said.
    package var orderID: Int64
    /// Of the order the event concerns.
    package var price: Int64
    /// Ask price, ask size, bid price, bid size of every level, best first.
    package var levels: UnsafeBufferPointer<Int64>

    /// - Parameters:
    ///   - known: the time of the event by default.
    ///   - levels: valid as long as the event is used.
    package init(
        time: Nanoseconds, known: Nanoseconds? = nil, sequence: Int64 = 0, kind: Kind, side: Int8, size: Int64,
        price: Int64, orderID: Int64 = 0, levels: UnsafeBufferPointer<Int64>
    ) {
        self.known = known ?? time
        self.sequence = sequence
        (self.time, self.kind, self.side, self.size, self.price, self.orderID, self.levels) = (
            time, kind, side, size, price, orderID, levels
        )
    }

    /// Levels of a side.
    package var levelCount: Int { levels.count / 4 }
    /// Of the level, from 0 for the best.
    package func askPrice(_ level: Int) -> Int64 { levels[4 * level] }
    /// Of the level, from 0 for the best; 0 where it is empty.
    package func askSize(_ level: Int) -> Int64 { levels[4 * level + 1] }
    /// Of the level, from 0 for the best.
    package func bidPrice(_ level: Int) -> Int64 { levels[4 * level + 2] }
    /// Of the level, from 0 for the best; 0 where it is empty.
    package func bidSize(_ level: Int) -> Int64 { levels[4 * level + 3] }

    /// Who started a trade: 1 a buyer (a sell order was taken), −1 a seller, 0 where nothing traded
    /// or the side is not said.
    package var tradeSign: Int8 { kind == .execution || kind == .hiddenExecution ? -side : 0 }

    /// Both sides are there and do not cross.
    package var isTwoSided: Bool { levels.count >= 4 && askSize(0) > 0 && bidSize(0) > 0 && askPrice(0) > bidPrice(0) }
}
