package import Basics

/// What training minimises, with its gradient. Sums are taken in double precision in sample order.
package enum Loss: Sendable, Equatable {
    /// Mean over samples of (prediction − target)².
    case meanSquaredError
    /// Mean binary cross-entropy of a logit, positives weighted by `positiveWeight` (PyTorch's `pos_weight`).
    case binaryCrossEntropy(positiveWeight: Float)
    /// Cross-entropy of K logits against a class index, weighted, smoothed and focused as ``CrossEntropy`` says.
    case crossEntropy(CrossEntropy)

    /// What the key `kind` may name, and how each is read.
    package static let kinds = Kinds<@Sendable (ConfigReader) throws -> Loss>(
        "loss",
        [
            .init("mse", "the mean squared error of a number", { _ in .meanSquaredError }),
            .init(
                "bce", "binary cross-entropy of a logit",
                {
                    .binaryCrossEntropy(
                        positiveWeight: Float(try $0.double("positiveWeight", default: 1, in: 1e-6...1e6)))
                }),
            .init(
                "cross-entropy", "cross-entropy of classes", { .crossEntropy(try CrossEntropy($0, focus: 0)) }),
            .init(
                "focal", "cross-entropy that leaves easy samples out",
                { .crossEntropy(try CrossEntropy($0, focus: try $0.double("gamma", default: 2, in: 0...20))) }),
        ])

    /// Options of all kinds; those of another kind are let through, as recorded configurations have them.
    package static let keys = ["kind", "positiveWeight", "classWeights", "balance", "labelSmoothing", "gamma"]

    /// Reads a name, or a map with `kind` and options.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        let map = node.stringValue == nil ? node : .map(["kind": node])
        let reader = try ConfigReader(map, path: path, keys: Loss.keys)
        let kind = try reader.string("kind")
        self = try Loss.kinds.find(kind, at: reader.value("kind")?.mark ?? node.mark)(reader)
    }

    /// The loss with balanced class weights replaced by those of the training targets.
    ///
    /// - Parameter counts: training samples of every class.
    package func resolved(classCounts counts: [Int]) -> Loss {
        guard case .crossEntropy(var form) = self, case .balanced(let mix) = form.classWeights else { return self }
        let total = Double(counts.reduce(0, +)), classes = Double(counts.count)
        form.classWeights = .fixed(counts.map { Float(1 - mix + mix * ($0 > 0 ? total / (classes * Double($0)) : 0)) })
        return .crossEntropy(form)
    }

    /// Whether ``resolved(classCounts:)`` has something to do.
    package var needsClassCounts: Bool {
        if case .crossEntropy(let form) = self, case .balanced = form.classWeights { return true }
        return false
    }

    /// The name in configurations.
    package var name: String {
        switch self {
        case .meanSquaredError: "mse"
        case .binaryCrossEntropy: "bce"
        case .crossEntropy(let form): form.focus > 0 ? "focal" : "cross-entropy"
        }
    }

    /// Checks that a network's output fits.
    ///
    /// - Parameter outputs: K, values of one sample.
    /// - Throws: ``ConfigError`` with both numbers.
    package func validate(outputs: Int) throws {
        switch self {
        case .meanSquaredError, .binaryCrossEntropy:
            guard outputs == 1 else {
                throw ConfigError("found \(outputs) outputs of the network, expected 1 for this loss", at: nil)
            }
        case .crossEntropy(let form):
            guard outputs >= 2 else {
                throw ConfigError(
                    "found \(outputs) output of the network, expected at least 2 for cross-entropy", at: nil)
            }
            if case .fixed(let weights) = form.classWeights, weights.count != outputs {
                throw ConfigError("found \(weights.count) class weights for \(outputs) outputs of the network", at: nil)
            }
        }
    }

    /// The weight of a target in the mean.
    ///
    /// - Parameter target: the index of a class for cross-entropy with weights.
    @inline(__always)
    package func weight(_ target: Float) -> Double {
        if case .crossEntropy(let form) = self { return form.classWeights.weight(target) }
        return 1
    }
}
