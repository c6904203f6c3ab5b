import Basics
import MarketData
import TestSupport
import Testing

/// A day of an order book that begins with an empty one, made of a real recording: what LOBSTER and the exchange's own
/// feed say of it.
struct WholeDay {
    private struct Order {
        var side: Int8
        var price: Int64
        var left: Int64
    }

    private(set) var messages = ""
    private(set) var books = ""
    private(set) var feed = ITCHEncoder()
    private var orders: [Int64: Order] = [:]
    private var asks: [Int64: Int64] = [:]
    private var bids: [Int64: Int64] = [:]
    /// Orders that stand for what was there before, by side and price.
    private var fillers: [Int64: Int64] = [:]
    private var midnight: Nanoseconds = 0

    init(hasHidden: Bool) throws {
        let path = SharedData.path("data/lobster/AAPL_2012-06-21_first999_message_10.csv")
        let reader = try #require(try LobsterFormat.pairs(at: path).first)
        var zone = try ExchangeZone("America/New_York"), isFirst = true
        midnight = zone.utc(Int64(reader.date.daysSince1970) * 86_400_000_000_000)
        feed.add("S", time: 1, ["code": "O"])
        feed.add("R", locate: 1, time: 2, ["stock": "AAPL"])
        try reader.read { (event: BookEvent) in
            if isFirst { begin(event) } else { take(event, hasHidden: hasHidden) }
            isFirst = false
        }
    }

    private mutating func begin(_ event: BookEvent) {
        for level in 0..<event.levelCount {
            for (side, price, size) in [
                (Int8(-1), event.askPrice(level), event.askSize(level)),
                (1, event.bidPrice(level), event.bidSize(level)),
            ] {
                let number = 1_000_000_000 + Int64(fillers.count)
                fillers[price * 2 + (side > 0 ? 1 : 0)] = number
                add(number, Order(side: side, price: price, left: size), event.time)
            }
        }
    }

    private mutating func take(_ event: BookEvent, hasHidden: Bool) {
        switch event.kind {
        case .submission:
            add(event.orderID, Order(side: event.side, price: event.price, left: event.size), event.time)
        case .cancellation, .deletion, .execution:
            var number = event.orderID
            if orders[number] == nil { number = fillers[event.price * 2 + (event.side > 0 ? 1 : 0)] ?? 0 }
            guard var order = orders[number], order.left >= event.size else { return }
            let isAll = order.left == event.size
            // Of what stands for many orders a deletion is a part.
            let type: Unicode.Scalar = event.kind == .execution ? "E" : isAll ? "D" : "X"
            feed.add(
                type, locate: 1, time: UInt64(event.time - midnight),
                type == "D"
                    ? ["ref": .number(UInt64(number))]
                    : ["ref": .number(UInt64(number)), "shares": .number(UInt64(event.size))])
            order.left -= event.size
            orders[number] = isAll ? nil : order
            change(order.side, order.price, -event.size)
            write(event.kind == .execution ? 4 : isAll ? 3 : 2, number, event.size, order, event.time)
        case .hiddenExecution where hasHidden:
            feed.add(
                "P", locate: 1, time: UInt64(event.time - midnight),
                [
                    "side": "B", "shares": .number(UInt64(event.size)), "stock": "AAPL",
                    "price": .number(UInt64(event.price)),
                ])
            write(5, 0, event.size, Order(side: event.side, price: event.price, left: 0), event.time)
        default: break
        }
    }

    private mutating func add(_ number: Int64, _ order: Order, _ time: Nanoseconds) {
        feed.add(
            "A", locate: 1, time: UInt64(time - midnight),
            [
                "ref": .number(UInt64(number)), "side": order.side > 0 ? "B" : "S",
                "shares": .number(UInt64(order.left)), "stock": "AAPL", "price": .number(UInt64(order.price)),
            ])
        orders[number] = order
        change(order.side, order.price, order.left)
        write(1, number, order.left, order, time)
    }

    private mutating func change(_ side: Int8, _ price: Int64, _ size: Int64) {
        if side > 0 { bids[price, default: 0] += size } else { asks[price, default: 0] += size }
        if bids[price] == 0 { bids[price] = nil }
        if asks[price] == 0 { asks[price] = nil }
    }

    private mutating func write(_ type: Int, _ number: Int64, _ size: Int64, _ order: Order, _ time: Nanoseconds) {
        let after = time - midnight, fraction = String(after % 1_000_000_000)
        messages +=
            "\(after / 1_000_000_000).\(String(repeating: "0", count: 9 - fraction.count))\(fraction),"
            + "\(type),\(number),\(size),\(order.price),\(order.side)\n"
        let best = (asks.keys.sorted(), bids.keys.sorted(by: >))
        books +=
            (0..<10).map { level in
                let ask = level < best.0.count ? best.0[level] : nil, bid = level < best.1.count ? best.1[level] : nil
                return "\(ask ?? 9_999_999_999),\(ask.flatMap { asks[$0] } ?? 0),\(bid ?? -9_999_999_999),"
                    + "\(bid.flatMap { bids[$0] } ?? 0)"
            }.joined(separator: ",") + "\n"
    }
}
