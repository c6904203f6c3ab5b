import Backtesting
import Basics
import Testing
import Trading

/// Days of the market, and positions that stay from one to another.
@Suite struct OvernightTests {
    private static let day: Int64 = 86_400_000_000_000
    private static let rule = PositionRule(enterAbove: 0.5, holdBars: 4, quantity: 1)

    private static func bar(_ day: Int64, instrument: Int32 = 0, score: Double, net: Double, entry: Double) -> ScoredBar
    {
        var bar = ScoredBar(
            time: day * self.day, instrument: instrument, segment: instrument, score: score, forwardReturn: net,
            heldUntil: (day + 4) * self.day, day: Int32(day), heldUntilDay: Int32(day + 4))
        bar.entry = entry
        return bar
    }

    private static func closes(_ prices: [[Double]]) -> DayCloses {
        var closes = DayCloses()
        for (instrument, row) in prices.enumerated() {
            for (index, price) in row.enumerated() {
                closes.append(
                    price, instrument: Int32(instrument), day: Int32(index), time: Int64(index) * OvernightTests.day)
            }
        }
        return closes
    }

    @Test("a position is valued at each close while it is open; what it earns in the end is the same")
    func marks() {
        // Signal at the close of day 0, opened at 100 on day 1, closed at 110 on day 4.
        let bars = [OvernightTests.bar(0, score: 1, net: 0.1, entry: 100)]
        let backtest = BarBacktest(rule: OvernightTests.rule, costBps: 0)
        let marked = backtest.run(bars, closes: OvernightTests.closes([[104, 90, 80, 95, 110]]))
        let expected = [0, -0.1, 80.0 / 90 - 1, 95.0 / 80 - 1, 110.0 / 95 - 1]
        #expect(marked.days.count == 5)
        #expect(zip(marked.dailyReturns, expected).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(abs(marked.totalReturn - 0.1) < 1e-12 && abs(marked.maximumDrawdown + 0.2) < 1e-12)
        let booked = backtest.run(bars)
        #expect(abs(booked.totalReturn - 0.1) < 1e-12 && booked.maximumDrawdown == 0 && booked.days.count == 1)
    }

    @Test("a short position is valued the other way, and its costs are paid when it is opened")
    func short() {
        var rule = OvernightTests.rule
        rule.enterBelow = -0.5
        let bars = [OvernightTests.bar(0, score: -1, net: -0.2, entry: 100)]
        let result = BarBacktest(rule: rule, costBps: 100).run(
            bars, closes: OvernightTests.closes([[100, 110, 90, 85, 80]]))
        let equity = result.equity
        #expect(equity.count == 5 && zip(equity, [1, 0.89, 1.09, 1.14, 1.19]).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test("valuing open positions never changes what is left at the end", arguments: 0..<20)
    func total(seed: UInt64) {
        var random = SeededRandom(seed: seed, 18)
        let instruments = 1 + random.index(below: 3), length = 30
        var prices: [[Double]] = [], bars: [ScoredBar] = []
        for _ in 0..<instruments {
            var row = [100.0]
            for day in 0..<length { row.append(row[day] * (1 + 0.06 * (random.uniform() - 0.5))) }
            prices.append(row)
        }
        for instrument in 0..<instruments {
            let row = prices[instrument]
            for day in 0..<length - 4 {
                let net = row[day + 4] / row[day] - 1
                bars.append(
                    OvernightTests.bar(
                        Int64(day), instrument: Int32(instrument), score: random.uniform(), net: net, entry: row[day]))
            }
        }
        let backtest = BarBacktest(rule: OvernightTests.rule, costBps: 3)
        let marked = backtest.run(bars, closes: OvernightTests.closes(prices)), booked = backtest.run(bars)
        #expect(abs(marked.totalReturn - booked.totalReturn) < 1e-12 && marked.trades == booked.trades)
        #expect(marked.trades > 0 && marked.dailyReturns != booked.dailyReturns)
    }

    @Test("days are the market's own: one session across midnight UTC is one day")
    func zones() {
        // Sydney, 10:00 to 16:00 of Monday 2025-02-03 is 23:00 of Sunday to 05:00 of Monday in UTC.
        let monday = Int64(CivilDate(year: 2025, month: 2, day: 3).daysSince1970)
        let bars = (0..<6).map { hour in
            ScoredBar(
                time: (monday * 24 - 1 + Int64(hour)) * 3_600_000_000_000, instrument: 0, segment: 0, score: 1,
                forwardReturn: 0.01, day: Int32(monday))
        }
        let backtest = BarBacktest(rule: PositionRule(enterAbove: 0.5, holdBars: 1, quantity: 1), costBps: 0)
        #expect(backtest.run(bars).days == [CivilDate(year: 2025, month: 2, day: 3)])
        // Where nobody says, days are those of UTC, also before 1970.
        #expect(ScoredBar(time: -1, instrument: 0, segment: 0, score: 0, forwardReturn: 0).day == -1)
    }
}
