import Foundation

/// Whether stated probabilities come true as often as they say.
package struct Calibration: Sendable, Equatable {
    package struct Bin: Sendable, Equatable {
        package let count: Int
        package let stated: Double
        package let observed: Double
    }

    package let brier: Double
    package let logLoss: Double
    /// Mean over samples of |stated − observed| of their bin.
    package let expectedError: Double
    /// The largest |stated − observed| of a bin.
    package let largestError: Double
    /// Of equal width over 0 … 1; bin i holds i/n ≤ p < (i + 1)/n. Empty bins have count 0.
    package let bins: [Bin]

    /// Nil where there is no sample or the counts differ.
    package init?(probabilities p: [Double], outcomes: [Bool], bins count: Int = 10) {
        guard !p.isEmpty, p.count == outcomes.count, count >= 1 else { return nil }
        var stated = [Double](repeating: 0, count: count), hits = stated, sizes = [Int](repeating: 0, count: count)
        var squares = 0.0, logs = 0.0
        for (value, outcome) in zip(p, outcomes) {
            let y = outcome ? 1.0 : 0, bin = min(max(Int(value * Double(count)), 0), count - 1),
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
