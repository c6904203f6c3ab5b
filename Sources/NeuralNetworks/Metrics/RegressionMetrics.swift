import Basics
import Foundation

/// How well numbers predict numbers. Undefined measures are nil, never 0.
package struct RegressionMetrics: Sendable, Equatable {
    /// Samples.
    package var count: Int
    /// Mean squared error, in the square of the target's unit.
    package var mse: Double
    /// Mean absolute error, in the target's unit.
    package var mae: Double
    /// 1 − residual / total sum of squares; total about the mean of these targets.
    package var r2: Double?
    /// Pearson correlation of prediction and target: the information coefficient of quants.
    package var informationCoefficient: Double?
    /// Spearman's rank correlation, average ranks for ties.
    package var rankInformationCoefficient: Double?
    /// Share of targets other than zero whose sign was predicted.
    package var signAccuracy: Double?

    /// - Precondition: as many predictions as targets.
    package init(predictions: [Double], targets: [Double]) {
        precondition(
            predictions.count == targets.count, "found \(predictions.count) predictions for \(targets.count) targets")
        count = targets.count
        let n = Double(max(count, 1))
        let mean = targets.reduce(0, +) / n
        var squares = 0.0, absolute = 0.0, total = 0.0, signs = 0.0, hits = 0.0
        for (p, y) in zip(predictions, targets) {
            squares += (p - y) * (p - y)
            absolute += abs(p - y)
            total += (y - mean) * (y - mean)
            if y != 0 {
                signs += 1
                if (p > 0) == (y > 0), p != 0 { hits += 1 }
            }
        }
        mse = squares / n
        mae = absolute / n
        r2 = total > 0 ? 1 - squares / total : nil
        informationCoefficient = RegressionMetrics.correlation(predictions, targets)
        rankInformationCoefficient = RegressionMetrics.correlation(
            RegressionMetrics.ranks(predictions), RegressionMetrics.ranks(targets))
        signAccuracy = signs > 0 ? hits / signs : nil
    }

    /// Pearson correlation, nil when either side is constant.
    package static func correlation(_ a: [Double], _ b: [Double]) -> Double? {
        let n = Double(a.count)
        guard n > 1 else { return nil }
        let meanA = a.reduce(0, +) / n, meanB = b.reduce(0, +) / n
        var ab = 0.0, aa = 0.0, bb = 0.0
        for (x, y) in zip(a, b) {
            ab += (x - meanA) * (y - meanB)
            aa += (x - meanA) * (x - meanA)
            bb += (y - meanB) * (y - meanB)
        }
        return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : nil
    }

    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var out = [Double](repeating: 0, count: values.count)
        var i = 0
        while i < order.count {
            var j = i
            while j + 1 < order.count, values[order[j + 1]] == values[order[i]] { j += 1 }
            for k in i...j { out[order[k]] = Double(i + j) / 2 + 1 }
            i = j + 1
        }
        return out
    }

    /// All defined measures with their names, in a fixed order.
    package var values: [(name: String, value: Double)] {
        let all: [(String, Double?)] = [
            ("mse", mse), ("mae", mae), ("r2", r2), ("ic", informationCoefficient),
            ("rank_ic", rankInformationCoefficient), ("sign_accuracy", signAccuracy),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}
