import Foundation
import HyperparameterSearch

/// Where a loss lies between the best and the worst that is not an outlier: what colours, shades and axes of a study
/// are made from.
struct LossScale {
    /// The best, and the value that nine of ten do not exceed: the worst tenth would flatten the rest.
    let best: Double
    let worst: Double

    /// Nil without losses.
    init?(_ losses: [Double]) {
        let sorted = losses.sorted()
        guard let first = sorted.first else { return nil }
        (best, worst) = (first, sorted[min(sorted.count - 1, sorted.count * 9 / 10)])
    }

    /// 0 for the best, 1 for the worst and what is worse still.
    func badness(_ loss: Double) -> Double { worst > best ? min(max((loss - best) / (worst - best), 0), 1) : 0 }
}

/// The mean badness of trials near each cell of a plane, weighted by distance: a picture, not a model.
struct BadnessField {
    /// `[row][column]`; rows from the bottom.
    let values: [[Double]]
    /// How many trials each value rests on, by their weights.
    let weights: [[Double]]

    init(_ points: [(x: Double, y: Double, badness: Double)], columns: Int, rows: Int) {
        var values = [[Double]](repeating: [Double](repeating: 0, count: columns), count: rows), weights = values
        for j in 0..<rows {
            for i in 0..<columns {
                let x = (Double(i) + 0.5) / Double(columns), y = (Double(j) + 0.5) / Double(rows)
                var sum = 0.0
                for point in points {
                    let weight = exp(-((point.x - x) * (point.x - x) + (point.y - y) * (point.y - y)) / 0.02)
                    weights[j][i] += weight
                    sum += weight * point.badness
                }
                values[j][i] = sum / max(weights[j][i], 1e-12)
            }
        }
        (self.values, self.weights) = (values, weights)
    }
}
