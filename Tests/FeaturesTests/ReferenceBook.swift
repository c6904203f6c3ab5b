import Basics
import Features
import MarketData

/// One event of a made-up book as somebody would write it down, and the book operators by their definitions.
struct ReferenceBook {
    typealias Level = (price: Int64, size: Int64)

    var time: Nanoseconds
    var kind: BookEvent.Kind
    var side: Int8
    var size: Int64
    /// Best first; size 0 for a level that is not there.
    var asks: [Level]
    var bids: [Level]
    /// Value of one unit of price and of size.
    static let priceDecimals = 2, sizeDecimals = 3
    private static let priceScale = 1 / 100.0, sizeScale = 1 / 1000.0

    /// Ask price, ask size, bid price, bid size of level after level.
    var numbers: [Int64] { zip(asks, bids).flatMap { [$0.price, $0.size, $1.price, $1.size] } }

    func event(_ numbers: UnsafeBufferPointer<Int64>) -> BookEvent {
        BookEvent(time: time, kind: kind, side: side, size: size, price: asks[0].price, levels: numbers)
    }

    var isTwoSided: Bool { asks[0].size > 0 && bids[0].size > 0 && asks[0].price > bids[0].price }

    private static func price(_ levels: [Level], _ n: Int) -> Double {
        n <= levels.count && levels[n - 1].size > 0 ? Double(levels[n - 1].price) * priceScale : .nan
    }
    private static func size(_ levels: [Level], _ n: Int) -> Double {
        n <= levels.count ? Double(levels[n - 1].size) * sizeScale : 0
    }
    func ask(_ n: Int = 1) -> Double { ReferenceBook.price(asks, n) }
    func bid(_ n: Int = 1) -> Double { ReferenceBook.price(bids, n) }
    func askSize(_ n: Int = 1) -> Double { ReferenceBook.size(asks, n) }
    func bidSize(_ n: Int = 1) -> Double { ReferenceBook.size(bids, n) }
    func allAsks(_ n: Int) -> Double { (1...n).reduce(0) { $0 + askSize($1) } }
    func allBids(_ n: Int) -> Double { (1...n).reduce(0) { $0 + bidSize($1) } }
    var mid: Double { (ask() + bid()) / 2 }
    var isTrade: Bool { (kind == .execution || kind == .hiddenExecution) && side != 0 }

    static let functions: [String: @Sendable (ReferenceEvaluator.Moment) -> Double] = [
        "mid": { $0.books[$0.t].mid },
        "spread": { $0.books[$0.t].ask() - $0.books[$0.t].bid() },
        "microprice": {
            let b = $0.books[$0.t]
            return (b.ask() * b.bidSize() + b.bid() * b.askSize()) / (b.askSize() + b.bidSize())
        },
        "trade_sign": { $0.books[$0.t].isTrade ? -Double($0.books[$0.t].side) : 0 },
        "trade_size": { $0.books[$0.t].isTrade ? Double($0.books[$0.t].size) * sizeScale : 0 },
        "ask_price": { $0.books[$0.t].ask($0.n) }, "bid_price": { $0.books[$0.t].bid($0.n) },
        "ask_size": { $0.books[$0.t].askSize($0.n) }, "bid_size": { $0.books[$0.t].bidSize($0.n) },
        "queue_imbalance": {
            let asks = $0.books[$0.t].allAsks($0.n), bids = $0.books[$0.t].allBids($0.n)
            return asks + bids > 0 ? (bids - asks) / (bids + asks) : 0
        },
        "ask_slope": {
            let b = $0.books[$0.t]
            return b.allAsks($0.n) / (abs(b.ask($0.n) / b.mid - 1) * 10_000)
        },
        "bid_slope": {
            let b = $0.books[$0.t]
            return b.allBids($0.n) / (abs(b.bid($0.n) / b.mid - 1) * 10_000)
        },
        "order_flow_imbalance": { m in
            guard m.t > 0 else { return 0 }
            let now = m.books[m.t], old = m.books[m.t - 1], n = m.n
            var demand = 0.0, supply = 0.0
            if now.bid(n) >= old.bid(n) { demand += now.bidSize(n) }
            if now.bid(n) <= old.bid(n) { demand -= old.bidSize(n) }
            if now.ask(n) <= old.ask(n) { supply += now.askSize(n) }
            if now.ask(n) >= old.ask(n) { supply -= old.askSize(n) }
            return demand - supply
        },
    ]

    /// Events of all kinds: books of one side, crossed ones, halts, new beginnings, times that repeat or run backward.
    static func random(_ count: Int, levels: Int, seed: UInt64) -> [ReferenceBook] {
        var random = SeededRandom(seed: seed, 0xB0)
        var time: Nanoseconds = 1_747_056_600_000_000_000, mid: Int64 = 10_000
        let kinds = BookEvent.Kind.allCases
        return (0..<count).map { _ in
            let step = random.index(below: 30)
            time += step == 0 ? -1_000_000 : step < 5 ? 0 : Int64(random.index(below: 2_000_000_000))
            // A night, now and then.
            if random.index(below: 60) == 0 { time += 64_800_000_000_000 }
            mid += Int64(random.index(below: 5)) - 2
            func side(_ sign: Int64) -> [Level] {
                var price = mid, left = random.index(below: 12) == 0 ? random.index(below: levels + 1) : levels
                return (0..<levels).map { _ in
                    price += sign * Int64(1 + random.index(below: 3))
                    left -= 1
                    return left >= 0 ? (price, Int64(1 + random.index(below: 9000))) : (0, 0)
                }
            }
            let rare = random.index(below: 5) == 0
            var kind = kinds[random.index(below: kinds.count)]
            if (kind == .halt || kind == .restart) && !rare { kind = .execution }
            var book = ReferenceBook(
                time: time, kind: kind, side: Int8(random.index(below: 3)) - 1, size: Int64(random.index(below: 5000)),
                asks: side(1), bids: side(-1))
            if random.index(below: 40) == 0 { swap(&book.asks, &book.bids) }
            return book
        }
    }
}
