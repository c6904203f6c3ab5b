package import Basics
package import MarketData
package import Trading

/// Scores on the raw bars that they were made of, traded by the one desk: what evaluation, comparison, search and gate
/// mean by what a strategy earned.
///
/// ``BarBacktest`` adds up returns of a table instead, and knows neither lots, price limits and risk limits nor gaps:
/// an estimate for where there are no raw bars. Bars and order are prepared once and serve any number of strategies.
package struct DeskBacktest: Sendable {
    /// What a strategy did.
    package struct Outcome: Sendable {
        /// As daily returns on a capital that is divided equally among the instruments.
        package var returns: BarBacktest.Result
        /// Orders, fills and money.
        package var orders: LoopBacktest.Result
    }

    /// What trades: a rule, its limits, and what a round trip costs.
    package struct Strategy: Sendable, Equatable {
        /// When a score opens a position, and for how long.
        package var rule: PositionRule
        /// What the desk may do.
        package var limits: RiskLimits
        /// Of a round trip, in basis points: half of it is charged for each fill.
        package var costBps: Double

        /// A strategy from its parts.
        package init(rule: PositionRule, limits: RiskLimits, costBps: Double) {
            (self.rule, self.limits, self.costBps) = (rule, limits, costBps)
        }

        /// The same, long at every score: what doing nothing clever earns by the same orders.
        package var alwaysLong: Strategy {
            var long = self
            long.rule.enterAbove = -.infinity
            return long
        }
    }

    /// Bars in which an exit that was refused or not filled may be sent again.
    private static let spare = 100

    /// The raw bars, one table an instrument.
    package let tables: [BarTable]
    private let bars: [ScoredBar]
    private let signals: [LoopBacktest.Signals]
    private let feed: ReplayFeed
    /// Of each instrument of the predictions: its position among the tables.
    private let positions: [Int?]
    private let hours: SessionClock
    private let interval: Nanoseconds
    private let days: TradingDays
    private let until: Nanoseconds
    private let closes: @Sendable () -> DayCloses?

    /// - Parameters:
    ///   - tables: raw bars; what is before the first score is not looked at, since nothing is decided there.
    ///   - bars: scores, by instrument and in time order inside each.
    ///   - instruments: names, by their number in `bars`.
    ///   - holdBars: bars that are looked at behind an instrument's last score, to leave its last position, with some
    ///     to spare.
    ///   - interval: of the bars.
    ///   - days: that returns are of.
    ///   - until: bars from it on are not looked at.
    ///   - closes: of the days, asked for only where a position stays overnight.
    /// - Complexity: O(bars · log bars).
    package init(
        _ tables: [BarTable], bars: [ScoredBar], instruments: [String], holdBars: Int, hours: SessionClock,
        interval: Nanoseconds, days: TradingDays, until: Nanoseconds = .max,
        closes: @escaping @Sendable () -> DayCloses?
    ) {
        (self.tables, self.bars, self.hours, self.interval) = (tables, bars, hours, interval)
        (self.days, self.until, self.closes) = (days, until, closes)
        let numbers = Dictionary(zip(tables.map(\.instrument), tables.indices)) { first, _ in first }
        positions = instruments.map { numbers[$0] }
        signals = DeskBacktest.signals(bars, positions, count: tables.count)
        let first = signals.compactMap(\.times.first).min() ?? .max
        feed = ReplayFeed(
            tables,
            rows: zip(tables, signals).map { table, own in
                guard let last = own.times.last else { return 0..<0 }
                let begin = DeskBacktest.firstRow(table.time, from: first),
                    end = DeskBacktest.firstRow(table.time, from: last).saturatingPlus(holdBars).saturatingPlus(
                        DeskBacktest.spare)
                return begin..<max(min(end, table.count), begin)
            })
    }

    /// What a strategy does with the scores.
    ///
    /// - Parameter other: scores in place of those that were prepared, at the same times.
    /// - Throws: ``OrderState/InvalidTransition``, which is an error of the desk.
    /// - Complexity: O(bars).
    package func run(_ strategy: Strategy, scores other: [ScoredBar]? = nil) throws(OrderState.InvalidTransition)
        -> Outcome
    {
        let loop = loop(strategy)
        let orders = try loop.run(
            feed, tables: tables,
            signals: other.map { DeskBacktest.signals($0, positions, count: tables.count) } ?? signals, until: until)
        return Outcome(returns: returns(orders, loop), orders: orders)
    }

    /// After-cost returns in `count` stretches of equally many distinct times of scores; see
    /// ``BarBacktest/returns(_:periods:)``.
    package func returns(_ orders: LoopBacktest.Result, of strategy: Strategy, periods count: Int) -> [Double] {
        let loop = loop(strategy)
        return loop.account(strategy.rule).returns(
            loop.trades(numbered(orders), scale: scale, day: day()), bars: bars, periods: count)
    }

    private func loop(_ strategy: Strategy) -> LoopBacktest {
        LoopBacktest(
            rule: strategy.rule, limits: strategy.limits, feeBps: strategy.costBps / 2, hours: hours,
            interval: interval)
    }

    private func returns(_ orders: LoopBacktest.Result, _ loop: LoopBacktest) -> BarBacktest.Result {
        let orders = numbered(orders), day = day()
        let staysOvernight = orders.trips.contains { day($0.leftAt) > day($0.decidedAt) }
        return loop.returns(orders, bars: bars, closes: staysOvernight ? closes() : nil, scale: scale, day: day)
    }

    /// Price units of one unit of the closes.
    private var scale: Double {
        tables.first.map { (0..<$0.priceDecimals).reduce(1.0) { scale, _ in scale * 10 } } ?? 1
    }

    private func day() -> (Nanoseconds) -> Int32 {
        var days = days
        return { days.day($0) }
    }

    /// Round trips by the numbers that the scores have for instruments.
    private func numbered(_ orders: LoopBacktest.Result) -> LoopBacktest.Result {
        var numbers = [Int32](repeating: -1, count: tables.count)
        for (number, position) in positions.enumerated() {
            if let position, numbers[position] < 0 { numbers[position] = Int32(clamping: number) }
        }
        var out = orders
        for index in out.trips.indices { out.trips[index].instrument = numbers[Int(out.trips[index].instrument)] }
        out.trips.sort { ($0.instrument, $0.decidedAt) < ($1.instrument, $1.decidedAt) }
        return out
    }

    private static func signals(_ bars: [ScoredBar], _ positions: [Int?], count: Int) -> [LoopBacktest.Signals] {
        var signals = [LoopBacktest.Signals](repeating: LoopBacktest.Signals(), count: count)
        for bar in bars {
            if let position = positions[Int(bar.instrument)] { signals[position].append(bar.score, at: bar.time) }
        }
        return signals
    }

    /// The first row at a time or later, by bisection.
    private static func firstRow(_ times: [Nanoseconds], from: Nanoseconds) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < from { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
