import Backtesting
import Basics
import MarketData
import Testing
import Trading

/// Bars that are prepared once for many strategies give what a run over all of them gives.
@Suite struct DeskBacktestTests {
    /// Two sessions of two instruments whose prices wander.
    static let tables: [BarTable] = ["A", "B"].map { name in
        var random = SeededRandom(seed: name == "A" ? 1 : 2), price: Int64 = 1_000_000
        return LoopBacktestTests.table(
            (0..<150).map { index in
                let open = price
                price += Int64((random.uniform() - 0.5) * 4_000)
                // The second half is the next day.
                return (index < 75 ? index : index + 213, open, price)
            }, name)
    }

    /// Scores in the middle of the bars, of the second instrument under the number 0.
    static func bars(_ seed: UInt64) -> [ScoredBar] {
        var random = SeededRandom(seed: seed)
        return [1, 0].enumerated().flatMap { number, table in
            (20..<120).map {
                ScoredBar(
                    time: tables[table].time[$0], instrument: Int32(number), segment: 0,
                    score: 4 * (random.uniform() - 0.5), forwardReturn: 0,
                    day: ScoredBar.day(local: tables[table].time[$0]))
            }
        }
    }

    static func desk(_ bars: [ScoredBar], holdBars: Int) throws -> DeskBacktest {
        DeskBacktest(
            tables, bars: bars, instruments: ["B", "A"], holdBars: holdBars,
            hours: try SessionClock(market: MarketSpec(), isBounded: true, allHours: false, missingBarsAllowed: 0),
            interval: LoopBacktestTests.step, days: try TradingDays(MarketSpec())
        ) { nil }
    }

    static func strategy(hold: Int) -> DeskBacktest.Strategy {
        DeskBacktest.Strategy(
            rule: PositionRule(enterAbove: 1, enterBelow: -1, holdBars: hold, quantity: 50), limits: RiskLimits(),
            costBps: 2)
    }

    /// Without the scores that exits do not have: NaN is not even equal to itself.
    static func events(_ result: LoopBacktest.Result) -> [TradingDesk.Event] {
        result.events.map { event in
            var event = event
            if event.score.isNaN { event.score = 0 }
            return event
        }
    }

    @Test("orders, money and fees are those of the loop over all bars", arguments: [1, 3, 12])
    func equal(hold: Int) throws {
        let bars = Self.bars(7), outcome = try Self.desk(bars, holdBars: hold).run(Self.strategy(hold: hold))
        var signals = Self.tables.map { _ in LoopBacktest.Signals() }
        for bar in bars { signals[bar.instrument == 0 ? 1 : 0].append(bar.score, at: bar.time) }
        let whole = try LoopBacktestTests.backtest(hold: hold, feeBps: 1).run(Self.tables, signals: signals)
        #expect(Self.events(outcome.orders) == Self.events(whole) && whole.count(.filled) > 10)
        #expect(outcome.orders.trips == whole.trips && outcome.orders.fees == whole.fees)
        #expect(outcome.returns.trades == whole.trips.count && outcome.returns.instruments == 2)
        // Half of the capital each, by day: what all days earn is what all positions earn.
        let sum = outcome.returns.dailyReturns.reduce(0, +),
            trips = outcome.returns.tradeReturnBps / 10_000 / 2
        #expect(abs(sum - trips) < 1e-3 && outcome.returns.days.count == 2)
    }

    @Test("one preparation serves strategies one after the other, and other scores at the same times")
    func again() throws {
        let desk = try Self.desk(Self.bars(7), holdBars: 3), first = try desk.run(Self.strategy(hold: 3))
        _ = try desk.run(Self.strategy(hold: 3).alwaysLong)
        let second = try desk.run(Self.strategy(hold: 3)).orders
        #expect(Self.events(second) == Self.events(first.orders) && second.trips == first.orders.trips)
        let other = try desk.run(Self.strategy(hold: 3), scores: Self.bars(8)).orders
        let own = try Self.desk(Self.bars(8), holdBars: 3).run(Self.strategy(hold: 3)).orders
        #expect(Self.events(other) == Self.events(own) && other.trips == own.trips && other.trips != second.trips)
        let periods = desk.returns(first.orders, of: Self.strategy(hold: 3), periods: 10)
        let product = periods.reduce(1) { $0 * (1 + $1) }, days = first.returns.dailyReturns.reduce(1) { $0 * (1 + $1) }
        #expect(periods.count == 10 && abs(product - days) < 1e-3)
    }
}
