package import Basics
package import MarketData

/// From a score to money, for one list of instruments: position rule → price limit → risk → orders → fills → profit.
///
/// This is the one code that says what a strategy does. The runtime's loop feeds it scores of the bundle in force; the
/// back-test that a gate judges feeds it recorded ones. So both know the same price limits, denials, gaps and ends of
/// sessions, and count the same money.
///
/// Synchronous and pure; time is the time of the bars. An order is decided at a bar's close and filled at the next
/// bar's open if that is not beyond its limit. A position leaves at the close of the last bar it is held for, of the
/// session's last bar, or of the first bar after a gap, whichever comes first; an exit that is refused or not filled is
/// sent again at the next bar. In the steady state nothing is allocated.
///
/// Not modelled: more than one position an instrument, partial fills, orders that rest for more than one bar.
package struct TradingDesk: Sendable {
    /// What happened to an order.
    package struct Event: Sendable, Equatable {
        /// Raw values are words of journals.
        package enum Kind: String, Sendable, CaseIterable {
            case submitted, denied, filled, cancelled
        }

        /// What happened.
        package var kind: Kind
        /// Of the bars: an order's is the close that it was decided at.
        package var time: Nanoseconds
        /// With its limit.
        package var order: Order
        /// The limit, or the price of a fill.
        package var price: Int64
        /// That the order was decided by; NaN for an exit and for what happens later.
        package var score: Double
        /// Of a denial.
        package var reason: RiskReason?

        /// An event as given.
        package init(
            kind: Kind, time: Nanoseconds, order: Order, price: Int64, score: Double = .nan, reason: RiskReason? = nil
        ) {
            (self.kind, self.time, self.order, self.price) = (kind, time, order, price)
            (self.score, self.reason) = (score, reason)
        }
    }

    /// Per-instrument state of the rule.
    private struct Slot {
        var position = Position()
        /// The order at the exchange, if any; the rule has one at a time.
        var working: OrderState?
        /// Bars since the entry filled; nil when flat.
        var heldBars: Int?
        var lastPrice: Int64 = 0
        /// Start of the last bar that was traded.
        var lastTime: Nanoseconds?

        /// Realised and unrealised, in price units × lots.
        var profit: Int128 { Int128(position.realised) + Int128(position.unrealised(at: lastPrice)) }
    }

    private let names: [String]
    private let feeBps: Double
    private var slots: [Slot]
    /// Of all slots; wider than one, so that it never overflows.
    private var profit: Int128 = 0
    private var rule: PositionRule?
    private var hours: SessionClock?
    private var risk: RiskEngine
    private var exchange: PaperExchange
    private var nextOrder: UInt64 = 1
    /// What happened since they were last taken away, in order.
    package private(set) var events: [Event] = []

    /// Halted, and without a rule: it trades nothing until ``install(rule:limits:hours:time:)``.
    ///
    /// - Parameters:
    ///   - names: of the instruments; an order's instrument is a position in this list.
    ///   - feeBps: of a fill's value, which the exchange charges.
    package init(instruments names: [String], feeBps: Double) {
        self.names = names
        self.feeBps = feeBps
        slots = names.map { _ in Slot() }
        risk = RiskEngine(RiskLimits(), instruments: names)
        exchange = PaperExchange(instruments: names.count)
        events.reserveCapacity(8)
    }

    // MARK: Control

    /// Trades by a rule from the next bar on. Positions and working orders stay. The first rule starts trading; a later
    /// one leaves a halted desk halted.
    ///
    /// - Parameter time: of the reference prices that go over.
    package mutating func install(rule: PositionRule, limits: RiskLimits, hours: SessionClock, time: Nanoseconds) {
        var engine = RiskEngine(limits, instruments: names)
        for index in slots.indices {
            engine.restore(position: slots[index].position.quantity, instrument: index)
            if slots[index].lastPrice > 0 { engine.reference(index, price: slots[index].lastPrice, time: time) }
            for order in risk.resting(index) { engine.restore(resting: order) }
        }
        engine.set(risk.state == .halted && self.rule != nil ? .halted : .active)
        risk = engine
        (self.rule, self.hours) = (rule, hours)
    }

    /// Which orders are sent.
    package var state: TradingState { risk.state }
    /// Stops, narrows or resumes the sending of orders.
    package mutating func set(_ state: TradingState) { risk.set(state) }

    /// Takes the events away, and keeps their place.
    package mutating func clearEvents() { events.removeAll(keepingCapacity: true) }

    /// - Throws: ``Failure`` with code `calendar.unknown` once a bar lay beyond the days that the market's calendar
    ///   knows: it changed nothing, and nobody knows whether the market was open.
    package func requireKnownDays() throws(Failure) { try hours?.requireKnown() }

    // MARK: One bar

    /// Takes one finished bar: fills what waits for its open, marks the position at its close, and closes what is due.
    /// Bars outside the hours that are traded change nothing.
    ///
    /// - Parameters:
    ///   - index: position in the list of instruments.
    ///   - closeTime: when the bar was finished.
    /// - Throws: ``OrderState/InvalidTransition`` for a report that fits no order.
    package mutating func take(_ bar: Bar, instrument index: Int, closeTime: Nanoseconds)
        throws(OrderState.InvalidTransition)
    {
        guard hours?.isTraded(bar.time) ?? true else { return }
        var isNext = true
        if let last = slots[index].lastTime { isNext = hours?.follows(bar.time, after: last) ?? true }
        slots[index].lastTime = bar.time
        if let fill = exchange.open(bar, instrument: index, isNext: isNext) { try book(fill, time: bar.time) }
        change(index) { $0.lastPrice = bar.close }
        risk.reference(index, price: bar.close, time: closeTime)
        try closeWhenDue(bar, index, time: closeTime, isAfterGap: !isNext)
    }

    /// Decides on the score of the bar that was taken last of this instrument.
    ///
    /// - Parameter score: a finite number.
    /// - Throws: ``OrderState/InvalidTransition``.
    package mutating func decide(_ score: Double, bar: Bar, instrument index: Int, closeTime: Nanoseconds)
        throws(OrderState.InvalidTransition)
    {
        guard let rule, slots[index].heldBars == nil, slots[index].working == nil else { return }
        let direction = rule.direction(score)
        guard direction != 0, hours?.fits(bars: rule.holdBars, after: bar.time) ?? false else { return }
        let side: Side = direction > 0 ? .buy : .sell
        _ = try send(
            side, rule.quantity, price: limit(side, beyond: bar.close), index: index, time: closeTime, score: score,
            timing: .nextOpen)
    }

    /// A position leaves at the close of its last bar.
    private mutating func closeWhenDue(_ bar: Bar, _ index: Int, time: Nanoseconds, isAfterGap: Bool)
        throws(OrderState.InvalidTransition)
    {
        guard let held = slots[index].heldBars, let rule else { return }
        slots[index].heldBars = held.saturatingPlus(1)
        let isDue =
            held.saturatingPlus(1) >= rule.holdBars || isAfterGap || !(hours?.fits(bars: 1, after: bar.time) ?? true)
        let quantity = slots[index].position.quantity
        guard isDue, quantity != 0 else { return }
        let side: Side = quantity > 0 ? .sell : .buy
        var price = limit(side, beyond: bar.close)
        // A collar narrower than the tick leaves no reach: then the next tick that still meets the close.
        if side == .sell ? price > bar.close : price < bar.close {
            price = TradingDesk.ticked(bar.close, up: side == .buy, tick: risk.limits.tick)
        }
        let isSent = try send(
            side, Int64(clamping: quantity.magnitude), price: price, index: index, time: time, score: .nan,
            timing: .close)
        if isSent, let fill = exchange.close(bar, instrument: index) { try book(fill, time: time) }
    }

    /// Marketable: half the collar beyond a price, rounded to the tick on the safe side, so that the order fills unless
    /// the price jumps.
    private func limit(_ side: Side, beyond price: Int64) -> Int64 {
        let reach = price.saturatingTimes(risk.limits.collarBps / 2) / 10_000 * side.sign
        return TradingDesk.ticked(price.saturatingPlus(reach), up: side == .sell, tick: risk.limits.tick)
    }

    /// The next multiple of the tick below a price, or above it.
    private static func ticked(_ price: Int64, up isUp: Bool, tick: Int64) -> Int64 {
        let down = price / tick * tick
        return isUp && down != price ? down.saturatingPlus(tick) : down
    }

    // MARK: Orders

    /// - Returns: whether the order went to the exchange.
    private mutating func send(
        _ side: Side, _ quantity: Int64, price: Int64, index: Int, time: Nanoseconds, score: Double,
        timing: PaperExchange.Timing
    ) throws(OrderState.InvalidTransition) -> Bool {
        let order = Order(id: nextOrder, instrument: index, side: side, quantity: quantity, price: price)
        nextOrder += 1
        let reason = risk.submit(order, time: time, profit: Int64(clamping: profit))
        events.append(
            Event(
                kind: reason == nil ? .submitted : .denied, time: time, order: order, price: price, score: score,
                reason: reason))
        var state = OrderState(order)
        try state.apply(reason == nil ? .submitted : .denied)
        guard reason == nil else { return false }
        slots[index].working = state
        exchange.accept(order, timing: timing)
        return true
    }

    private mutating func book(_ fill: PaperExchange.Fill, time: Nanoseconds) throws(OrderState.InvalidTransition) {
        let index = fill.order.instrument
        // A report that does not fit the order's state is an error, not a position.
        try slots[index].working?.apply(fill.isFilled ? .filled(fill.order.quantity) : .cancelled)
        slots[index].working = nil
        events.append(
            Event(
                kind: fill.isFilled ? .filled : .cancelled, time: time, order: fill.order,
                price: fill.isFilled ? fill.price : fill.order.price))
        guard fill.isFilled else { return risk.cancelled(fill.order, time: time) }
        risk.filled(fill.order, quantity: fill.order.quantity, isDone: true)
        let fee = Double(fill.order.quantity) * Double(fill.price) * feeBps / 10_000
        change(index) {
            $0.position.fill(fill.order.side, quantity: fill.order.quantity, price: fill.price, fee: fee)
        }
        slots[index].heldBars = slots[index].position.quantity == 0 ? nil : 0
    }

    /// Every change of a price or a position goes through here, which keeps the result of all instruments: summed for
    /// each order, it would cost the number of instruments.
    private mutating func change(_ index: Int, _ body: (inout Slot) -> Void) {
        profit -= slots[index].profit
        body(&slots[index])
        profit += slots[index].profit
    }

    // MARK: Money

    /// Realised and unrealised result of an instrument before fees, in price units × lots.
    package func profit(of index: Int) -> Int128 { slots[index].profit }
    /// Fees of an instrument's fills, in price units × lots.
    package func fees(of index: Int) -> Double { slots[index].position.fees }
    /// Lots of an instrument; negative when short.
    package func position(of index: Int) -> Int64 { slots[index].position.quantity }
    /// The last price of an instrument; 0 before its first bar.
    package func lastPrice(of index: Int) -> Int64 { slots[index].lastPrice }
}
