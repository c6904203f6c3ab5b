import Basics
import Foundation
import HyperparameterSearch
import Testing

/// The algebra below Gaussian processes against its definitions, and every gradient against central differences.
@Suite struct GaussianProcessTests {
    static func points(_ count: Int, _ dimensions: Int, _ random: inout SeededRandom) -> (
        points: [[Double]], values: [Double]
    ) {
        let points = (0..<count).map { _ in (0..<dimensions).map { _ in random.uniform() } }
        return (points, points.map { sin(5 * $0[0]) + 0.3 * $0.reduce(0, +) + 0.01 * random.approximateNormal() })
    }

    @Test(
        "factor, solutions and inverse of positive definite matrices of every size",
        arguments: [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 64])
    func algebra(n: Int) {
        var random = SeededRandom(seed: UInt64(n))
        let b = (0..<n * n).map { _ in random.approximateNormal() }
        var matrix = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0..<n { for k in 0..<n { matrix[i * n + j] += b[i * n + k] * b[j * n + k] + (i == j ? 0.1 : 0) } }
        }
        var u = matrix
        #expect(SymmetricMatrix.factor(&u, n))
        // Solutions and inverse give the identity back, to rounding times the condition of the matrix.
        let wanted = (0..<n).map { _ in random.approximateNormal() }
        var x = (0..<n).map { i in (0..<n).reduce(0) { $0 + matrix[i * n + $1] * wanted[$1] } }
        SymmetricMatrix.solveLower(u, n, &x)
        SymmetricMatrix.solveUpper(u, n, &x)
        let inverse = SymmetricMatrix.inverse(u, n)
        for i in 0..<n {
            #expect(abs(x[i] - wanted[i]) < 1e-9)
            for j in 0..<n {
                let product = (0..<n).reduce(0) { $0 + inverse[min(i, $1) * n + max(i, $1)] * matrix[$1 * n + j] }
                #expect(abs(product - (i == j ? 1 : 0)) < 1e-9)
            }
        }
        matrix[n * n - 1] = -1
        #expect(!SymmetricMatrix.factor(&matrix, n))
    }

    @Test("the likelihood's gradient is that of central differences", arguments: 0..<6)
    func likelihood(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let dimensions = 1 + seed % 3, (points, values) = Self.points(12 + seed, dimensions, &random)
        let likelihood = GaussianProcessLikelihood(points, values, dimensions: dimensions)
        let at = [0.3, log(1e-2)] + (0..<dimensions).map { _ in 2 * random.uniform() }
        var gradient = at, ignored = at
        _ = likelihood.negativeLogPosterior(at, &gradient)
        for k in at.indices {
            var (above, below) = (at, at)
            above[k] += 1e-5
            below[k] -= 1e-5
            let slope =
                (likelihood.negativeLogPosterior(above, &ignored) - likelihood.negativeLogPosterior(below, &ignored))
                / 2e-5
            #expect(abs(gradient[k] - slope) < 1e-5 * (1 + abs(slope)), "coordinate \(k)")
        }
    }

    @Test(
        """
        a process goes through its points, doubts elsewhere, and its predictions' gradients are those of central \
        differences
        """,
        arguments: 0..<6)
    func prediction(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let dimensions = 1 + seed % 3, (points, values) = Self.points(30, dimensions, &random)
        let process = try #require(GaussianProcess(points: points, values: values))
        for (point, value) in zip(points, values) { #expect(abs(process.predict(point).mean - value) < 0.1) }
        let x = (0..<dimensions).map { _ in random.uniform() }, found = process.predict(x, gradients: true)
        for k in x.indices {
            var (above, below) = (x, x)
            above[k] += 1e-6
            below[k] -= 1e-6
            let (a, b) = (process.predict(above), process.predict(below))
            #expect(abs(found.meanGradient[k] - (a.mean - b.mean) / 2e-6) < 1e-4 * (1 + abs(found.meanGradient[k])))
            #expect(
                abs(found.varianceGradient[k] - (a.variance - b.variance) / 2e-6) < 1e-4
                    * (1 + abs(found.varianceGradient[k])))
        }
    }
}
