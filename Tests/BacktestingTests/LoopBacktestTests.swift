import Backtesting
import Basics
import MarketData
import Testing
import Trading

/// The runtime's orders on recorded scores: worked by hand, and at the ends of the integer range.
@Suite struct LoopBacktestTests {
    static let step: Nanoseconds = 300_000_000_000
    /// The open of 12 May 2025 in New York.
    static let open: Nanoseconds = 1_747_056_600_000_000_000

    static func table(_ prices: [(index: Int, open: Int64, close: Int64)], _ name: String = "X") -> BarTable {
        var table = BarTable(instrument: name, zone: "America/New_York", interval: step)
        for bar in prices {
            table.append(
                Bar(
                    time: open + Int64(bar.index) * step, open: bar.open, high: max(bar.open, bar.close),
                    low: min(bar.open, bar.close), close: bar.close, volume: 1))
        }
        return table
    }

    static func signals(_ scores: [Int: Double]) -> LoopBacktest.Signals {
        var signals = LoopBacktest.Signals()
        for (index, score) in scores.sorted(by: { $0.key < $1.key }) {
            signals.append(score, at: open + Int64(index) * step)
        }
        return signals
    }

    static func backtest(
        hold: Int = 2, quantity: Int64 = 50, feeBps: Double = 0, bounded: Bool = true, missing: Int = 0,
        _ change: (inout RiskLimits) -> Void = { _ in }
    ) throws -> LoopBacktest {
        var limits = RiskLimits()
        change(&limits)
        return LoopBacktest(
            rule: PositionRule(enterAbove: 1, enterBelow: -1, holdBars: hold, quantity: quantity), limits: limits,
            feeBps: feeBps,
            hours: try SessionClock(
                market: MarketSpec(), isBounded: bounded, allHours: false, missingBarsAllowed: missing), interval: step)
    }

    @Test("a long position by hand: entry at the next open, exit at the close of the second bar, fees of both fills")
    func byHand() throws {
        let table = Self.table([
            (0, 1_000_000, 1_000_000), (1, 1_001_000, 1_002_000), (2, 1_002_000, 1_005_000), (3, 1_005_000, 1_005_000),
        ])
        let backtest = try Self.backtest(feeBps: 2)
        let result = try backtest.run([table], signals: [Self.signals([0: 1, 1: 5, 2: 0])])
        #expect(
            result.trips == [
                LoopBacktest.RoundTrip(
                    instrument: 0, decidedAt: Self.open, score: 1, quantity: 50, entry: 1_001_000, exit: 1_005_000,
                    leftAt: Self.open + 2 * Self.step, isClosed: true)
            ])
        #expect(result.profits == [50 * 4_000] && result.trips[0].profit == 200_000)
        #expect(abs(result.fees[0] - 50 * (1_001_000 + 1_005_000) * 2e-4) < 1e-6)
        #expect(result.count(.submitted) == 2 && result.count(.filled) == 2 && result.count(.denied) == 0)
        let bars = (0..<3).map {
            ScoredBar(
                time: Self.open + Int64($0) * Self.step, instrument: 0, segment: 0, score: 0, forwardReturn: 0)
        }
        let returns = backtest.returns(result, bars: bars, closes: nil, scale: 10_000) { _ in 20_220 }
        let ratio = 1_005_000.0 / 1_001_000
        #expect(returns.trades == 1 && abs(returns.dailyReturns[0] - (ratio - 1 - 2e-4 * (1 + ratio))) < 1e-12)
    }

    @Test("an open beyond the limit, a missing bar, a denial and the session's end make no position")
    func stopped() throws {
        // Half of 500 bps beyond 100 is 102.50.
        let jump = Self.table([(0, 1_000_000, 1_000_000), (1, 1_025_100, 1_025_100), (2, 1_025_100, 1_025_100)])
        #expect(try Self.backtest().run([jump], signals: [Self.signals([0: 1])]).count(.cancelled) == 1)
        let gap = Self.table([(0, 1_000_000, 1_000_000), (2, 1_000_000, 1_000_000), (3, 1_000_000, 1_000_000)])
        let resting = try Self.backtest().run([gap], signals: [Self.signals([0: 1])])
        #expect(resting.count(.cancelled) == 1 && resting.trips.isEmpty)
        let flat = Self.table((0..<4).map { ($0, 1_000_000, 1_000_000) })
        let denied = try Self.backtest { $0.maximumQuantity = 49 }.run([flat], signals: [Self.signals([0: 1])])
        #expect(denied.events.map(\.reason) == [.maximumQuantity] && denied.trips.isEmpty)
        let late = Self.table((70..<78).map { ($0, 1_000_000, 1_000_000) })
        #expect(try Self.backtest().run([late], signals: [Self.signals([75: 1])]).trips.count == 1)
        #expect(try Self.backtest().run([late], signals: [Self.signals([76: 1])]).events.isEmpty)
    }

    @Test("a position leaves at the first bar after a gap and at the session's last bar, and not beyond its limit")
    func leaves() throws {
        // Held for ten bars, but bar 4 is missing; the bar after it is the last it is held for.
        let gap = Self.table([0, 1, 2, 3, 5, 6].map { ($0, 1_000_000, 1_000_000 + Int64($0) * 100) })
        let one = try Self.backtest(hold: 10).run([gap], signals: [Self.signals([0: 1])])
        #expect(one.trips.map(\.leftAt) == [Self.open + 5 * Self.step] && one.trips[0].exit == 1_000_500)
        // One bar is missing after the entry, which is allowed here, so that the tenth would be after the session.
        let end = Self.table((60..<78).filter { $0 != 70 }.map { ($0, 1_000_000, 1_000_000) })
        let two = try Self.backtest(hold: 10, missing: 1).run([end], signals: [Self.signals([67: -1])])
        #expect(two.trips.map(\.leftAt) == [Self.open + 77 * Self.step] && two.trips[0].quantity == -50)
        #expect(two.trips[0].isClosed)
        for trip in two.events where trip.kind == .filled && trip.order.side == .buy {
            #expect(trip.price <= trip.order.price)
        }
    }

    @Test("what is open at the end stays open, at its last price")
    func openAtTheEnd() throws {
        let table = Self.table((0..<3).map { ($0, 1_000_000, 1_000_000 + Int64($0) * 1000) })
        let result = try Self.backtest(hold: 9).run([table], signals: [Self.signals([0: 1])])
        #expect(result.trips.map(\.isClosed) == [false] && result.profits == [50 * 2_000])
        let cut = try Self.backtest(hold: 9).run(
            [table], signals: [Self.signals([0: 1])], until: Self.open + 2 * Self.step)
        #expect(cut.profits == [50 * 1_000])
    }

    @Test("a limit against taking risk never traps a position: the loss limit lets it out")
    func neverTrapped() throws {
        let table = Self.table([
            (0, 1_000_000, 1_000_000), (1, 1_000_000, 900_000), (2, 900_000, 900_000), (3, 900_000, 900_000),
        ])
        let result = try Self.backtest { ($0.maximumLoss, $0.burst, $0.ordersPerSecond) = (1, 1, 0.001) }.run(
            [table], signals: [Self.signals([0: 1, 2: 1])])
        #expect(result.trips.map(\.isClosed) == [true] && result.events.compactMap(\.reason) == [.loss])
    }

    @Test("prices, quantities and limits at the ends of the range are refused or kept at the end, never a crash")
    func ends() throws {
        var random = SeededRandom(seed: 3)
        let prices: [Int64] = [
            .min, -1, 0, 1, 99, 10_000, 1_000_000, 1_000_000_000_000_000, 9_000_000_000_000_000_000, .max - 1, .max,
        ]
        let limits: [Int64] = [1, 2, 10_000, 9_000_000_000_000_000, 1_000_000_000_000_000, .max]
        let quantities: [Int64] = [1, 1_000_000_000, 1_000_000_000_000_000, .max]
        var fills = 0
        for _ in 0..<400 {
            func pick(_ values: [Int64]) -> Int64 { values[random.index(below: values.count)] }
            let tables = (0..<3).map { number in
                Self.table((0..<30).map { ($0, pick(prices), pick(prices)) }, "I\(number)")
            }
            let backtest = try Self.backtest(hold: 1 + random.index(below: 3), quantity: pick(quantities), feeBps: 5) {
                ($0.tick, $0.lot, $0.maximumQuantity) = (pick(limits), pick([1, 1, 100]), pick(limits))
                ($0.maximumNotional, $0.maximumPosition, $0.maximumGross) = (pick(limits), pick(limits), pick(limits))
                ($0.maximumLoss, $0.collarBps) = (pick(limits), pick(limits))
            }
            let scores = Self.signals(
                Dictionary((0..<30).map { ($0, Double(random.index(below: 5)) - 2) }) { first, _ in first })
            let result = try backtest.run(tables, signals: tables.map { _ in scores })
            fills += result.count(.filled)
            #expect(result.profits.count == 3)
            let returns = backtest.returns(result, bars: [], closes: nil, scale: 10_000) { _ in 1 }
            #expect(returns.trades == result.trips.count)
        }
        #expect(fills > 0)
    }
}

/// Scores of bars that are coarser than the desk's: a bar without a score decides nothing, and no position ends for
/// want of one.
@Suite struct CoarseSignalTests {
    @Test("a score every third bar: entered at the next open, held over bars without a score, left after six")
    func byHand() throws {
        let table = LoopBacktestTests.table(
            (0..<12).map { (index: $0, open: 1_000_000 + 1000 * Int64($0), close: 1_000_500 + 1000 * Int64($0)) })
        // Rows of 15-minute bars stand at bars 2, 5, 8 and 11; a label of two of them is six bars.
        let backtest = try LoopBacktestTests.backtest(hold: 6, quantity: 10)
        let result = try backtest.run([table], signals: [LoopBacktestTests.signals([2: 5, 5: -5, 8: 5, 11: 0])])
        #expect(
            result.trips.map {
                [$0.entry, $0.exit, $0.quantity, ($0.leftAt - LoopBacktestTests.open) / LoopBacktestTests.step]
            }
                == [
                    // The score at 5 finds a position. That at 8 comes when the position left at the same close.
                    [1_003_000, 1_008_500, 10, 8], [1_009_000, 1_011_500, 10, 11],
                ])
        #expect(result.trips.map(\.isClosed) == [true, false] && result.count(.submitted) == 3)
        #expect(result.profits == [10 * 5500 + 10 * 2500])
    }
}
