import Basics
import MarketData
import TestSupport
import Testing

/// The order-book builder against LOBSTER, which built its books from the same feed.
@Suite struct ITCHFromLobsterTests {
    /// Turns LOBSTER's rows into messages of ITCH: types 1, 2, 3, 4 are A, X, D, E.
    ///
    /// What messages cannot tell, what happens below the deepest level of a row, is put in at the moment it shows: a
    /// level that comes up there becomes one order, one that sinks below it is deleted.
    private struct Converter {
        struct Order {
            var side: Int8
            var price: Int64
            var shares: Int64
        }
        struct Place: Hashable {
            let side: Int8
            let price: Int64
        }

        var encoder = ITCHEncoder()
        var orders: [UInt64: Order] = [:]
        /// Orders of a level; those of made numbers stand for what was there before.
        var levels: [Place: Set<UInt64>] = [:]
        var fillers: [Place: UInt64] = [:]
        var nextFiller: UInt64 = 1 << 40
        /// Deletions that took less than was left.
        var shortDeletions = 0
        /// Orders that no level could give shares to.
        var impossible = 0

        mutating func add(_ ref: UInt64, _ order: Order) {
            guard order.shares > 0 else { return }
            encoder.add(
                "A", locate: 1, time: 0,
                [
                    "ref": .number(ref), "side": order.side > 0 ? "B" : "S", "shares": .number(UInt64(order.shares)),
                    "price": .number(UInt64(order.price)), "stock": "X",
                ])
            orders[ref] = order
            levels[Place(side: order.side, price: order.price), default: []].insert(ref)
        }

        mutating func fill(_ side: Int8, _ price: Int64, _ shares: Int64) {
            fillers[Place(side: side, price: price)] = nextFiller
            add(nextFiller, Order(side: side, price: price, shares: shares))
            nextFiller += 1
        }

        mutating func take(_ type: Unicode.Scalar, _ ref: UInt64, _ shares: Int64) {
            guard var order = orders[ref] else { return impossible += 1 }
            encoder.add(
                type, locate: 1, time: 0,
                type == "D" ? ["ref": .number(ref)] : ["ref": .number(ref), "shares": .number(UInt64(shares))])
            order.shares -= shares
            if order.shares > 0, type != "D" {
                orders[ref] = order
            } else {
                if type == "D", order.shares > 0 { shortDeletions += 1 }
                orders[ref] = nil
                let place = Place(side: order.side, price: order.price)
                levels[place]?.remove(ref)
                if fillers[place] == ref { fillers[place] = nil }
            }
        }

        mutating func clear(_ side: Int8, _ price: Int64) {
            for ref in levels[Place(side: side, price: price)] ?? [] { take("D", ref, 0) }
        }

        mutating func convert(_ event: BookEvent) {
            let ref = UInt64(event.orderID)
            switch event.kind {
            case .submission: add(ref, Order(side: event.side, price: event.price, shares: event.size))
            case .cancellation, .deletion, .execution:
                // An order from before, or one whose level sank and came up again: it was in what stands for its level.
                let left = orders[ref]?.shares ?? 0
                if left < event.size {
                    let filler = fillers[Place(side: event.side, price: event.price)]
                    guard left == 0, let filler, (orders[filler]?.shares ?? 0) >= event.size else {
                        return impossible += 1
                    }
                    take("X", filler, event.size)
                    add(ref, Order(side: event.side, price: event.price, shares: event.size))
                }
                let type: Unicode.Scalar =
                    event.kind == .cancellation ? "X" : event.kind == .deletion ? "D" : "E"
                take(type, ref, event.size)
            default: break
            }
        }
    }

    private static func level(_ event: BookEvent, _ side: Int8, _ level: Int) -> (price: Int64, size: Int64) {
        side > 0
            ? (event.bidPrice(level), event.bidSize(level)) : (event.askPrice(level), event.askSize(level))
    }

    @Test(
        "books equal LOBSTER's at every event", .enabled(if: SharedData.isThere, "needs the shared data"),
        arguments: [
            ("GOOG_2012-06-21_34200000_50400000_message_10.csv.gz", 100_048),
            ("AAPL_2012-06-21_first999_message_10.csv", 999),
        ])
    func books(_ name: String, _ rows: Int) throws {
        let reader = try #require(try LobsterFormat.pairs(at: SharedData.path("data/lobster/\(name)")).first)
        let builder = ITCHBookBuilder()
        var converter = Converter(), events = 0, differences = 0, sent = 0
        func send() {
            converter.encoder.bytes.withUnsafeBytes { sent += builder.apply($0).messages }
            converter.encoder = ITCHEncoder()
        }
        try reader.read { event in
            events += 1
            if events > 1 { converter.convert(event) }
            send()
            for side: Int8 in [1, -1] {
                // Beyond the depth of a row nothing is known.
                while builder.levelCount(1, isBuy: side > 0) > event.levelCount,
                    let deep = builder.level(1, isBuy: side > 0, builder.levelCount(1, isBuy: side > 0) - 1)
                {
                    converter.clear(side, Int64(deep.price))
                    send()
                }
                for level in builder.levelCount(1, isBuy: side > 0)..<event.levelCount {
                    let (price, size) = ITCHFromLobsterTests.level(event, side, level)
                    if size > 0 { converter.fill(side, price, size) }
                }
                send()
                for level in 0..<event.levelCount {
                    let (price, size) = ITCHFromLobsterTests.level(event, side, level)
                    let ours = builder.level(1, isBuy: side > 0, level)
                    if size != ours.map({ Int64($0.shares) }) ?? 0 || size > 0 && ours.map({ Int64($0.price) }) != price
                    {
                        differences += 1
                    }
                }
            }
        }
        #expect(events == rows && differences == 0 && sent >= rows / 2)
        #expect(converter.impossible == 0 && builder.violationCount == 0 && builder.count(.unknownOrder) == 0)
        #expect(converter.orders.count == builder.orderCount)
    }
}
