package import Basics
package import MarketData
package import Trading

/// What the runtime's loop does with recorded scores on recorded bars: the same desk, fed with another model.
///
/// Where ``BarBacktest`` takes every forward return as it stands in a table, this one knows what the loop knows: whole
/// lots and ticks, price limits, denials, gaps, ends of sessions, and fees of every fill. Its orders and its money are
/// those of the loop to the last unit. Not modelled: what ``TradingDesk`` does not.
package struct LoopBacktest: Sendable {
    /// Scores of one instrument in the order of time.
    package struct Signals: Sendable, Equatable {
        /// Starts of the bars that were scored.
        package var times: [Nanoseconds] = []
        /// One a time; what is no finite number is not traded.
        package var scores: [Double] = []

        /// Without a score.
        package init() {}

        /// Adds a score later than all others.
        package mutating func append(_ score: Double, at time: Nanoseconds) {
            times.append(time)
            scores.append(score)
        }
    }

    /// A position from its entry to its exit.
    package struct RoundTrip: Sendable, Equatable {
        /// Position in the list of instruments.
        package var instrument: Int32
        /// Start of the bar whose score opened it.
        package var decidedAt: Nanoseconds
        /// That opened it.
        package var score: Double
        /// Lots; negative when short.
        package var quantity: Int64
        /// In price units.
        package var entry: Int64
        /// In price units; of one that is open at the end, the last price.
        package var exit: Int64
        /// Start of the bar at whose close it was left; of one that is open at the end, of the last bar.
        package var leftAt: Nanoseconds
        /// False for one that is open at the end.
        package var isClosed: Bool

        /// A round trip as given.
        package init(
            instrument: Int32, decidedAt: Nanoseconds, score: Double, quantity: Int64, entry: Int64, exit: Int64,
            leftAt: Nanoseconds, isClosed: Bool
        ) {
            (self.instrument, self.decidedAt, self.score, self.quantity) = (instrument, decidedAt, score, quantity)
            (self.entry, self.exit, self.leftAt, self.isClosed) = (entry, exit, leftAt, isClosed)
        }

        /// Before fees, in price units × lots; the end of the range for what lies beyond it.
        package var profit: Int64 { quantity.saturatingTimes(exit.saturatingMinus(entry)) }
    }

    /// What a run did.
    package struct Result: Sendable, Equatable {
        /// In the order in which they happened.
        package var events: [TradingDesk.Event] = []
        /// By the instrument and the time of their entry.
        package var trips: [RoundTrip] = []
        /// Of each instrument before fees, in price units × lots, open positions at their last price.
        package var profits: [Int128] = []
        /// Of each instrument, in price units × lots.
        package var fees: [Double] = []

        /// Events of one kind.
        package func count(_ kind: TradingDesk.Event.Kind) -> Int { events.count { $0.kind == kind } }
    }

    private let rule: PositionRule
    private let limits: RiskLimits
    private let feeBps: Double
    private let hours: SessionClock
    private let interval: Nanoseconds

    /// - Parameters:
    ///   - feeBps: of a fill's value; half of what a round trip costs.
    ///   - interval: of the bars.
    package init(
        rule: PositionRule, limits: RiskLimits, feeBps: Double, hours: SessionClock, interval: Nanoseconds
    ) {
        (self.rule, self.limits, self.feeBps, self.hours, self.interval) = (rule, limits, feeBps, hours, interval)
    }

    /// Runs all bars in the order in which the loop would get them.
    ///
    /// - Parameters:
    ///   - tables: raw bars, from so long before the first score as the loop gets them.
    ///   - signals: as many as tables; bars without a score are not decided on.
    ///   - until: bars from it on are not looked at.
    /// - Throws: ``OrderState/InvalidTransition``, which is an error of the desk.
    /// - Complexity: O(bars · log bars).
    package func run(_ tables: [BarTable], signals: [Signals], until: Nanoseconds = .max)
        throws(OrderState.InvalidTransition) -> Result
    {
        try run(ReplayFeed(tables), tables: tables, signals: signals, until: until)
    }

    /// The same on bars whose order is known.
    ///
    /// - Parameter feed: of some rows of `tables`, at its begin.
    /// - Complexity: O(bars).
    func run(_ feed: ReplayFeed, tables: [BarTable], signals: [Signals], until: Nanoseconds)
        throws(OrderState.InvalidTransition) -> Result
    {
        var desk = TradingDesk(instruments: tables.map(\.instrument), feeBps: feeBps)
        desk.install(rule: rule, limits: limits, hours: hours, time: tables.compactMap(\.time.first).min() ?? 0)
        var result = Result(), feed = feed, next = [Int](repeating: 0, count: tables.count)
        var decided = [(bar: Nanoseconds, score: Double)](repeating: (0, .nan), count: tables.count)
        var open = [RoundTrip?](repeating: nil, count: tables.count)
        func note(_ event: TradingDesk.Event, bar: Nanoseconds) {
            result.events.append(event)
            guard event.kind == .filled else { return }
            let index = event.order.instrument
            if var trip = open[index] {
                (trip.exit, trip.leftAt, trip.isClosed) = (event.price, bar, true)
                result.trips.append(trip)
                open[index] = nil
            } else {
                open[index] = RoundTrip(
                    instrument: Int32(index), decidedAt: decided[index].bar, score: decided[index].score,
                    quantity: event.order.quantity.saturatingTimes(event.order.side.sign), entry: event.price,
                    exit: event.price, leftAt: bar, isClosed: false)
            }
        }
        while let (bar, index) = feed.next(), bar.time < until {
            let closeTime = bar.time.saturatingPlus(interval)
            try desk.take(bar, instrument: index, closeTime: closeTime)
            for event in desk.events { note(event, bar: bar.time) }
            desk.clearEvents()
            open[index]?.exit = bar.close
            open[index]?.leftAt = bar.time
            guard let score = score(at: bar.time, signals[index], &next[index]), score.isFinite else { continue }
            decided[index] = (bar.time, score)
            try desk.decide(score, bar: bar, instrument: index, closeTime: closeTime)
            for event in desk.events { note(event, bar: bar.time) }
            desk.clearEvents()
        }
        for index in tables.indices {
            // What the loop would mark it at.
            if var trip = open[index] {
                trip.exit = desk.lastPrice(of: index)
                result.trips.append(trip)
            }
            result.profits.append(desk.profit(of: index))
            result.fees.append(desk.fees(of: index))
        }
        result.trips.sort { ($0.instrument, $0.decidedAt) < ($1.instrument, $1.decidedAt) }
        return result
    }

    /// The score of a bar; `next` moves on with the bars.
    private func score(at time: Nanoseconds, _ signals: Signals, _ next: inout Int) -> Double? {
        while next < signals.times.count, signals.times[next] < time { next += 1 }
        guard next < signals.times.count, signals.times[next] == time else { return nil }
        return signals.scores[next]
    }

    /// Round trips as daily returns on a capital that is divided equally among the instruments, as ``BarBacktest`` has
    /// them: what each put at stake and earned is taken from its fills.
    ///
    /// - Parameters:
    ///   - bars: all predictions of the span, from which days and instruments are counted.
    ///   - scale: price units of one unit of the closes.
    ///   - day: the market's day of a time.
    package func returns(
        _ result: Result, bars: [ScoredBar], closes: DayCloses?, scale: Double, day: (Nanoseconds) -> Int32
    ) -> BarBacktest.Result {
        account(rule).account(trades(result, scale: scale, day: day), bars: bars, closes: closes)
    }

    /// What books its positions.
    func account(_ rule: PositionRule) -> BarBacktest { BarBacktest(rule: rule, costBps: 2 * feeBps) }

    /// Round trips with what each returned.
    func trades(_ result: Result, scale: Double, day: (Nanoseconds) -> Int32) -> [BarBacktest.Trade] {
        result.trips.map { trip in
            let ratio = trip.entry > 0 ? Double(trip.exit) / Double(trip.entry) : 1
            var bar = ScoredBar(
                time: trip.decidedAt, instrument: trip.instrument, segment: 0, score: trip.score,
                forwardReturn: ratio - 1, heldUntil: trip.leftAt, day: day(trip.decidedAt),
                heldUntilDay: day(trip.leftAt))
            bar.entry = Double(trip.entry) / scale
            let gross = (trip.quantity < 0 ? -1 : 1) * (ratio - 1) * 10_000
            return BarBacktest.Trade(
                bar: bar, gross: gross, net: gross - feeBps * (trip.isClosed ? 1 + ratio : 1))
        }
    }
}
