package import Basics
package import Deployment
import Features
package import MarketData
package import ModelBundles
import Tables
package import Trading

/// The trading process for one bundle at a time: bars → features → prediction → decision → risk → orders → fills.
///
/// Synchronous and single-threaded; time is the time of the bars: an order is decided at a bar's close, filled at the
/// next bar's open, and its position closed at the close of the last bar it is held for. A new bundle is put in between
/// two bars, never inside one. In the steady state a bar is read, scored and decided without allocation.
///
/// Not modelled: more than one position an instrument, partial fills, orders that rest for more than one bar.
package struct TradingLoop: ~Copyable {
    /// What the loop must know of an instrument.
    package typealias Instrument = TradedInstrument

    /// Per-instrument state of the rule.
    private struct Slot {
        var stream: WindowStream?
        var position = Position()
        /// The order at the exchange, if any; the rule has one at a time.
        var working: OrderState?
        /// Bars since the entry filled; nil when flat.
        var heldBars: Int?
        var lastPrice: Int64 = 0
        /// Recent bars, so that a new model starts warm.
        var recent: [Bar] = []
        var recentStart = 0

        /// Realised and unrealised, in price units × lots.
        var profit: Int128 { Int128(position.realised) + Int128(position.unrealised(at: lastPrice)) }
    }

    /// Bars of each instrument that a new model is warmed up with.
    private static let recentCapacity = 512

    private let instruments: [Instrument]
    private let feeBps: Double
    private var slots: [Slot]
    /// Of all slots; wider than one, so that it never overflows.
    private var profit: Int128 = 0
    private var model: StreamingModel?
    /// The bundle in force; nil before the first is installed.
    package private(set) var bundle: ModelBundle?
    private var hours: SessionClock?
    private var risk: RiskEngine
    private var exchange: PaperExchange
    private var nextOrder: UInt64 = 1
    private var journal: Journal
    private var latency: LatencyRecorder
    /// Since the start of the loop.
    package private(set) var counts = Counts()
    /// Counts when the bundle in force was put in force.
    private var countsAtInstall = Counts()
    private var profitAtInstall = 0.0

    /// - Parameters:
    ///   - feeBps: of a fill's value, which the paper exchange charges.
    ///   - expectedBars: sizes the latency block; later bars are not measured.
    package init(instruments: [Instrument], feeBps: Double, journal: consuming Journal, expectedBars: Int) {
        self.instruments = instruments
        self.feeBps = feeBps
        slots = instruments.map { _ in
            var slot = Slot()
            slot.recent.reserveCapacity(TradingLoop.recentCapacity)
            return slot
        }
        // Boots halted: a loop without a bundle trades nothing.
        risk = RiskEngine(RiskLimits(), instruments: instruments.map(\.name))
        exchange = PaperExchange(instruments: instruments.count)
        self.journal = journal
        latency = LatencyRecorder(capacity: expectedBars)
    }

    // MARK: Control

    /// Puts a verified bundle in force. Positions and working orders stay; limits and rule are the new bundle's from
    /// the next bar on. The first bundle starts trading; a later one leaves a halted loop halted.
    ///
    /// - Parameter time: stands in the journal.
    /// - Throws: ``Failure`` when the features are not those of bars, or the zone is unknown; the old bundle stays in
    ///   force. ``FileError`` from the journal.
    package mutating func install(_ bundle: ModelBundle, time: Nanoseconds) throws {
        let spec = bundle.model.spec, hours = try SessionClock(features: spec.features, market: spec.market)
        var fresh: [WindowStream] = []
        for (index, instrument) in instruments.enumerated() {
            var stream = try WindowStream(
                spec: spec, priceDecimals: instrument.priceDecimals, volumeDecimals: instrument.volumeDecimals)
            let slot = slots[index]
            for i in slot.recent.indices { _ = stream.push(slot.recent[(slot.recentStart + i) % slot.recent.count]) }
            fresh.append(stream)
        }
        for index in slots.indices { slots[index].stream = fresh[index] }
        model = StreamingModel(bundle.model)
        self.hours = hours
        var engine = RiskEngine(bundle.limits, instruments: instruments.map(\.name))
        for index in slots.indices {
            engine.restore(position: slots[index].position.quantity, instrument: index)
            if slots[index].lastPrice > 0 { engine.reference(index, price: slots[index].lastPrice, time: time) }
            for order in risk.resting(index) { engine.restore(resting: order) }
        }
        engine.set(risk.state == .halted && self.bundle != nil ? .halted : .active)
        risk = engine
        self.bundle = bundle
        let money = money()
        (countsAtInstall, profitAtInstall) = (counts, money.gross - money.fees)
        var record = Journal.Record(time: time, kind: .modelInstalled, instrument: -1)
        record.score = Double(bundle.identity.version)
        try journal.append(record)
    }

    /// Stops or resumes sending orders. No effect before the first bundle, or where nothing changes.
    ///
    /// - Throws: ``FileError`` from the journal.
    package mutating func setHalted(_ isHalted: Bool, time: Nanoseconds) throws {
        guard bundle != nil, (risk.state == .halted) != isHalted else { return }
        risk.set(isHalted ? .halted : .active)
        try journal.append(Journal.Record(time: time, kind: isHalted ? .halted : .resumed, instrument: -1))
    }

    // MARK: One bar

    /// Takes one finished bar of an instrument.
    ///
    /// - Parameters:
    ///   - index: position in the list of instruments.
    ///   - observe: receives the raw score, for checks; nil where there was no prediction.
    /// - Throws: ``OrderState/InvalidTransition`` for a report that fits no order, ``FileError`` from the journal.
    package mutating func push(_ bar: Bar, instrument index: Int, observe: ((Double?) -> Void)? = nil) throws {
        let started = Clock.monotonic()
        counts.bars += 1
        if let fill = exchange.open(bar, instrument: index) { try book(fill, time: bar.time) }
        let closeTime = bar.time.saturatingPlus(bundle?.model.spec.market.interval ?? 0)
        try closeWhenDue(bar, index, time: closeTime)
        change(index) { $0.lastPrice = bar.close }
        risk.reference(index, price: bar.close, time: closeTime)
        remember(bar, index)
        let score = predict(bar, index)
        observe?(score)
        if let score {
            counts.predictions += 1
            if score.isFinite {
                try decide(score, bar: bar, index: index, time: closeTime)
            } else {
                counts.undefined += 1
            }
        }
        latency.record(Clock.monotonic() - started)
    }

    /// The window is scored without allocation: one contiguous copy into the model's input, one forward pass.
    private mutating func predict(_ bar: Bar, _ index: Int) -> Double? {
        guard let model, let window = slots[index].stream?.push(bar).window else { return nil }
        model.input.update(from: window, count: model.spec.window * model.spec.features.features.count)
        return model.score()
    }

    private mutating func remember(_ bar: Bar, _ index: Int) {
        if slots[index].recent.count < TradingLoop.recentCapacity {
            slots[index].recent.append(bar)
        } else {
            slots[index].recent[slots[index].recentStart] = bar
            slots[index].recentStart = (slots[index].recentStart + 1) % TradingLoop.recentCapacity
        }
    }

    /// A position leaves at the close of its last bar.
    private mutating func closeWhenDue(_ bar: Bar, _ index: Int, time: Nanoseconds) throws {
        guard let held = slots[index].heldBars, let rule = bundle?.rule else { return }
        slots[index].heldBars = held + 1
        guard held + 1 >= rule.holdBars, slots[index].position.quantity != 0 else { return }
        let quantity = slots[index].position.quantity
        let side: Side = quantity > 0 ? .sell : .buy
        try send(
            side, Int64(clamping: quantity.magnitude), price: roundedToTick(bar.open, side), index: index, time: time,
            score: .nan,
            timing: .close)
        if let fill = exchange.close(bar, instrument: index) { try book(fill, time: time) }
    }

    private mutating func decide(_ score: Double, bar: Bar, index: Int, time: Nanoseconds) throws {
        guard let rule = bundle?.rule, slots[index].heldBars == nil else { return }
        let direction = rule.direction(score)
        guard direction != 0, hours?.fits(bars: rule.holdBars, after: bar.time) ?? false else { return }
        let side: Side = direction > 0 ? .buy : .sell
        // Marketable: half the collar beyond the close, so that the next open fills unless it jumps.
        let reach = bar.close.saturatingTimes(risk.limits.collarBps / 2) / 10_000 * side.sign
        try send(
            side, rule.quantity, price: roundedToTick(bar.close.saturatingPlus(reach), side), index: index, time: time,
            score: score,
            timing: .nextOpen)
    }

    /// Never beyond the given price: down for a buy, up for a sale.
    private func roundedToTick(_ price: Int64, _ side: Side) -> Int64 {
        let tick = risk.limits.tick
        let down = price / tick * tick
        return side == .buy || down == price ? down : down.saturatingPlus(tick)
    }

    private mutating func send(
        _ side: Side, _ quantity: Int64, price: Int64, index: Int, time: Nanoseconds, score: Double,
        timing: PaperExchange.Timing
    ) throws {
        let order = Order(id: nextOrder, instrument: index, side: side, quantity: quantity, price: price)
        nextOrder += 1
        let reason = risk.submit(order, time: time, profit: Int64(clamping: profit))
        var record = Journal.Record(time: time, kind: reason == nil ? .submitted : .denied, instrument: Int32(index))
        record.order = order.id
        (record.side, record.quantity, record.price, record.score, record.reason) = (
            side, quantity, price, score, reason
        )
        try journal.append(record)
        var state = OrderState(order)
        try state.apply(reason == nil ? .submitted : .denied)
        if let reason {
            counts.denied += 1
            counts.deniedReasons[reason.rawValue, default: 0] += 1
            return
        }
        counts.submitted += 1
        slots[index].working = state
        exchange.accept(order, timing: timing)
    }

    private mutating func book(_ fill: PaperExchange.Fill, time: Nanoseconds) throws {
        let index = fill.order.instrument
        // A report that does not fit the order's state is an error, not a position.
        try slots[index].working?.apply(fill.isFilled ? .filled(fill.order.quantity) : .cancelled)
        slots[index].working = nil
        var record = Journal.Record(time: time, kind: fill.isFilled ? .filled : .cancelled, instrument: Int32(index))
        record.order = fill.order.id
        (record.side, record.quantity, record.price) = (
            fill.order.side, fill.order.quantity, fill.isFilled ? fill.price : fill.order.price
        )
        try journal.append(record)
        guard fill.isFilled else {
            counts.cancelled += 1
            risk.cancelled(fill.order, time: time)
            return
        }
        counts.filled += 1
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

    // MARK: The end

    /// Writes what the journal holds and sums up.
    ///
    /// - Throws: ``FileError`` from the journal.
    package mutating func finish() throws -> Summary {
        try journal.flush()
        let money = money()
        return Summary(
            counts: counts, latency: latency.summary(), grossProfit: money.gross, fees: money.fees,
            openPositions: slots.count { $0.position.quantity != 0 })
    }

    /// In currency, over all instruments.
    private func money() -> (gross: Double, fees: Double) {
        var gross = 0.0, fees = 0.0
        for (index, slot) in slots.enumerated() {
            let unit = 1 / Double(FixedPoint.powers[instruments[index].priceDecimals])
            gross += Double(slot.profit) * unit
            fees += slot.position.fees * unit
        }
        return (gross, fees)
    }

    /// How the bundle in force has done since it was put in force. Sorts the latencies, so not for every bar.
    package func health(at time: Nanoseconds) -> HealthReport? {
        guard let bundle else { return nil }
        let money = money()
        return HealthReport(
            bundle: bundle.digest, bars: counts.bars - countsAtInstall.bars,
            predictions: counts.predictions - countsAtInstall.predictions,
            undefined: counts.undefined - countsAtInstall.undefined,
            submitted: counts.submitted - countsAtInstall.submitted, denied: counts.denied - countsAtInstall.denied,
            filled: counts.filled - countsAtInstall.filled, profit: money.gross - money.fees - profitAtInstall,
            p99Ns: latency.summary().p99, isHalted: risk.state == .halted, time: time)
    }
}
