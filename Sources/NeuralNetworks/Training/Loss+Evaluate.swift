import Foundation

extension Loss {
    /// The sum of weighted losses of `batch` samples, and the gradient of (sum / `total`) with respect to the outputs.
    ///
    /// Sums in double precision, in sample order; allocates nothing.
    ///
    /// - Parameters:
    ///   - classes: K.
    ///   - outputs: `[B][K]`.
    ///   - targets: `[B]`; a class index for cross-entropy, 0 or 1 for binary.
    ///   - total: the sum of weights over the whole batch, of which this may be one shard.
    ///   - gradient: `[B][K]`, or nil when only the value is wanted.
    package func evaluate(
        batch: Int, classes: Int, outputs: UnsafePointer<Float>, targets: UnsafePointer<Float>, total: Double,
        gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        let scale = Float(1 / total)
        switch self {
        case .meanSquaredError:
            return Loss.squares(batch, outputs, targets, scale, gradient)
        case .binaryCrossEntropy(let positiveWeight):
            return Loss.binary(Double(positiveWeight), batch, outputs, targets, scale, gradient)
        case .crossEntropy(let form):
            return form.evaluate(
                batch: batch, classes: classes, outputs: outputs, targets: targets, scale: scale, gradient: gradient)
        }
    }

    private static func squares(
        _ batch: Int, _ outputs: UnsafePointer<Float>, _ targets: UnsafePointer<Float>, _ scale: Float,
        _ gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        var sum = 0.0
        for i in 0..<batch {
            let difference = outputs[i] - targets[i]
            sum += Double(difference) * Double(difference)
            gradient?[i] = 2 * difference * scale
        }
        return sum
    }

    private static func binary(
        _ positiveWeight: Double, _ batch: Int, _ outputs: UnsafePointer<Float>, _ targets: UnsafePointer<Float>,
        _ scale: Float, _ gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        var sum = 0.0
        for i in 0..<batch {
            let z = Double(outputs[i]), y = Double(targets[i])
            let softplus = log1p(exp(-abs(z))) + max(-z, 0)  // −log σ(z)
            let weight = 1 + (positiveWeight - 1) * y
            sum += (1 - y) * z + weight * softplus
            let probability = 1 / (1 + exp(-z))
            gradient?[i] = Float((1 - y) - weight * (1 - probability)) * scale
        }
        return sum
    }
}
