// Messages of ITCH 5.0 a second, parsed and put into the books of all instruments, on a made day.
//
//     market-data-benchmark [messages=20000000] [instruments=8000] [live=500000] [seed=1]
//
// The mix of types is that of a day of Nasdaq's: 44 % additions, 41 % deletions, 8 % replacements, 5 % executions, 2 %
// cancellations. Blocks of messages are made beforehand, a million at a time; only the builder is on the clock.
import Basics
import Foundation
import MarketData

/// A feed whose orders mostly live shortly and stand near the best price.
struct MadeFeed {
    struct Order {
        var ref: UInt64
        var shares: UInt32
        var locate: UInt16
        var isBuy: Bool
    }
    var random: SeededRandom
    var live: [Order] = []
    var nextRef: UInt64 = 1000
    var time: UInt64 = 34_200_000_000_000
    let instruments: Int
    let target: Int
    var bytes: [UInt8] = []

    mutating func put(_ number: UInt64, _ size: Int) {
        for byte in (0..<size).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))) }
    }

    mutating func header(_ type: Unicode.Scalar, _ length: UInt64, _ locate: UInt16) {
        time += random.next() % 200_000 / 1000
        put(length, 2)
        bytes.append(UInt8(ascii: type))
        put(UInt64(locate), 2)
        put(0, 2)
        put(time, 6)
    }

    /// Near the best of its side, seldom far from it.
    mutating func price(_ locate: UInt16, _ isBuy: Bool) -> UInt64 {
        let middle = 100_000 + UInt64(locate) * 100
        let near = random.next() % 8, distance = near < 6 ? near * 100 : random.next() % 40 * 100
        return isBuy ? middle - distance : middle + 100 + distance
    }

    mutating func add() {
        // Some instruments are much busier than others.
        let u = random.uniform(), locate = UInt16(Double(instruments - 1) * u * u * u) + 1
        let order = Order(
            ref: nextRef, shares: UInt32(random.index(below: 10) + 1) * 100, locate: locate,
            isBuy: random.next() % 2 == 0)
        nextRef += 1 + random.next() % 4
        header("A", 36, locate)
        put(order.ref, 8)
        bytes.append(order.isBuy ? UInt8(ascii: "B") : UInt8(ascii: "S"))
        put(UInt64(order.shares), 4)
        bytes += "MADE    ".utf8
        put(price(locate, order.isBuy), 4)
        live.append(order)
    }

    /// Mostly a young order.
    mutating func pick() -> Int {
        let age =
            random.next() % 10 < 8 ? random.index(below: min(live.count, 20_000)) : random.index(below: live.count)
        return live.count - 1 - age
    }

    mutating func step() {
        let u = random.index(below: 100)
        guard live.count > 1000, u >= (live.count < target ? 60 : 44) else { return add() }
        let index = pick(), order = live[index]
        if u < 85 {
            header("D", 19, order.locate)
            put(order.ref, 8)
            live.swapAt(index, live.count - 1)
            live.removeLast()
        } else if u < 93 {
            header("U", 35, order.locate)
            put(order.ref, 8)
            put(nextRef, 8)
            put(UInt64(order.shares), 4)
            put(price(order.locate, order.isBuy), 4)
            live[index].ref = nextRef
            nextRef += 1 + random.next() % 4
        } else {
            let isTrade = u < 98, taken = min(order.shares, 100)
            header(isTrade ? "E" : "X", isTrade ? 31 : 23, order.locate)
            put(order.ref, 8)
            put(UInt64(taken), 4)
            if isTrade { put(nextRef, 8) }
            live[index].shares -= taken
            if live[index].shares == 0 {
                live.swapAt(index, live.count - 1)
                live.removeLast()
            }
        }
    }
}

/// Seconds of processor time of this thread: what another program takes away does not count.
func processor() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Parses a made feed, and prints how fast.
func measureFeed() {
    let messages = option("messages", 20_000_000)
    var feed = MadeFeed(
        random: SeededRandom(seed: UInt64(option("seed", 1))), instruments: option("instruments", 8000),
        target: option("live", 500_000))
    let builder = ITCHBookBuilder(bits: 21)
    var spent: Nanoseconds = 0, size = 0, made = 0
    var processorSpent = 0.0
    while made < messages {
        feed.bytes.removeAll(keepingCapacity: true)
        let block = min(1_000_000, messages - made)
        for _ in 0..<block { feed.step() }
        let start = Clock.monotonic(), processorStart = processor()
        let taken = feed.bytes.withUnsafeBytes { builder.apply($0) }
        spent += Clock.monotonic() - start
        processorSpent += processor() - processorStart
        size += taken.used
        made += taken.messages
    }
    let seconds = Double(spent) * 1e-9
    print(
        "messages \(made), bytes \(size), orders at the end \(builder.orderCount), violations \(builder.violationCount)"
    )
    print("wall \(seconds) s: \(Double(made) / seconds / 1e6) M messages/s, \(Double(size) / seconds / 1e6) MB/s")
    print("processor \(processorSpent) s: \(Double(made) / processorSpent / 1e6) M messages/s")
}
