import Backtesting
import Basics
import Testing

/// Measures from sums per time are those of whole samples.
@Suite struct MetricSumsTests {
    private static func sums(_ kind: Predictions.Kind, _ samples: [(time: Int64, score: Double, target: Float)])
        -> MetricSums
    {
        let bars = samples.map {
            ScoredBar(
                time: $0.time, instrument: 0, segment: 0, score: $0.score, forwardReturn: Double($0.target) / 10_000)
        }
        return MetricSums(
            Predictions(kind: kind, bars: bars, targets: samples.map(\.target), baselineScore: 0, horizon: 1))
    }

    private static func value(_ sums: MetricSums, _ name: String) -> Double? {
        guard let width = sums.rows.first?.count else { return nil }
        let total = sums.rows.reduce(into: [Double](repeating: 0, count: width)) { total, row in
            for column in row.indices { total[column] += row[column] }
        }
        return sums.measure(name)?.value(total)
    }

    @Test("the accuracy of signs is of the targets that have one; a score of 0 is never right")
    func signs() {
        // numpy: p = [.5, -1, 0, 2, -.5, 1, 0], y = [1, -2, 0, -1, 0, 3, -4];
        // (np.sign(p) == np.sign(y))[y != 0].mean() is 0.6, ((p - y) ** 2).mean() is 4.357142857142857,
        // abs(p - y).mean() is 1.5714285714285714.
        let sums = MetricSumsTests.sums(
            .basisPoints,
            [(1, 0.5, 1), (1, -1, -2), (2, 0, 0), (2, 2, -1), (3, -0.5, 0), (3, 1, 3), (4, 0, -4)])
        #expect(MetricSumsTests.value(sums, "sign_accuracy") == 0.6)
        #expect(abs((MetricSumsTests.value(sums, "mse") ?? 0) - 4.357142857142857) < 1e-12)
        #expect(abs((MetricSumsTests.value(sums, "mae") ?? 0) - 1.5714285714285714) < 1e-12)
        // By time, of those that have a sign: 2 of 2, 0 of 1, 1 of 1, 0 of 1.
        #expect(sums.means("sign_accuracy") == [1, 0, 1, 0])
        let flat = MetricSumsTests.sums(.basisPoints, [(1, 1, 0), (2, -1, 0)])
        #expect(MetricSumsTests.value(flat, "sign_accuracy") == nil)
    }

    @Test("an estimate lies inside its own interval, whatever share of the targets is 0", arguments: 0..<12)
    func intervals(seed: UInt64) {
        var random = SeededRandom(seed: seed, 5)
        let zeros = 0.9 * random.uniform()
        let samples = (0..<600).map { index -> (time: Int64, score: Double, target: Float) in
            let target = random.uniform() < zeros ? 0 : random.uniform() - 0.5
            return (Int64(index / 2), target + random.uniform() - 0.5, Float(target))
        }
        let sums = MetricSumsTests.sums(.basisPoints, samples)
        let intervals = sums.intervals(block: 3, replicates: 200)
        #expect(intervals.map(\.measure.name) == ["mse", "mae", "sign_accuracy", "ic"])
        for (measure, interval) in intervals {
            #expect(interval.estimate == MetricSumsTests.value(sums, measure.name))
            #expect(interval.lower <= interval.estimate && interval.estimate <= interval.upper, "\(measure.name)")
        }
        // The share, counted one by one.
        let signed = samples.filter { $0.target != 0 }, right = signed.count { $0.score * Double($0.target) > 0 }
        #expect(MetricSumsTests.value(sums, "sign_accuracy") == Double(right) / Double(signed.count))
    }
}
