import Basics
import CKernels
import Foundation
import Tensors

/// How weights move along a gradient.
package enum OptimizerConfig: Sendable, Equatable {
    case sgd(rate: Double, momentum: Double, weightDecay: Double)
    /// Kingma & Ba 2015 (arXiv:1412.6980).
    case adam(rate: Double, beta1: Double, beta2: Double, epsilon: Double, placement: EpsilonPlacement)
    /// Loshchilov & Hutter 2019 (arXiv:1711.05101): the decay acts on the weights, not through the gradient.
    case adamW(
        rate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, placement: EpsilonPlacement)

    /// Where Adam's ε is added. With the ε = 1 of some papers the two are different optimisers: the first step differs
    /// 21 times.
    package enum EpsilonPlacement: String, CaseIterable, Sendable {
        /// η·m̂ / (√v̂ + ε): PyTorch.
        case corrected
        /// η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m / (√v + ε): TensorFlow and Keras.
        case uncorrected
    }

    private static let keysByKind = [
        "sgd": ["momentum", "weightDecay"], "adam": ["beta1", "beta2", "epsilon", "epsilonPlacement"],
        "adamw": ["beta1", "beta2", "epsilon", "epsilonPlacement", "weightDecay"],
    ]

    package init(_ node: JSONValue, path: String) throws {
        let kind = node[key: "kind"]?.stringValue ?? "adam"
        guard let keys = OptimizerConfig.keysByKind[kind] else {
            let names = OptimizerConfig.keysByKind.keys.sorted()
            throw ConfigError(
                "found the optimizer '\(kind)', expected one of \(names.joined(separator: ", "))",
                at: node[key: "kind"]?.mark, hint: NearestName.of(kind, in: names).map { "did you mean '\($0)'?" })
        }
        let reader = try ConfigReader(node, path: path, keys: ["kind", "learningRate"] + keys)
        let rate = try reader.double("learningRate", default: 1e-3, in: 0...100)
        func value(_ key: String, _ fallback: Double, _ range: ClosedRange<Double>) throws -> Double {
            keys.contains(key) ? try reader.double(key, default: fallback, in: range) : fallback
        }
        let beta1 = try value("beta1", 0.9, 0...0.999_999), beta2 = try value("beta2", 0.999, 0...0.999_999_9)
        let epsilon = try value("epsilon", 1e-8, 0...1)
        let placement: EpsilonPlacement =
            keys.contains("epsilonPlacement") ? try reader.choice("epsilonPlacement", default: .corrected) : .corrected
        switch kind {
        case "sgd":
            self = .sgd(
                rate: rate, momentum: try value("momentum", 0, 0...0.9999),
                weightDecay: try value("weightDecay", 0, 0...10))
        case "adamw":
            self = .adamW(
                rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                weightDecay: try value("weightDecay", 0.01, 0...10), placement: placement)
        default: self = .adam(rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, placement: placement)
        }
    }

    package var learningRate: Double {
        switch self {
        case .sgd(let rate, _, _), .adam(let rate, _, _, _, _), .adamW(let rate, _, _, _, _, _): rate
        }
    }
}

/// The optimiser's memory, and its step.
package struct Optimizer: Sendable {
    package let config: OptimizerConfig
    package private(set) var step = 0
    /// First moment, or velocity.
    package let first: FloatBuffer
    /// Second moment; empty for SGD.
    package let second: FloatBuffer

    package init(_ config: OptimizerConfig, parameterCount: Int) {
        self.config = config
        first = FloatBuffer(count: parameterCount)
        if case .sgd = config { second = FloatBuffer(count: 0) } else { second = FloatBuffer(count: parameterCount) }
    }

    package mutating func restore(step: Int, first: [Float], second: [Float]) {
        self.step = step
        self.first.copy(from: first)
        self.second.copy(from: second)
    }

    /// Moves the weights once.
    ///
    /// - Parameters:
    ///   - ranges: the parameters to move; untrained ones are left out, also by weight decay.
    ///   - gradientScale: a factor on the gradient; clipping comes in here.
    ///   - rateFactor: the schedule's factor on the learning rate.
    package mutating func apply(
        to parameters: FloatBuffer, ranges: [Range<Int>], gradient: UnsafePointer<Float>, gradientScale: Float = 1,
        rateFactor: Double = 1
    ) {
        step += 1
        for range in ranges { move(parameters, range, gradient, gradientScale, rateFactor) }
    }

    private func move(
        _ parameters: FloatBuffer, _ range: Range<Int>, _ gradient: UnsafePointer<Float>, _ gradientScale: Float,
        _ rateFactor: Double
    ) {
        let n = range.count, at = range.lowerBound
        switch config {
        case .sgd(let rate, let momentum, let decay):
            ck_sgd(
                n, parameters.pointer + at, gradient + at, gradientScale, first.pointer + at, Float(rate * rateFactor),
                Float(momentum),
                Float(decay))
        case .adam(let rate, let beta1, let beta2, let epsilon, let placement):
            adam(
                parameters, range, gradient, gradientScale, rate * rateFactor, beta1, beta2, epsilon, placement,
                decay: 0)
        case .adamW(let rate, let beta1, let beta2, let epsilon, let decay, let placement):
            adam(
                parameters, range, gradient, gradientScale, rate * rateFactor, beta1, beta2, epsilon, placement,
                decay: rate * rateFactor * decay)
        }
    }

    private func adam(
        _ parameters: FloatBuffer, _ range: Range<Int>, _ gradient: UnsafePointer<Float>, _ scale: Float,
        _ rate: Double, _ beta1: Double,
        _ beta2: Double, _ epsilon: Double, _ placement: OptimizerConfig.EpsilonPlacement, decay: Double
    ) {
        let at = range.lowerBound
        let correction1 = 1 - pow(beta1, Double(step)), correction2 = 1 - pow(beta2, Double(step))
        // √v + ε before the correction is √v̂ + ε/√(1 − β₂ᵗ) after it.
        let added = placement == .corrected ? epsilon : epsilon / correction2.squareRoot()
        ck_adam(
            range.count, parameters.pointer + at, gradient + at, scale, first.pointer + at, second.pointer + at,
            Float(rate), Float(beta1), Float(beta2),
            Float(added), Float(correction1), Float(correction2), Float(decay))
    }
}
