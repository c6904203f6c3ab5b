import Basics
import Testing
import Trading

/// Legal limits with prices at the end of the range: refusals and ends of the range, never the end of the process.
@Suite struct EndOfRangeTests {
    /// The largest limits that a bundle may carry.
    private static let widest: RiskLimits = {
        var limits = RiskLimits()
        let most: Int64 = 1_000_000_000_000_000
        (limits.maximumQuantity, limits.maximumNotional, limits.maximumPosition) = (most, most, most)
        (limits.maximumGross, limits.maximumLoss, limits.collarBps, limits.tick) = (most, most, most, 1)
        return limits
    }()

    @Test("orders at the ends of price, quantity and time get a reason")
    func orders() {
        let ends: [Int64] = [.min, -1, 0, 1, 1_000_000_000, 1_000_000_000_000_000, .max - 1, .max]
        for (price, quantity) in ends.flatMap({ price in ends.map { (price, $0) } }) {
            for (reference, time) in ends.flatMap({ reference in ends.map { (reference, $0) } }) {
                var engine = RiskEngine(Self.widest, instruments: ["A", "B"])
                engine.set(.active)
                engine.reference(0, price: reference, time: .max - 5)
                engine.reference(1, price: .max, time: time)
                engine.restore(position: .max, instrument: 1)
                let order = Order(id: 1, instrument: 0, side: .buy, quantity: quantity, price: price)
                #expect(engine.submit(order, time: time, profit: .min) != nil)
                engine.filled(order, quantity: quantity, isDone: true)
                engine.cancelled(order, time: .max)
            }
        }
    }

    @Test("the exposure that is kept is the sum over all instruments")
    func exposure() {
        var limits = RiskLimits(), random = SeededRandom(seed: 5)
        limits.maximumGross = 40_000_000
        (limits.maximumNotional, limits.maximumPosition, limits.ordersPerSecond) = (40_000_000, 10_000, 1e6)
        var engine = RiskEngine(limits, instruments: ["A", "B", "C"])
        engine.set(.active)
        var prices: [Int64] = [0, 0, 0], open: [Order] = [], refused = 0, taken = 0
        for step in 0..<4_000 {
            let index = random.index(below: 3), time = Int64(step) * 1_000_000_000
            prices[index] = Int64(90 + random.index(below: 20)) * 100
            for i in 0..<3 where prices[i] > 0 { engine.reference(i, price: prices[i], time: time) }
            let order = Order(
                id: UInt64(step), instrument: index, side: random.index(below: 2) == 0 ? .buy : .sell,
                quantity: Int64(1 + random.index(below: 400)), price: prices[index])
            let sum = (0..<3).reduce(Int64(0)) { total, i in
                engine.resting(i).reduce(total + abs(engine.position(i)) * prices[i]) { $0 + $1.quantity * $1.price }
            }
            let held = engine.position(index)
            let resting = engine.resting(index).filter { $0.side == order.side }.reduce(0) { $0 + $1.quantity }
            // What only makes a position smaller is let through.
            let reduces = (held > 0) == (order.side == .sell) && order.quantity + resting <= abs(held)
            let reason = engine.submit(order, time: time)
            if !reduces, sum + order.quantity * order.price > limits.maximumGross {
                #expect(reason != nil)
                if reason == .gross {
                    refused += 1
                    for i in 0..<3 { engine.restore(position: 0, instrument: i) }
                }
            } else {
                #expect(reason != .gross)
            }
            if reason == nil {
                taken += 1
                open.append(order)
            }
            if open.count > 2 {
                let done = open.remove(at: random.index(below: open.count))
                if random.index(below: 3) == 0 {
                    engine.cancelled(done, time: time)
                } else {
                    engine.filled(done, quantity: done.quantity, isDone: true)
                }
            }
        }
        #expect(refused > 10 && taken > 10, "\(refused) refused, \(taken) taken")
    }

    @Test("positions at the end of the range in every instrument do not overflow the exposure of all")
    func manyPositions() {
        var engine = RiskEngine(Self.widest, instruments: (0..<64).map { "I\($0)" })
        engine.set(.active)
        for index in 0..<64 {
            engine.reference(index, price: .max, time: 0)
            engine.restore(position: index % 2 == 0 ? .max : .min, instrument: index)
            engine.restore(
                resting: Order(id: UInt64(index), instrument: index, side: .buy, quantity: .max, price: .max))
        }
        for index in 0..<64 {
            let order = Order(id: 99, instrument: index, side: .sell, quantity: .max, price: .max)
            #expect(engine.submit(order, time: 0) != nil)
        }
    }

    @Test("a position keeps its cash law, and stays at the end of the range beyond it")
    func positions() {
        var position = Position()
        // 10¹⁵ lots at 9: the product of cost and closed quantity needs 104 bits.
        position.fill(.buy, quantity: 1_000_000_000_000_000, price: 9, fee: 0)
        position.fill(.sell, quantity: 999_999_999_999_999, price: 10, fee: 0)
        #expect(position.quantity == 1 && position.cost == 9 && position.realised == 999_999_999_999_999)
        position.fill(.sell, quantity: 1, price: .max, fee: 0)
        #expect(position.quantity == 0 && position.realised == .max - 9)
        position.fill(.buy, quantity: 2, price: .max, fee: 0)
        #expect(position.cost == .max && position.unrealised(at: 1) == 2 - .max)
        position.fill(.sell, quantity: .max, price: .max, fee: 0)
        #expect(position.unrealised(at: .min) == .max)
    }
}
