import Basics
import Foundation
import MarketData
import TestSupport
import Testing

/// Books of a feed built by several threads, and books of very many levels.
@Suite struct ITCHBooksTests {
    /// Some orders of some instruments, many of which are changed and deleted.
    static func feed(_ count: Int, seed: UInt64) -> ITCHEncoder {
        var random = SeededRandom(seed: seed), e = ITCHEncoder()
        e.add("S", time: 1, ["code": "O"])
        for step in 0..<count {
            let ref = ITCHEncoder.Value.number(random.next() % 96), locate = UInt16(random.index(below: 5))
            let shares = ITCHEncoder.Value.number(random.next() % 5 + 1),
                price = ITCHEncoder.Value.number(random.next() % 40)
            let type: Unicode.Scalar = ["A", "A", "E", "X", "D", "U"][random.index(below: 6)]
            switch type {
            case "A":
                e.add(
                    type, locate: locate, time: UInt64(step + 2),
                    ["ref": ref, "side": random.next() % 2 == 0 ? "B" : "S", "shares": shares, "price": price])
            case "D": e.add(type, locate: locate, time: UInt64(step + 2), ["ref": ref])
            case "U":
                e.add(
                    type, locate: locate, time: UInt64(step + 2),
                    ["ref": ref, "newRef": .number(random.next() % 96), "shares": shares, "price": price])
            default: e.add(type, locate: locate, time: UInt64(step + 2), ["ref": ref, "shares": shares])
            }
        }
        return e
    }

    @Test("a feed whose orders keep to their instruments gives the same books by any number of threads")
    func threads() throws {
        // As a feed of five instruments whose numbers of orders do not meet.
        var e = ITCHEncoder(), random = SeededRandom(seed: 9)
        e.add("S", time: 1, ["code": "O"])
        for step in 0..<6_000 {
            let locate = UInt16(random.index(below: 5)), ref = UInt64(locate) << 32 | random.next() % 50
            let price = ITCHEncoder.Value.number(random.next() % 400)
            switch random.index(below: 4) {
            case 0, 1:
                e.add(
                    "A", locate: locate, time: UInt64(step + 2),
                    [
                        "ref": .number(ref), "side": random.next() % 2 == 0 ? "B" : "S",
                        "shares": .number(random.next() % 9 + 1), "price": price,
                    ])
            case 2: e.add("D", locate: locate, time: UInt64(step + 2), ["ref": .number(ref)])
            default: e.add("X", locate: locate, time: UInt64(step + 2), ["ref": .number(ref), "shares": 1])
            }
        }
        let directory = try TemporaryDirectory(), path = try ITCHTests.put(e, in: directory)
        let one = ITCHBookBuilder(bits: 4)
        try one.read(path)
        for threads in [1, 2, 3, 8] {
            let books = ITCHBooks(threads: threads, bits: 4)
            try books.read(path)
            #expect(books.messageCount == 6_001 && books.orderCount == one.orderCount)
            #expect(books.violationCount == one.violationCount && one.violationCount > 0)
            #expect(books.firstViolation?.message == one.firstViolation?.message)
            for rule in ITCHBookBuilder.Violation.allCases { #expect(books.count(rule) == one.count(rule), "\(rule)") }
            for locate: UInt16 in 0..<5 {
                for isBuy in [true, false] {
                    #expect(books.levelCount(locate, isBuy: isBuy) == one.levelCount(locate, isBuy: isBuy))
                    for depth in 0..<one.levelCount(locate, isBuy: isBuy) {
                        #expect(books.level(locate, isBuy: isBuy, depth) == one.level(locate, isBuy: isBuy, depth))
                    }
                }
                let ref = UInt64(locate) << 32 | 7
                #expect(books.order(ref) == one.order(ref))
            }
        }
    }

    @Test("damaged feeds are gone through by several threads too")
    func damaged() throws {
        let bytes = ITCHBooksTests.feed(400, seed: 4).bytes
        try Mutations.run(bytes, name: "x.itch", count: 300) { path in
            let books = ITCHBooks(threads: 2, bits: 4)
            try books.read(path)
            #expect(books.orderCount <= 96 * 2)
        }
    }

    /// Adds and deletes orders, a level each, in an order of prices.
    private func sweep(_ prices: [UInt32], isBuy: Bool, deleting order: [UInt32]) throws -> Duration {
        let builder = ITCHBookBuilder(bits: 10), directory = try TemporaryDirectory()
        func message(_ type: Unicode.Scalar, _ length: Int, _ price: UInt32, _ body: [UInt8]) -> [UInt8] {
            let head: [UInt8] = [0, UInt8(length), UInt8(ascii: type), 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
            let ref = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(price) >> UInt64(56 - 8 * $0)) }
            return head + ref + body
        }
        var bytes: [UInt8] = []
        for price in prices {
            let cells = (0..<4).map { UInt8(truncatingIfNeeded: price >> UInt32(24 - 8 * $0)) }
            bytes += message(
                "A", 36, price, [UInt8(ascii: isBuy ? "B" : "S"), 0, 0, 0, 7] + Array("X       ".utf8) + cells)
        }
        let path = directory.file("x.itch")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let start = ContinuousClock.now
        try builder.read(path)
        let sorted = isBuy ? prices.sorted(by: >) : prices.sorted()
        #expect(builder.levelCount(1, isBuy: isBuy) == prices.count && builder.violationCount == 0)
        for depth in [0, 1, 511, 512, 1023, 1024, 5000, prices.count - 1] {
            #expect(builder.level(1, isBuy: isBuy, depth)?.price == sorted[depth], "\(depth)")
        }
        #expect(builder.level(1, isBuy: isBuy, prices.count) == nil)
        let half = order.count / 2, deletions = order.map { message("D", 19, $0, []) }
        try Data(deletions[..<half].joined()).write(to: URL(fileURLWithPath: path))
        try builder.read(path)
        let gone = Set(order[..<half]), left = sorted.filter { !gone.contains($0) }
        #expect(builder.levelCount(1, isBuy: isBuy) == left.count)
        for depth in Swift.stride(from: 0, to: left.count, by: 997) {
            #expect(builder.level(1, isBuy: isBuy, depth)?.price == left[depth], "\(depth)")
        }
        try Data(deletions[half...].joined()).write(to: URL(fileURLWithPath: path))
        try builder.read(path)
        #expect(builder.levelCount(1, isBuy: isBuy) == 0 && builder.orderCount == 0)
        return ContinuousClock.now - start
    }

    @Test("a sweep of prices keeps its levels in order, whichever way it goes", arguments: [true, false])
    func sweeps(isBuy: Bool) throws {
        var random = SeededRandom(seed: 12)
        let up = (1...20_000).map { UInt32($0 * 3) }
        var order = (0..<Int32(up.count)).map { $0 }
        random.shuffle(&order)
        let mixed = order.map { up[Int($0)] }
        for (prices, deletions) in [(up, up), (up.reversed(), up), (mixed, up.reversed()), (up, mixed)] {
            _ = try sweep(prices, isBuy: isBuy, deleting: deletions)
        }
    }

    @Test("five times the levels take no more than about five times as long")
    func isNotQuadratic() throws {
        let few = (1...20_000).map { UInt32($0) }, many = (1...100_000).map { UInt32($0) }
        // Away from the best: what a flat array moves as a whole.
        let short = try sweep(few, isBuy: false, deleting: few), long = try sweep(many, isBuy: false, deleting: many)
        #expect(long < short * 15, "\(short), \(long)")
    }
}
