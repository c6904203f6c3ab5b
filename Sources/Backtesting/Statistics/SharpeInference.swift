import Basics
import Foundation

/// What the ratio of a whole series cannot say by itself: dependence in time, trials that resemble one another, and how
/// long a record may be searched.
extension PerformanceStatistics {
    /// Length of record below which the best of N unskilled trials is expected to show a ratio of `sharpe`:
    /// (E[max_N]/S)², in years for an annual ratio and in periods for one per period; infinite where the ratio is not
    /// above zero.
    package static func minimumBacktestLength(trials: Int, sharpe: Double) -> Double {
        guard sharpe > 0 else { return .infinity }
        let ratio = expectedMaximum(trials: trials) / sharpe
        return ratio * ratio
    }

    /// Independent trials that N trials with mean correlation ρ̄ amount to: ρ̄ + (1 − ρ̄)N.
    package static func effectiveTrials(_ trials: Int, meanCorrelation: Double) -> Double {
        let rho = min(max(meanCorrelation, 0), 1)
        return rho + (1 - rho) * Double(trials)
    }

    /// Factor from the ratio of one period to that of q, with autocorrelations ρ_1, ρ_2, … (Lo 2002): q / √(q + 2 Σ (q
    /// − k) ρ_k). √q without them.
    package static func annualisation(periods q: Int, autocorrelations rho: [Double]) -> Double {
        let sum = rho.prefix(max(q - 1, 0)).enumerated().reduce(0) { $0 + Double(q - $1.offset - 1) * $1.element }
        return Double(q) / (Double(q) + 2 * sum).squareRoot()
    }

    /// The ratio of q periods by Lo's factor, from the autocorrelations up to the automatic block length: those of
    /// longer lags are noise, and all together always sum to −½. Nil where returns do not vary, or where so strong a
    /// reversal leaves no variance.
    package static func annualised(_ returns: [Double], periods q: Int) -> Double? {
        guard let own = PerformanceStatistics(returns) else { return nil }
        let lags = min(Int(saturating: StationaryBootstrap.automaticBlock(returns)), returns.count - 1),
            variance = returns.reduce(0) { $0 + ($1 - own.mean) * ($1 - own.mean) }
        let correlations = (1...max(lags, 1)).map { lag -> Double in
            lag < returns.count
                ? (0..<returns.count - lag).reduce(0) { $0 + (returns[$1] - own.mean) * (returns[$1 + lag] - own.mean) }
                    / variance : 0
        }
        let factor = annualisation(periods: q, autocorrelations: correlations)
        return factor.isFinite ? own.sharpe * factor : nil
    }

    /// Mean correlation over all pairs of series of one length; series that do not vary take no part. Nil with fewer
    /// than two that do. O(series · periods).
    package static func meanCorrelation(_ series: [[Double]]) -> Double? {
        // The sum over pairs is that of the squared sum of the standardised series, less the diagonal.
        var total = [Double](repeating: 0, count: series.first?.count ?? 0), count = 0
        for values in series where values.count == total.count {
            guard let own = PerformanceStatistics(values) else { continue }
            let scale = 1 / (own.deviation * Double(values.count - 1).squareRoot())
            for t in total.indices { total[t] += (values[t] - own.mean) * scale }
            count += 1
        }
        guard count >= 2 else { return nil }
        return (total.reduce(0) { $0 + $1 * $1 } - Double(count)) / Double(count * (count - 1))
    }

    /// Standard error of the ratio where returns depend on one another in time, by the delta method and the long-run
    /// variance of (z − SR·(z² − 1)/2). Formulas for independent returns reject too often otherwise.
    package static func dependentStandardError(_ returns: [Double]) -> Double? {
        guard let own = PerformanceStatistics(returns) else { return nil }
        let influence = returns.map { r -> Double in
            let z = (r - own.mean) / own.deviation
            return z - own.sharpe * (z * z - 1) / 2
        }
        let block = StationaryBootstrap.automaticBlock(influence)
        let variance = StationaryBootstrap.longRunVariance(influence, p: 1 / block)
        return variance > 0 ? (variance / Double(returns.count)).squareRoot() : nil
    }

    /// Mean over the downside deviation √(mean(min(r − target, 0)²)), over all periods.
    package static func sortino(_ returns: [Double], target: Double = 0) -> Double? {
        guard !returns.isEmpty else { return nil }
        let n = Double(returns.count),
            downside = (returns.reduce(0) { $0 + pow(min($1 - target, 0), 2) } / n).squareRoot()
        return downside > 0 ? (returns.reduce(0, +) / n - target) / downside : nil
    }

    /// Quantiles of the deepest fall over resampled histories of the same length, as negative fractions, in the order
    /// of `levels`.
    ///
    /// The one fall that happened is a single draw; what a risk limit needs is the distribution.
    package static func drawdowns(
        _ returns: [Double], levels: [Double] = [0.05, 0.5, 0.95], replicates: Int = 1000, seed: UInt64 = 1
    ) -> [Double] {
        guard returns.count >= 2 else { return levels.map { _ in maximumDrawdown(returns) } }
        let bootstrap = StationaryBootstrap(expectedBlock: StationaryBootstrap.automaticBlock(returns))
        var random = SeededRandom(seed: seed, 0xD0_3), indices: [Int] = []
        let falls = (0..<replicates).map { _ -> Double in
            bootstrap.resample(into: &indices, count: returns.count) { random.uniform() }
            return maximumDrawdown(indices.map { returns[$0] })
        }.sorted()
        return levels.map { falls[min(Int(saturating: $0 * Double(replicates)), replicates - 1)] }
    }

    /// Least-squares slope and correlation of a strategy's returns on the market's: how much of it is the market; and
    /// what it earns a period beside the market. Nil where either does not vary.
    package static func exposure(_ returns: [Double], market: [Double]) -> (
        beta: Double, alpha: Double, correlation: Double
    )? {
        guard returns.count == market.count, let own = PerformanceStatistics(returns),
            let theirs = PerformanceStatistics(market)
        else { return nil }
        let covariance =
            zip(returns, market).reduce(0) { $0 + ($1.0 - own.mean) * ($1.1 - theirs.mean) } / Double(returns.count - 1)
        let beta = covariance / (theirs.deviation * theirs.deviation)
        return (beta, own.mean - beta * theirs.mean, covariance / (own.deviation * theirs.deviation))
    }
}
