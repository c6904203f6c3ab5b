import Foundation

/// Probability of backtest overfitting by combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado &
/// Zhu 2017).
///
/// How often the configuration that is best on one half of the time is worse than the median on the other half.
package struct BacktestOverfitting: Sendable, Equatable {
    /// One choice of half of the blocks as the sample that decides.
    package struct Split: Sendable, Equatable {
        /// The configuration that was best in sample, and its ratios.
        package let chosen: Int
        /// Sharpe ratio a period of the chosen one, in sample.
        package let inSample: Double
        /// The same on the other half.
        package let outOfSample: Double
        /// Of the chosen one out of sample: 1 is the worst, ties share.
        package let rank: Double
        /// ln(ω / (1 − ω)) with ω = rank / (N + 1).
        package let logit: Double
    }

    /// All C(S, S/2) of them.
    package let splits: [Split]

    /// - Parameters:
    ///   - returns: per period and configuration, `[T][N]`.
    ///   - blocks: even; periods that do not fill a block at the end are dropped. C(S, S/2) splits: 12,870 for 16.
    /// - Returns: nil for fewer than two configurations, an odd number of blocks, or fewer than two periods a block.
    package init?(returns: [[Double]], blocks: Int = 16) {
        let n = returns.first?.count ?? 0, size = returns.count / max(blocks, 1)
        guard n >= 2, blocks >= 2, blocks % 2 == 0, blocks <= 20, size >= 2 else { return nil }
        // Sums of a block decide every ratio; shifted by the first row against cancellation.
        let shift = returns[0]
        var sums = [[Double]](repeating: [Double](repeating: 0, count: n), count: blocks), squares = sums
        for block in 0..<blocks {
            for t in block * size..<(block + 1) * size {
                for k in 0..<n {
                    let r = returns[t][k] - shift[k]
                    sums[block][k] += r
                    squares[block][k] += r * r
                }
            }
        }
        let count = Double(size * blocks / 2)
        func ratios(_ mask: Int) -> [Double] {
            (0..<n).map { k in
                var sum = 0.0, square = 0.0
                for block in 0..<blocks where mask >> block & 1 == 1 {
                    sum += sums[block][k]
                    square += squares[block][k]
                }
                let variance = (square - sum * sum / count) / (count - 1), mean = sum / count + shift[k]
                return variance > 1e-300 ? mean / variance.squareRoot() : 0
            }
        }
        var found: [Split] = []
        for mask in 0..<1 << blocks where mask.nonzeroBitCount == blocks / 2 {
            let inside = ratios(mask), outside = ratios(~mask)
            guard let best = inside.max(), let chosen = inside.firstIndex(of: best) else { continue }
            let own = outside[chosen]
            let below = outside.count { $0 < own }, equal = outside.count { $0 == own }
            let rank = Double(below) + Double(equal + 1) / 2, omega = rank / Double(n + 1)
            found.append(
                Split(chosen: chosen, inSample: best, outOfSample: own, rank: rank, logit: log(omega / (1 - omega))))
        }
        splits = found
    }

    /// Share of splits in which the chosen one is at or below the median out of sample.
    package var probability: Double { Double(splits.count { $0.logit <= 0 }) / Double(splits.count) }
    /// Share of splits in which the chosen one has a negative ratio out of sample.
    package var probabilityOfLoss: Double { Double(splits.count { $0.outOfSample < 0 }) / Double(splits.count) }

    /// Least-squares line of the chosen one's ratio out of sample on that in sample.
    package var degradation: (slope: Double, intercept: Double) {
        let n = Double(splits.count), x = splits.reduce(0) { $0 + $1.inSample } / n,
            y = splits.reduce(0) { $0 + $1.outOfSample } / n
        let xy = splits.reduce(0) { $0 + ($1.inSample - x) * ($1.outOfSample - y) },
            xx = splits.reduce(0) { $0 + ($1.inSample - x) * ($1.inSample - x) }
        let slope = xx > 0 ? xy / xx : 0
        return (slope, y - slope * x)
    }
}
