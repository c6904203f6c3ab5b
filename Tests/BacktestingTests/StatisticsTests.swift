import Backtesting
import Basics
import Foundation
import Testing
import Trading

/// Vectors of the promotion-statistics specification, to the digits given there.
@Suite struct StatisticsTests {
    static let sample = [0.012, -0.004, 0.007, 0.003, -0.011, 0.015, 0.002, -0.006, 0.009, 0.001, -0.003, 0.008]

    @Test("Sharpe ratio of the sample: moments, error, probability, track record")
    func sharpe() throws {
        let s = try #require(PerformanceStatistics(StatisticsTests.sample))
        #expect(abs(s.mean - 0.00275) < 1e-15)
        #expect(abs(s.deviation - 0.007794228634) < 1e-12)
        #expect(abs(s.skewness - -0.135885022983) < 1e-11)
        #expect(abs(s.kurtosis - 2.075521394264) < 1e-11)
        #expect(abs(s.sharpe - 0.352825164505) < 1e-11)
        #expect(abs(s.sharpeStandardError - 0.313545036090) < 1e-11)
        #expect(abs(s.probabilisticSharpe(benchmark: 0) - 0.869764262805) < 1e-11)
        #expect(abs(s.minimumTrackRecord(benchmark: 0) - 24.50325176) < 1e-7)
        #expect(abs(PerformanceStatistics.maximumDrawdown(StatisticsTests.sample) - -0.011) < 1e-12)
    }

    @Test("probabilistic Sharpe ratios of the papers")
    func probabilistic() {
        func psr(_ sharpe: Double, _ count: Int, _ skew: Double = 0, _ kurtosis: Double = 3) -> Double {
            PerformanceStatistics(count: count, sharpe: sharpe, skewness: skew, kurtosis: kurtosis).probabilisticSharpe(
                benchmark: 0)
        }
        #expect(abs(psr(0.458, 24) - 0.9816749191) < 1e-10)
        #expect(abs(psr(0.458, 24, -2.448, 10.164) - 0.9133610839) < 1e-10)
        #expect(abs(psr(0.458, 36, -2.448, 10.164) - 0.9535052189) < 1e-10)
        #expect(
            abs(
                PerformanceStatistics(count: 134, sharpe: 0.7079, skewness: -0.2250, kurtosis: 2.9570)
                    .sharpeStandardError - 0.102761) < 1e-6)
    }

    @Test("deflated Sharpe ratio and the expected maximum")
    func deflated() {
        let table: [(Int, Double)] = [
            (2, 0.519755344281), (5, 1.192594001015), (10, 1.574598301346), (100, 2.530602893202),
            (10_000, 3.860664855510),
        ]
        for (n, expected) in table {
            #expect(abs(PerformanceStatistics.expectedMaximum(trials: n) - expected) < 1e-11, "N = \(n)")
        }
        let year = 250.0
        func dsr(_ trials: Int, _ skew: Double, _ kurtosis: Double) -> Double {
            PerformanceStatistics(count: 1250, sharpe: 2.5 / year.squareRoot(), skewness: skew, kurtosis: kurtosis)
                .deflatedSharpe(trials: trials, trialVariance: 0.5 / year)
        }
        #expect(abs(dsr(100, -3, 10) - 0.900396834449) < 1e-9)
        #expect(abs(dsr(46, -3, 10) - 0.950501706876) < 1e-9)
        #expect(abs(dsr(88, 0, 3) - 0.950490816676) < 1e-9)
    }

    struct LCG {
        var state: UInt64
        mutating func next() -> Double {
            state = (1_103_515_245 * state + 12345) % (1 << 31)
            return Double(state) / Double(1 << 31)
        }
    }

    @Test("probability of backtest overfitting: the vector of the specification, noise, and one that is truly better")
    func overfitting() throws {
        let rows = (0..<16).map { t in
            (0..<4).map { n in
                let a = 1.3 * Double(t) + 0.7 * Double(n * n) + 0.2
                return 0.01 * sin(a) + 0.001 * cos(0.9 * Double(t * n)) + 0.0005 * Double(n)
            }
        }
        #expect(abs(rows[0][0] - 0.00298669) < 1e-8 && abs(rows[0][3] - 0.0046512) < 1e-7)
        let result = try #require(BacktestOverfitting(returns: rows, blocks: 4))
        // Blocks as bits: 0,1 · 0,2 · 1,2 · 0,3 · 1,3 · 2,3.
        let expected: [(Int, Double, Double, Double, Double)] = [
            (3, 0.51116332, 0.05774804, 2, -0.40546511), (3, 0.30283100, 0.22030464, 4, 1.38629436),
            (1, 0.31630777, 0.08167774, 1, -1.38629436),
            (3, 0.20797245, 0.31528042, 3, 0.40546511), (3, 0.22030464, 0.30283100, 4, 1.38629436),
            (2, 0.33246263, -0.08321453, 1, -1.38629436),
        ]
        #expect(result.splits.count == 6)
        for (split, row) in zip(result.splits, expected) {
            #expect(split.chosen == row.0 && split.rank == row.3)
            #expect(
                abs(split.inSample - row.1) < 1e-8 && abs(split.outOfSample - row.2) < 1e-8
                    && abs(split.logit - row.4) < 1e-8)
        }
        #expect(result.probability == 0.5 && abs(result.probabilityOfLoss - 1.0 / 6) < 1e-12)
        #expect(
            abs(result.degradation.slope + 0.93123231) < 1e-7 && abs(result.degradation.intercept - 0.44260442) < 1e-7)
        var random = SeededRandom(seed: 1)
        let noise = (0..<60).compactMap { _ in
            BacktestOverfitting(
                returns: (0..<160).map { _ in (0..<10).map { _ in random.approximateNormal() } }, blocks: 8)?
                .probability
        }
        #expect(abs(noise.reduce(0, +) / 60 - 0.5) < 0.09, "\(noise.reduce(0, +) / 60)")
        let skilled = BacktestOverfitting(
            returns: (0..<640).map { _ in (0..<10).map { random.approximateNormal() + ($0 == 4 ? 0.3 : 0) } }, blocks: 8
        )
        #expect(skilled?.probability == 0)
        #expect(
            BacktestOverfitting(returns: rows, blocks: 3) == nil
                && BacktestOverfitting(returns: rows.map { [$0[0]] }, blocks: 4) == nil)
    }

    @Test("stationary bootstrap index rule")
    func bootstrapIndices() {
        let expected: [(UInt64, [Int])] = [
            (1, [2, 3, 4, 5, 6, 4, 5, 6, 7, 8, 9, 10]), (3, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 0]),
            (2024, [3, 5, 6, 7, 2, 3, 4, 5, 6, 7, 8, 9]),
        ]
        for (seed, indices) in expected {
            var generator = LCG(state: seed)
            var found: [Int] = []
            StationaryBootstrap(expectedBlock: 4).resample(into: &found, count: 12) { generator.next() }
            #expect(found == indices, "seed \(seed)")
        }
    }

    @Test(
        "automatic block length",
        arguments: [(0.0, 1.9040484, 2.17959132), (0.3, 6.12030098, 7.0059957), (0.7, 15.54919958, 17.79939022)])
    func automaticBlock(phi: Double, stationary: Double, circular: Double) {
        var generator = LCG(state: 12345)
        var z: [Double] = []
        for t in 0..<1000 {
            let e = generator.next() - 0.5
            z.append(t == 0 ? e : phi * z[t - 1] + e)
        }
        let found = StationaryBootstrap.automaticBlocks(z)
        #expect(abs(found.stationary - stationary) < 1e-6)
        #expect(abs(found.circular - circular) < 1e-6)
    }

    @Test("Diebold–Mariano with the small-sample correction")
    func dieboldMariano() throws {
        let d = [0.32, 0.44, 0.29, 0.14, -0.12, 0.05, 0.17, 0.27, 0.39, 0.19, -0.03, 0.15]
        for (h, statistic, p) in [
            (1, 3.9220724754, 0.002384329719), (2, 2.5963387713, 0.02485573096), (3, 2.7396321057, 0.01924409815),
        ] {
            let test = try #require(DieboldMariano(differences: d, horizon: h))
            #expect(abs(test.statistic - statistic) < 1e-9)
            #expect(abs(test.pValue - p) < 1e-10)
            #expect(!test.usedBartlett)
        }
        let e1 = [0.9, -1.2, 0.4, 1.5, -0.7, 0.3, -1.1, 0.8, 1.3, -0.5, 0.6, -0.9],
            e2 = [0.7, -1.0, 0.5, 1.1, -0.9, 0.2, -0.8, 0.9, 1.0, -0.4, 0.7, -0.6]
        let squares = zip(e1, e2).map { $0 * $0 - $1 * $1 }
        let one = try #require(DieboldMariano(differences: squares, horizon: 1))
        #expect(abs(one.statistic - 2.0820952532) < 1e-9 && abs(one.pValue - 0.0614751300) < 1e-9)
        let two = try #require(DieboldMariano(differences: squares, horizon: 2))
        #expect(two.usedBartlett && abs(two.statistic - 4.8119193023) < 1e-8)
    }

    @Test("McNemar, exact and mid-p")
    func mcNemar() {
        for (b, c, exact, mid) in [
            (25, 10, 0.0166738478, 0.01133098418), (6, 1, 0.125, 0.0703125), (121, 59, 4.434449e-6, 3.266647e-6),
        ] {
            let test = McNemar(onlyARight: b, onlyBRight: c)
            #expect(abs(test.exact - exact) < 1e-9 && abs(test.midP - mid) < 1e-9)
        }
    }

    @Test("distribution functions")
    func distributions() {
        #expect(abs(Distributions.normalQuantile(0.975) - 1.959963984540054) < 1e-13)
        #expect(abs(Distributions.normalQuantile(1e-10) - -6.361340902404056) < 1e-11)
        for p in stride(from: 0.001, to: 1, by: 0.013) {
            #expect(abs(Distributions.normalCDF(Distributions.normalQuantile(p)) - p) < 1e-14)
        }
        // scipy 1.17: 2·t.sf(2.228138851964939, 10) is 0.05 + 1.80864e-12.
        #expect(abs(Distributions.studentTwoSided(2.228138851964939, degrees: 10) - 0.05 - 1.80864e-12) < 1e-15)
    }

    @Test("a model that knows nothing gets an interval around zero, one that knows gets one above")
    func intervals() throws {
        var random = SeededRandom(seed: 3)
        func predictions(skill: Double) -> Predictions {
            var bars: [ScoredBar] = []
            var targets: [Float] = []
            for t in 0..<600 {
                let r = random.approximateNormal() * 0.001
                bars.append(
                    ScoredBar(
                        time: Int64(t) * 300_000_000_000, instrument: 0, segment: 0,
                        score: skill * r * 10_000 + random.approximateNormal(), forwardReturn: r))
                targets.append(Float(r * 10_000))
            }
            return Predictions(kind: .basisPoints, bars: bars, targets: targets, baselineScore: 0, horizon: 1)
        }
        for (skill, isAbove) in [(0.0, false), (0.2, true)] {
            let sums = MetricSums(predictions(skill: skill))
            let measure = try #require(sums.measure("ic"))
            let interval = try #require(BlockBootstrap.interval(rows: sums.rows, block: 5, statistic: measure.value))
            #expect((interval.lower > 0) == isAbove)
            #expect(interval.lower < interval.estimate && interval.estimate < interval.upper)
        }
    }
}

@Suite struct BarBacktestTests {
    @Test("rows of several bars: a position that holds three bars of the market is free again a row later")
    func coarseRows() {
        let rows = (0..<4).map { index in
            ScoredBar(
                time: index * 900_000_000_000, instrument: 0, segment: 0, score: 0.9, forwardReturn: 0.001,
                heldUntil: (index + 1) * 900_000_000_000)
        }
        let rule = PositionRule(enterAbove: 0.5, holdBars: 3, quantity: 1)
        #expect(BarBacktest(rule: rule, costBps: 0, heldRows: 1).run(rows).trades == 4)
        #expect(BarBacktest(rule: rule, costBps: 0).run(rows).trades == 2)
    }

    @Test("worked by hand: holding blocks new entries, costs come off, a segment's end frees the instrument")
    func byHand() {
        func bar(_ t: Int64, _ segment: Int32, _ score: Double, _ r: Double) -> ScoredBar {
            ScoredBar(time: t * 300_000_000_000, instrument: 0, segment: segment, score: score, forwardReturn: r)
        }
        let rule = PositionRule(enterAbove: 0.5, enterBelow: -0.5, holdBars: 2, quantity: 1)
        let result = BarBacktest(rule: rule, costBps: 2).run([
            bar(0, 0, 0.9, 0.0010), bar(1, 0, 0.9, 0.0050), bar(2, 0, 0.1, 0.0030), bar(3, 0, -0.7, 0.0020),
            bar(4, 1, 0.8, .nan), bar(5, 1, 0.8, -0.0010),
        ])
        // Bar 0: +10 − 2 = 8 bps. Bar 1 is blocked. Bar 2 has no signal. Bar 3: −20 − 2 = −22. Bar 4 has no return. Bar
        // 5: −10 − 2 = −12.
        #expect(result.trades == 3 && result.winningTrades == 1)
        #expect(abs(result.tradeReturnBps - -26) < 1e-9)
        #expect(
            result.dailyReturns.count == 1
                && abs(result.dailyReturns[0] - (1.0008 * 0.9978 * 0.9988 - 1)) < 1e-12)
    }

    @Test("a day of many losses loses at most the capital, and compounds on the share of each instrument")
    func compounds() {
        // A thousand round trips of −20 bps on one day: their sum is −200 %, what is left is 0.998^1000.
        let rule = PositionRule(enterAbove: 0, holdBars: 1, quantity: 1)
        func bars(_ instrument: Int32, _ r: Double) -> [ScoredBar] {
            (0..<1000).map {
                ScoredBar(time: Int64($0), instrument: instrument, segment: 0, score: 1, forwardReturn: r)
            }
        }
        let one = BarBacktest(rule: rule, costBps: 20).run(bars(0, 0))
        #expect(abs(one.totalReturn - (pow(0.998, 1000) - 1)) < 1e-9 && one.maximumDrawdown > -1)
        let two = BarBacktest(rule: rule, costBps: 20).run(bars(0, 0) + bars(1, 0.002))
        #expect(abs(two.totalReturn - one.totalReturn / 2) < 1e-9 && two.instruments == 2)
        let stretches = BarBacktest(rule: rule, costBps: 20).returns(bars(0, 0), periods: 4)
        #expect(stretches.count == 4 && stretches.allSatisfy { abs($0 - (pow(0.998, 250) - 1)) < 1e-9 })
        // More than everything cannot be lost, not even by a short position.
        let short = PositionRule(enterAbove: 2, enterBelow: 1, holdBars: 1, quantity: 1)
        #expect(BarBacktest(rule: short, costBps: 0).run(bars(0, 3)).totalReturn == -1)
    }

    @Test("a position is there until its return is taken, where rows between are missing, and only if it can be closed")
    func held() {
        func bar(_ t: Int64, _ segment: Int32, until: Int64) -> ScoredBar {
            ScoredBar(
                time: t, instrument: 0, segment: segment, score: 1, forwardReturn: 0.001, heldUntil: until)
        }
        let rule = PositionRule(enterAbove: 0, holdBars: 4, quantity: 1), backtest = BarBacktest(rule: rule, costBps: 0)
        // Row 2 is missing because a feature was undefined: a new segment, the same position until time 4.
        let bars = [bar(0, 0, until: 4), bar(1, 0, until: 5), bar(3, 1, until: 7), bar(4, 1, until: 8)]
        #expect(backtest.entries(bars).map(\.time) == [0, 4])
        #expect(backtest.entries([bar(0, 0, until: ScoredBar.neverOpens), bar(1, 0, until: 5)]).map(\.time) == [1])
    }
}
