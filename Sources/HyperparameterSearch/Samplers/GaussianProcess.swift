import Basics
import Foundation

/// Regression on the unit cube with a Matérn-5/2 kernel of one length scale per dimension (Rasmussen & Williams 2006,
/// sections 2.2 and 5.4).
///
/// Fitting costs O(n³ + n²·d) per evaluation of the marginal likelihood, predicting O(n·d + n²).
package struct GaussianProcess {
    /// Column by column: `[dimension · n + point]`.
    private let columns: [Double]
    private let count: Int
    private let dimensions: Int
    /// log of the signal variance, of the noise variance, and of the inverse squared length scales.
    let hyperparameters: [Double]
    private let factor: [Double]
    private let alpha: [Double]

    /// - Parameters:
    ///   - points: in [0, 1]ᵈ.
    ///   - values: standardised.
    ///   - start: hyperparameters to begin with as well, from a fit of nearly the same points.
    package init?(points: [[Double]], values: [Double], start: [Double]? = nil) {
        let d = points.first?.count ?? 0, n = points.count
        let likelihood = GaussianProcessLikelihood(points, values, dimensions: d)
        let lower = [log(1e-2), log(1e-6)] + [Double](repeating: log(1e-3), count: d)
        let upper = [log(20.0), log(0.5)] + [Double](repeating: log(1e3), count: d)
        var best: (value: Double, at: [Double])?
        let fresh = [0.0, log(1e-4)] + [Double](repeating: log(4), count: d)
        for first in [start, fresh].compactMap({ $0 }) where first.count == d + 2 {
            let found = BoxMinimizer.minimize(from: first, lower: lower, upper: upper, iterations: 40) { x, gradient in
                likelihood.negativeLogPosterior(x, &gradient)
            }
            if best.map({ found.value < $0.value }) ?? true { best = (found.value, found.at) }
        }
        guard let best, best.value.isFinite, let factor = likelihood.factor(best.at) else { return nil }
        var alpha = values
        SymmetricMatrix.solveLower(factor, n, &alpha)
        SymmetricMatrix.solveUpper(factor, n, &alpha)
        (self.hyperparameters, self.factor, self.alpha) = (best.at, factor, alpha)
        (count, dimensions) = (n, d)
        columns = (0..<d).flatMap { c in points.map { $0[c] } }
    }

    /// Mean and variance at a place; with `gradients`, their derivatives too.
    package func predict(_ x: [Double], gradients: Bool = false) -> (
        mean: Double, variance: Double, meanGradient: [Double], varianceGradient: [Double]
    ) {
        let n = count, signal = exp(hyperparameters[0])
        var k = [Double](repeating: 0, count: n), slopes = k
        columns.withUnsafeBufferPointer { columns in
            k.withUnsafeMutableBufferPointer { k in
                for c in 0..<dimensions {
                    let scale = exp(hyperparameters[2 + c]), at = x[c]
                    for i in 0..<n { k[i] += scale * (at - columns[c * n + i]) * (at - columns[c * n + i]) }
                }
                for i in 0..<n {
                    let r = (5 * k[i]).squareRoot(), e = signal * exp(-r)
                    k[i] = e * (1 + r + r * r / 3)
                    slopes[i] = -e * (1 + r) * 5 / 3
                }
            }
        }
        let mean = Vectors.dot(k, alpha)
        var v = k
        SymmetricMatrix.solveLower(factor, n, &v)
        let variance = max(signal - Vectors.dot(v, v), 1e-12)
        guard gradients else { return (mean, variance, [], []) }
        SymmetricMatrix.solveUpper(factor, n, &v)
        var dMean = [Double](repeating: 0, count: dimensions), dVariance = dMean
        for i in 0..<n {
            (k[i], v[i]) = (alpha[i] * slopes[i], -2 * v[i] * slopes[i])
        }
        for c in 0..<dimensions {
            let scale = exp(hyperparameters[2 + c])
            for i in 0..<n {
                let distance = scale * (x[c] - columns[c * n + i])
                dMean[c] += k[i] * distance
                dVariance[c] += v[i] * distance
            }
        }
        return (mean, variance, dMean, dVariance)
    }
}
