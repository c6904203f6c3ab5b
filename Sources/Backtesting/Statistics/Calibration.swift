import Basics
import Foundation

/// Whether stated probabilities come true as often as they say.
package struct Calibration: Sendable, Equatable {
    /// Samples whose stated probabilities are near each other.
    package struct Bin: Sendable, Equatable {
        /// Samples in it.
        package let count: Int
        /// Mean stated probability; 0 where it is empty.
        package let stated: Double
        /// Share that came true; 0 where it is empty.
        package let observed: Double
    }

    /// Mean of (p − y)² (Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2).
    package let brier: Double
    /// Mean of −ln of the probability of what happened, in nats, floored at 1e-15.
    package let logLoss: Double
    /// Mean over samples of |stated − observed| of their bin.
    package let expectedError: Double
    /// The largest |stated − observed| of a bin.
    package let largestError: Double
    /// Of equal width over 0 … 1; bin i holds i/n ≤ p < (i + 1)/n. Empty bins have count 0.
    package let bins: [Bin]

    /// Nil where there is no sample, the counts differ, or a probability is not finite.
    package init?(probabilities p: [Double], outcomes: [Bool], bins count: Int = 10) {
        guard !p.isEmpty, p.count == outcomes.count, count >= 1, p.allSatisfy(\.isFinite) else { return nil }
        var stated = [Double](repeating: 0, count: count), hits = stated, sizes = [Int](repeating: 0, count: count)
        var squares = 0.0, logs = 0.0
        for (value, outcome) in zip(p, outcomes) {
            let y = outcome ? 1.0 : 0, bin = min(max(Int(saturating: value * Double(count)), 0), count - 1),
                clipped = min(max(value, 1e-15), 1 - 1e-15)
            squares += (value - y) * (value - y)
            logs -= outcome ? log(clipped) : log1p(-clipped)
            stated[bin] += value
            hits[bin] += y
            sizes[bin] += 1
        }
        let n = Double(p.count)
        brier = squares / n
        logLoss = logs / n
        bins = (0..<count).map {
            Bin(
                count: sizes[$0], stated: sizes[$0] > 0 ? stated[$0] / Double(sizes[$0]) : 0,
                observed: sizes[$0] > 0 ? hits[$0] / Double(sizes[$0]) : 0)
        }
        expectedError = bins.reduce(0) { $0 + Double($1.count) / n * abs($1.stated - $1.observed) }
        largestError = bins.filter { $0.count > 0 }.map { abs($0.stated - $0.observed) }.max() ?? 0
    }
}
