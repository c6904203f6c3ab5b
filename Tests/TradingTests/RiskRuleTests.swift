import Basics
import Testing
import Trading

/// Every rule at its limit and one step beyond.
@Suite struct RiskRuleTests {
    @Test("the table has every rule once, one a code, in the order of the specification")
    func table() {
        let kinds = RiskRule.kinds
        #expect(kinds.duplicates.isEmpty && kinds.entries.allSatisfy { !$0.summary.isEmpty })
        #expect(
            kinds.names == [
                "HALTED", "MALFORMED", "TICK", "LOT", "PERMISSION", "STALE_REF", "MAX_QTY", "MAX_NOTIONAL", "COLLAR",
                "DUPLICATE", "REDUCING", "MAX_POSITION", "SELF_TRADE", "GROSS", "LOSS", "RATE",
            ])
        #expect(Set(kinds.entries.map(\.value.reason)) == Set(RiskReason.allCases))
    }

    /// An active engine for X and Y with references of 10,000 at time 0 and generous limits.
    static func engine(_ change: (inout RiskLimits) -> Void = { _ in }) -> RiskEngine {
        var limits = RiskLimits()
        (limits.tick, limits.lot, limits.burst) = (10, 5, 100)
        (limits.maximumQuantity, limits.maximumNotional) = (100, 1_000_000)
        (limits.maximumPosition, limits.maximumGross, limits.maximumLoss) = (150, 3_000_000, 1000)
        change(&limits)
        var engine = RiskEngine(limits, instruments: ["X", "Y"])
        engine.set(.active)
        for instrument in 0..<2 { engine.reference(instrument, price: 10_000, time: 0) }
        return engine
    }

    static func order(
        _ side: Side = .buy, _ quantity: Int64 = 10, _ price: Int64 = 10_000, id: UInt64 = 1, instrument: Int = 0
    ) -> Order {
        Order(id: id, instrument: instrument, side: side, quantity: quantity, price: price)
    }

    @Test("an order that breaks no rule passes, rests, and costs a message")
    func passes() {
        var engine = RiskRuleTests.engine()
        #expect(engine.submit(RiskRuleTests.order(), time: 1) == nil)
        #expect(engine.resting(0) == [RiskRuleTests.order()] && engine.resting(1).isEmpty && engine.tokensLeft == 99)
        // A refused order leaves nothing behind.
        #expect(engine.submit(RiskRuleTests.order(.buy, 7), time: 1) == .lot)
        #expect(engine.resting(0).count == 1 && engine.tokensLeft == 99)
    }

    @Test(
        "orders that are wrong whatever the market does",
        arguments: [
            (Int64(0), Int64(10_000), 0, RiskReason.malformed), (-5, 10_000, 0, .malformed), (10, 0, 0, .malformed),
            (10, -10, 0, .malformed), (10, 10_000, 2, .malformed), (10, 10_000, -1, .malformed),
            (10, 10_005, 0, .tick), (12, 10_000, 0, .lot), (105, 10_000, 0, .maximumQuantity),
        ])
    func wrong(quantity: Int64, price: Int64, instrument: Int, reason: RiskReason) {
        var engine = RiskRuleTests.engine()
        #expect(engine.submit(RiskRuleTests.order(.buy, quantity, price, instrument: instrument), time: 1) == reason)
    }

    @Test("only listed instruments may be traded; no list is all")
    func permission() {
        var engine = RiskRuleTests.engine { $0.instruments = ["Y"] }
        #expect(engine.submit(RiskRuleTests.order(), time: 1) == .permission)
        #expect(engine.submit(RiskRuleTests.order(instrument: 1), time: 1) == nil)
    }

    @Test("what can only close a position passes limits that came after it; one lot more does not")
    func narrowerThanThePosition() {
        var engine = RiskRuleTests.engine { ($0.instruments, $0.maximumQuantity) = (["Y"], 20) }
        engine.restore(position: 50, instrument: 0)
        #expect(engine.submit(RiskRuleTests.order(.buy), time: 1) == .permission)
        #expect(engine.submit(RiskRuleTests.order(.sell, 55), time: 1) == .permission)
        #expect(engine.submit(RiskRuleTests.order(.sell, 50), time: 1) == nil)
        // What rests already closes it.
        #expect(engine.submit(RiskRuleTests.order(.sell, 5, id: 2), time: 1) == .permission)
        engine.restore(position: 50, instrument: 1)
        #expect(engine.submit(RiskRuleTests.order(.sell, 55, instrument: 1), time: 1) == .maximumQuantity)
        #expect(engine.submit(RiskRuleTests.order(.sell, 50, instrument: 1), time: 1) == nil)
    }

    @Test("a reference counts up to its age, and must be there")
    func stale() {
        var engine = RiskRuleTests.engine { $0.referenceMaximumAge = 1000 }
        #expect(engine.submit(RiskRuleTests.order(), time: 1001) == .staleReference)
        #expect(engine.submit(RiskRuleTests.order(), time: 1000) == nil)
        engine.reference(1, price: 0, time: 1000)
        #expect(engine.submit(RiskRuleTests.order(instrument: 1), time: 1000) == .staleReference)
        var never = RiskEngine(RiskLimits(), instruments: ["X"])
        never.set(.active)
        #expect(never.submit(RiskRuleTests.order(), time: 0) == .staleReference)
    }

    @Test("quantity × price just at the limit passes; what does not fit 64 bits is refused")
    func notional() {
        var engine = RiskRuleTests.engine()
        #expect(engine.submit(RiskRuleTests.order(.buy, 100, 10_000), time: 1) == nil)
        #expect(engine.submit(RiskRuleTests.order(.buy, 100, 10_010, instrument: 1), time: 1) == .maximumNotional)
        var wide = RiskRuleTests.engine { $0.maximumNotional = .max }
        #expect(wide.submit(RiskRuleTests.order(.buy, 100, .max / 10 / 10 * 10), time: 1) == .maximumNotional)
    }

    @Test("the collar binds buys from above and sales from below, just at its width and not inside")
    func collar() {
        // 500 basis points of 10,000.
        for (side, price, reason) in [
            (Side.buy, Int64(10_500), nil), (.buy, 10_510, RiskReason.collar), (.sell, 9_500, nil),
            (.sell, 9_490, .collar), (.buy, 5_000, nil), (.sell, 15_000, nil),
        ] {
            var engine = RiskRuleTests.engine { $0.maximumNotional = 10_000_000 }
            #expect(engine.submit(RiskRuleTests.order(side, 10, price), time: 1) == reason, "\(side) \(price)")
        }
    }

    @Test("the same order again is a duplicate inside the window; any difference makes it another")
    func duplicate() {
        var engine = RiskRuleTests.engine { $0.duplicateWindow = 100 }
        #expect(engine.submit(RiskRuleTests.order(id: 1), time: 1000) == nil)
        #expect(engine.submit(RiskRuleTests.order(id: 2), time: 1099) == .duplicate)
        #expect(engine.submit(RiskRuleTests.order(.buy, 15), time: 1099) == nil)
        #expect(engine.submit(RiskRuleTests.order(.buy, 10, 9_990), time: 1099) == nil)
        #expect(engine.submit(RiskRuleTests.order(.sell, 10, 10_010), time: 1099) == nil)
        #expect(engine.submit(RiskRuleTests.order(instrument: 1), time: 1099) == nil)
        #expect(engine.submit(RiskRuleTests.order(id: 3), time: 1100) == nil)
    }

    @Test("the worst case of the position: held, resting on the side, and the order")
    func position() {
        var engine = RiskRuleTests.engine {
            ($0.duplicateWindow, $0.maximumGross, $0.maximumNotional) = (0, .max / 2, 2_000_000)
        }
        #expect(engine.submit(RiskRuleTests.order(.buy, 100), time: 1) == nil)
        #expect(engine.submit(RiskRuleTests.order(.buy, 55, id: 2), time: 1) == .maximumPosition)
        #expect(engine.submit(RiskRuleTests.order(.buy, 50, id: 3), time: 1) == nil)
        // What rests to buy does not help a sale.
        #expect(engine.submit(RiskRuleTests.order(.sell, 100, 10_010, id: 4), time: 1) == nil)
        #expect(engine.submit(RiskRuleTests.order(.sell, 55, 10_010, id: 5), time: 1) == .maximumPosition)
        // After the purchase of 150 the limits leave 200 more to sell.
        engine.filled(RiskRuleTests.order(.buy, 100), quantity: 100, isDone: true)
        engine.filled(RiskRuleTests.order(.buy, 50, id: 3), quantity: 50, isDone: true)
        #expect(engine.position(0) == 150)
        #expect(engine.submit(RiskRuleTests.order(.sell, 100, 10_010, id: 6), time: 1) == nil)
        #expect(engine.submit(RiskRuleTests.order(.buy, 5, 9_990, id: 7), time: 1) == .maximumPosition)
    }

    @Test("a partial fill moves the position and leaves the rest at the exchange")
    func partialFill() {
        var engine = RiskRuleTests.engine()
        _ = engine.submit(RiskRuleTests.order(.sell, 40), time: 1)
        engine.filled(RiskRuleTests.order(.sell, 40), quantity: 15, isDone: false)
        #expect(engine.position(0) == -15 && engine.resting(0).map(\.quantity) == [25])
        engine.filled(RiskRuleTests.order(.sell, 40), quantity: 25, isDone: true)
        #expect(engine.position(0) == -40 && engine.resting(0).isEmpty)
        // A fill of an order that the engine does not know still moves the position.
        engine.filled(RiskRuleTests.order(.buy, 5, id: 99), quantity: 5, isDone: true)
        #expect(engine.position(0) == -35)
    }

    @Test("an own order of the other side is not met, not even at its price")
    func selfTrade() {
        var engine = RiskRuleTests.engine()
        _ = engine.submit(RiskRuleTests.order(.sell, 10, 10_100), time: 1)
        #expect(engine.submit(RiskRuleTests.order(.buy, 10, 10_100, id: 2), time: 1) == .selfTrade)
        #expect(engine.submit(RiskRuleTests.order(.buy, 10, 10_090, id: 3), time: 1) == nil)
        #expect(engine.submit(RiskRuleTests.order(.sell, 10, 10_090, id: 4), time: 1) == .selfTrade)
        #expect(engine.submit(RiskRuleTests.order(.sell, 15, 10_100, id: 5), time: 1) == nil)
        #expect(engine.submit(RiskRuleTests.order(.buy, 10, 10_100, id: 6, instrument: 1), time: 1) == nil)
    }

    @Test("gross exposure: positions at the reference, resting orders at their price, over all instruments")
    func gross() {
        func refused(_ limit: Int64) -> RiskReason? {
            var engine = RiskRuleTests.engine { $0.maximumGross = limit }
            // A short of 20 at 10,000, and 10 that rest at 9,900 in the other instrument.
            engine.restore(position: -20, instrument: 0)
            engine.restore(resting: RiskRuleTests.order(.buy, 10, 9_900, id: 2, instrument: 1))
            return engine.submit(RiskRuleTests.order(.sell, 30, 10_010, id: 3, instrument: 1), time: 1)
        }
        let total: Int64 = 20 * 10_000 + 10 * 9_900 + 30 * 10_010
        #expect(refused(total) == nil && refused(total - 1) == .gross)
        var huge = RiskRuleTests.engine { $0.maximumGross = .max }
        huge.restore(position: .max / 2, instrument: 1)
        #expect(huge.submit(RiskRuleTests.order(), time: 1) == .gross)
        var resting = RiskRuleTests.engine { $0.maximumGross = .max }
        resting.restore(resting: RiskRuleTests.order(.buy, .max / 4, 100, id: 2, instrument: 1))
        #expect(resting.submit(RiskRuleTests.order(), time: 1) == .gross)
    }

    @Test("a loss just at the limit passes, one more is refused; a profit never is")
    func loss() {
        var engine = RiskRuleTests.engine { $0.duplicateWindow = 0 }
        #expect(engine.submit(RiskRuleTests.order(), time: 1, profit: -1001) == .loss)
        #expect(engine.submit(RiskRuleTests.order(), time: 1, profit: -1000) == nil)
        #expect(engine.submit(RiskRuleTests.order(id: 2), time: 1, profit: 9999) == nil)
    }

    @Test("messages come back at their rate, up to the burst; a clock that runs backwards gives none")
    func rate() {
        var engine = RiskRuleTests.engine { ($0.burst, $0.ordersPerSecond, $0.duplicateWindow) = (2, 4, 0) }
        func submit(_ time: Nanoseconds, _ quantity: Int64 = 5) -> RiskReason? {
            engine.submit(RiskRuleTests.order(.buy, quantity), time: time)
        }
        #expect(submit(0) == nil && submit(0) == nil && submit(0) == .rate)
        #expect(submit(249_000_000) == .rate && submit(250_000_000) == nil)
        #expect(submit(0, 10) == .rate && submit(499_000_000) == .rate && submit(500_000_000) == nil)
        // After a long pause the burst is all there is.
        #expect(submit(9_000_000_000) == nil && submit(9_000_000_000) == nil && submit(9_000_000_000) == .rate)
    }

    @Test("a cancel is taken in every state, and costs a message even where none is left")
    func cancel() {
        var engine = RiskRuleTests.engine { $0.burst = 1 }
        _ = engine.submit(RiskRuleTests.order(), time: 0)
        engine.set(.halted)
        engine.cancelled(RiskRuleTests.order(), time: 0)
        #expect(engine.tokensLeft == -1 && engine.resting(0).isEmpty && engine.state == .halted)
        #expect(engine.submit(RiskRuleTests.order(), time: 0) == .halted)
    }

    @Test("in the reducing state an order stands against the position and does not exceed it")
    func reducing() {
        var engine = RiskRuleTests.engine { $0.duplicateWindow = 0 }
        engine.set(.reducing)
        #expect(engine.submit(RiskRuleTests.order(.buy, 5), time: 1) == .reducing)
        #expect(engine.submit(RiskRuleTests.order(.sell, 5), time: 1) == .reducing)
        engine.restore(position: -20, instrument: 0)
        #expect(engine.submit(RiskRuleTests.order(.sell, 5), time: 1) == .reducing)
        #expect(engine.submit(RiskRuleTests.order(.buy, 25), time: 1) == .reducing)
        #expect(engine.submit(RiskRuleTests.order(.buy, 15, id: 2), time: 1) == nil)
        #expect(engine.submit(RiskRuleTests.order(.buy, 10, id: 3), time: 1) == .reducing)
        #expect(engine.submit(RiskRuleTests.order(.buy, 5, id: 4), time: 1) == nil)
    }
}

@Suite struct RiskLimitsTests {
    static func limits(_ text: String) throws -> RiskLimits { try RiskLimits(JSONParser.parse(text), path: "limits") }

    @Test("limits read their own JSON back; absent ones keep their default")
    func roundTrip() throws {
        #expect(try RiskLimitsTests.limits("{}") == RiskLimits())
        let text =
            #"{"tick": 1, "lot": 2, "maximumQuantity": 3, "maximumNotional": 4, "collarBps": 5, "maximumPosition": 6, "#
            + #""maximumGross": 7, "maximumLoss": 8, "ordersPerSecond": 9.5, "burst": 10.5, "duplicateWindowMs": 11, "#
            + #""referenceMaximumAgeMs": 12, "instruments": ["A", "B"]}"#
        let limits = try RiskLimitsTests.limits(text)
        #expect(try RiskLimits(limits.json, path: "limits") == limits)
        #expect(limits.json.text(.compact) == text.filter { $0 != " " })
        #expect(
            limits.duplicateWindow == 11_000_000 && limits.referenceMaximumAge == 12_000_000 && limits.collarBps == 5)
    }

    @Test(
        "no limit can be switched off",
        arguments: RiskLimits.keys.filter { $0 != "instruments" && $0 != "duplicateWindowMs" })
    func noZero(key: String) {
        #expect(throws: ConfigError.self) { try RiskLimitsTests.limits(#"{"\#(key)": 0}"#) }
        #expect(throws: ConfigError.self) { try RiskLimitsTests.limits(#"{"\#(key)": -1}"#) }
        #expect(throws: ConfigError.self) { try RiskLimitsTests.limits(#"{"\#(key)": 1e16}"#) }
    }
}

@Suite struct PositionRuleTests {
    static func rule(_ text: String) throws -> PositionRule {
        try PositionRule(JSONParser.parse(text), path: "rule", horizon: 7)
    }

    @Test("the table has every kind once, and a rule reads its own JSON back")
    func table() throws {
        #expect(PositionRule.kinds.duplicates.isEmpty && PositionRule.kinds.entries.allSatisfy { !$0.summary.isEmpty })
        for text in [
            #"{"enterAbove": 0.6}"#, #"{"kind": "threshold", "enterAbove": 3, "enterBelow": -2}"#,
            #"{"enterAbove": 1, "holdBars": 3, "quantity": 5}"#,
        ] {
            let rule = try PositionRuleTests.rule(text)
            #expect(try PositionRule(rule.json, path: "rule", horizon: 1) == rule)
        }
        let plain = try PositionRuleTests.rule(#"{"enterAbove": 0.6}"#)
        #expect(plain.holdBars == 7 && plain.quantity == 100 && plain.enterBelow == nil)
        #expect(plain.json.text(.compact) == #"{"enterAbove":0.6,"enterBelow":null,"holdBars":7,"quantity":100}"#)
    }

    @Test(
        "mistakes name the key",
        arguments: [
            (#"{"kind": "treshold", "enterAbove": 1}"#, "unknown position rule 'treshold' for 'rule.kind'"),
            (#"{}"#, "'rule.enterAbove'"), (#"{"enterAbove": 1, "holdBars": 0}"#, "'rule.holdBars'"),
            (#"{"enterAbove": 1, "quantity": 0}"#, "'rule.quantity'"),
            (#"{"enterAbove": 1, "enterBelow": 1}"#, "found enterBelow 1.0 at or above enterAbove 1.0"),
            (#"{"enterAbove": 1, "enter": 2}"#, "unknown key 'rule.enter'"),
        ])
    func mistakes(text: String, problem: String) {
        let error = #expect(throws: ConfigError.self) { try PositionRuleTests.rule(text) }
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    }

    @Test("directions at and around the thresholds")
    func direction() {
        let both = PositionRule(enterAbove: 2, enterBelow: -1, holdBars: 1, quantity: 1)
        #expect([2, 1.99, 0, -0.99, -1, .nan].map { both.direction($0) } == [1, 0, 0, 0, -1, 0])
        let long = PositionRule(enterAbove: 2, holdBars: 1, quantity: 1)
        #expect([2, -99].map { long.direction($0) } == [1, 0])
    }
}

@Suite struct OrderStateTests {
    @Test("every event in every state: what fits moves the order, what does not is an error and changes nothing")
    func transitions() {
        typealias Path = [OrderState.Event]
        let paths: [(Path, OrderState.Status, Set<String>)] = [
            ([], .created, ["denied", "submitted"]), ([.denied], .denied, []),
            ([.submitted], .submitted, ["filled", "cancelled"]),
            ([.submitted, .filled(4)], .partiallyFilled, ["filled", "cancelled"]),
            ([.submitted, .filled(10)], .filled, []), ([.submitted, .cancelled], .cancelled, []),
            ([.submitted, .filled(4), .cancelled], .cancelled, []),
        ]
        for (path, status, allowed) in paths {
            var state = OrderState(Order(id: 1, instrument: 0, side: .buy, quantity: 10, price: 5))
            for event in path { try? state.apply(event) }
            #expect(state.status == status && state.isWorking == (status == .submitted || status == .partiallyFilled))
            let events: [(String, OrderState.Event)] = [
                ("denied", .denied), ("submitted", .submitted), ("filled", .filled(6)), ("cancelled", .cancelled),
            ]
            for (name, event) in events {
                var copy = state
                if allowed.contains(name) {
                    #expect(throws: Never.self) { try copy.apply(event) }
                } else {
                    let error = #expect(throws: OrderState.InvalidTransition.self) { try copy.apply(event) }
                    #expect(error?.from == status && error?.event == event && copy == state)
                }
            }
        }
    }

    @Test("a fill of nothing, of less than nothing and of more than remains is refused", arguments: [Int64(0), -1, 7])
    func fills(quantity: Int64) throws {
        var state = OrderState(Order(id: 1, instrument: 0, side: .buy, quantity: 10, price: 5))
        try state.apply(.submitted)
        try state.apply(.filled(4))
        #expect(throws: OrderState.InvalidTransition.self) { try state.apply(.filled(quantity)) }
        #expect(state.remaining == 6 && state.filled == 4)
        try state.apply(.filled(1))
        #expect(state.status == .partiallyFilled)
        try state.apply(.filled(5))
        #expect(state.status == .filled && state.remaining == 0)
    }

    @Test("the money of a position, worked by hand: added to, reduced, turned round")
    func position() {
        var position = Position()
        position.fill(.buy, quantity: 10, price: 100, fee: 1)
        position.fill(.buy, quantity: 10, price: 110, fee: 1)
        #expect(position.quantity == 20 && position.cost == 2100 && position.unrealised(at: 120) == 300)
        position.fill(.sell, quantity: 5, price: 120, fee: 0.5)
        // A quarter of the cost is released: 600 less 525.
        #expect(position.quantity == 15 && position.realised == 75 && position.cost == 1575 && position.fees == 2.5)
        position.fill(.sell, quantity: 25, price: 100, fee: 0)
        #expect(position.quantity == -10 && position.realised == 0 && position.cost == -1000)
        #expect(position.unrealised(at: 90) == 100)
        position.fill(.buy, quantity: 10, price: 95, fee: 0)
        #expect(
            position.quantity == 0 && position.realised == 50 && position.cost == 0 && position.unrealised(at: 7) == 0)
    }
}
