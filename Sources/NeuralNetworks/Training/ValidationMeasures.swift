import Basics
import Foundation

/// What is measured on the validation samples after every epoch, and which of it chooses the best epoch.
package enum ValidationMeasures {
    /// Names for a loss; the first is always `loss`.
    package static func names(_ loss: Loss) -> [String] {
        switch loss {
        case .crossEntropy: ["loss", "accuracy", "f1_macro", "f1_weighted", "kappa", "mcc"]
        case .binaryCrossEntropy: ["loss", "accuracy", "f1", "f1_macro", "roc_auc"]
        case .meanSquaredError: ["loss", "mae", "r2", "ic"]
        }
    }

    /// Whether a smaller value is better.
    package static func prefersLess(_ name: String) -> Bool { name == "loss" || name == "mae" }

    /// - Parameters:
    ///   - outputs: `[N][K]`.
    /// - Returns: one value for every name; undefined ones are NaN.
    static func values(_ loss: Loss, outputs: [Float], targets: [Float], classes: Int, meanLoss: Double) -> [Double] {
        let measured: [(name: String, value: Double)]
        switch loss {
        case .crossEntropy:
            measured =
                MulticlassMetrics(
                    predictions: largest(outputs, classes: classes), targets: targets.map { Int($0) }, classes: classes
                ).values
        case .binaryCrossEntropy:
            measured =
                ClassificationMetrics(
                    probabilities: outputs.map { 1 / (1 + exp(-Double($0))) }, outcomes: targets.map { $0 > 0.5 }
                ).values
        case .meanSquaredError:
            measured =
                RegressionMetrics(predictions: outputs.map(Double.init), targets: targets.map(Double.init)).values
        }
        return names(loss).map { name in name == "loss" ? meanLoss : measured.first { $0.name == name }?.value ?? .nan }
    }

    /// The most likely class of every sample; the first of equals.
    package static func largest(_ outputs: [Float], classes: Int) -> [Int] {
        (0..<outputs.count / classes).map { row in
            (1..<max(classes, 1)).reduce(0) { outputs[row * classes + $1] > outputs[row * classes + $0] ? $1 : $0 }
        }
    }
}
