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

/// Gives made blocks to a builder; only the builder is on the clock.
private func measure(
    _ messages: Int, _ what: String, _ apply: (UnsafeRawBufferPointer) -> (used: Int, messages: Int)
) {
    var feed = MadeFeed(
        random: SeededRandom(seed: UInt64(option("seed", 1))), instruments: option("instruments", 8000),
        target: option("live", 500_000))
    var made = 0, size = 0, walls: [Double] = [], processors: [Double] = []
    while made < messages {
        feed.bytes.removeAll(keepingCapacity: true)
        let block = min(1_000_000, messages - made)
        for _ in 0..<block { feed.step() }
        let reading = FileBenchmarks.measure { () -> Int in
            let taken = feed.bytes.withUnsafeBytes(apply)
            size += taken.used
            return taken.messages
        }
        made += reading.rows
        guard reading.rows > 0 else { break }
        walls.append(Double(reading.rows) / reading.seconds / 1e6)
        processors.append(Double(reading.rows) / reading.processor / 1e6)
    }
    // While the book fills, less of it is out of the caches.
    let steady = walls.count / 4
    print(
        "\(what): \(made) messages, \(size) bytes; median of blocks of a million: "
            + String(
                format: "%.2f M messages/s, %.2f M messages/s of processor time; best %.2f",
                FileBenchmarks.median(Array(walls[steady...])), FileBenchmarks.median(Array(processors[steady...])),
                walls[steady...].max() ?? .nan))
}

/// Parses a made feed with one thread and with two, and prints how fast.
func measureFeed() {
    let messages = option("messages", 20_000_000)
    let builder = ITCHBookBuilder(bits: 21), books = ITCHBooks(threads: 2, bits: 20)
    measure(messages, "ITCH, one thread", builder.apply)
    measure(messages, "ITCH, two threads", books.apply)
    print(
        "orders at the end \(builder.orderCount) and \(books.orderCount), violations \(builder.violationCount) and "
            + "\(books.violationCount)")
}
