import Basics
import CKernels
import Foundation

/// What training minimises, with its gradient. Sums are taken in double precision in sample order.
package enum Loss: Sendable, Equatable {
    /// Mean over samples of (prediction − target)².
    case meanSquaredError
    /// Mean binary cross-entropy of a logit, positives weighted by `positiveWeight` (PyTorch's `pos_weight`).
    case binaryCrossEntropy(positiveWeight: Float)
    /// Cross-entropy of K logits against a class index; with class weights the mean is weighted, as in PyTorch.
    case crossEntropy(classWeights: [Float]?)

    package static let names = ["mse", "bce", "cross-entropy"]
    package static let keys = ["kind", "positiveWeight", "classWeights"]

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        if let name = node.stringValue {
            try self.init(.map(["kind": .string(name)]), path: path, mark: node.mark)
        } else {
            try self.init(node, path: path, mark: node.mark)
        }
    }

    private init(_ node: JSONValue, path: String, mark: SourceMark?) throws {
        let reader = try ConfigReader(node, path: path, keys: Loss.keys)
        let kind = try reader.string("kind")
        switch kind {
        case "mse": self = .meanSquaredError
        case "bce":
            self = .binaryCrossEntropy(positiveWeight: Float(try reader.double("positiveWeight", default: 1, in: 1e-6...1e6)))
        case "cross-entropy":
            let weights = try reader.list("classWeights").map { node -> Float in
                guard let value = node.doubleValue, value >= 0 else {
                    throw ConfigError("found \(node.kindName) in 'classWeights', expected numbers ≥ 0", at: node.mark)
                }
                return Float(value)
            }
            self = .crossEntropy(classWeights: weights.isEmpty ? nil : weights)
        default:
            throw ConfigError(
                "found the loss '\(kind)', expected one of \(Loss.names.joined(separator: ", "))",
                at: reader.value("kind")?.mark ?? mark,
                hint: NearestName.of(kind, in: Loss.names).map { "did you mean '\($0)'?" })
        }
    }

    package var json: JSONValue {
        switch self {
        case .meanSquaredError: .map(["kind": .string("mse")])
        case .binaryCrossEntropy(let weight):
            .map(["kind": .string("bce"), "positiveWeight": .double(Double(weight))])
        case .crossEntropy(let weights):
            .map([
                "kind": .string("cross-entropy"), "classWeights": weights.map { .doubles($0.map(Double.init)) } ?? .null,
            ])
        }
    }

    /// Checks that a network's output fits.
    package func validate(outputs: Int) throws {
        switch self {
        case .meanSquaredError, .binaryCrossEntropy:
            guard outputs == 1 else {
                throw ConfigError("found \(outputs) outputs of the network, expected 1 for this loss", at: nil)
            }
        case .crossEntropy(let weights):
            guard outputs >= 2 else {
                throw ConfigError("found \(outputs) output of the network, expected at least 2 for cross-entropy", at: nil)
            }
            if let weights, weights.count != outputs {
                throw ConfigError("found \(weights.count) class weights for \(outputs) outputs of the network", at: nil)
            }
        }
    }

    /// The weight of a target in the mean.
    @inline(__always)
    package func weight(_ target: Float) -> Double {
        if case .crossEntropy(let weights?) = self { return Double(weights[Int(target)]) }
        return 1
    }

    /// The sum of weighted losses of `batch` samples, and the gradient of (sum / `total`) with respect to the outputs.
    ///
    /// - Parameters:
    ///   - outputs: `[B][K]`.
    ///   - targets: `[B]`; a class index for cross-entropy, 0 or 1 for binary.
    ///   - total: the sum of weights over the whole batch, of which this may be one shard.
    ///   - gradient: `[B][K]`, or nil when only the value is wanted.
    package func evaluate(
        batch: Int, classes: Int, outputs: UnsafePointer<Float>, targets: UnsafePointer<Float>, total: Double,
        gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        var sum = 0.0
        let scale = Float(1 / total)
        switch self {
        case .meanSquaredError:
            for i in 0..<batch {
                let difference = outputs[i] - targets[i]
                sum += Double(difference) * Double(difference)
                gradient?[i] = 2 * difference * scale
            }
        case .binaryCrossEntropy(let positiveWeight):
            for i in 0..<batch {
                let z = Double(outputs[i]), y = Double(targets[i])
                let softplus = log1p(exp(-abs(z))) + max(-z, 0)  // −log σ(z)
                let weight = 1 + (Double(positiveWeight) - 1) * y
                sum += (1 - y) * z + weight * softplus
                let probability = 1 / (1 + exp(-z))
                gradient?[i] = Float((1 - y) - weight * (1 - probability)) * scale
            }
        case .crossEntropy:
            for i in 0..<batch {
                let row = outputs + i * classes
                let target = Int(targets[i])
                var largest = row[0]
                for k in 1..<classes { largest = max(largest, row[k]) }
                var partition = 0.0
                for k in 0..<classes { partition += exp(Double(row[k] - largest)) }
                let weight = weight(targets[i])
                sum += weight * (log(partition) - Double(row[target] - largest))
                guard let gradient else { continue }
                for k in 0..<classes {
                    let probability = exp(Double(row[k] - largest)) / partition
                    gradient[i * classes + k] = Float(weight * (probability - (k == target ? 1 : 0))) * scale
                }
            }
        }
        return sum
    }
}
