import Backtesting
import Basics
import Testing

/// The one test that a verdict rests on: how often it calls two equal models different, and whether it finds a better.
@Suite struct PairedMeasureTests {
    private static let times = 120, instruments = 2

    /// A sum of twelve uniform numbers: mean 0, deviation 1.
    private static func normal(_ random: inout SeededRandom) -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + random.uniform() }
    }

    /// Forecasts of the same returns by two models, the first with so much more noise.
    private static func pair(seed: UInt64, kind: Predictions.Kind, extra: Double = 0) -> (MetricSums, MetricSums) {
        var random = SeededRandom(seed: seed, 77)
        var sides: [[ScoredBar]] = [[], []], targets: [Float] = []
        for time in 0..<times {
            for instrument in 0..<instruments {
                let truth = normal(&random), isUp = truth > 0
                targets.append(kind == .probability ? (isUp ? 1 : 0) : Float(truth * 10))
                for side in 0...1 {
                    let noise = normal(&random) * (side == 0 ? 1 + extra : 1)
                    let score =
                        kind == .probability
                        ? min(max(0.5 + 0.1 * truth + 0.1 * noise, 0.02), 0.98) : truth * 2 + noise * 5
                    sides[side].append(
                        ScoredBar(
                            time: Int64(time), instrument: Int32(instrument), segment: 0, score: score,
                            forwardReturn: truth * 0.001, spreadBps: 0))
                }
            }
        }
        func sums(_ bars: [ScoredBar]) -> MetricSums {
            MetricSums(Predictions(kind: kind, bars: bars, targets: targets, baselineScore: 0, horizon: 1))
        }
        return (sums(sides[0]), sums(sides[1]))
    }

    private static func p(_ a: MetricSums, _ b: MetricSums, _ measure: String) -> Double {
        let none = BlockBootstrap.Interval(estimate: 0, lower: 0, upper: 0, shareNotPositive: 1)
        return PairedMeasure(a, b, measure: measure, horizon: 1, difference: none).pValue
    }

    @Test("two equal models are called different in about 5 % of cases", arguments: ["mse", "log_loss", "accuracy"])
    func size(measure: String) {
        let kind: Predictions.Kind = measure == "mse" ? .basisPoints : .probability, draws = 400
        let rejected = (0..<draws).count { index in
            let (a, b) = Self.pair(seed: UInt64(index), kind: kind)
            return Self.p(a, b, measure) <= 0.05
        }
        // 5 % of 400 are 20, with a deviation of 4.4.
        #expect((7...34).contains(rejected), "\(measure): \(rejected) of \(draws)")
    }

    @Test("a model with twice the noise is found to be worse")
    func power() {
        let found = (0..<50).count { index in
            let (a, b) = Self.pair(seed: UInt64(index), kind: .basisPoints, extra: 1)
            return Self.p(a, b, "mse") <= 0.05
        }
        #expect(found >= 46, "\(found) of 50")
    }

    @Test("equal predictions do not differ, and what is no mean is told by the resampled blocks")
    func methods() {
        let (a, b) = Self.pair(seed: 1, kind: .basisPoints)
        #expect(Self.p(a, a, "mse") == 1 && Self.p(a, a, "ic") == 1)
        func paired(_ measure: String, _ share: Double) -> PairedMeasure {
            let interval = BlockBootstrap.Interval(estimate: 0.1, lower: -0.1, upper: 0.3, shareNotPositive: share)
            return PairedMeasure(a, b, measure: measure, horizon: 1, difference: interval)
        }
        #expect(paired("ic", 0.01).method == .bootstrap && paired("ic", 0.01).pValue == 0.02)
        #expect(paired("ic", 0.99).pValue < 0.0201 && paired("ic", 0).pValue == 0.002 && paired("ic", 0.5).pValue == 1)
        #expect(paired("mse", 0.01).method == .dieboldMariano)
    }
}
