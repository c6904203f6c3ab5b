import Basics
import Features

/// What samples must be before a model is trained on them: a training that could not have learned anything is refused,
/// and what it cannot learn from is named.
enum TrainingChecks {
    /// - Returns: sentences about features and classes that nothing can be learned of.
    /// - Throws: ``Failure`` with code `train.one-sample`, `train.one-target` or `train.constant`.
    static func require(_ dataset: WindowedDataset, stride: Int) throws -> [String] {
        guard dataset.training.count > 1 else {
            throw Failure(
                "train.one-sample", "found \(dataset.training.count) training window, expected several",
                hint: stride > 1
                    ? "lower trainingStride, which is \(stride)" : "use more data, a shorter window, or another split")
        }
        let label = dataset.label
        if let target = only(dataset.training, dataset) {
            throw oneTarget(target, label, in: dataset.training.count, "training")
        }
        // Of a forecast return the validation loss is still defined; of a class it says nothing.
        if label.kind != .forwardReturn, let target = only(dataset.validation, dataset) {
            throw oneTarget(target, label, in: dataset.validation.count, "validation")
        }
        let names = dataset.table.featureNames, constant = dataset.constantFeatures
        guard constant.count < names.count else {
            throw Failure(
                "train.constant", "found the same values in all training rows, of every one of \(names.count) features",
                hint: "look at the feature expressions and at the data: hftml features")
        }
        var warnings: [String] = []
        if !constant.isEmpty {
            warnings.append(
                "nothing can be learned from \(constant.map { "'\(names[$0])'" }.joined(separator: ", ")), which "
                    + "\(constant.count == 1 ? "has" : "have") one value in all training rows")
        }
        let counts = dataset.classCounts
        for (name, count) in zip(label.kind.classes ?? [], counts) where count == 0 {
            warnings.append("no training window goes \(name), so the model will never say so")
        }
        for (part, ends) in [("validation", dataset.validation), ("test", dataset.test)] {
            warnings += missing(in: ends, dataset, part)
        }
        return warnings
    }

    /// What a part cannot tell because it has only some of the targets.
    private static func missing(in ends: SampleRows, _ dataset: WindowedDataset, _ part: String) -> [String] {
        let label = dataset.label
        if let target = only(ends, dataset) {
            return [
                "found \(name(target, label)) in all \(ends.count) \(part) windows: measures of them say nothing of "
                    + "any other"
            ]
        }
        let classes = label.kind.classes ?? []
        guard !classes.isEmpty else { return [] }
        let present = Set(ends.map { Int(saturating: dataset.target($0)) })
        return classes.indices.filter { !present.contains($0) }.map { "no \(part) window goes \(classes[$0])" }
    }

    private static func name(_ target: Float, _ label: LabelSpec) -> String {
        guard let classes = label.kind.classes, let index = Int(exactly: target), classes.indices.contains(index) else {
            return "the target \(target)"
        }
        return "the class '\(classes[index])'"
    }

    /// The target that all samples have; nil where there are two.
    private static func only(_ ends: SampleRows, _ dataset: WindowedDataset) -> Float? {
        guard let first = ends.first.map(dataset.target) else { return nil }
        return ends.allSatisfy { dataset.target($0) == first } ? first : nil
    }

    private static func oneTarget(_ target: Float, _ label: LabelSpec, in count: Int, _ part: String) -> Failure {
        Failure(
            "train.one-target",
            "found \(name(target, label)) in all \(count) \(part) windows of the label '\(label.kind.rawValue)'",
            hint: label.kind == .profit
                ? "no move pays the label's costBps of \(label.costBps), or every one does: build features with another"
                : "use more data, another split, or a label with another threshold")
    }
}
