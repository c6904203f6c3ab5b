import Backtesting
import Basics
import MarketData
import Testing

/// Our orders in a book of a few events, each case by hand; and what must hold for any events.
@Suite struct QueueSimulatorTests {
    /// Ask 10,100 × 300 and 10,200 × 500; bid 10,000 × 200 and 9,900 × 400.
    static let levels: [Int64] = [10_100, 300, 10_000, 200, 10_200, 500, 9_900, 400]
    static let costs = QueueSimulator.Costs(maker: -0.5, taker: 2, latency: 10)

    /// Applies events one after another; each has the book after it.
    struct Tape {
        var simulator = QueueSimulator(costs: QueueSimulatorTests.costs)
        var levels = QueueSimulatorTests.levels
        var time: Nanoseconds = 100

        mutating func event(
            _ kind: BookEvent.Kind, side: Int8, size: Int64, price: Int64, order: Int64, after: [Int64]? = nil,
            at: Nanoseconds? = nil
        ) {
            let before = levels, beforeTime = time
            levels = after ?? levels
            time = at ?? time + 100
            before.withUnsafeBufferPointer { old in
                levels.withUnsafeBufferPointer { new in
                    simulator.apply(
                        BookEvent(
                            time: time, kind: kind, side: side, size: size, price: price, orderID: order, levels: new),
                        before: BookEvent(time: beforeTime, kind: .submission, side: 1, size: 0, price: 0, levels: old))
                }
            }
        }

        /// Something that happens elsewhere, so that requests arrive.
        mutating func pass(order: Int64 = 50) { event(.submission, side: -1, size: 10, price: 10_300, order: order) }
    }

    static func joined(costs: QueueSimulator.Costs = costs) -> Tape {
        var tape = Tape(simulator: QueueSimulator(costs: costs))
        tape.pass(order: 50)
        tape.simulator.quote(1, price: 10_000, size: 100, now: tape.time)
        tape.pass(order: 51)
        return tape
    }

    @Test("an order stands behind what is shown when it arrives, and is filled when that is gone")
    func queue() {
        var tape = Self.joined()
        #expect(tape.simulator.order(1)?.ahead == 200)
        tape.event(.execution, side: 1, size: 150, price: 10_000, order: 20)
        #expect(tape.simulator.order(1)?.ahead == 50 && tape.simulator.inventory == 0)
        // 50 were ahead, 30 more are ours.
        tape.event(.execution, side: 1, size: 80, price: 10_000, order: 21)
        #expect(
            tape.simulator.inventory == 30 && tape.simulator.order(1)?.left == 70 && tape.simulator.makerShares == 30)
        #expect(tape.simulator.cash == -30 * 10_000 + 15)
        tape.event(.execution, side: 1, size: 500, price: 10_000, order: 22)
        #expect(tape.simulator.inventory == 100 && tape.simulator.order(1) == nil)
    }

    @Test(
        """
        what is withdrawn ahead shortens the queue, what is withdrawn behind does not; who is hit behind us shows \
        that we would have been
        """
    )
    func places() {
        var tape = Self.joined()
        tape.event(.cancellation, side: 1, size: 60, price: 10_000, order: 30)
        #expect(tape.simulator.order(1)?.ahead == 140)
        tape.event(.deletion, side: 1, size: 60, price: 10_000, order: 70)
        #expect(tape.simulator.order(1)?.ahead == 140)
        tape.event(.cancellation, side: -1, size: 60, price: 10_000, order: 30)
        tape.event(.cancellation, side: 1, size: 60, price: 9_900, order: 30)
        #expect(tape.simulator.order(1)?.ahead == 140, "the other side and other prices are other queues")
        tape.event(.execution, side: 1, size: 40, price: 10_000, order: 70)
        #expect(tape.simulator.inventory == 40 && tape.simulator.order(1)?.ahead == 0)
    }

    @Test("trades and quotes beyond our price fill us, at our price and up to their size")
    func beyond() {
        var tape = Self.joined()
        tape.event(.execution, side: 1, size: 30, price: 9_900, order: 5)
        #expect(tape.simulator.inventory == 30)
        tape.event(.hiddenExecution, side: 1, size: 20, price: 10_000, order: 0)
        #expect(tape.simulator.inventory == 30, "hidden orders give way at our price, so they prove nothing there")
        tape.event(.submission, side: -1, size: 25, price: 10_000, order: 90, after: [10_000, 25, 9_900, 400])
        #expect(tape.simulator.inventory == 55)
        #expect(tape.simulator.cash + tape.simulator.fees == -55 * 10_000)
    }

    @Test("what comes in crosses level by level, pays for it, and rests with what is left")
    func crossing() {
        var tape = Tape()
        tape.simulator.quote(1, price: 10_200, size: 1_000, now: tape.time)
        tape.pass()
        #expect(tape.simulator.inventory == 800 && tape.simulator.takerShares == 800)
        let cost = 300 * 10_100.0 + 500 * 10_200.0
        #expect(tape.simulator.cash == -cost - 1_600)
        // Nothing is in front at a price that we make ourselves.
        #expect(tape.simulator.order(1)?.left == 200 && tape.simulator.order(1)?.ahead == 0)
    }

    @Test("requests meet the book that is there when they arrive, not the one that was seen")
    func latency() {
        var tape = Tape()
        tape.simulator.quote(-1, price: 10_000, size: 100, now: tape.time)
        // Before it arrives nothing is there; then the bid that it aimed at is gone.
        tape.event(.deletion, side: 1, size: 200, price: 10_000, order: 3, after: [10_100, 300, 9_900, 400], at: 105)
        #expect(tape.simulator.order(-1) == nil && tape.simulator.inventory == 0)
        tape.pass()
        #expect(tape.simulator.inventory == 0 && tape.simulator.order(-1)?.price == 10_000)
        // A withdrawal is under way as long; what trades meanwhile is ours.
        tape.simulator.withdraw(-1, now: tape.time)
        tape.event(.execution, side: -1, size: 40, price: 10_100, order: 4, at: tape.time + 5)
        #expect(tape.simulator.inventory == -40)
        tape.pass()
        tape.event(.execution, side: -1, size: 40, price: 10_100, order: 4)
        #expect(tape.simulator.inventory == -40 && tape.simulator.order(-1) == nil)
    }

    @Test("an order that is asked for again at its price keeps its place, at another it starts anew")
    func keeping() {
        var tape = Self.joined()
        tape.event(.execution, side: 1, size: 150, price: 10_000, order: 20)
        tape.simulator.quote(1, price: 10_000, size: 100, now: tape.time)
        tape.pass()
        #expect(tape.simulator.order(1)?.ahead == 50)
        tape.simulator.quote(1, price: 9_900, size: 100, now: tape.time)
        tape.pass()
        #expect(tape.simulator.order(1)?.ahead == 400)
        tape.simulator.quote(1, price: 9_000, size: 100, now: tape.time)
        tape.pass()
        #expect(tape.simulator.order(1)?.ahead == nil, "behind what is recorded nobody knows")
    }

    @Test(
        "any events: money is what was traded, the limit holds, and a copy restored from words goes on alike",
        arguments: 1...40 as ClosedRange<UInt64>)
    func accounts(_ seed: UInt64) {
        var random = SeededRandom(seed: seed), tape = Tape(), spent = 0.0
        tape.simulator = QueueSimulator(costs: Self.costs, limit: 300)
        for step in 0..<400 {
            let side: Int8 = random.index(below: 2) == 0 ? 1 : -1
            if random.index(below: 3) == 0 {
                let price = 9_800 + 100 * Int64(random.index(below: 6))
                if random.index(below: 5) == 0 {
                    tape.simulator.withdraw(side, now: tape.time)
                } else {
                    tape.simulator.quote(side, price: price, size: 1 + Int64(random.index(below: 400)), now: tape.time)
                }
            }
            let mid = 9_900 + 100 * Int64(random.index(below: 4))
            var book: [Int64] = []
            for level in 0..<2 as Range<Int64> {
                let asked = Int64(random.index(below: 300)) + 1, bid = Int64(random.index(below: 300)) + 1
                book += [mid + 100 * (level + 1), asked, mid - 100 * level, bid]
            }
            let kinds: [BookEvent.Kind] = [.submission, .cancellation, .deletion, .execution, .hiddenExecution]
            var copy = QueueSimulator(costs: Self.costs, limit: 300)
            copy.restore(tape.simulator.words[...])
            let before = (tape.simulator.cash, tape.simulator.fees), kind = kinds[random.index(below: 5)],
                size = 1 + Int64(random.index(below: 200)),
                price = 9_800 + 100 * Int64(random.index(below: 6))
            let order = Int64(step - random.index(below: 20)), first = tape
            tape.event(kind, side: side, size: size, price: price, order: order, after: book)
            var other = first
            other.simulator = copy
            other.event(kind, side: side, size: size, price: price, order: order, after: book)
            #expect(other.simulator.words == tape.simulator.words)
            spent += (tape.simulator.cash - before.0) + (tape.simulator.fees - before.1)
            #expect(abs(tape.simulator.inventory) <= 600, "each side to its limit, from wherever the other left it")
            let order1 = tape.simulator.order(1)
            #expect(order1?.left != 0 && (order1?.ahead ?? 0) >= 0)
        }
        #expect(abs(spent - (tape.simulator.cash + tape.simulator.fees)) < 1e-3)
        let fees = 2 * Double(tape.simulator.takerShares) - 0.5 * Double(tape.simulator.makerShares)
        #expect(tape.simulator.fees == fees)
    }
}
