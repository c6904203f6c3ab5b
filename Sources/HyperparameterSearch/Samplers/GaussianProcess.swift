import Basics
import Foundation

/// Regression on the unit cube with a Matérn-5/2 kernel of one length scale per dimension (Rasmussen & Williams 2006, sections 2.2 and 5.4).
///
/// Fitting costs O(n³ + n²·d) per evaluation of the marginal likelihood, predicting O(n·d + n²).
struct GaussianProcess {
    private let points: [[Double]]
    private let dimensions: Int
    /// log of the signal variance, of the noise variance, and of the inverse squared length scales.
    private(set) var hyperparameters: [Double]
    private var factor: [Double] = []
    private var alpha: [Double] = []

    /// - Parameters:
    ///   - points: in [0, 1]ᵈ.
    ///   - values: standardised.
    ///   - start: hyperparameters to begin with as well, from a fit of nearly the same points.
    init?(points: [[Double]], values: [Double], start: [Double]? = nil) {
        self.points = points
        dimensions = points.first?.count ?? 0
        let d = dimensions, n = points.count
        let lower = [log(1e-2), log(1e-6)] + [Double](repeating: log(1e-3), count: d)
        let upper = [log(20.0), log(0.5)] + [Double](repeating: log(1e3), count: d)
        let squares = GaussianProcess.squaredDifferences(points, d)
        var best: (value: Double, at: [Double])?
        let fresh = [0.0, log(1e-4)] + [Double](repeating: log(4), count: d)
        for first in [start, fresh].compactMap({ $0 }) where first.count == d + 2 {
            let found = BoxMinimizer.minimize(from: first, lower: lower, upper: upper, iterations: 40) { x, gradient in
                GaussianProcess.negativeLogPosterior(x, squares, values, n, d, &gradient)
            }
            if best.map({ found.value < $0.value }) ?? true { best = (found.value, found.at) }
        }
        guard let best, best.value.isFinite else { return nil }
        hyperparameters = best.at
        var k = GaussianProcess.kernelMatrix(hyperparameters, squares, n, d)
        guard SymmetricMatrix.factor(&k, n) else { return nil }
        factor = k
        alpha = values
        SymmetricMatrix.solveLower(factor, n, &alpha)
        SymmetricMatrix.solveUpper(factor, n, &alpha)
    }

    /// `[i·(i+1)/2 + j][dimension]` for j ≤ i.
    private static func squaredDifferences(_ points: [[Double]], _ d: Int) -> [Double] {
        var out: [Double] = []
        out.reserveCapacity(points.count * (points.count + 1) / 2 * d)
        for i in points.indices { for j in 0...i { for k in 0..<d { out.append((points[i][k] - points[j][k]) * (points[i][k] - points[j][k])) } } }
        return out
    }

    /// √5 times the distance of a pair in units of the length scales.
    @inline(__always)
    private static func scaledDistance(_ squares: UnsafeBufferPointer<Double>, _ at: Int, _ scales: [Double]) -> Double {
        var sum = 0.0
        for c in scales.indices { sum += scales[c] * squares[at + c] }
        return (5 * sum).squareRoot()
    }

    private static func kernelMatrix(_ x: [Double], _ squares: [Double], _ n: Int, _ d: Int) -> [Double] {
        let signal = exp(x[0]), noise = exp(x[1]), scales = x[2...].map { exp($0) }
        var k = [Double](repeating: 0, count: n * n)
        squares.withUnsafeBufferPointer { squares in
            var at = 0
            for i in 0..<n {
                for j in 0...i {
                    let r = scaledDistance(squares, at, scales)
                    at += d
                    let value = signal * (1 + r + r * r / 3) * exp(-r) + (i == j ? noise : 0)
                    k[i * n + j] = value
                    k[j * n + i] = value
                }
            }
        }
        return k
    }

    /// −log p(y | θ) − log p(θ), with wide normal priors that keep few points from deciding everything.
    private static func negativeLogPosterior(_ x: [Double], _ squares: [Double], _ values: [Double], _ n: Int, _ d: Int, _ gradient: inout [Double]) -> Double {
        let signal = exp(x[0]), noise = exp(x[1]), scales = x[2...].map { exp($0) }
        var l = kernelMatrix(x, squares, n, d)
        guard SymmetricMatrix.factor(&l, n) else { return .infinity }
        var half = values
        SymmetricMatrix.solveLower(l, n, &half)
        var logDeterminant = 0.0
        for i in 0..<n { logDeterminant += log(l[i * n + i]) }
        var value = 0.5 * half.reduce(0) { $0 + $1 * $1 } + logDeterminant
        var a = half
        SymmetricMatrix.solveUpper(l, n, &a)
        let inverse = SymmetricMatrix.inverse(l, n)
        for k in gradient.indices { gradient[k] = 0 }
        squares.withUnsafeBufferPointer { squares in
            var at = 0
            for i in 0..<n {
                for j in 0...i {
                    let r = scaledDistance(squares, at, scales), e = signal * exp(-r)
                    // ½ tr((K⁻¹ − ααᵀ) dK), each pair off the diagonal twice.
                    let weight = (inverse[i * n + j] - a[i] * a[j]) * (i == j ? 0.5 : 1)
                    gradient[0] += weight * e * (1 + r + r * r / 3)
                    if i == j { gradient[1] += weight * noise }
                    let slope = -weight * e * (1 + r) * 5.0 / 6
                    for c in 0..<d { gradient[2 + c] += slope * scales[c] * squares[at + c] }
                    at += d
                }
            }
        }
        func prior(_ index: Int, mean: Double, deviation: Double) {
            let z = (x[index] - mean) / deviation
            value += 0.5 * z * z
            gradient[index] += z / deviation
        }
        prior(0, mean: 0, deviation: 1)
        prior(1, mean: log(1e-4), deviation: 2)
        for c in 0..<d { prior(2 + c, mean: log(2.0), deviation: 1.7) }
        return value
    }

    /// Mean and variance at a place; with `gradients`, their derivatives too.
    func predict(_ x: [Double], gradients: Bool = false) -> (mean: Double, variance: Double, meanGradient: [Double], varianceGradient: [Double]) {
        let n = points.count, signal = exp(hyperparameters[0]), scales = hyperparameters[2...].map { exp($0) }
        var k = [Double](repeating: 0, count: n), slopes = k
        for i in 0..<n {
            var r2 = 0.0
            for c in 0..<dimensions { r2 += scales[c] * (x[c] - points[i][c]) * (x[c] - points[i][c]) }
            let r = (5 * r2).squareRoot(), e = signal * exp(-r)
            k[i] = e * (1 + r + r * r / 3)
            slopes[i] = -e * (1 + r) * 5 / 3
        }
        var mean = 0.0
        for i in 0..<n { mean += k[i] * alpha[i] }
        var v = k
        SymmetricMatrix.solveLower(factor, n, &v)
        let variance = max(signal - v.reduce(0) { $0 + $1 * $1 }, 1e-12)
        guard gradients else { return (mean, variance, [], []) }
        SymmetricMatrix.solveUpper(factor, n, &v)
        var dMean = [Double](repeating: 0, count: dimensions), dVariance = dMean
        for i in 0..<n {
            for c in 0..<dimensions {
                let dk = slopes[i] * scales[c] * (x[c] - points[i][c])
                dMean[c] += alpha[i] * dk
                dVariance[c] -= 2 * v[i] * dk
            }
        }
        return (mean, variance, dMean, dVariance)
    }
}
