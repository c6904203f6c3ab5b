import Foundation

/// Diebold–Mariano's test of equal forecast accuracy with the small-sample correction of Harvey, Leybourne & Newbold
/// (1997).
package struct DieboldMariano: Sendable, Equatable {
    /// With the small-sample correction; positive where A loses more.
    package let statistic: Double
    /// Two-sided, Student with n − 1 degrees of freedom.
    package let pValue: Double
    /// True when the rectangular kernel gave a variance that is not positive and Bartlett's was used instead.
    package let usedBartlett: Bool
    /// Mean loss of A less that of B, in the loss's unit.
    package let meanDifference: Double
    /// Variance of the mean difference, and the statistic without the small-sample correction with its normal p-value.
    package let variance: Double
    /// The statistic without the small-sample correction.
    package let uncorrected: Double
    /// Its two-sided p-value by the normal law.
    package let normalP: Double

    /// - Parameters:
    ///   - differences: loss of A less loss of B, in time order.
    ///   - horizon: forecast horizon h; autocovariances up to h − 1 count.
    /// - Returns: nil where the differences do not vary.
    package init?(differences d: [Double], horizon h: Int = 1) {
        let n = Double(d.count)
        guard d.count > 2, h >= 1, h < d.count else { return nil }
        let mean = d.reduce(0, +) / n
        func autocovariance(_ k: Int) -> Double {
            var sum = 0.0
            for t in k..<d.count { sum += (d[t] - mean) * (d[t - k] - mean) }
            return sum / n
        }
        let variance0 = autocovariance(0)
        guard variance0 > 0 else { return nil }
        let covariances = (1..<max(h, 2)).map(autocovariance)
        var variance = variance0 + (h > 1 ? 2 * covariances.reduce(0, +) : 0)
        usedBartlett = variance <= 0
        var factor = (n + 1 - 2 * Double(h) + Double(h) * Double(h - 1) / n) / n
        if usedBartlett {
            // Bartlett's weights over h lags cannot go negative; the correction is for the rectangular kernel, so it is
            // dropped.
            variance =
                variance0 + 2 * (1...h).reduce(0.0) { $0 + (1 - Double($1) / Double(h + 1)) * autocovariance($1) }
            factor = 1
        }
        guard variance > 0, factor > 0 else { return nil }
        meanDifference = mean
        self.variance = variance / n
        uncorrected = mean / (variance / n).squareRoot()
        normalP = 2 * Distributions.normalCDF(-abs(uncorrected))
        statistic = uncorrected * factor.squareRoot()
        pValue = Distributions.studentTwoSided(statistic, degrees: n - 1)
    }
}

/// McNemar's test on paired right and wrong answers.
package struct McNemar: Sendable, Equatable {
    /// Pairs that A alone has right.
    package let onlyARight: Int
    /// Pairs that B alone has right.
    package let onlyBRight: Int
    /// Two-sided binomial p-value.
    package let exact: Double
    /// The same with half of the probability of what was observed.
    package let midP: Double
    /// (b − c)²/(b + c) with its p-value, and with the continuity correction (|b − c| − 1)²/(b + c).
    package let chiSquared: (statistic: Double, pValue: Double)
    /// The same with the continuity correction: (|b − c| − 1)²/(b + c).
    package let corrected: (statistic: Double, pValue: Double)

    /// From the two counts of disagreement; those who agree say nothing. O(pairs).
    package init(onlyARight: Int, onlyBRight: Int) {
        self.onlyARight = onlyARight
        self.onlyBRight = onlyBRight
        (exact, midP) = Distributions.binomialHalf(k: min(onlyARight, onlyBRight), n: onlyARight + onlyBRight)
        let total = Double(onlyARight + onlyBRight), gap = abs(Double(onlyARight - onlyBRight))
        func test(_ gap: Double) -> (Double, Double) {
            guard total > 0 else { return (0, 1) }
            let statistic = gap * gap / total
            return (statistic, 2 * Distributions.normalCDF(-statistic.squareRoot()))
        }
        chiSquared = test(gap)
        corrected = test(max(gap - 1, 0))
    }

    package static func == (a: McNemar, b: McNemar) -> Bool {
        a.onlyARight == b.onlyARight && a.onlyBRight == b.onlyBRight
    }
}
