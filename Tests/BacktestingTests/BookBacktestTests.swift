import Backtesting
import Basics
import MarketData
import Testing
import Trading

/// Predictions traded in a book of a few events, by hand; latency and queue models; statistics of risk.
@Suite struct BookBacktestTests {
    /// Ask 10,100 × 300, bid 10,000 × 200 at the start; then `count` quiet events, one a millisecond, the book rising
    /// by `rise` after `riseAt`.
    private static func book(count: Int = 60, rise: Int64 = 0, riseAt: Int = 20) throws -> BookRecording {
        try BookRecording(levels: 1) { push in
            for index in 0..<count {
                let up = index >= riseAt ? rise : 0, levels: [Int64] = [10_100 + up, 300, 10_000 + up, 200]
                try levels.withUnsafeBufferPointer {
                    try push(
                        BookEvent(
                            time: Int64(index) * 1_000_000, kind: .submission, side: -1, size: 1, price: 20_000,
                            orderID: Int64(index + 1), levels: $0))
                }
            }
        }
    }

    private static func signals(_ scores: [Int: Double], count: Int = 60) -> [BookBacktest.Signal] {
        (0..<count).map { BookBacktest.Signal(time: Int64($0) * 1_000_000, score: scores[$0] ?? 0) }
    }

    private static let rule = PositionRule(enterAbove: 0.5, enterBelow: -0.5, holdBars: 10, quantity: 100)

    @Test("crossing pays the spread and both fees; the rise in between is earned")
    func crossing() throws {
        let costs = QueueSimulator.Costs(maker: -1, taker: 2, latency: 100_000)
        let backtest = BookBacktest(rule: Self.rule, costs: costs, entry: .take, patience: 20, unit: 1)
        let flat = backtest.run(try Self.book(), signals: Self.signals([5: 1]))
        #expect(
            flat.trades == 1 && flat.orders == 1 && flat.missed == 0 && flat.takerShares == 200 && flat.makerShares == 0
        )
        #expect(flat.profit == -100 * 100 - 200 * 2 && flat.fees == 400)
        // Bought at 10,100, sold at 11,000 after the book rose by 1,000.
        let risen = backtest.run(try Self.book(rise: 1000, riseAt: 10), signals: Self.signals([5: 1]))
        #expect(risen.profit == 100 * 900 - 400 && risen.winningTrades == 1)
        #expect(risen.tradeBps == [(100 * 900 - 400) / (100 * 10_102) * 10_000])
        // Short the other way.
        let short = backtest.run(try Self.book(rise: -1000, riseAt: 10), signals: Self.signals([5: -1]))
        #expect(short.profit == 100 * 900 - 400)
    }

    @Test("standing in the queue is free until nobody comes: the order is withdrawn, and counts as missed")
    func joining() throws {
        let costs = QueueSimulator.Costs(maker: -1, taker: 2, latency: 100_000)
        let backtest = BookBacktest(rule: Self.rule, costs: costs, entry: .join, patience: 8, unit: 1)
        let result = backtest.run(try Self.book(), signals: Self.signals([5: 1, 30: 1]))
        #expect(result.orders == 2 && result.missed == 2 && result.trades == 0 && result.profit == 0)
    }

    @Test("an order that is outrun by the market is missed; what is held at the end is sold")
    func latencyAndEnd() throws {
        // The book rises before the order arrives: 10,100 is no longer offered, and the rest of the order waits at
        // 10,100.
        let slow = BookBacktest(
            rule: Self.rule, costs: QueueSimulator.Costs(maker: 0, taker: 0, latency: 3_000_000), entry: .take,
            patience: 4, unit: 1)
        let outrun = slow.run(try Self.book(rise: 1000, riseAt: 7), signals: Self.signals([5: 1]))
        #expect(outrun.trades == 0 && outrun.missed == 1)
        let late = slow.run(try Self.book(), signals: Self.signals([52: 1]))
        #expect(late.trades == 1 && late.profit == -100 * 100, "the holding time did not end before the recording")
    }

    @Test("no look-ahead: what follows the last prediction's holding time changes nothing")
    func causality() throws {
        let backtest = BookBacktest(
            rule: Self.rule, costs: QueueSimulator.Costs(maker: 0, taker: 1, latency: 500_000), entry: .take,
            patience: 5, unit: 1)
        let a = backtest.run(try Self.book(rise: 0), signals: Self.signals([5: 1])),
            b = backtest.run(try Self.book(rise: 5000, riseAt: 40), signals: Self.signals([5: 1]))
        #expect(a == b)
    }

    @Test("latency models: bounds, median, and the same delay for the same request")
    func latency() throws {
        for model in [LatencyModel.constant(5), .uniform(100, 900), .logNormal(median: 300_000, sigma: 0.5)] {
            let delays = (0..<4000).map { model.delay(request: $0, seed: 7) }
            #expect(delays == (0..<4000).map { model.delay(request: $0, seed: 7) })
            let sorted = delays.sorted()
            switch model {
            case .constant: #expect(Set(delays) == [5])
            case .uniform:
                #expect((sorted.first ?? 0) >= 100 && (sorted.last ?? 0) <= 900 && abs(sorted[2000] - 500) < 30)
            // Standard error of a median of 4,000: 1.25 σ m/√n, three of them.
            case .logNormal: #expect(abs(Double(sorted[2000]) - 300_000) < 9_000 && (sorted.first ?? 0) > 0)
            }
        }
        #expect(
            try LatencyModel(JSONParser.parse(#"{"kind": "uniform", "from": 0.1, "to": 2}"#), path: "l")
                == .uniform(100, 2000))
        for bad in [
            #"{"kind": "uniform", "from": 3, "to": 2}"#, #"{"kind": "gamma"}"#,
            #"{"kind": "log-normal", "median": -1, "sigma": 1}"#,
        ] {
            #expect(throws: (any Error).self) { try LatencyModel(JSONParser.parse(bad), path: "l") }
        }
    }

    @Test("queue models: withdrawals ahead count whole, in proportion, or not at all")
    func queues() {
        for (model, expected) in [(QueueModel.exact, 140), (.proportional, 140), (.pessimistic, 200)]
            as [(QueueModel, Int64)]
        {
            var tape = QueueSimulatorTests.joined(
                costs: QueueSimulator.Costs(maker: 0, taker: 0, latency: .constant(10), queue: model))
            tape.event(.cancellation, side: 1, size: 60, price: 10_000, order: 30)
            #expect(tape.simulator.order(1)?.ahead == expected, "\(model)")
        }
        // Half of what is shown came after us: half of the withdrawal was ahead.
        var tape = QueueSimulatorTests.joined(
            costs: QueueSimulator.Costs(maker: 0, taker: 0, latency: .constant(10), queue: .proportional))
        tape.levels = [10_100, 300, 10_000, 400, 10_200, 500, 9_900, 400]
        tape.event(.cancellation, side: 1, size: 60, price: 10_000, order: 90)
        #expect(tape.simulator.order(1)?.ahead == 170)
    }

    @Test("exposure, drawdowns and capacity, by hand")
    func risk() throws {
        let market = [0.01, -0.02, 0.03, 0.0], returns = market.map { 0.5 * $0 + 0.001 }
        let exposure = try #require(PerformanceStatistics.exposure(returns, market: market))
        #expect(
            abs(exposure.beta - 0.5) < 1e-12 && abs(exposure.alpha - 0.001) < 1e-12
                && abs(exposure.correlation - 1) < 1e-12)
        #expect(
            PerformanceStatistics.exposure([1, 1, 1], market: [1, 2, 3]) == nil
                && PerformanceStatistics.exposure([1], market: [1]) == nil)
        var random = SeededRandom(seed: 3)
        let drawn = (0..<250).map { _ in random.normal() * 0.01 }, mean = drawn.reduce(0, +) / 250,
            noise = drawn.map { $0 - mean }
        let drawdowns = PerformanceStatistics.drawdowns(noise, levels: [0.05, 0.5, 0.95], replicates: 2000)
        #expect(drawdowns[0] < drawdowns[1] && drawdowns[1] < drawdowns[2])
        // A random walk of n steps of σ falls by about 1.25 σ √n at its worst (the mean of its range is 1.6): between
        // one and two here.
        #expect((-0.30 ... -0.12).contains(drawdowns[1]), "\(drawdowns[1])")
        let capacity = try #require(
            Capacity(tradedValues: (1...100).map { Double($0) * 1000 }, instruments: 4, participation: 0.01))
        #expect(capacity.median == 51_000 * 0.01 * 4 && capacity.cautious == 11_000 * 0.01 * 4)
        // scipy.stats.ttest_ind_from_stats(…, equal_var=False).
        #expect(abs((Welch.pValue(1.2, 0.3, 5, 0.9, 0.4, 8) ?? 0) - 0.15351608341013714) < 1e-9)
    }
}
