import Features
import Foundation
import Tensors

/// Least squares on the rows of a table, for all of its features and for subsets of them: the moments are summed once.
struct LinearModels {
    private let table: FeatureTable
    private let width: Int
    private var means: [Double]
    private var scales: [Double]
    /// Of standardised features and the target, `[width + 1][width + 1]`.
    private var moments: [[Double]]
    /// The mean target: what a naive forecaster says.
    let baseline: Double

    /// - Parameter rows: with a label.
    init(_ table: FeatureTable, rows: [Int]) {
        self.table = table
        width = table.width
        let n = Double(rows.count)
        (means, scales) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
        for row in rows { for k in 0..<width { means[k] += Double(table.values[row * width + k]) / n } }
        for row in rows {
            for k in 0..<width { scales[k] += pow(Double(table.values[row * width + k]) - means[k], 2) / n }
        }
        scales = scales.map { $0 > 0 ? 1 / $0.squareRoot() : 0 }
        baseline = rows.reduce(0) { $0 + LinearModels.target(table, $1) } / n
        moments = [[Double]](repeating: [Double](repeating: 0, count: width + 1), count: width + 1)
        var x = [Double](repeating: 0, count: width + 1)
        for row in rows {
            for k in 0..<width { x[k] = (Double(table.values[row * width + k]) - means[k]) * scales[k] }
            x[width] = LinearModels.target(table, row) - baseline
            for i in 0...width { for j in 0...i { moments[i][j] += x[i] * x[j] } }
        }
        for i in 0...width { for j in 0..<i { moments[j][i] = moments[i][j] } }
    }

    /// In basis points.
    static func target(_ table: FeatureTable, _ row: Int) -> Double { table.forwardReturn[row] * 10_000 }

    /// Scores in basis points of rows, without one feature where one is named.
    func scores(_ rows: [Int], without dropped: Int? = nil) -> [Double] {
        let used = (0..<width).filter { $0 != dropped }, weights = solve(used)
        return rows.map { row in
            zip(used, weights).reduce(baseline) { sum, pair in
                sum + pair.1 * (Double(table.values[row * width + pair.0]) - means[pair.0]) * scales[pair.0]
            }
        }
    }

    /// Gaussian elimination; the matrix is that of a covariance.
    private func solve(_ used: [Int]) -> [Double] {
        let n = used.count
        var a = used.map { i in used.map { moments[i][$0] } + [moments[i][width]] }
        for i in 0..<n {
            a[i][i] += 1e-9 * (a[i][i] + 1)
            for j in i + 1..<n {
                let factor = a[j][i] / a[i][i]
                for k in i...n { a[j][k] -= factor * a[i][k] }
            }
        }
        var out = [Double](repeating: 0, count: n)
        for i in stride(from: n - 1, through: 0, by: -1) {
            out[i] = (a[i][n] - (i + 1..<n).reduce(0) { $0 + a[i][$1] * out[$1] }) / a[i][i]
        }
        return out
    }
}
