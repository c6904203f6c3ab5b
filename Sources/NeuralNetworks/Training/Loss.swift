import Basics
import CKernels
import Foundation

/// What training minimises, with its gradient. Sums are taken in double precision in sample order.
package enum Loss: Sendable, Equatable {
    /// Mean over samples of (prediction − target)².
    case meanSquaredError
    /// Mean binary cross-entropy of a logit, positives weighted by `positiveWeight` (PyTorch's `pos_weight`).
    case binaryCrossEntropy(positiveWeight: Float)
    /// Cross-entropy of K logits against a class index, weighted, smoothed and focused as ``CrossEntropy`` says.
    case crossEntropy(CrossEntropy)

    /// The forms of cross-entropy, freely combined.
    package struct CrossEntropy: Sendable, Equatable {
        package enum ClassWeights: Sendable, Equatable {
            case equal
            /// n / (K·nₖ) of the training samples, found when training starts; a mix of 0 is equal weights, 1 the full
            /// correction.
            case balanced(mix: Double)
            case fixed([Float])
        }

        /// The mean is weighted, as in PyTorch.
        package var classWeights = ClassWeights.equal
        /// Share of the target that is spread over all classes (Szegedy et al. 2016), as PyTorch's `label_smoothing`.
        package var labelSmoothing = 0.0
        /// γ of the focal loss −(1 − p)^γ·ln p (Lin et al. 2017, arXiv:1708.02002); 0 is cross-entropy.
        package var focus = 0.0

        package init() {}
    }

    package static let names = ["mse", "bce", "cross-entropy", "focal"]
    package static let keys = ["kind", "positiveWeight", "classWeights", "balance", "labelSmoothing", "gamma"]

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
            self = .binaryCrossEntropy(
                positiveWeight: Float(try reader.double("positiveWeight", default: 1, in: 1e-6...1e6)))
        case "cross-entropy", "focal":
            var form = CrossEntropy()
            form.labelSmoothing = try reader.double("labelSmoothing", default: 0, in: 0...0.999)
            form.focus = kind == "focal" ? try reader.double("gamma", default: 2, in: 0...20) : 0
            form.classWeights = try Loss.classWeights(reader)
            self = .crossEntropy(form)
        default:
            throw ConfigError(
                "found the loss '\(kind)', expected one of \(Loss.names.joined(separator: ", "))",
                at: reader.value("kind")?.mark ?? mark,
                hint: NearestName.of(kind, in: Loss.names).map { "did you mean '\($0)'?" })
        }
    }

    /// `classWeights: balanced`, with `balance: 0.5` for half the correction, or a list of numbers.
    private static func classWeights(_ reader: ConfigReader) throws -> CrossEntropy.ClassWeights {
        guard let node = reader.value("classWeights") else { return .equal }
        if node.stringValue == "balanced" { return .balanced(mix: try reader.double("balance", default: 1, in: 0...1)) }
        let numbers = (node.listValue ?? []).compactMap(\.doubleValue).filter { $0 >= 0 && $0.isFinite }
        guard !numbers.isEmpty, numbers.count == node.listValue?.count else {
            throw ConfigError(
                "found \(node.text(.compact)) for 'classWeights', expected 'balanced' or a list of numbers ≥ 0",
                at: node.mark)
        }
        return .fixed(numbers.map { Float($0) })
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
    @inline(__always)
    package func weight(_ target: Float) -> Double {
        if case .crossEntropy(let form) = self, case .fixed(let weights) = form.classWeights {
            return Double(weights[Int(target)])
        }
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
        case .crossEntropy(let form):
            let smoothing = form.labelSmoothing
            for i in 0..<batch {
                let row = outputs + i * classes
                let target = Int(targets[i])
                var largest = row[0]
                for k in 1..<classes { largest = max(largest, row[k]) }
                var partition = 0.0
                for k in 0..<classes { partition += exp(Double(row[k] - largest)) }
                let weight = weight(targets[i]), logPartition = log(partition) + Double(largest)
                if smoothing > 0 {
                    // Each class's own term carries its weight, as in PyTorch; the mean is taken over the targets'
                    // weights.
                    var spread = 0.0, total = 0.0
                    for k in 0..<classes {
                        let share = self.weight(Float(k))
                        spread += share * (logPartition - Double(row[k]))
                        total += share
                    }
                    let logLoss = logPartition - Double(row[target])
                    sum += (1 - smoothing) * weight * logLoss + smoothing / Double(classes) * spread
                    guard let gradient else { continue }
                    for k in 0..<classes {
                        let p = exp(Double(row[k]) - logPartition)
                        let hard = weight * (p - (k == target ? 1 : 0)), soft = p * total - self.weight(Float(k))
                        gradient[i * classes + k] =
                            Float((1 - smoothing) * hard + smoothing / Double(classes) * soft) * scale
                    }
                    continue
                }
                let logProbability = Double(row[target]) - logPartition
                let p = exp(logProbability)
                let rest = max(1 - p, 1e-12), focus = form.focus > 0 ? pow(rest, form.focus) : 1
                sum -= weight * focus * logProbability
                guard let gradient else { continue }
                // d/dz of −(1 − p)^γ ln p is slope · (δ − pₖ).
                let slope =
                    form.focus > 0
                    ? weight * (form.focus * p * pow(rest, form.focus - 1) * logProbability - focus) : -weight
                for k in 0..<classes {
                    let probability = exp(Double(row[k]) - logPartition)
                    gradient[i * classes + k] = Float(slope * ((k == target ? 1 : 0) - probability)) * scale
                }
            }
        }
        return sum
    }
}
