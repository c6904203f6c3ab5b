import Basics
package import MarketData
import Tables

/// One book event in floating point, and what the book operators of the feature language compute from it.
package struct BookInputs: Sendable {
    enum Side { case ask, bid }

    // Guard for the pointer: it is set for one call of the feature program and read inside it only.
    nonisolated(unsafe) private var levels: UnsafePointer<Int64>?
    private var count = 0
    private var priceScale = 0.0
    private var sizeScale = 1.0
    private(set) var tradeSign = 0.0
    private(set) var tradeSize = 0.0

    /// No book: every price is undefined.
    package init() {}

    /// - Parameters:
    ///   - priceScale: the value of one unit of price.
    ///   - sizeScale: the value of one unit of size.
    package init(_ event: BookEvent, priceScale: Double, sizeScale: Double = 1) {
        levels = event.levels.baseAddress
        count = event.levelCount
        self.priceScale = priceScale
        self.sizeScale = sizeScale
        tradeSign = Double(event.tradeSign)
        tradeSize = event.tradeSign != 0 ? Double(event.size) * sizeScale : 0
    }

    /// A level that is empty or missing has no price: NaN, so that a row with it does not count.
    private func value(_ level: Int, _ field: Int) -> Int64? {
        guard level < count, let levels, levels[4 * level + field | 1] > 0 else { return nil }
        return levels[4 * level + field]
    }

    func askPrice(_ level: Int) -> Double { value(level, 0).map { Double($0) * priceScale } ?? .nan }
    func askSize(_ level: Int) -> Double { value(level, 1).map { Double($0) * sizeScale } ?? 0 }
    func bidPrice(_ level: Int) -> Double { value(level, 2).map { Double($0) * priceScale } ?? .nan }
    func bidSize(_ level: Int) -> Double { value(level, 3).map { Double($0) * sizeScale } ?? 0 }
    var mid: Double { (askPrice(0) + bidPrice(0)) / 2 }
    var spread: Double { askPrice(0) - bidPrice(0) }

    var microprice: Double {
        let ask = askSize(0), bid = bidSize(0)
        return (askPrice(0) * bid + bidPrice(0) * ask) / (ask + bid)
    }

    func queueImbalance(_ n: Int) -> Double {
        var bids = 0.0, asks = 0.0
        for level in 0..<min(n, count) {
            bids += bidSize(level)
            asks += askSize(level)
        }
        return bids + asks > 0 ? (bids - asks) / (bids + asks) : 0
    }

    func slope(_ n: Int, of side: Side) -> Double {
        var shares = 0.0
        for level in 0..<min(n, count) { shares += side == .ask ? askSize(level) : bidSize(level) }
        let price = side == .ask ? askPrice(n - 1) : bidPrice(n - 1)
        return shares / (abs(price / mid - 1) * 10_000)
    }

    /// - Parameter before: four values of the event before, replaced by this one's: bid price and size, ask price and
    ///   size.
    func orderFlow(_ level: Int, before: UnsafeMutablePointer<Double>, isFirst: Bool) -> Double {
        let bid = bidPrice(level), bids = bidSize(level), ask = askPrice(level), asks = askSize(level)
        let (oldBid, oldBids, oldAsk, oldAsks) = (before[0], before[1], before[2], before[3])
        (before[0], before[1], before[2], before[3]) = (bid, bids, ask, asks)
        guard !isFirst else { return 0 }
        let demand = (bid >= oldBid ? bids : 0) - (bid <= oldBid ? oldBids : 0)
        let supply = (ask <= oldAsk ? asks : 0) - (ask >= oldAsk ? oldAsks : 0)
        return demand - supply
    }
}
