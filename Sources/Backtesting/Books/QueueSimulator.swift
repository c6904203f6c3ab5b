package import Basics
package import MarketData

/// Our own limit orders, one a side, in a recorded book: queue position, partial fills, fees and latency.
///
/// An order stands behind all that is shown at its price when it arrives. Executions there take from the front: an
/// order that the exchange numbered before ours was ahead of us and shortens the queue, one after ours means that we
/// would have been hit. Withdrawals shorten the queue only where they were ahead. A trade beyond our price, or an order
/// that comes in against it, fills us, up to its size. What comes in crosses the spread and pays for it, level by
/// level. Hidden orders give way to shown ones. Where the source says levels alone, the queue shortens only when less
/// is shown than was ahead, and only a price that meets ours fills us. Not modelled: what the market would have done
/// about our orders, so sizes should be small beside those shown.
package struct QueueSimulator: Sendable {
    /// What trading in the book costs, and how long a request takes to get there.
    package struct Costs: Sendable, Equatable {
        /// Per share, in the prices' unit; negative is a rebate.
        package var maker: Double
        /// The same for shares that cross the spread.
        package var taker: Double
        /// From decision to exchange. Requests never overtake each other: they share a connection.
        package var latency: LatencyModel
        /// What is believed of the orders in front of ours.
        package var queue: QueueModel
        /// Decides the delays of a random latency.
        package var seed: UInt64

        /// Fees a share, in the prices' unit; queue by order numbers and the first seed where nothing else is said.
        package init(maker: Double, taker: Double, latency: LatencyModel, queue: QueueModel = .exact, seed: UInt64 = 1)
        {
            (self.maker, self.taker, self.latency, self.queue, self.seed) = (maker, taker, latency, queue, seed)
        }

        /// The same with a latency that never changes.
        package init(maker: Double, taker: Double, latency: Nanoseconds) {
            self.init(maker: maker, taker: taker, latency: .constant(latency))
        }
    }

    /// A limit order of ours.
    package struct Order: Sendable, Equatable {
        /// In the book's unit.
        package var price: Int64
        /// Shares not yet filled.
        package var left: Int64
        /// Shown size in front of it; nil until it is in a place that the recording shows.
        package var ahead: Int64?
        /// Orders up to this number were there before.
        fileprivate var newest: Int64
    }

    /// What is under way to the exchange for one side: the order to have, or none.
    private struct Request: Sendable {
        var arrives: Nanoseconds
        var price: Int64
        var size: Int64
    }

    /// Fees, latency and queue model of this simulator.
    package let costs: Costs
    /// Most shares held either way: what comes in is cut to it, so that an order filled while its successor was under
    /// way is not traded twice.
    package let limit: Int64
    /// By side: bid, ask.
    private var orders: [Order?] = [nil, nil]
    private var requests: [Request?] = [nil, nil]
    private var newest: Int64 = 0
    /// Requests sent so far, and when the last of them arrives.
    private var sent: Int64 = 0
    private var lastArrival = Nanoseconds.min
    /// Shares held; money received less money paid, in the prices' unit.
    package private(set) var inventory: Int64 = 0
    /// Money received less money paid and fees, in the prices' unit.
    package private(set) var cash = 0.0
    /// Fees paid, in the prices' unit; negative for rebates.
    package private(set) var fees = 0.0
    /// Shares filled from the queue.
    package private(set) var makerShares: Int64 = 0
    /// Shares filled by crossing the spread.
    package private(set) var takerShares: Int64 = 0

    /// No order, no position.
    package init(costs: Costs, limit: Int64 = .max) { (self.costs, self.limit) = (costs, limit) }

    /// The order of a side (1 bid, −1 ask), as it stands at the exchange now.
    package func order(_ side: Int8) -> Order? { orders[side > 0 ? 0 : 1] }

    /// Whether something is under way for a side. Another request takes its place, so whoever asks at every event would
    /// never be heard.
    package func isWaiting(_ side: Int8) -> Bool { requests[side > 0 ? 0 : 1] != nil }

    /// Whether a side has an order, or one under way, at this price.
    package func quotes(_ side: Int8, at price: Int64) -> Bool {
        let index = side > 0 ? 0 : 1
        if let request = requests[index] { return request.size > 0 && request.price == price }
        return orders[index]?.price == price
    }

    /// Asks for an order of a side, in place of the one it has; nothing changes where it already is at this price, so
    /// that its place in the queue is kept.
    package mutating func quote(_ side: Int8, price: Int64, size: Int64, now: Nanoseconds) {
        guard !quotes(side, at: price) else { return }
        requests[side > 0 ? 0 : 1] = Request(arrives: arrival(now), price: price, size: size)
    }

    private mutating func arrival(_ now: Nanoseconds) -> Nanoseconds {
        lastArrival = max(lastArrival, now + costs.latency.delay(request: UInt64(bitPattern: sent), seed: costs.seed))
        sent += 1
        return lastArrival
    }

    /// Asks for no order of a side.
    package mutating func withdraw(_ side: Int8, now: Nanoseconds) {
        let index = side > 0 ? 0 : 1
        guard orders[index] != nil || (requests[index]?.size ?? 0) > 0 else { return }
        requests[index] = Request(arrives: arrival(now), price: 0, size: 0)
    }

    /// Everything that happens up to and with one event.
    ///
    /// - Parameter before: the event before it, whose book our requests meet.
    package mutating func apply(_ event: BookEvent, before: BookEvent) {
        for index in 0..<2 {
            if let request = requests[index], request.arrives <= event.time {
                requests[index] = nil
                arrive(request, side: index == 0 ? 1 : -1, book: before)
            }
        }
        if event.kind == .submission { newest = max(newest, event.orderID) }
        for index in 0..<2 where orders[index] != nil { update(index, event, before: before) }
    }

    /// A request meets the book: the old order goes, the new one trades with what it crosses, and the rest joins the
    /// queue.
    private mutating func arrive(_ request: Request, side: Int8, book: BookEvent) {
        let index = side > 0 ? 0 : 1
        orders[index] = nil
        // Never below zero, and no overflow for no limit.
        let room = limit == .max ? request.size : max(0, limit - Int64(side) * inventory)
        guard min(request.size, room) > 0 else { return }
        let left = take(side, size: min(request.size, room), limit: request.price, book: book)
        guard left > 0 else { return }
        orders[index] = Order(
            price: request.price, left: left, ahead: QueueSimulator.shown(side, at: request.price, book), newest: newest
        )
    }

    /// Trades at once with what is shown, to a limit.
    ///
    /// - Returns: what is left over.
    package mutating func take(_ side: Int8, size: Int64, limit: Int64?, book: BookEvent) -> Int64 {
        var left = size
        for level in 0..<book.levelCount where left > 0 {
            let price = side > 0 ? book.askPrice(level) : book.bidPrice(level),
                there = side > 0 ? book.askSize(level) : book.bidSize(level)
            guard there > 0, limit.map({ side > 0 ? price <= $0 : price >= $0 }) ?? true else { break }
            let part = min(left, there)
            fill(side, size: part, price: price, fee: costs.taker)
            takerShares += part
            left -= part
        }
        return left
    }

    /// What is shown at a price; zero inside the spread, nil where the recorded levels do not reach.
    private static func shown(_ side: Int8, at price: Int64, _ book: BookEvent) -> Int64? {
        var worst: Int64?
        for level in 0..<book.levelCount {
            let there = side > 0 ? book.bidPrice(level) : book.askPrice(level),
                size = side > 0 ? book.bidSize(level) : book.askSize(level)
            guard size > 0 else { break }
            if there == price { return size }
            if side > 0 ? there < price : there > price { return 0 }
            worst = there
        }
        // Behind all levels: unknown, unless there is nothing at all.
        return worst == nil ? 0 : nil
    }

    /// What the other side's best level offers to an order at a price; 0 where it does not reach it.
    private static func offered(to side: Int8, at price: Int64, _ book: BookEvent) -> Int64 {
        guard book.levelCount > 0 else { return 0 }
        let size = side > 0 ? book.askSize(0) : book.bidSize(0)
        return size > 0 && (side > 0 ? book.askPrice(0) <= price : book.bidPrice(0) >= price) ? size : 0
    }

    private mutating func update(_ index: Int, _ event: BookEvent, before: BookEvent) {
        guard var order = orders[index] else { return }
        let side: Int8 = index == 0 ? 1 : -1
        var filled: Int64 = 0
        func isBeyond(_ price: Int64) -> Bool { side > 0 ? price < order.price : price > order.price }
        if order.ahead == nil { order.ahead = QueueSimulator.shown(side, at: order.price, event) }
        switch event.kind {
        case .execution where event.side == side:
            if isBeyond(event.price) {
                filled = min(order.left, event.size)
            } else if event.price == order.price, let ahead = order.ahead {
                if costs.queue == .exact, event.orderID > order.newest, event.orderID != 0 {
                    // Whoever was hit had come after us.
                    filled = min(order.left, event.size)
                    order.ahead = 0
                } else {
                    let rest = event.size - ahead
                    order.ahead = max(0, ahead - event.size)
                    if rest > 0 { filled = min(order.left, rest) }
                }
            }
        case .hiddenExecution where event.side == side:
            if isBeyond(event.price) { filled = min(order.left, event.size) }
        case .cancellation where event.side == side, .deletion where event.side == side:
            if event.price == order.price, let ahead = order.ahead {
                switch costs.queue {
                case .exact: if event.orderID <= order.newest { order.ahead = max(0, ahead - event.size) }
                case .proportional:
                    // Of what was shown before the withdrawal; rounded so that the queue is never shorter than that
                    // share.
                    if let all = QueueSimulator.shown(side, at: order.price, before), all > 0 {
                        let (product, isLate) = event.size.multipliedReportingOverflow(by: min(ahead, all))
                        let gone =
                            isLate
                            ? Int64(saturating: Double(event.size) * Double(min(ahead, all)) / Double(all))
                            : product / all
                        order.ahead = max(0, ahead - gone)
                    }
                case .pessimistic: break
                }
            }
        // Somebody offers at our price or beyond: he would have traded with us. Only when he comes; that he is still
        // there later is nothing new.
        case .submission where event.side == -side:
            if event.price == order.price || isBeyond(event.price) { filled = min(order.left, event.size) }
        // Nothing says what became of orders. What is shown at our price bounds what is left in front of us, and who
        // would cross us trades with us, when he comes.
        case .change:
            if let ahead = order.ahead {
                order.ahead = QueueSimulator.shown(side, at: order.price, event).map { min(ahead, $0) } ?? ahead
            }
            let now = QueueSimulator.offered(to: side, at: order.price, event)
            if now > 0, QueueSimulator.offered(to: side, at: order.price, before) == 0 {
                filled = min(order.left, now)
            }
        default: break
        }
        if filled > 0 {
            fill(side, size: filled, price: order.price, fee: costs.maker)
            makerShares += filled
            order.left -= filled
        }
        orders[index] = order.left > 0 ? order : nil
    }

    private mutating func fill(_ side: Int8, size: Int64, price: Int64, fee: Double) {
        inventory += Int64(side) * size
        cash -= Double(side) * Double(size) * Double(price)
        let paid = fee * Double(size)
        cash -= paid
        fees += paid
    }

    // MARK: Checkpoint

    /// All that changes, as words.
    package var words: [Int64] {
        var all: [Int64] = [
            newest, inventory, Int64(bitPattern: cash.bitPattern), Int64(bitPattern: fees.bitPattern), makerShares,
            takerShares,
        ]
        for order in orders {
            all += order.map { [1, $0.price, $0.left, $0.ahead ?? -1, $0.newest] } ?? [0, 0, 0, 0, 0]
        }
        for request in requests { all += request.map { [1, $0.arrives, $0.price, $0.size] } ?? [0, 0, 0, 0] }
        all += [sent, lastArrival]
        return all
    }

    /// How many ``words`` there are.
    package static let wordCount = 26

    /// Takes up the state that ``words`` gave; another number of words changes nothing.
    package mutating func restore(_ words: ArraySlice<Int64>) {
        guard words.count == QueueSimulator.wordCount else { return }
        let w = Array(words)
        (newest, inventory, makerShares, takerShares) = (w[0], w[1], w[4], w[5])
        (cash, fees) = (Double(bitPattern: UInt64(bitPattern: w[2])), Double(bitPattern: UInt64(bitPattern: w[3])))
        for k in 0..<2 {
            let o = 6 + 5 * k, r = 16 + 4 * k
            orders[k] =
                w[o] == 1
                ? Order(price: w[o + 1], left: w[o + 2], ahead: w[o + 3] < 0 ? nil : w[o + 3], newest: w[o + 4]) : nil
            requests[k] = w[r] == 1 ? Request(arrives: w[r + 1], price: w[r + 2], size: w[r + 3]) : nil
        }
        (sent, lastArrival) = (w[24], w[25])
    }
}
