import Basics
package import MarketData

/// Fills orders against bars without a market.
///
/// An order for the next open fills at the next bar's open, an order for the close at the close of the bar in which it
/// was sent; both only if that price is not worse than their limit, else they are cancelled. An order whose next bar is
/// missing is cancelled too: it does not rest over a gap or a night. Full quantity or nothing. Not modelled: queues,
/// partial fills, impact of our own orders, halts.
package struct PaperExchange: Sendable {
    /// When an order is to be filled.
    package enum Timing: UInt8, Sendable {
        case nextOpen, close
    }

    /// What became of an order: filled in full, or cancelled.
    package struct Fill: Sendable, Equatable {
        /// As it was accepted.
        package var order: Order
        /// At which it filled, or would have.
        package var price: Int64
        /// False for an order that was cancelled.
        package var isFilled: Bool
    }

    private var waiting: [Int: (order: Order, timing: Timing)] = [:]

    /// - Parameter instruments: how many may have an order.
    package init(instruments: Int) { waiting.reserveCapacity(instruments) }

    /// Takes an order. One works per instrument, which the position rule guarantees; a second replaces the first.
    package mutating func accept(_ order: Order, timing: Timing) { waiting[order.instrument] = (order, timing) }

    /// What the open of a bar does to the instrument's order, if one waits for it.
    ///
    /// - Parameter isNext: whether the bar follows the one that the order was decided at without a gap.
    package mutating func open(_ bar: Bar, instrument: Int, isNext: Bool = true) -> Fill? {
        take(instrument, .nextOpen, price: bar.open, isNext: isNext)
    }

    /// What the close of a bar does to the instrument's order, if one waits for it.
    package mutating func close(_ bar: Bar, instrument: Int) -> Fill? {
        take(instrument, .close, price: bar.close, isNext: true)
    }

    private mutating func take(_ instrument: Int, _ timing: Timing, price: Int64, isNext: Bool) -> Fill? {
        guard let entry = waiting[instrument], entry.timing == timing else { return nil }
        waiting[instrument] = nil
        let isBetter = entry.order.side == .buy ? price <= entry.order.price : price >= entry.order.price
        return Fill(order: entry.order, price: price, isFilled: isNext && isBetter)
    }
}
