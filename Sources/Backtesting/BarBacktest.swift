package import Basics
package import Trading

/// One prediction with what it would have earned.
package struct ScoredBar: Sendable, Equatable {
    /// When the prediction was made: the close of its bar.
    package var time: Nanoseconds
    /// Position in the list of instruments of the table.
    package var instrument: Int32
    /// Unbroken stretch of bars; a holding ends with it.
    package var segment: Int32
    /// What the model says; its unit is that of ``Predictions/Kind``.
    package var score: Double
    /// From the next bar's open to the close `horizon` bars ahead, as a fraction.
    package var forwardReturn: Double
    /// What this round trip pays for crossing the spread, in basis points, where the data says; bars do not.
    package var spreadBps: Double
    /// Time of the bar at whose close a position opened here is closed, on the clock of `time`; ``neverOpens`` where
    /// the session ends before.
    package var heldUntil: Nanoseconds

    /// The market's own day, counted from 1970: what daily returns are of.
    package var day: Int32
    /// The same of ``heldUntil``; the bar's own day where no position is opened.
    package var heldUntilDay: Int32
    /// What a position opened here is opened at; 0 where it is not known. Only what stays overnight needs it.
    package var entry = 0.0

    /// Of a bar at which no position is opened, because it could not be closed inside the session.
    package static let neverOpens = Nanoseconds.max

    /// A prediction with what it would have earned; bars pay no spread of their own.
    ///
    /// - Parameters:
    ///   - day: the market's day of `time`; by default that of UTC.
    ///   - heldUntilDay: the market's day of `heldUntil`; by default `day`.
    package init(
        time: Nanoseconds, instrument: Int32, segment: Int32, score: Double, forwardReturn: Double,
        spreadBps: Double = 0, heldUntil: Nanoseconds = .min, day: Int32? = nil, heldUntilDay: Int32? = nil
    ) {
        self.day = day ?? ScoredBar.day(local: time)
        self.heldUntilDay = max(heldUntilDay ?? self.day, self.day)
        self.time = time
        self.instrument = instrument
        self.segment = segment
        self.score = score
        self.forwardReturn = forwardReturn
        self.spreadBps = spreadBps
        self.heldUntil = heldUntil
    }

    /// The day of a wall-clock time.
    package static func day(local time: Nanoseconds) -> Int32 {
        let day = time / 86_400_000_000_000
        return Int32(clamping: time < day * 86_400_000_000_000 ? day - 1 : day)
    }
}

/// Applies a position rule to predictions bar by bar, after costs.
///
/// Every instrument has an equal share of the capital at the start of a day. A position opened at bar t puts its
/// instrument's share at stake, earns its forward return less `costBps` and the spread for the round trip, and the
/// instrument is busy for ``heldRows`` rows: until the time at which its return was taken, also where rows between are
/// missing. Positions of a day follow each other with what the ones before left, so that no more than everything can be
/// lost. A position that stays overnight is valued at each day's close where closes are known. None is opened that the
/// runtime would not open, because the session ends before it could be closed (``ScoredBar/heldUntil``). Not modelled:
/// queue position, partial fills, market impact, financing; a fill at the next bar's open is assumed.
///
/// The forward return must be over `holdBars`: ``PositionRule`` knows no horizon, so whoever reads a strategy checks
/// it.
package struct BarBacktest: Sendable {
    /// When a score opens a position, and for how long.
    package let rule: PositionRule
    /// What a round trip costs beside the spread, in basis points.
    package let costBps: Double

    /// Rows that a position is held for: those of the rule's bars, fewer where a row is of several of them.
    package let heldRows: Int

    /// A backtest of one rule at one cost; keeps no state between runs.
    ///
    /// - Parameter heldRows: how far a row's return looks ahead in rows; as many as the rule's bars by default.
    package init(rule: PositionRule, costBps: Double, heldRows: Int? = nil) {
        self.rule = rule
        self.costBps = costBps
        self.heldRows = heldRows ?? rule.holdBars
    }

    /// What the rule did over all bars, before and after costs.
    package struct Result: Sendable, Equatable {
        /// Days in order, and each day's return on the whole capital.
        package var days: [CivilDate] = []
        /// As a fraction of the whole capital, after costs; as many as ``days``.
        package var dailyReturns: [Double] = []
        /// Positions opened.
        package var trades = 0
        /// Positions that earned more than they cost.
        package var winningTrades = 0
        /// Sum over trades of the return after costs, in basis points of the trade.
        package var tradeReturnBps = 0.0
        /// The same before costs.
        package var grossReturnBps = 0.0
        /// Among which the capital is divided.
        package var instruments = 0
        /// Bars with a position, of all bars.
        package var heldBars = 0
        /// All predictions that were looked at.
        package var bars = 0

        /// No bar, no trade.
        package init() {}
    }

    /// - Parameters:
    ///   - bars: grouped by instrument and in time order inside each, as a feature table has them.
    ///   - closes: by which positions that stay overnight are valued at the end of each day; without them all of a
    ///     position is booked on the day on which it is opened. What is left at the end is the same.
    package func run(_ bars: [ScoredBar], closes: DayCloses? = nil) -> Result {
        var trades: [Trade] = []
        forEachTrade(bars) { trades.append(Trade(bar: $0, gross: $1, net: $2)) }
        return account(trades, bars: bars, closes: closes)
    }

    /// A position with what it returned, in basis points before and after costs.
    struct Trade {
        var bar: ScoredBar
        var gross: Double
        var net: Double
    }

    /// Books positions, which come by instrument and in time order inside each.
    func account(_ trades: [Trade], bars: [ScoredBar], closes: DayCloses?) -> Result {
        var result = Result()
        result.instruments = Set(bars.map(\.instrument)).count
        result.bars = bars.count
        let days = closes?.days(of: bars) ?? Set(bars.map(\.day)).sorted(),
            position = Dictionary(zip(days, days.indices)) { $1 }
        var overnight: [OvernightMarks.Position] = []
        var capital = Compounding(periods: days.count, instruments: result.instruments)
        for trade in trades {
            let (bar, net) = (trade.bar, trade.net)
            result.trades += 1
            result.heldBars += rule.holdBars
            if net > 0 { result.winningTrades += 1 }
            result.tradeReturnBps += net
            result.grossReturnBps += trade.gross
            let period = position[bar.day] ?? 0,
                stake = capital.add(net, instrument: bar.instrument, period: period)
            guard closes != nil, bar.heldUntilDay > bar.day else { continue }
            overnight.append(
                OvernightMarks.Position(
                    bar: bar, direction: Double(rule.direction(bar.score)), costBps: costBps + bar.spreadBps,
                    period: period, stake: stake, net: max(net / 10_000, -1)))
        }
        result.days = days.map { CivilDate(daysSince1970: Int($0)) }
        result.dailyReturns = capital.returns()
        if let closes, !overnight.isEmpty {
            result.dailyReturns = OvernightMarks(days: days, closes: closes).marked(result.dailyReturns, overnight)
        }
        return result
    }

    /// After-cost returns in `count` stretches of equally many distinct times, for statistics that want more periods
    /// than there are days.
    package func returns(_ bars: [ScoredBar], periods count: Int) -> [Double] {
        var trades: [Trade] = []
        forEachTrade(bars) { trades.append(Trade(bar: $0, gross: $1, net: $2)) }
        return returns(trades, bars: bars, periods: count)
    }

    /// The same of positions that are known, which come by instrument and in time order inside each.
    func returns(_ trades: [Trade], bars: [ScoredBar], periods count: Int) -> [Double] {
        let times = Set(bars.map(\.time)).sorted(), instruments = Set(bars.map(\.instrument)).count
        guard !times.isEmpty, count > 0 else { return [] }
        let position = Dictionary(zip(times, times.indices)) { $1 }, periods = min(count, times.count)
        var capital = Compounding(periods: periods, instruments: instruments)
        for trade in trades {
            _ = capital.add(
                trade.net, instrument: trade.bar.instrument,
                period: (position[trade.bar.time] ?? 0) * periods / times.count)
        }
        return capital.returns()
    }

    /// Returns of periods on a capital that is divided equally among instruments at the start of each: inside a period
    /// the positions of one instrument compound on its share.
    private struct Compounding {
        private var totals: [Double]
        private let share: Double
        /// The instrument and period whose positions are under way, and what is left of one unit in them.
        private var current: (instrument: Int32, period: Int) = (-1, -1)
        private var value = 1.0

        init(periods: Int, instruments: Int) {
            totals = [Double](repeating: 0, count: periods)
            share = 1 / Double(max(instruments, 1))
        }

        /// Takes a position's return in basis points. Positions come by instrument, and in time order inside each.
        ///
        /// - Returns: what the position put at stake, as a fraction of the whole capital at the begin of the period.
        mutating func add(_ net: Double, instrument: Int32, period: Int) -> Double {
            if current != (instrument, period) {
                settle()
                current = (instrument, period)
            }
            let stake = value * share
            // A position loses at most what was put into it.
            value *= max(1 + net / 10_000, 0)
            return stake
        }

        private mutating func settle() {
            if totals.indices.contains(current.period) { totals[current.period] += (value - 1) * share }
            value = 1
        }

        mutating func returns() -> [Double] {
            settle()
            current = (-1, -1)
            return totals
        }
    }

    /// The predictions on which the rule opens a position, in the order of the bars.
    package func entries(_ bars: [ScoredBar]) -> [ScoredBar] {
        var out: [ScoredBar] = []
        forEachTrade(bars) { bar, _, _ in out.append(bar) }
        return out
    }

    /// Every position that the rule opens, with its return in basis points before and after costs.
    private func forEachTrade(_ bars: [ScoredBar], _ body: (_ bar: ScoredBar, _ gross: Double, _ net: Double) -> Void) {
        var busy = 0, until = Nanoseconds.min
        var last: (instrument: Int32, segment: Int32) = (-1, -1)
        for bar in bars {
            if bar.instrument != last.instrument { until = .min }
            if (bar.instrument, bar.segment) != last { busy = 0 }
            last = (bar.instrument, bar.segment)
            if busy > 0 {
                busy -= 1
                continue
            }
            let direction = rule.direction(bar.score)
            // A segment ends where a feature is undefined; the position is still there.
            guard direction != 0, bar.forwardReturn.isFinite, bar.time >= until,
                bar.heldUntil != ScoredBar.neverOpens
            else { continue }
            until = bar.heldUntil
            let gross = Double(direction) * bar.forwardReturn * 10_000
            body(bar, gross, gross - costBps - bar.spreadBps)
            busy = heldRows - 1
        }
    }
}

extension BarBacktest.Result {
    /// Share of positions that earned more than they cost; nil without a trade.
    package var hitRate: Double? { trades > 0 ? Double(winningTrades) / Double(trades) : nil }
    /// Mean return after costs of a position, in basis points; nil without a trade.
    package var meanTradeBps: Double? { trades > 0 ? tradeReturnBps / Double(trades) : nil }
    /// Of the whole span, with daily returns compounded, as a fraction.
    package var totalReturn: Double { dailyReturns.reduce(1) { $0 * (1 + $1) } - 1 }
    /// The deepest loss from a peak of the equity, as a fraction of the peak.
    package var maximumDrawdown: Double { PerformanceStatistics.maximumDrawdown(dailyReturns) }
    /// Round trips × 2 per instrument and day: how often the capital turns over.
    package var dailyTurnover: Double {
        Double(2 * trades) / Double(max(instruments, 1)) / Double(max(days.count, 1))
    }

    /// Value of one unit of capital after each day.
    package var equity: [Double] {
        var value = 1.0
        return dailyReturns.map {
            value *= 1 + $0
            return value
        }
    }
}
