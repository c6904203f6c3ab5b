package import Basics
import CKernels

/// Normalises every channel over batch and positions (Ioffe & Szegedy 2015, arXiv:1502.03167); running statistics at
/// inference.
///
/// Statistics are those of one gradient shard ("ghost" batch norm, Hoffer et al. 2017), because shards run alone; with
/// `gradientShards: 1` they are PyTorch's. Running variance uses n − 1, normalisation uses n, as in PyTorch.
package struct BatchNorm: Layer {
    package static let kind = "batchnorm"
    package static let keys = ["epsilon", "momentum"]
    package let input: SampleShape
    package var output: SampleShape { input }
    /// Added to the variance.
    package let epsilon: Float
    /// The share of a batch in the running statistics: PyTorch's sense; Keras' is 1 minus it.
    package let momentum: Float

    /// PyTorch's defaults.
    package init(input: SampleShape, epsilon: Float = 1e-5, momentum: Float = 0.1) {
        self.input = input
        self.epsilon = epsilon
        self.momentum = momentum
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        self.init(
            input: input, epsilon: Float(try reader.double("epsilon", default: 1e-5, in: 1e-12...1)),
            momentum: Float(try reader.double("momentum", default: 0.1, in: 0...1)))
    }

    package var parameters: [ParameterSpec] {
        let n = [input.channels]
        return [
            ParameterSpec("weight", n, .constant(1)), ParameterSpec("bias", n, .constant(0)),
            ParameterSpec("running_mean", n, .constant(0), isTrained: false),
            ParameterSpec("running_var", n, .constant(1), isTrained: false),
        ]
    }

    package var sharesGradient: Bool { true }
    private var n: Int { input.channels }

    /// Number of rows; then by channel: mean, variance (n), γ/σ, and three for the gradient.
    package func workspaceCount(batch: Int) -> Int { 1 + 6 * n }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let rows = batch * input.rows
        let mean = context.workspace + 1, variance = mean + n, scale = variance + n
        if context.isTraining {
            context.workspace[0] = Float(rows)
            ck_moments(Int32(rows), Int32(n), x, mean, variance)
        } else {
            mean.update(from: context.parameters + 2 * n, count: 2 * n)
        }
        for c in 0..<n { scale[c] = context.parameters[c] / (variance[c] + epsilon).squareRoot() }
        ck_scale_shift(Int32(rows), Int32(n), x, mean, scale, context.parameters + n, y)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let rows = batch * input.rows
        let mean = context.workspace + 1, variance = mean + n, scale = variance + n
        let sums = scale + n, slope = sums + n, shift = slope + n
        ck_projections(Int32(rows), Int32(n), x, dy, mean, sums, slope)
        // dx = γ/σ · (dy − Σdy/m − x̂·Σ(dy·x̂)/m), as one linear form of dy and x − μ.
        let share = 1 / Float(rows)
        for c in 0..<n {
            let inverse = 1 / (variance[c] + epsilon).squareRoot()
            gradients[c] += slope[c] * inverse
            gradients[n + c] += sums[c]
            slope[c] = -scale[c] * slope[c] * inverse * inverse * share
            shift[c] = -scale[c] * sums[c] * share
        }
        if let dx { ck_combine(Int32(rows), Int32(n), dy, scale, x, mean, slope, shift, dx) }
    }

    package var statisticsCount: Int { 1 + 2 * n }

    package func updateStatistics(parameters: UnsafeMutablePointer<Float>, statistics: UnsafePointer<Float>) {
        guard statistics[0] > 1 else { return }
        let mean = parameters + 2 * n, variance = mean + n, unbiased = statistics[0] / (statistics[0] - 1)
        for c in 0..<n {
            mean[c] += momentum * (statistics[1 + c] - mean[c])
            variance[c] += momentum * (statistics[1 + n + c] * unbiased - variance[c])
        }
    }
}
