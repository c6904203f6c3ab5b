import Foundation

/// How far a recent sample has moved from a reference, on shares of the same bins.
package struct ShareDrift: Sendable, Equatable {
    /// Population stability index: below 0.1 stable, up to 0.25 to be watched, above to be acted on (an industry
    /// convention, not a test).
    package let stabilityIndex: Double
    /// Of the recent shares from the reference, nats.
    package let kullbackLeibler: Double
    /// Jensen–Shannon, nats.
    package let jensenShannon: Double
    /// Hellinger distance, 0 to 1.
    package let hellinger: Double
    /// Bins whose share was 0 and counted as the floor.
    package let emptyBins: Int

    /// - Parameter floor: what an empty bin counts as; the logarithm needs one.
    /// - Returns: nil where the numbers of bins differ or are 0.
    package init?(reference e: [Double], recent a: [Double], floor: Double = 1e-4) {
        guard e.count == a.count, !e.isEmpty else { return nil }
        emptyBins = zip(e, a).count { $0 <= 0 || $1 <= 0 }
        var index = 0.0, divergence = 0.0, shannon = 0.0, distance = 0.0
        for (x, y) in zip(e, a) {
            let p = max(x, floor), q = max(y, floor), m = (p + q) / 2
            index += (q - p) * log(q / p)
            divergence += q * log(q / p)
            shannon += (p * log(p / m) + q * log(q / m)) / 2
            distance += pow(q.squareRoot() - p.squareRoot(), 2)
        }
        stabilityIndex = index
        kullbackLeibler = divergence
        jensenShannon = shannon
        hellinger = (distance / 2).squareRoot()
    }

    /// Shares of a recent sample in bins between the quantiles of a reference sample, so that every bin held the same
    /// share once.
    ///
    /// - Returns: nil where either is empty. Equal quantiles share a bin. O(n log n).
    package init?(reference: [Double], recent: [Double], quantiles: Int) {
        let sorted = reference.filter(\.isFinite).sorted(), values = recent.filter(\.isFinite)
        guard sorted.count >= quantiles, quantiles >= 2, !values.isEmpty else { return nil }
        var edges: [Double] = []
        for q in 1..<quantiles {
            let edge = sorted[q * sorted.count / quantiles]
            if edges.last != edge { edges.append(edge) }
        }
        func shares(_ x: [Double]) -> [Double] {
            var counts = [Double](repeating: 0, count: edges.count + 1)
            for value in x {
                var low = 0, high = edges.count
                while low < high {
                    let middle = (low + high) / 2
                    if value < edges[middle] { high = middle } else { low = middle + 1 }
                }
                counts[low] += 1
            }
            return counts.map { $0 / Double(x.count) }
        }
        self.init(reference: shares(sorted), recent: shares(values))
    }
}

/// Kolmogorov–Smirnov test of two samples, and the first Wasserstein distance between them.
package struct KolmogorovSmirnov: Sendable, Equatable {
    /// The largest distance between the two distribution functions, 0 to 1.
    package let statistic: Double
    /// Exact by counting lattice paths up to `n·m` = 1,000,000 pairs; beyond, Stephens' correction of the asymptotic
    /// law. Ties make it conservative.
    package let pValue: Double
    /// p-value by Kolmogorov's limiting law.
    package let asymptoticP: Double
    /// The same with Stephens' correction for small samples.
    package let stephensP: Double
    /// Area between the two distribution functions, in the values' unit.
    package let wasserstein: Double

    /// O((n + m) log(n + m)), and n·m where the exact law is counted. Nil where a sample is empty.
    package init?(_ first: [Double], _ second: [Double]) {
        let a = first.filter(\.isFinite).sorted(), b = second.filter(\.isFinite).sorted()
        guard !a.isEmpty, !b.isEmpty else { return nil }
        let n = Double(a.count), m = Double(b.count)
        var i = 0, j = 0, largest = 0.0, area = 0.0, previous = min(a[0], b[0])
        while i < a.count || j < b.count {
            let x = min(i < a.count ? a[i] : .infinity, j < b.count ? b[j] : .infinity)
            area += abs(Double(i) / n - Double(j) / m) * (x - previous)
            while i < a.count, a[i] == x { i += 1 }
            while j < b.count, b[j] == x { j += 1 }
            largest = max(largest, abs(Double(i) / n - Double(j) / m))
            previous = x
        }
        statistic = largest
        wasserstein = area
        let effective = (n * m / (n + m)).squareRoot()
        asymptoticP = KolmogorovSmirnov.tail(effective * largest)
        stephensP = KolmogorovSmirnov.tail((effective + 0.12 + 0.11 / effective) * largest)
        pValue = a.count * b.count <= 1_000_000 ? KolmogorovSmirnov.exact(largest, a.count, b.count) : stephensP
    }

    /// 2 Σ (−1)^(k−1) exp(−2k²λ²).
    private static func tail(_ lambda: Double) -> Double {
        guard lambda > 0.2 else { return 1 }
        var sum = 0.0
        for k in 1...100 {
            let term = exp(-2 * Double(k * k) * lambda * lambda)
            sum += k % 2 == 1 ? term : -term
            if term < 1e-17 { break }
        }
        return min(max(2 * sum, 0), 1)
    }

    /// Probability that a random path of n and m steps strays to the distance or beyond. Shares of paths rather than
    /// their numbers, against overflow.
    private static func exact(_ distance: Double, _ n: Int, _ m: Int) -> Double {
        let limit = distance - 1e-12
        var row = [Double](repeating: 0, count: m + 1)
        for i in 0...n {
            for j in 0...m {
                if abs(Double(i) / Double(n) - Double(j) / Double(m)) >= limit {
                    row[j] = 0
                } else if i + j == 0 {
                    row[j] = 1
                } else {
                    let total = Double(i + j)
                    row[j] = (i > 0 ? row[j] * Double(i) / total : 0) + (j > 0 ? row[j - 1] * Double(j) / total : 0)
                }
            }
        }
        return min(max(1 - row[m], 0), 1)
    }
}
