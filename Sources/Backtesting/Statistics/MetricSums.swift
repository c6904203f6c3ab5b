package import Basics
import Foundation

/// Sums per time from which measures follow, so that whole times can be resampled together: bars of the same moment are
/// dependent across instruments.
package struct MetricSums: Sendable {
    /// A measure as a function of summed columns.
    package struct Measure: Sendable {
        /// As metrics are recorded.
        package let name: String
        /// Whether more of it is better.
        package let isHigherBetter: Bool
        /// Of summed columns; nil where it is undefined on them.
        package let value: @Sendable ([Double]) -> Double?
    }

    /// Distinct times, increasing, and one row of sums for each.
    package let times: [Nanoseconds]
    /// One row of sums for each of ``times``.
    package let rows: [[Double]]
    /// The measures of this kind of predictions.
    package let measures: [Measure]

    private enum Column {
        static let count = 0, correct = 1, logLoss = 2, squared = 3, absolute = 4, truePositive = 5, positive = 6,
            predicted = 7
        // Moments of score and forward return, for the information coefficient.
        static let s = 8, r = 9, ss = 10, rr = 11, sr = 12
        // Counts of true × predicted class, three by three.
        static let confusion = 13
        // Targets that have a sign.
        static let signs = 22
        static let width = 23
    }

    /// Sums of all samples, by time.
    ///
    /// - Parameter threshold: probability from which a profit counts as predicted.
    /// - Complexity: O(samples + times · log times).
    package init(_ predictions: Predictions, threshold: Double = 0.5) {
        var byTime: [Nanoseconds: [Double]] = [:]
        let isProbability = predictions.kind == .probability
        let isClasses = predictions.kind == .classes, classes = Predictions.classCount
        for (index, bar) in predictions.bars.enumerated() {
            let y = Double(predictions.targets[index]), p = bar.score
            let r = bar.forwardReturn.isFinite ? bar.forwardReturn * 10_000 : 0
            let isPositive = isProbability ? y > 0.5 : y > 0, isPredicted = isProbability ? p >= threshold : p > 0
            byTime[bar.time, default: [Double](repeating: 0, count: Column.width)].withUnsafeMutableBufferPointer {
                row in
                row[Column.count] += 1
                row[Column.s] += p
                row[Column.r] += r
                row[Column.ss] += p * p
                row[Column.rr] += r * r
                row[Column.sr] += p * r
                if isClasses {
                    let truth = Int(saturating: predictions.targets[index]),
                        predicted = predictions.predictedClass(index)
                    if truth == predicted { row[Column.correct] += 1 }
                    row[Column.confusion + truth * classes + predicted] += 1
                    for k in 0..<classes {
                        let q = Double(predictions.probabilities[index * classes + k])
                        if k == truth { row[Column.logLoss] -= log(max(q, 1e-15)) }
                        row[Column.squared] += (q - (k == truth ? 1 : 0)) * (q - (k == truth ? 1 : 0))
                    }
                    return
                }
                // A return of nothing has no sign to predict, and a score of nothing predicts none.
                let hasSign = isProbability || y != 0
                if hasSign { row[Column.signs] += 1 }
                if hasSign, isPositive == isPredicted, isProbability || p != 0 { row[Column.correct] += 1 }
                if isProbability {
                    let clipped = min(max(p, 1e-15), 1 - 1e-15)
                    row[Column.logLoss] -= isPositive ? log(clipped) : log1p(-clipped)
                }
                row[Column.squared] += (p - y) * (p - y)
                row[Column.absolute] += abs(p - y)
                if isPositive, isPredicted { row[Column.truePositive] += 1 }
                if isPositive { row[Column.positive] += 1 }
                if isPredicted { row[Column.predicted] += 1 }
            }
        }
        times = byTime.keys.sorted()
        rows = times.map { byTime[$0] ?? [] }
        measures =
            (isProbability ? MetricSums.probability : isClasses ? MetricSums.directions : MetricSums.regression) + [
                MetricSums.information
            ]
    }

    /// The measure of that name, or nil.
    package func measure(_ name: String) -> Measure? { measures.first { $0.name == name } }

    private static func mean(_ name: String, _ column: Int, higher: Bool) -> Measure {
        Measure(name: name, isHigherBetter: higher) { $0[Column.count] > 0 ? $0[column] / $0[Column.count] : nil }
    }

    private static let probability: [Measure] = [
        mean("accuracy", Column.correct, higher: true),
        Measure(name: "balanced_accuracy", isHigherBetter: true) { row in
            let negative = row[Column.count] - row[Column.positive]
            guard row[Column.positive] > 0, negative > 0 else { return nil }
            let falsePositive = row[Column.predicted] - row[Column.truePositive]
            return (row[Column.truePositive] / row[Column.positive] + (negative - falsePositive) / negative) / 2
        },
        Measure(name: "f1", isHigherBetter: true) { row in
            guard row[Column.positive] > 0 else { return nil }
            return 2 * row[Column.truePositive] / (row[Column.positive] + row[Column.predicted])
        },
        mean("log_loss", Column.logLoss, higher: false), mean("brier", Column.squared, higher: false),
    ]

    private static let directions: [Measure] = [
        mean("accuracy", Column.correct, higher: true),
        Measure(name: "f1_macro", isHigherBetter: true) { row in
            let f1 = (0..<Predictions.classCount).map { k -> Double in
                let (support, predicted) = margins(row, k)
                return support + predicted > 0 ? 2 * hits(row, k) / (support + predicted) : 0
            }
            return f1.reduce(0, +) / Double(f1.count)
        },
        Measure(name: "mcc", isHigherBetter: true) { row in
            var correct = 0.0, chance = 0.0, supports = 0.0, predictions = 0.0
            for k in 0..<Predictions.classCount {
                let (support, predicted) = margins(row, k)
                correct += hits(row, k)
                chance += support * predicted
                supports += support * support
                predictions += predicted * predicted
            }
            let n = row[Column.count], spread = (n * n - supports) * (n * n - predictions)
            return spread > 0 ? (correct * n - chance) / spread.squareRoot() : nil
        },
        mean("log_loss", Column.logLoss, higher: false), mean("brier", Column.squared, higher: false),
    ]

    private static func hits(_ row: [Double], _ k: Int) -> Double {
        row[Column.confusion + k * Predictions.classCount + k]
    }

    /// Samples that are of a class, and samples that were called it.
    private static func margins(_ row: [Double], _ k: Int) -> (support: Double, predicted: Double) {
        let n = Predictions.classCount
        return (0..<n).reduce(into: (0, 0)) { sums, other in
            sums.0 += row[Column.confusion + k * n + other]
            sums.1 += row[Column.confusion + other * n + k]
        }
    }

    private static let regression: [Measure] = [
        mean("mse", Column.squared, higher: false), mean("mae", Column.absolute, higher: false),
        // As `RegressionMetrics` defines it: of the targets other than zero.
        Measure(name: "sign_accuracy", isHigherBetter: true) {
            $0[Column.signs] > 0 ? $0[Column.correct] / $0[Column.signs] : nil
        },
    ]

    /// Correlation of score and forward return; the one measure that fits every kind of score.
    private static let information = Measure(name: "ic", isHigherBetter: true) { row in
        let n = row[Column.count]
        guard n > 1 else { return nil }
        let covariance = row[Column.sr] - row[Column.s] * row[Column.r] / n
        let varianceS = row[Column.ss] - row[Column.s] * row[Column.s] / n,
            varianceR = row[Column.rr] - row[Column.r] * row[Column.r] / n
        // A constant score has no variance but for rounding.
        guard varianceS > 1e-12 * max(row[Column.ss], 1e-300), varianceR > 0 else { return nil }
        return covariance / (varianceS * varianceR).squareRoot()
    }

    /// The loss per time that tests of equal accuracy compare: mean log loss, or mean squared error.
    package func losses(_ kind: Predictions.Kind) -> [Double] {
        rows.map { ($0[kind == .basisPoints ? Column.squared : Column.logLoss]) / max($0[Column.count], 1) }
    }

    /// A measure that is a mean over samples, by time; nil for any other.
    package func means(_ name: String) -> [Double]? {
        let column: Int
        switch name {
        case "accuracy": column = Column.correct
        case "sign_accuracy":
            guard measure(name) != nil else { return nil }
            // Times at which nothing has a sign say nothing, for either of two models.
            return rows.map { $0[Column.correct] / max($0[Column.signs], 1) }
        case "log_loss": column = Column.logLoss
        case "mse", "brier": column = Column.squared
        case "mae": column = Column.absolute
        default: return nil
        }
        guard measure(name) != nil else { return nil }
        return rows.map { $0[column] / max($0[Column.count], 1) }
    }

    /// Expected block length for resampling these times.
    package func block(_ kind: Predictions.Kind) -> Double { StationaryBootstrap.automaticBlock(losses(kind)) }

    /// Interval of every measure.
    package func intervals(block: Double, replicates: Int = 1000, seed: UInt64 = 1) -> [(
        measure: Measure, interval: BlockBootstrap.Interval
    )] {
        measures.compactMap { measure in
            BlockBootstrap.interval(
                rows: rows, block: block, replicates: replicates, seed: seed, statistic: measure.value
            ).map { (measure, $0) }
        }
    }

    /// Interval of the difference of one measure, self less other, on the same resampled times.
    ///
    /// - Precondition: both sides were made from the same samples.
    package func difference(
        from other: MetricSums, measure: Measure, block: Double, replicates: Int = 1000, confidence: Double = 0.95,
        seed: UInt64 = 1
    ) -> BlockBootstrap.Interval? {
        let width = Column.width
        let joined = zip(rows, other.rows).map { $0 + $1 }
        return BlockBootstrap.interval(
            rows: joined, block: block, replicates: replicates, confidence: confidence, seed: seed
        ) { row in
            guard let a = measure.value(Array(row[..<width])), let b = measure.value(Array(row[width...])) else {
                return nil
            }
            return a - b
        }
    }
}
