import Basics
import Foundation

/// How well probabilities predict a yes-or-no outcome. Undefined measures are nil, never 0.
package struct ClassificationMetrics: Sendable, Equatable {
    /// Samples.
    package var count: Int
    /// Share of samples that are positive.
    package var positiveRate: Double
    /// Share of samples that were predicted right.
    package var accuracy: Double
    /// Mean of the recall of both classes; nil where one is missing.
    package var balancedAccuracy: Double?
    /// Of the positive class.
    package var precision: Double?
    /// Share of the positive samples that were found; nil without any.
    package var recall: Double?
    /// Harmonic mean of precision and recall; nil where it is 0/0.
    package var f1: Double?
    /// Mean of both classes' F1, plain and weighted by class frequency.
    package var f1Macro: Double
    /// F1 of both classes, weighted by their samples.
    package var f1Weighted: Double
    /// Area under the ROC curve: probability that a positive scores above a negative, ties counting half.
    package var rocAUC: Double?
    /// Average precision: Σ (Rₙ − Rₙ₋₁)·Pₙ over distinct scores, as scikit-learn defines it.
    package var prAUC: Double?
    /// Mean of −ln of the probability of what happened.
    package var logLoss: Double
    /// Mean squared difference of probability and outcome (Brier 1950).
    package var brier: Double
    /// Expected calibration error over ten equal-width bins.
    package var calibrationError: Double

    /// - Parameters:
    ///   - probabilities: of the positive class, in [0, 1].
    ///   - outcomes: same length, true for positive.
    ///   - threshold: from which probability the prediction is positive.
    /// Complexity: O(n log n).
    package init(probabilities: [Double], outcomes: [Bool], threshold: Double = 0.5) {
        precondition(
            probabilities.count == outcomes.count,
            "found \(probabilities.count) probabilities for \(outcomes.count) outcomes")
        count = probabilities.count
        let n = Double(max(count, 1))
        var tp = 0.0, fp = 0.0, tn = 0.0, fn = 0.0, loss = 0.0, squares = 0.0
        for (p, y) in zip(probabilities, outcomes) {
            switch (p >= threshold, y) {
            case (true, true): tp += 1
            case (true, false): fp += 1
            case (false, false): tn += 1
            case (false, true): fn += 1
            }
            let clipped = min(max(p, 1e-15), 1 - 1e-15)
            loss -= y ? log(clipped) : log1p(-clipped)
            squares += (p - (y ? 1 : 0)) * (p - (y ? 1 : 0))
        }
        func ratio(_ a: Double, _ b: Double) -> Double? { b > 0 ? a / b : nil }
        func f(_ hit: Double, _ wrong: Double, _ missed: Double) -> Double {
            2 * hit / max(2 * hit + wrong + missed, 1)
        }
        positiveRate = (tp + fn) / n
        accuracy = (tp + tn) / n
        let sensitivity = ratio(tp, tp + fn), specificity = ratio(tn, tn + fp)
        balancedAccuracy = sensitivity.flatMap { a in specificity.map { (a + $0) / 2 } }
        precision = ratio(tp, tp + fp)
        recall = sensitivity
        f1 = tp + fn > 0 ? f(tp, fp, fn) : nil
        let positive = f(tp, fp, fn), negative = f(tn, fn, fp)
        f1Macro = (positive + negative) / 2
        f1Weighted = positive * positiveRate + negative * (1 - positiveRate)
        logLoss = loss / n
        brier = squares / n
        (rocAUC, prAUC) = ClassificationMetrics.areas(probabilities, outcomes)
        calibrationError = ClassificationMetrics.calibrationError(probabilities, outcomes, bins: 10)
    }

    private static func areas(_ probabilities: [Double], _ outcomes: [Bool]) -> (roc: Double?, pr: Double?) {
        let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
        let positives = Double(outcomes.count { $0 }), negatives = Double(outcomes.count) - positives
        guard positives > 0 else { return (nil, nil) }
        var tp = 0.0, fp = 0.0, concordant = 0.0, precisionSum = 0.0
        var i = 0
        while i < order.count {
            // Equal scores enter together, so ties count half.
            var hits = 0.0, misses = 0.0
            let score = probabilities[order[i]]
            while i < order.count, probabilities[order[i]] == score {
                if outcomes[order[i]] { hits += 1 } else { misses += 1 }
                i += 1
            }
            concordant += misses * (tp + hits / 2)
            tp += hits
            fp += misses
            precisionSum += hits / positives * tp / (tp + fp)
        }
        return (negatives > 0 ? concordant / (positives * negatives) : nil, precisionSum)
    }

    /// Σ over bins of (share of samples)·|mean probability − frequency|.
    package static func calibrationError(_ probabilities: [Double], _ outcomes: [Bool], bins: Int) -> Double {
        var counts = [Double](repeating: 0, count: bins), sums = counts, hits = counts
        for (p, y) in zip(probabilities, outcomes) {
            let bin = min(max(Int(saturating: p * Double(bins)), 0), bins - 1)
            counts[bin] += 1
            sums[bin] += p
            hits[bin] += y ? 1 : 0
        }
        let total = max(Double(probabilities.count), 1)
        return (0..<bins).reduce(0) { $0 + (counts[$1] > 0 ? abs(sums[$1] - hits[$1]) / total : 0) }
    }

    /// Name and value of every defined measure, in the order of tables.
    package var values: [(name: String, value: Double)] {
        let all: [(String, Double?)] = [
            ("accuracy", accuracy), ("balanced_accuracy", balancedAccuracy), ("precision", precision),
            ("recall", recall),
            ("f1", f1), ("f1_macro", f1Macro), ("f1_weighted", f1Weighted), ("roc_auc", rocAUC), ("pr_auc", prAUC),
            ("log_loss", logLoss), ("brier", brier), ("calibration_error", calibrationError),
            ("positive_rate", positiveRate),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}
