import Backtesting
import Basics
import Foundation
import Testing

/// The rest of the vectors of the promotion-statistics specification, by its sections.
@Suite struct SelectionStatisticsTests {
    private static func isClose(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance }

    @Test("section 1: standard errors, track records and expected maxima of the papers")
    func sharpe() {
        #expect(
            Self.isClose(
                PerformanceStatistics(count: 134, sharpe: 0.8183, skewness: -1.4455, kurtosis: 7.0497)
                    .sharpeStandardError, 0.155007, 1e-6))
        #expect(
            Self.isClose(
                PerformanceStatistics(count: 24, sharpe: 1.585 / 12.0.squareRoot(), skewness: -2.448, kurtosis: 10.164)
                    .probabilisticSharpe(benchmark: 0), 0.91323430688486, 1e-13))
        for (periods, skew, kurtosis, years) in [
            (252.0, 0.0, 3.0, 2.7309842752), (52, 0, 3, 2.8288335869), (12, 0, 3, 3.2398006964),
            (12, -0.72, 5.78, 4.9912582239),
        ] {
            let root = periods.squareRoot()
            let found =
                PerformanceStatistics(count: 2, sharpe: 2 / root, skewness: skew, kurtosis: kurtosis)
                .minimumTrackRecord(benchmark: 1 / root, confidence: 0.95) / periods
            #expect(Self.isClose(found, years, 1e-9), "\(periods) a year: \(found)")
        }
        let maxima: [(Int, Double)] = [
            (2, 0.519755344281), (5, 1.192594001015), (10, 1.574598301346), (20, 1.900707951181), (45, 2.235640177766),
            (50, 2.276303093420), (100, 2.530602893202),
            (200, 2.765523904634), (500, 3.052527574528), (1000, 3.255121513653), (10000, 3.860664855510),
        ]
        for (n, value) in maxima {
            #expect(Self.isClose(PerformanceStatistics.expectedMaximum(trials: n), value, 1e-11), "N = \(n)")
        }
        #expect(
            Self.isClose(
                (0.5 / 250).squareRoot() * PerformanceStatistics.expectedMaximum(trials: 100), 0.113172001865, 1e-12))
        let normal = PerformanceStatistics(count: 1250, sharpe: 2.5 / 250.0.squareRoot())
        #expect(Self.isClose(normal.deflatedSharpe(trials: 100, trialVariance: 0.5 / 250), 0.942770585957, 1e-11))
        for (n, years) in [(45, 4.998), (100, 6.404), (1000, 10.596)] {
            #expect(Self.isClose(PerformanceStatistics.minimumBacktestLength(trials: n, sharpe: 1), years, 5e-4))
        }
        let rho = (1..<12).map { pow(0.2, Double($0)) }
        #expect(
            Self.isClose(PerformanceStatistics.annualisation(periods: 12, autocorrelations: rho), 2.8788486905, 1e-10))
        #expect(
            Self.isClose(PerformanceStatistics.annualisation(periods: 12, autocorrelations: []), 3.4641016151, 1e-10))
        #expect(
            PerformanceStatistics.effectiveTrials(100, meanCorrelation: 0.5) == 50.5
                && PerformanceStatistics.effectiveTrials(7, meanCorrelation: 1) == 1)
        let sample = StatisticsTests.sample
        #expect(Self.isClose(PerformanceStatistics.sortino(sample) ?? 0, 0.7061348126, 1e-10))
        #expect(Self.isClose((PerformanceStatistics(sample)?.sharpe ?? 0) * 252.0.squareRoot(), 5.6009258494, 1e-10))
        #expect(Self.isClose(sample.reduce(1) { $0 * (1 + $1) }, 1.033160106593, 1e-12))
    }

    @Test("returns that depend on one another: the iid error rejects far above its level, the dependent one does not")
    func dependence() {
        var random = SeededRandom(seed: 11), independent = 0, dependent = 0
        let histories = 400
        for _ in 0..<histories {
            var x = 0.0
            let returns = (0..<400).map { _ -> Double in
                x = 0.3 * x + random.normal()
                return x
            }
            guard let own = PerformanceStatistics(returns),
                let error = PerformanceStatistics.dependentStandardError(returns)
            else { continue }
            if own.sharpe > 1.645 * own.sharpeStandardError { independent += 1 }
            if own.sharpe > 1.645 * error { dependent += 1 }
        }
        #expect(Double(independent) / Double(histories) > 0.09, "\(independent)")
        #expect(Double(dependent) / Double(histories) < 0.085, "\(dependent)")
    }

    @Test("annual ratios know the dependence of days; effective trials know that trials resemble one another")
    func dependentTrials() throws {
        var random = SeededRandom(seed: 5), x = 0.0
        let market = (0..<4000).map { _ in 0.05 + random.normal() }
        let trending = market.map { value -> Double in
            x = 0.3 * x + value
            return x
        }
        func daily(_ returns: [Double]) throws -> Double { try #require(PerformanceStatistics(returns)).sharpe }
        // In the limit the factor of an AR(1) is √(q (1 − φ)/(1 + φ)); estimated from 4,000 days, and from the lags of
        // one block.
        let ratio =
            try #require(PerformanceStatistics.annualised(trending, periods: 252)) / daily(trending)
            / 252.0.squareRoot()
        #expect(Self.isClose(ratio, (0.7 / 1.3).squareRoot(), 0.08), "\(ratio)")
        let independent =
            try #require(PerformanceStatistics.annualised(market, periods: 252)) / daily(market) / 252.0.squareRoot()
        #expect(Self.isClose(independent, 1, 0.08), "\(independent)")
        #expect(PerformanceStatistics.annualised([1, 1, 1], periods: 252) == nil)

        // Series that share half of their variance correlate by a half: the definition pair by pair, and the sum.
        let series = (0..<6).map { _ in market.prefix(500).map { $0 + random.normal() } }
        var pairs = 0.0
        for i in series.indices {
            for j in series.indices where i < j {
                pairs += try #require(PerformanceStatistics.exposure(series[i], market: series[j])).correlation
            }
        }
        let mean = try #require(PerformanceStatistics.meanCorrelation(series))
        #expect(Self.isClose(mean, pairs / 15, 1e-12) && Self.isClose(mean, 0.5, 0.1))
        #expect(
            PerformanceStatistics.meanCorrelation([series[0], series[0].map { 2 * $0 + 1 }]).map {
                Self.isClose($0, 1, 1e-12)
            } == true)
        #expect(PerformanceStatistics.meanCorrelation([series[0], series[0].map { _ in 1 }]) == nil)
        #expect(PerformanceStatistics.minimumBacktestLength(trials: 10, sharpe: -1) == .infinity)
    }

    @Test("section 3: reality check and superior predictive ability, raw and studentised")
    func superior() throws {
        var generator = StatisticsTests.LCG(state: 7)
        let shift = [0.06, 0.02, -0.25]
        let d = (0..<12).map { _ in (0..<3).map { generator.next() - 0.5 + shift[$0] } }
        #expect(Self.isClose(d[0][0], 0.15705606, 1e-8) && Self.isClose(d[11][2], -0.01551419, 1e-8))
        let test = try #require(
            SuperiorPredictiveAbility(differences: d, p: 0.25, replicates: 16) { b, indices in
                indices = (0..<12).map { i in i % 4 != 0 ? (5 * b + i) % 12 : (7 * b + 3 * i) % 12 }
            })
        for (found, expected) in zip(test.means, [0.08784645, 0.07770615, -0.24255945]) {
            #expect(Self.isClose(found, expected, 1e-8))
        }
        for (found, expected) in zip(test.variances, [0.03231005, 0.06400428, 0.0790342]) {
            #expect(Self.isClose(found, expected, 1e-8))
        }
        #expect(test.kept == [true, true, false])
        #expect(
            Self.isClose(test.rawStatistic, 0.087846454876, 1e-12)
                && Self.isClose(test.studentisedStatistic, 1.692957589992, 1e-11))
        let expected: [(SuperiorPredictiveAbility.Recentring, Double, Double, Double, Double)] = [
            (.lower, 0.3125, 0.0625, 0.564729768007, 10.157929445240),
            (.consistent, 0.3125, 0.0625, 0.564729768007, 10.157929445240),
            (.upper, 0.5625, 0.0625, 1.190486421964, 16.448390169380),
        ]
        for (recentring, raw, studentised, rawSum, studentisedSum) in expected {
            let result = test[recentring]
            #expect(result.pRaw == raw && result.pStudentised == studentised, "\(recentring)")
            #expect(
                Self.isClose(result.rawMaxima.reduce(0, +), rawSum, 1e-11)
                    && Self.isClose(result.studentisedMaxima.reduce(0, +), studentisedSum, 1e-10), "\(recentring)")
        }
        #expect(
            SuperiorPredictiveAbility(differences: [[1], [2]], block: 1) == nil
                && SuperiorPredictiveAbility(differences: [[], [], []], block: 1) == nil)
    }

    @Test("superior predictive ability: ordered p-values, level under no skill, power under skill")
    func superiorProperties() throws {
        var random = SeededRandom(seed: 5), rejected = 0
        for _ in 0..<100 {
            let d = (0..<120).map { _ in (0..<5).map { _ in random.normal() } }
            let test = try #require(SuperiorPredictiveAbility(differences: d, block: 3, replicates: 200))
            #expect(test[.lower].pRaw <= test[.consistent].pRaw && test[.consistent].pRaw <= test[.upper].pRaw)
            if test.pValue <= 0.05 { rejected += 1 }
        }
        // Binomial(100, 0.05): above 12 with probability 0.0015.
        #expect(rejected <= 12, "\(rejected)")
        let skilled = try #require(
            SuperiorPredictiveAbility(
                differences: (0..<300).map { _ in (0..<20).map { random.normal() + ($0 == 3 ? 0.35 : 0) } }, block: 3))
        #expect(skilled.pValue < 0.01)
    }

    @Test("section 5: all the figures of both tests")
    func paired() throws {
        let d = [0.32, 0.44, 0.29, 0.14, -0.12, 0.05, 0.17, 0.27, 0.39, 0.19, -0.03, 0.15]
        for (h, variance, statistic, p) in [
            (1, 0.002113657407, 4.0964710981, 4.194958e-5), (2, 0.004019405864, 2.9706142649, 0.002972048195),
            (3, 0.002953587963, 3.4653909620, 0.000529461176),
        ] {
            let test = try #require(DieboldMariano(differences: d, horizon: h))
            #expect(
                Self.isClose(test.variance, variance, 1e-12) && Self.isClose(test.uncorrected, statistic, 1e-9)
                    && Self.isClose(test.normalP, p, 1e-10))
        }
        let e1 = [0.9, -1.2, 0.4, 1.5, -0.7, 0.3, -1.1, 0.8, 1.3, -0.5, 0.6, -0.9],
            e2 = [0.7, -1.0, 0.5, 1.1, -0.9, 0.2, -0.8, 0.9, 1.0, -0.4, 0.7, -0.6]
        let squares = zip(e1, e2).map { $0 * $0 - $1 * $1 }
        let one = try #require(DieboldMariano(differences: squares, horizon: 1)),
            two = try #require(DieboldMariano(differences: squares, horizon: 2))
        #expect(
            Self.isClose(one.variance, 0.012692361111, 1e-12) && Self.isClose(one.uncorrected, 2.1746775669, 1e-9)
                && Self.isClose(one.normalP, 0.0296542871, 1e-9))
        #expect(two.usedBartlett && Self.isClose(two.variance, 0.002592361111, 1e-12))
        for (b, c, plain, p, corrected, pCorrected) in [
            (25, 10, 6.4285714286, 0.01122988665, 5.6, 0.01796047753),
            (6, 1, 3.5714285714, 0.05878172136, 2.2857142857, 0.1305700181),
            (121, 59, 21.3555555556, 3.815136e-6, 20.6722222222, 5.450095e-6),
        ] {
            let test = McNemar(onlyARight: b, onlyBRight: c)
            #expect(
                Self.isClose(test.chiSquared.statistic, plain, 1e-9) && Self.isClose(test.chiSquared.pValue, p, 1e-10))
            #expect(
                Self.isClose(test.corrected.statistic, corrected, 1e-9)
                    && Self.isClose(test.corrected.pValue, pCorrected, 1e-10))
        }
    }

    @Test("section 6: adjusted p-values")
    func multiple() {
        let p = [0.001, 0.008, 0.012, 0.03, 0.04, 0.2]
        let expected: [(MultipleTesting.Method, [Double], Int)] = [
            (.bonferroni, [0.006, 0.048, 0.072, 0.18, 0.24, 1], 2), (.holm, [0.006, 0.04, 0.048, 0.09, 0.09, 0.2], 3),
            (.benjaminiHochberg, [0.006, 0.024, 0.024, 0.045, 0.048, 0.2], 5),
            (.benjaminiYekutieli, [0.0147, 0.0588, 0.0588, 0.11025, 0.1176, 0.49], 1),
        ]
        for (method, values, rejected) in expected {
            let found = MultipleTesting.adjusted(p, method)
            for (a, b) in zip(found, values) { #expect(Self.isClose(a, b, 1e-12), "\(method)") }
            #expect(found.count { $0 <= 0.05 } == rejected, "\(method)")
            #expect(
                MultipleTesting.adjusted(p.reversed(), method) == found.reversed()
                    && MultipleTesting.adjusted([], method).isEmpty)
        }
    }

    @Test("section 8: drift and calibration")
    func drift() throws {
        let shares = try #require(
            ShareDrift(reference: [0.1, 0.2, 0.3, 0.25, 0.15], recent: [0.08, 0.15, 0.32, 0.28, 0.17]))
        #expect(
            Self.isClose(shares.stabilityIndex, 0.026040868490, 1e-12)
                && Self.isClose(shares.kullbackLeibler, 0.012658297979, 1e-12))
        #expect(
            Self.isClose(shares.jensenShannon, 0.003247319998, 1e-12))
        #expect(Self.isClose(shares.hellinger, 0.057019357357, 1e-11) && shares.emptyBins == 0)
        #expect(ShareDrift(reference: [0.5, 0.5], recent: [1, 0])?.emptyBins == 1)
        let a = [0.1, 0.4, 0.35, 0.8, 0.55, 0.2, 0.9, 0.6], b = [0.3, 0.7, 0.75, 1.1, 0.95, 0.5, 1.2, 0.85, 0.65, 0.4]
        let test = try #require(KolmogorovSmirnov(a, b))
        #expect(
            Self.isClose(test.statistic, 0.45, 1e-12) && Self.isClose(test.pValue, 0.2475433064, 1e-10)
                && Self.isClose(test.stephensP, 0.2430034365, 1e-10))
        #expect(Self.isClose(test.asymptoticP, 0.3291047891, 1e-10) && Self.isClose(test.wasserstein, 0.2525, 1e-12))
        let calibration = try #require(
            Calibration(
                probabilities: [0.1, 0.3, 0.35, 0.6, 0.8, 0.9, 0.55, 0.2],
                outcomes: [false, false, true, true, true, true, false, false], bins: 5))
        #expect(
            Self.isClose(calibration.brier, 0.134375, 1e-12) && Self.isClose(calibration.logLoss, 0.4216048153, 1e-10)
                && Self.isClose(calibration.expectedError, 0.1875, 1e-12))
        // A network that overflowed states none.
        for p in [Double.nan, .infinity, -.infinity] {
            #expect(Calibration(probabilities: [0.5, p], outcomes: [true, false]) == nil)
        }
        var random = SeededRandom(seed: 2)
        let reference = (0..<5000).map { _ in random.normal() }, same = (0..<5000).map { _ in random.normal() },
            moved = same.map { $0 + 0.8 }
        #expect((ShareDrift(reference: reference, recent: same, quantiles: 10)?.stabilityIndex ?? 1) < 0.02)
        #expect((ShareDrift(reference: reference, recent: moved, quantiles: 10)?.stabilityIndex ?? 0) > 0.25)
        #expect(
            ShareDrift(reference: [Double](repeating: 1, count: 50), recent: [1, 2], quantiles: 10) != nil
                && KolmogorovSmirnov([], [1]) == nil)
    }

    @Test("exposure, drawdown quantiles")
    func risk() throws {
        var random = SeededRandom(seed: 4)
        let market = (0..<500).map { _ in random.normal() * 0.01 },
            own = market.map { 0.5 * $0 + random.normal() * 0.001 }
        let exposure = try #require(PerformanceStatistics.exposure(own, market: market))
        #expect(abs(exposure.beta - 0.5) < 0.02 && exposure.correlation > 0.95)
        let falls = PerformanceStatistics.drawdowns(own, replicates: 300)
        #expect(falls[0] <= falls[1] && falls[1] <= falls[2] && falls[2] < 0)
    }
}
