import Basics
import Foundation

/// Resampling of dependent observations in blocks of random length (Politis & Romano 1994).
package struct StationaryBootstrap: Sendable {
    /// Probability that a block ends: 1 / expected length.
    package let p: Double

    /// Blocks of that mean length; at least 1, which is resampling of independent observations.
    package init(expectedBlock: Double) { p = 1 / max(expectedBlock, 1) }

    /// Writes one resample of positions 0 ..< n. Two uniforms (a, b) are drawn for each position: at the start or where
    /// a < p a new block begins at ⌊b·n⌋, else the block goes on, wrapping around.
    package func resample(into indices: inout [Int], count n: Int, uniform: () -> Double) {
        indices.removeAll(keepingCapacity: true)
        var j = 0
        for i in 0..<n {
            let a = uniform(), b = uniform()
            j = i == 0 || a < p ? min(Int(saturating: b * Double(n)), n - 1) : j + 1 < n ? j + 1 : 0
            indices.append(j)
        }
    }

    /// Expected block length from the data (Politis & White 2004, corrected by Patton, Politis & White 2009).
    ///
    /// - Returns: at least 1; capped at ⌈min(3√n, n/3)⌉. O(n^1.5).
    package static func automaticBlock(_ x: [Double]) -> Double {
        automaticBlocks(x).stationary
    }

    /// Variance of √n times the mean of dependent observations, as the stationary bootstrap has it on average (Politis
    /// & Romano 1994): γ̂0 + 2 Σ κ_i γ̂_i with κ_i = (1 − i/n)(1 − p)^i + (i/n)(1 − p)^(n−i). O(n²).
    package static func longRunVariance(_ x: [Double], p: Double) -> Double {
        let n = x.count, mean = x.reduce(0, +) / Double(max(n, 1)), centred = x.map { $0 - mean }
        return centred.withUnsafeBufferPointer { c in
            var total = 0.0
            for lag in 0..<n {
                let share = Double(lag) / Double(n)
                let weight =
                    lag == 0 ? 1 : 2 * ((1 - share) * pow(1 - p, Double(lag)) + share * pow(1 - p, Double(n - lag)))
                // Lags that could not change the sum are not worth their products.
                guard weight > 1e-12 else { continue }
                var sum = 0.0
                for t in 0..<n - lag { sum += c[t] * c[t + lag] }
                total += weight * sum / Double(n)
            }
            return total
        }
    }

    /// Block lengths that minimise the mean squared error of the bootstrap's variance (Politis & White 2004,
    /// doi:10.1081/ETC-120028836, as corrected by Patton, Politis & White 2009, doi:10.1080/07474930802459016).
    ///
    /// 1 for fewer than eight values or without variation. O(n · lags).
    package static func automaticBlocks(_ x: [Double]) -> (stationary: Double, circular: Double) {
        let n = x.count
        guard n >= 8 else { return (1, 1) }
        let mean = x.reduce(0, +) / Double(n)
        let centred = x.map { $0 - mean }
        func autocovariance(_ lag: Int) -> Double {
            var sum = 0.0
            for t in 0..<n - lag { sum += centred[t] * centred[t + lag] }
            return sum / Double(n)
        }
        let variance = autocovariance(0)
        guard variance > 0 else { return (1, 1) }
        let kn = max(5, Int(saturating: log10(Double(n))))
        let largestLag = min(Int(saturating: Double(n).squareRoot().rounded(.up)) + kn, n - 1)
        let threshold = 2 * (log10(Double(n)) / Double(n)).squareRoot()
        let covariances = (0...largestLag).map(autocovariance)
        // The correlation of a lag is normalised by the observations that take part, as in arch. The first lag of kn
        // successive small ones is looked for.
        var head = centred.reduce(0) { $0 + $1 * $1 }, tail = head
        var correlations: [Double] = []
        for lag in 0...largestLag {
            head -= centred[lag] * centred[lag]
            tail -= centred[n - 1 - lag] * centred[n - 1 - lag]
            correlations.append(
                head > 0 && tail > 0 ? abs(covariances[lag]) * Double(n) / (head * tail).squareRoot() : 0)
        }
        var found: Int?
        var run = 0
        for lag in 1...largestLag {
            run = correlations[lag] < threshold ? run + 1 : 0
            if run == kn {
                found = lag - kn + 1
                break
            }
        }
        let m = found.map { min(2 * $0, largestLag) } ?? largestLag
        var g = 0.0, longRun = variance
        for k in 1...m {
            let ratio = Double(k) / Double(m)
            let weight = ratio <= 0.5 ? 1 : 2 * (1 - ratio)
            g += 2 * weight * Double(k) * covariances[k]
            longRun += 2 * weight * covariances[k]
        }
        let cap = min(3 * Double(n).squareRoot(), Double(n) / 3).rounded(.up)
        func block(_ divisor: Double) -> Double {
            let value = pow(2 * g * g / (divisor * longRun * longRun) * Double(n), 1.0 / 3)
            return value.isFinite ? min(max(value, 1), cap) : 1
        }
        return (block(2), block(4.0 / 3))
    }
}

/// An interval for a statistic that is a function of sums over time.
package struct BlockBootstrap: Sendable {
    /// A percentile interval, with what it is around.
    package struct Interval: Sendable, Equatable {
        /// The statistic on the rows as they are.
        package var estimate: Double
        /// The lower percentile.
        package var lower: Double
        /// The upper percentile.
        package var upper: Double
        /// Share of replicates at or below 0 (for differences).
        package var shareNotPositive: Double

        /// An interval from its parts.
        package init(estimate: Double, lower: Double, upper: Double, shareNotPositive: Double) {
            (self.estimate, self.lower, self.upper) = (estimate, lower, upper)
            self.shareNotPositive = shareNotPositive
        }
    }

    /// Percentile interval of `statistic` over resampled blocks of rows.
    ///
    /// - Parameters:
    ///   - rows: one row of sums per time, such as (correct, count); resampled as a whole.
    ///   - statistic: maps summed columns to a value; nil when undefined.
    ///   - block: expected block length in times.
    /// Determined by the seed. O(replicates × rows × columns).
    package static func interval(
        rows: [[Double]], block: Double, replicates: Int = 1000, confidence: Double = 0.95, seed: UInt64 = 1,
        statistic: ([Double]) -> Double?
    ) -> Interval? {
        guard let width = rows.first?.count else { return nil }
        // One array: a replicate reads every row of it.
        let flat = rows.flatMap { $0.prefix(width) }
        func total(_ indices: [Int]) -> [Double] {
            var sums = [Double](repeating: 0, count: width)
            flat.withUnsafeBufferPointer { flat in
                sums.withUnsafeMutableBufferPointer { sums in
                    for i in indices { for c in 0..<width { sums[c] += flat[i * width + c] } }
                }
            }
            return sums
        }
        guard rows.allSatisfy({ $0.count == width }), let estimate = statistic(total(Array(rows.indices))) else {
            return nil
        }
        let bootstrap = StationaryBootstrap(expectedBlock: block)
        var random = SeededRandom(seed: seed, 0xB007)
        var indices: [Int] = []
        var values: [Double] = []
        values.reserveCapacity(replicates)
        for _ in 0..<replicates {
            bootstrap.resample(into: &indices, count: rows.count) { random.uniform() }
            if let value = statistic(total(indices)) { values.append(value) }
        }
        guard values.count * 10 >= replicates * 9 else { return nil }
        values.sort()
        func quantile(_ q: Double) -> Double {
            let position = q * Double(values.count - 1)
            let low = Int(saturating: position), high = min(low + 1, values.count - 1)
            return values[low] + (values[high] - values[low]) * (position - Double(low))
        }
        let tail = (1 - confidence) / 2
        return Interval(
            estimate: estimate, lower: quantile(tail), upper: quantile(1 - tail),
            shareNotPositive: Double(values.count { $0 <= 0 }) / Double(values.count))
    }
}
