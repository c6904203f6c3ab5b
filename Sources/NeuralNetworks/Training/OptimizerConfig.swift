package import Basics

/// How weights move along a gradient.
package enum OptimizerConfig: Sendable, Equatable {
    /// v ← μ·v + g, w ← w − η·v; the decay is a part of the gradient, as in PyTorch.
    case sgd(rate: Double, momentum: Double, weightDecay: Double)
    /// Kingma & Ba 2015 (arXiv:1412.6980).
    case adam(rate: Double, beta1: Double, beta2: Double, epsilon: Double, placement: EpsilonPlacement)
    /// Loshchilov & Hutter 2019 (arXiv:1711.05101): the decay acts on the weights, not through the gradient.
    case adamW(
        rate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, placement: EpsilonPlacement)

    /// Where Adam's ε is added. With the ε = 1 of some papers the two are different optimizers: the first step differs
    /// 21 times.
    package enum EpsilonPlacement: String, CaseIterable, Sendable {
        /// η·m̂ / (√v̂ + ε): PyTorch.
        case corrected
        /// η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m / (√v + ε): TensorFlow and Keras.
        case uncorrected
    }

    /// How one kind is read.
    package struct Kind: Sendable {
        /// Its options besides `kind` and `learningRate`.
        package let keys: [String]
        let make: @Sendable (ConfigReader, _ rate: Double) throws -> OptimizerConfig
    }

    /// What the key `kind` may name.
    package static let kinds = Kinds<Kind>(
        "optimizer",
        [
            .init(
                "adam", "Adam, with bias-corrected moments",
                Kind(keys: momentKeys) { reader, rate in
                    let (beta1, beta2, epsilon, placement) = try moments(reader)
                    return .adam(rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, placement: placement)
                }),
            .init(
                "adamw", "Adam with the weight decay taken out of the gradient",
                Kind(keys: momentKeys + ["weightDecay"]) { reader, rate in
                    let (beta1, beta2, epsilon, placement) = try moments(reader)
                    return .adamW(
                        rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                        weightDecay: try reader.double("weightDecay", default: 0.01, in: 0...10), placement: placement)
                }),
            .init(
                "sgd", "stochastic gradient descent, with or without momentum",
                Kind(keys: ["momentum", "weightDecay"]) { reader, rate in
                    .sgd(
                        rate: rate, momentum: try reader.double("momentum", default: 0, in: 0...0.9999),
                        weightDecay: try reader.double("weightDecay", default: 0, in: 0...10))
                }),
        ])

    private static let momentKeys = ["beta1", "beta2", "epsilon", "epsilonPlacement"]

    private static func moments(
        _ reader: ConfigReader
    ) throws -> (beta1: Double, beta2: Double, epsilon: Double, placement: EpsilonPlacement) {
        (
            try reader.double("beta1", default: 0.9, in: 0...0.999_999),
            try reader.double("beta2", default: 0.999, in: 0...0.999_999_9),
            try reader.double("epsilon", default: 1e-8, in: 0...1),
            try reader.choice("epsilonPlacement", default: .corrected)
        )
    }

    /// Reads a map with `kind` (default `adam`), `learningRate` (default 0.001) and the kind's own options.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        let kindNode = node[key: "kind"]
        let kind = try OptimizerConfig.kinds.find(kindNode?.stringValue ?? "adam", at: kindNode?.mark)
        let reader = try ConfigReader(node, path: path, keys: ["kind", "learningRate"] + kind.keys)
        self = try kind.make(reader, try reader.double("learningRate", default: 1e-3, in: 0...100))
    }

    /// The rate before a schedule's factor.
    package var learningRate: Double {
        switch self {
        case .sgd(let rate, _, _), .adam(let rate, _, _, _, _), .adamW(let rate, _, _, _, _, _): rate
        }
    }
}
