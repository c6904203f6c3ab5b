import Basics
import Testing
import Trading

@Suite struct RiskEngineTests {
    /// Seconds, as the specification's table has them.
    static func at(_ seconds: Double) -> Nanoseconds { Int64((seconds * 1e9).rounded()) }

    /// The limits of the specification's vector; prices in units of 0.001 so that 105.005 is off the tick of 0.01.
    static func engine() -> RiskEngine {
        var limits = RiskLimits()
        limits.tick = 10
        limits.maximumQuantity = 500
        limits.maximumNotional = 60_000_000
        limits.collarBps = 500
        limits.maximumPosition = 1000
        limits.maximumGross = 150_000_000
        limits.burst = 3
        limits.ordersPerSecond = 1
        limits.duplicateWindow = at(0.5)
        limits.referenceMaximumAge = at(1)
        var engine = RiskEngine(limits, instruments: ["X"])
        engine.set(.active)
        _ = engine.submit(order(999, .buy, 0, 1), time: 0)  // starts the token clock; refused as malformed
        return engine
    }

    static func order(_ id: UInt64, _ side: Side, _ quantity: Int64, _ price: Double) -> Order {
        Order(id: id, instrument: 0, side: side, quantity: quantity, price: Int64((price * 1000).rounded()))
    }

    @Test("the test vector of the risk-controls specification, row by row")
    func vector() {
        var engine = RiskEngineTests.engine()
        func submit(_ t: Double, _ id: UInt64, _ side: Side, _ quantity: Int64, _ price: Double, stamped: Double? = nil)
            -> RiskReason?
        {
            engine.reference(0, price: 100_000, time: RiskEngineTests.at(stamped ?? t))
            return engine.submit(RiskEngineTests.order(id, side, quantity, price), time: RiskEngineTests.at(t))
        }
        func tokens(_ expected: Double) {
            #expect(abs(engine.tokensLeft - expected) < 1e-9, "tokens \(engine.tokensLeft), expected \(expected)")
        }
        #expect(submit(0.0, 1, .buy, 400, 100) == nil); tokens(2.00)
        #expect(submit(0.1, 2, .buy, 400, 100) == .duplicate); tokens(2.10)
        #expect(submit(0.6, 3, .buy, 400, 100) == nil); tokens(1.60)
        #expect(submit(0.7, 4, .buy, 300, 100) == .maximumPosition); tokens(1.70)
        #expect(submit(0.8, 5, .sell, 100, 99.99) == .selfTrade); tokens(1.80)
        #expect(submit(0.9, 6, .sell, 100, 105.00) == nil); tokens(0.90)
        #expect(submit(0.95, 7, .sell, 50, 106.00) == .rate); tokens(0.95)
        engine.cancelled(RiskEngineTests.order(3, .buy, 400, 100), time: RiskEngineTests.at(1.0)); tokens(0.00)
        #expect(submit(1.1, 8, .buy, 501, 100) == .maximumQuantity); tokens(0.10)
        #expect(submit(1.2, 9, .buy, 500, 120.01) == .maximumNotional); tokens(0.20)
        #expect(submit(1.3, 10, .buy, 10, 105.01) == .collar); tokens(0.30)
        #expect(submit(1.35, 11, .buy, 10, 105.005) == .tick); tokens(0.35)
        #expect(submit(1.4, 12, .sell, 10, 94.99) == .collar); tokens(0.40)
        #expect(submit(3.0, 13, .buy, 100, 99.50, stamped: 1.9) == .staleReference); tokens(2.00)
        #expect(submit(3.1, 14, .buy, 100, 99.50, stamped: 2.9) == nil); tokens(1.10)
        engine.filled(RiskEngineTests.order(1, .buy, 400, 100), quantity: 400, isDone: true)
        engine.set(.reducing)
        #expect(submit(3.2, 15, .buy, 10, 99) == .reducing); tokens(1.20)
        #expect(submit(3.3, 16, .sell, 301, 101) == .reducing); tokens(1.30)
        #expect(submit(3.4, 17, .sell, 300, 101) == nil); tokens(0.40)
        engine.set(.halted)
        #expect(submit(3.5, 18, .sell, 10, 101) == .halted); tokens(0.50)
        engine.cancelled(RiskEngineTests.order(17, .sell, 300, 101), time: RiskEngineTests.at(3.6)); tokens(-0.40)
        engine.set(.active)
        #expect(submit(9.0, 19, .buy, 450, 104) == nil); tokens(2.00)
    }

    @Test("boots halted, and refuses quantities and prices that cannot be", arguments: [Int64.min, -1, 0, Int64.max])
    func hostile(number: Int64) {
        var engine = RiskEngine(RiskLimits(), instruments: ["X"])
        engine.reference(0, price: 1_000_000, time: 0)
        #expect(
            engine.submit(Order(id: 1, instrument: 0, side: .buy, quantity: 1, price: 1_000_000), time: 1) == .halted)
        engine.set(.active)
        #expect(
            engine.submit(Order(id: 1, instrument: 0, side: .buy, quantity: number, price: 1_000_000), time: 1) != nil)
        #expect(engine.submit(Order(id: 1, instrument: 0, side: .buy, quantity: 1, price: number), time: 1) != nil)
        #expect(
            engine.submit(Order(id: 1, instrument: 7, side: .buy, quantity: 1, price: 1_000_000), time: 1) == .malformed
        )
    }

    @Test("accepted orders never let the worst-case position pass the limit, whatever fills", arguments: 0..<50)
    func positionProperty(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var limits = RiskLimits()
        limits.burst = 1e6
        limits.duplicateWindow = 0
        var engine = RiskEngine(limits, instruments: ["X"])
        engine.set(.active)
        for step in 0..<300 {
            engine.reference(0, price: 1_000_000, time: Int64(step))
            let side: Side = random.index(below: 2) == 0 ? .buy : .sell
            let order = Order(
                id: UInt64(step + 1), instrument: 0, side: side, quantity: Int64(1 + random.index(below: 500)),
                price: side == .buy ? 990_000 : 1_010_000)
            _ = engine.submit(order, time: Int64(step))
            if random.index(below: 3) == 0, let resting = engine.resting(0).randomElement(using: &random) {
                engine.filled(resting, quantity: resting.quantity, isDone: true)
            }
            for side in Side.allCases {
                let open = engine.resting(0).filter { $0.side == side }.reduce(Int64(0)) { $0 + $1.quantity }
                #expect(
                    (engine.position(0) + side.sign * open).magnitude <= UInt64(limits.maximumPosition),
                    "seed \(seed), step \(step)")
            }
        }
    }
}

@Suite struct PositionTests {
    @Test("realised and unrealised result add up to cash and value over random fills", arguments: 0..<50)
    func accounting(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var position = Position()
        var cash: Int64 = 0, held: Int64 = 0
        for _ in 0..<100 {
            let side: Side = random.index(below: 2) == 0 ? .buy : .sell
            let quantity = Int64(1 + random.index(below: 50)), price = Int64(900 + random.index(below: 200))
            position.fill(side, quantity: quantity, price: price, fee: 0)
            cash -= side.sign * quantity * price
            held += side.sign * quantity
            let mark = Int64(900 + random.index(below: 200))
            #expect(position.quantity == held)
            // Integer average cost rounds by less than one unit per fill.
            #expect(
                (position.realised + position.unrealised(at: mark) - (cash + held * mark)).magnitude <= 100,
                "seed \(seed)")
        }
    }

    @Test("an order's life refuses events that do not fit")
    func orderLife() throws {
        var state = OrderState(Order(id: 1, instrument: 0, side: .buy, quantity: 10, price: 5))
        try state.apply(.submitted)
        try state.apply(.filled(4))
        #expect(state.status == .partiallyFilled && state.remaining == 6)
        #expect(throws: OrderState.InvalidTransition.self) { try state.apply(.filled(7)) }
        try state.apply(.filled(6))
        #expect(state.status == .filled)
        #expect(throws: OrderState.InvalidTransition.self) { try state.apply(.cancelled) }
    }
}
