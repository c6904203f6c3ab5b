import Foundation

/// Sharpe ratio inference (Lo 2002; Bailey & López de Prado 2012, 2014). All ratios are per period; γ3 is skewness and
/// γ4 raw kurtosis (3 for a normal), from moments divided by n.
package struct PerformanceStatistics: Sendable, Equatable {
    /// Returns that were counted.
    package let count: Int
    /// Mean return a period, as a fraction.
    package let mean: Double
    /// n − 1 in the denominator.
    package let deviation: Double
    /// γ3; 0 for a normal.
    package let skewness: Double
    /// γ4, raw; 3 for a normal.
    package let kurtosis: Double

    /// Nil for fewer than two returns or no variation.
    package init?(_ returns: [Double]) {
        let n = Double(returns.count)
        guard returns.count >= 2 else { return nil }
        let mean = returns.reduce(0, +) / n
        var m2 = 0.0, m3 = 0.0, m4 = 0.0
        for r in returns {
            let d = r - mean
            m2 += d * d
            m3 += d * d * d
            m4 += d * d * d * d
        }
        guard m2 > 0 else { return nil }
        count = returns.count
        self.mean = mean
        deviation = (m2 / (n - 1)).squareRoot()
        skewness = (m3 / n) / pow(m2 / n, 1.5)
        kurtosis = (m4 / n) / (m2 / n * m2 / n)
    }

    /// From a recorded ratio a period, where the returns are not at hand; of a normal where nothing else is said.
    package init(count: Int, sharpe: Double, skewness: Double = 0, kurtosis: Double = 3) {
        self.count = count
        mean = sharpe
        deviation = 1
        self.skewness = skewness
        self.kurtosis = kurtosis
    }

    /// Per period.
    package var sharpe: Double { mean / deviation }

    /// √((1 − γ3·SR + (γ4 − 1)/4·SR²)/(T − 1)).
    package var sharpeStandardError: Double { (varianceFactor / Double(count - 1)).squareRoot() }

    private var varianceFactor: Double { 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe }

    /// Probability that the true ratio exceeds a benchmark: Φ((SR − SR*)/SE).
    /// - Parameter standardError: another than that of independent returns.
    package func probabilisticSharpe(benchmark: Double, standardError: Double? = nil) -> Double {
        Distributions.normalCDF((sharpe - benchmark) / (standardError ?? sharpeStandardError))
    }

    /// The track record, in periods, at which the ratio is significant; infinite where SR ≤ benchmark.
    package func minimumTrackRecord(benchmark: Double, confidence: Double = 0.95) -> Double {
        guard sharpe > benchmark else { return .infinity }
        let z = Distributions.normalQuantile(confidence) / (sharpe - benchmark)
        return 1 + varianceFactor * z * z
    }

    private static let euler = 0.5772156649015329

    /// Expected maximum of N independent standard normals (approximation of Bailey & López de Prado); N ≥ 2.
    package static func expectedMaximum(trials: Int) -> Double {
        let n = Double(trials)
        return (1 - euler) * Distributions.normalQuantile(1 - 1 / n) + euler
            * Distributions.normalQuantile(1 - 1 / (n * M_E))
    }

    /// Deflated Sharpe ratio: the probability that the true ratio exceeds the best expected from `trials` unskilled
    /// ones.
    ///
    /// - Parameters:
    ///   - trials: all trials made, also the failed and discarded ones. One is no choice among several: nothing is
    ///     deflated then.
    ///   - trialVariance: variance over the trials of the per-period ratio.
    package func deflatedSharpe(trials: Int, trialVariance: Double, standardError: Double? = nil) -> Double {
        let benchmark =
            trials >= 2 ? trialVariance.squareRoot() * PerformanceStatistics.expectedMaximum(trials: trials) : 0
        return probabilisticSharpe(benchmark: benchmark, standardError: standardError)
    }

    /// The deepest fall of compounded value below its earlier maximum, as a negative fraction.
    package static func maximumDrawdown(_ returns: [Double]) -> Double {
        var value = 1.0, peak = 1.0, worst = 0.0
        for r in returns {
            value *= 1 + r
            peak = max(peak, value)
            worst = min(worst, value / peak - 1)
        }
        return worst
    }
}
