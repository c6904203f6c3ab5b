import Foundation

/// How well classes were predicted, from the confusion matrix. Definitions as in scikit-learn; a ratio with nothing
/// below it is 0.
package struct MulticlassMetrics: Sendable, Equatable {
    /// Rows are true classes, columns predicted ones.
    package let confusion: [[Int]]
    /// Samples.
    package let count: Int
    /// Share of samples that were predicted right.
    package let accuracy: Double
    /// By class: the share of its predictions that were right; 0 without any.
    package let precision: [Double]
    /// By class: the share of its samples that were found; 0 without any.
    package let recall: [Double]
    /// By class: the harmonic mean of both.
    package let f1: [Double]
    /// Mean of the classes' F1, not the F1 of mean precision and recall.
    package let f1Macro: Double
    /// F1 weighted by the classes' samples.
    package let f1Weighted: Double
    /// Mean over the classes.
    package let precisionMacro: Double
    /// Mean over the classes.
    package let recallMacro: Double
    /// Cohen's κ: agreement beyond chance.
    package let kappa: Double
    /// Matthews' correlation coefficient for K classes (Gorodkin 2004).
    package let mcc: Double

    /// - Parameter confusion: counts, `[true class][predicted class]`.
    package init(confusion: [[Int]]) {
        self.confusion = confusion
        let k = confusion.count, n = confusion.joined().reduce(0, +)
        count = n
        func ratio(_ a: Double, _ b: Double) -> Double { b > 0 ? a / b : 0 }
        let support = confusion.map { Double($0.reduce(0, +)) }
        let predicted = (0..<k).map { column in Double(confusion.reduce(0) { $0 + $1[column] }) }
        let hits = (0..<k).map { Double(confusion[$0][$0]) }
        let total = Double(n), correct = hits.reduce(0, +)
        accuracy = ratio(correct, total)
        precision = (0..<k).map { ratio(hits[$0], predicted[$0]) }
        recall = (0..<k).map { ratio(hits[$0], support[$0]) }
        f1 = (0..<k).map { ratio(2 * hits[$0], predicted[$0] + support[$0]) }
        f1Macro = ratio(f1.reduce(0, +), Double(k))
        f1Weighted = ratio(zip(f1, support).reduce(0) { $0 + $1.0 * $1.1 }, total)
        precisionMacro = ratio(precision.reduce(0, +), Double(k))
        recallMacro = ratio(recall.reduce(0, +), Double(k))
        let chance = zip(predicted, support).reduce(0) { $0 + $1.0 * $1.1 }
        kappa = ratio(accuracy - chance / max(total * total, 1), 1 - chance / max(total * total, 1))
        let spread = { (values: [Double]) in total * total - values.reduce(0) { $0 + $1 * $1 } }
        mcc = ratio(correct * total - chance, (spread(predicted) * spread(support)).squareRoot())
    }

    /// - Parameters:
    ///   - predictions, targets: class indices below `classes`.
    package init(predictions: [Int], targets: [Int], classes: Int) {
        precondition(
            predictions.count == targets.count, "found \(predictions.count) predictions for \(targets.count) targets")
        var matrix = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
        for (p, y) in zip(predictions, targets) { matrix[y][p] += 1 }
        self.init(confusion: matrix)
    }

    /// Name and value of every measure, in the order of tables.
    package var values: [(name: String, value: Double)] {
        [
            ("accuracy", accuracy), ("f1_macro", f1Macro), ("f1_weighted", f1Weighted),
            ("precision_macro", precisionMacro), ("recall_macro", recallMacro),
            ("kappa", kappa), ("mcc", mcc),
        ]
    }
}
