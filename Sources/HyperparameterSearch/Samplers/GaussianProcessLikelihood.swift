import Foundation

/// How well hyperparameters of a ``GaussianProcess`` explain given points, with everything that does not depend on them
/// computed once and every buffer made once. Not thread-safe.
package final class GaussianProcessLikelihood {
    private let values: [Double]
    private let n: Int
    private let dimensions: Int
    /// Pairs (i, j) with j ≥ i, row by row.
    private let pairs: Int
    /// `[dimension · pairs + pair]`.
    private let squaredDifferences: [Double]
    /// Per pair: √5 times the distance in units of the length scales, the decay with it, and the weight of its slope.
    private var distance: [Double], decay: [Double], slope: [Double]
    private var kernel: [Double]

    /// - Parameters:
    ///   - points: `[n][dimensions]`, in the unit cube.
    ///   - values: what was observed at each, standardised.
    /// - Complexity: O(n² · dimensions), also in memory.
    package init(_ points: [[Double]], _ values: [Double], dimensions: Int) {
        self.values = values
        self.dimensions = dimensions
        n = points.count
        pairs = n * (n + 1) / 2
        var squares: [Double] = []
        squares.reserveCapacity(dimensions * pairs)
        for c in 0..<dimensions {
            for i in 0..<n {
                for j in i..<n { squares.append((points[i][c] - points[j][c]) * (points[i][c] - points[j][c])) }
            }
        }
        squaredDifferences = squares
        distance = [Double](repeating: 0, count: pairs)
        (decay, slope) = (distance, distance)
        kernel = [Double](repeating: 0, count: n * n)
    }

    /// The upper triangular factor of the covariance of the points; nil where it is not positive definite.
    func factor(_ x: [Double]) -> [Double]? {
        let signal = exp(x[0]), noise = exp(x[1])
        for pair in 0..<pairs { distance[pair] = 0 }
        for c in 0..<dimensions { Vectors.add(5 * exp(x[2 + c]), squaredDifferences, from: c * pairs, to: &distance) }
        kernel.withUnsafeMutableBufferPointer { kernel in
            distance.withUnsafeMutableBufferPointer { distance in
                decay.withUnsafeMutableBufferPointer { decay in
                    var pair = 0
                    for i in 0..<n {
                        for j in i..<n {
                            let r = distance[pair].squareRoot(), e = signal * exp(-r)
                            (distance[pair], decay[pair]) = (r, e)
                            kernel[i * n + j] = e * (1 + r + r * r / 3)
                            pair += 1
                        }
                        kernel[i * n + i] += noise
                    }
                }
            }
        }
        return SymmetricMatrix.factor(&kernel, n) ? kernel : nil
    }

    /// −log p(y | θ) − log p(θ) and its gradient, with wide normal priors that keep few points from deciding
    /// everything.
    package func negativeLogPosterior(_ x: [Double], _ gradient: inout [Double]) -> Double {
        guard let u = factor(x) else { return .infinity }
        let noise = exp(x[1])
        var half = values
        SymmetricMatrix.solveLower(u, n, &half)
        var value = 0.5 * Vectors.dot(half, half)
        for i in 0..<n { value += log(u[i * n + i]) }
        var a = half
        SymmetricMatrix.solveUpper(u, n, &a)
        let inverse = SymmetricMatrix.inverse(u, n)
        var ofSignal = 0.0, ofNoise = 0.0
        slope.withUnsafeMutableBufferPointer { slope in
            inverse.withUnsafeBufferPointer { inverse in
                var pair = 0
                for i in 0..<n {
                    for j in i..<n {
                        // ½ tr((K⁻¹ − ααᵀ) dK), each pair off the diagonal twice.
                        let weight = (inverse[i * n + j] - a[i] * a[j]) * (i == j ? 0.5 : 1), r = distance[pair],
                            e = weight * decay[pair]
                        ofSignal += e * (1 + r + r * r / 3)
                        if i == j { ofNoise += weight * noise }
                        slope[pair] = -e * (1 + r) * 5 / 6
                        pair += 1
                    }
                }
            }
        }
        (gradient[0], gradient[1]) = (ofSignal, ofNoise)
        for c in 0..<dimensions {
            gradient[2 + c] = exp(x[2 + c]) * Vectors.dot(slope, squaredDifferences, from: c * pairs)
        }
        func prior(_ index: Int, mean: Double, deviation: Double) {
            let z = (x[index] - mean) / deviation
            value += 0.5 * z * z
            gradient[index] += z / deviation
        }
        prior(0, mean: 0, deviation: 1)
        prior(1, mean: log(1e-4), deviation: 2)
        for c in 0..<dimensions { prior(2 + c, mean: log(2.0), deviation: 1.7) }
        return value
    }
}
