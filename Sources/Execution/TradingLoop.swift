package import Basics
package import Deployment
import Features
package import MarketData
package import ModelBundles
import Tables
package import Trading

/// The trading process for one bundle at a time: bars → features → prediction → decision → risk → orders → fills.
///
/// Synchronous and single-threaded; time is the time of the bars. What a score becomes is the desk's, which the
/// back-test of the gate shares (``TradingDesk``). A new bundle is put in between two bars, never inside one. In the
/// steady state a bar is read, scored and decided without allocation.
package struct TradingLoop: ~Copyable {
    /// What the loop must know of an instrument.
    package typealias Instrument = TradedInstrument

    /// What a model needs of an instrument.
    private struct Slot {
        var stream: WindowStream?
        /// Recent bars, so that a new model starts warm.
        var recent: [Bar] = []
        var recentStart = 0
    }

    /// Bars of each instrument that a new model is warmed up with.
    private static let recentCapacity = 512

    private let instruments: [Instrument]
    private var slots: [Slot]
    private var desk: TradingDesk
    private var model: StreamingModel?
    /// The bundle in force; nil before the first is installed.
    package private(set) var bundle: ModelBundle?
    /// Whether bars only warm features up: nothing is decided on them.
    package var isWarmingUp = false
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
        slots = instruments.map { _ in
            var slot = Slot()
            slot.recent.reserveCapacity(TradingLoop.recentCapacity)
            return slot
        }
        // Boots halted: a loop without a bundle trades nothing.
        desk = TradingDesk(instruments: instruments.map(\.name), feeBps: feeBps)
        self.journal = journal
        latency = LatencyRecorder(capacity: expectedBars)
    }

    // MARK: Control

    /// Puts a verified bundle in force. Positions and working orders stay; limits and rule are the new bundle's from
    /// the next bar on. The first bundle starts trading; a later one leaves a halted loop halted.
    ///
    /// - Parameter time: stands in the journal.
    /// - Throws: ``Failure`` when the features are not those of bars, or of other bars than come in, or the zone is
    ///   unknown; the old bundle stays in force. ``FileError`` from the journal.
    package mutating func install(_ bundle: ModelBundle, time: Nanoseconds) throws {
        var (fresh, hours) = try intake.check(bundle)
        for index in slots.indices {
            let slot = slots[index]
            for i in slot.recent.indices {
                _ = fresh[index].push(slot.recent[(slot.recentStart + i) % slot.recent.count])
            }
        }
        for index in slots.indices { slots[index].stream = fresh[index] }
        model = StreamingModel(bundle.model)
        desk.install(rule: bundle.rule, limits: bundle.limits, hours: hours, time: time)
        self.bundle = bundle
        let money = money()
        (countsAtInstall, profitAtInstall) = (counts, money.gross - money.fees)
        var record = Journal.Record(time: time, kind: .modelInstalled, instrument: -1)
        record.score = Double(bundle.identity.version)
        try journal.append(record)
    }

    /// What it can take between two bars now.
    package var intake: Intake { Intake(instruments: instruments, market: bundle?.model.spec.market) }

    /// Stops, narrows or resumes the sending of orders. No effect before the first bundle, or where nothing changes.
    ///
    /// - Throws: ``FileError`` from the journal.
    package mutating func set(_ state: TradingState, time: Nanoseconds) throws {
        guard bundle != nil, desk.state != state else { return }
        desk.set(state)
        let kind: Journal.Kind =
            switch state {
            case .active: .resumed
            case .reducing: .reducing
            case .halted: .halted
            }
        try journal.append(Journal.Record(time: time, kind: kind, instrument: -1))
    }

    /// As ``set(_:time:)``, with no way between all and nothing.
    package mutating func setHalted(_ isHalted: Bool, time: Nanoseconds) throws {
        try set(isHalted ? .halted : .active, time: time)
    }

    // MARK: One bar

    /// Takes one finished bar of an instrument.
    ///
    /// - Parameters:
    ///   - index: position in the list of instruments.
    ///   - observe: receives the raw score, for checks; nil where there was no prediction.
    /// - Throws: ``OrderState/InvalidTransition`` for a report that fits no order, ``FileError`` from the journal,
    ///   ``Failure`` with code `calendar.unknown` for a bar beyond the days that the market's calendar knows, and with
    ///   code `features.bars` for one that fits no coarser bar of the features.
    package mutating func push(_ bar: Bar, instrument index: Int, observe: ((Double?) -> Void)? = nil) throws {
        let started = Clock.monotonic()
        counts.bars += 1
        let closeTime = bar.time.saturatingPlus(bundle?.model.spec.market.interval ?? 0)
        try desk.take(bar, instrument: index, closeTime: closeTime)
        try note()
        try desk.requireKnownDays()
        remember(bar, index)
        let score = predict(bar, index)
        try slots[index].stream?.requireKnown()
        observe?(score)
        if isWarmingUp {
            counts.warmUpBars += 1
        } else if let score {
            counts.predictions += 1
            if score.isFinite {
                try desk.decide(score, bar: bar, instrument: index, closeTime: closeTime)
                try note()
            } else {
                counts.undefined += 1
            }
        }
        latency.record(Clock.monotonic() - started)
    }

    /// The window is scored without allocation: one contiguous copy into the model's input, one forward pass.
    private mutating func predict(_ bar: Bar, _ index: Int) -> Double? {
        guard let model, let window = slots[index].stream?.push(bar).window else { return nil }
        model.input.update(from: window, count: model.spec.window * model.spec.features.width)
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

    /// Counts what the desk did and puts it in the journal.
    private mutating func note() throws {
        for event in desk.events {
            var record = Journal.Record(
                time: event.time, kind: .init(event.kind), instrument: Int32(event.order.instrument))
            record.order = event.order.id
            (record.side, record.quantity, record.price) = (event.order.side, event.order.quantity, event.price)
            (record.score, record.reason) = (event.score, event.reason)
            try journal.append(record)
            counts.note(event)
        }
        desk.clearEvents()
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
            openPositions: slots.indices.count { desk.position(of: $0) != 0 })
    }

    /// In currency, over all instruments.
    private func money() -> (gross: Double, fees: Double) {
        var gross = 0.0, fees = 0.0
        for (index, instrument) in instruments.enumerated() {
            let unit = 1 / Double(FixedPoint.powers[instrument.priceDecimals])
            gross += Double(desk.profit(of: index)) * unit
            fees += desk.fees(of: index) * unit
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
            p99Ns: latency.summary().p99, isHalted: desk.state != .active, time: time)
    }
}
