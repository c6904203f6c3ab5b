package import Basics
import Foundation

/// What is measured on the validation samples after every epoch, and which of it chooses the best epoch.
package enum ValidationMeasures {
    /// One measure.
    package struct Measure: Sendable {
        /// Whether a smaller value is better.
        package let prefersLess: Bool
        /// The kinds of output it is defined for.
        let outputs: Set<Output>
    }

    /// What a network's output is, by its loss.
    enum Output { case classes, probability, number }

    /// All measures; the key `monitor` names one.
    package static let kinds = Kinds<Measure>(
        "monitor",
        [
            .init("loss", "the mean loss", Measure(prefersLess: true, outputs: [.classes, .probability, .number])),
            .init(
                "accuracy", "the share of right answers",
                Measure(prefersLess: false, outputs: [.classes, .probability])
            ),
            .init("f1", "F1 of the positive class", Measure(prefersLess: false, outputs: [.probability])),
            .init(
                "f1_macro", "the mean of the classes' F1",
                Measure(prefersLess: false, outputs: [.classes, .probability])),
            .init("f1_weighted", "F1 weighted by class size", Measure(prefersLess: false, outputs: [.classes])),
            .init("kappa", "Cohen's kappa", Measure(prefersLess: false, outputs: [.classes])),
            .init("mcc", "Matthews' correlation", Measure(prefersLess: false, outputs: [.classes])),
            .init("roc_auc", "the area under the ROC curve", Measure(prefersLess: false, outputs: [.probability])),
            .init("mae", "the mean absolute error", Measure(prefersLess: true, outputs: [.number])),
            .init("r2", "the share of variance explained", Measure(prefersLess: false, outputs: [.number])),
            .init("ic", "the correlation with the targets", Measure(prefersLess: false, outputs: [.number])),
        ])

    private static func output(_ loss: Loss) -> Output {
        switch loss {
        case .crossEntropy: .classes
        case .binaryCrossEntropy: .probability
        case .meanSquaredError: .number
        }
    }

    /// The measures that are defined for a loss; the first is always `loss`.
    package static func kinds(_ loss: Loss) -> Kinds<Measure> {
        let output = output(loss)
        return Kinds(kinds.noun, kinds.entries.filter { $0.value.outputs.contains(output) })
    }

    /// Names for a loss; the first is always `loss`.
    package static func names(_ loss: Loss) -> [String] { kinds(loss).names }

    /// Whether a smaller value is better.
    package static func prefersLess(_ name: String) -> Bool { kinds[name]?.prefersLess ?? false }

    /// - Parameters:
    ///   - outputs: `[N][K]`.
    ///   - targets: `[N]`.
    ///   - meanLoss: the value of `loss`.
    /// - Returns: one value for every name; undefined ones are NaN.
    static func values(_ loss: Loss, outputs: [Float], targets: [Float], classes: Int, meanLoss: Double) -> [Double] {
        let measured: [(name: String, value: Double)]
        switch loss {
        case .crossEntropy:
            measured =
                MulticlassMetrics(
                    predictions: largest(outputs, classes: classes), targets: targets.map { Int(saturating: $0) },
                    classes: classes
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
