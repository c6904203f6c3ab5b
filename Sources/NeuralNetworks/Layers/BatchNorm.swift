import Basics

/// Normalises every channel over batch and time (Ioffe & Szegedy 2015, arXiv:1502.03167); running statistics at inference.
///
/// Statistics are those of one gradient shard ("ghost" batch norm, Hoffer et al. 2017), because shards run alone; with
/// `gradientShards: 1` they are PyTorch's. Running variance uses n − 1, normalisation uses n, as in PyTorch.
package struct BatchNorm: Layer {
    package static let kind = "batchnorm"
    package static let keys = ["epsilon", "momentum"]
    package let input: SampleShape
    package var output: SampleShape { input }
    let epsilon: Float
    let momentum: Float

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

    /// Number of rows, then mean, variance (n) and two sums of every channel.
    package func workspaceCount(batch: Int) -> Int { 1 + 4 * input.channels }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let n = input.channels, rows = batch * input.time
        let gamma = context.parameters, beta = gamma + n
        let mean = context.workspace + 1, variance = mean + n
        if context.isTraining {
            context.workspace[0] = Float(rows)
            mean.update(repeating: 0, count: 2 * n)
            for row in 0..<rows { for c in 0..<n { mean[c] += x[row * n + c] } }
            for c in 0..<n { mean[c] /= Float(rows) }
            for row in 0..<rows {
                for c in 0..<n { variance[c] += (x[row * n + c] - mean[c]) * (x[row * n + c] - mean[c]) }
            }
            for c in 0..<n { variance[c] /= Float(rows) }
        } else {
            mean.update(from: context.parameters + 2 * n, count: 2 * n)
        }
        for row in 0..<rows {
            for c in 0..<n {
                let inverse = 1 / (variance[c] + epsilon).squareRoot()
                y[row * n + c] = (x[row * n + c] - mean[c]) * inverse * gamma[c] + beta[c]
            }
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let n = input.channels, rows = batch * input.time
        let gamma = context.parameters
        let mean = context.workspace + 1, variance = mean + n, sums = variance + n, projected = sums + n
        sums.update(repeating: 0, count: 2 * n)
        for row in 0..<rows {
            for c in 0..<n {
                let inverse = 1 / (variance[c] + epsilon).squareRoot()
                sums[c] += dy[row * n + c]
                projected[c] += dy[row * n + c] * (x[row * n + c] - mean[c]) * inverse
            }
        }
        for c in 0..<n {
            gradients[c] += projected[c]
            gradients[n + c] += sums[c]
        }
        guard let dx else { return }
        let scale = 1 / Float(rows)
        for row in 0..<rows {
            for c in 0..<n {
                let inverse = 1 / (variance[c] + epsilon).squareRoot()
                let normal = (x[row * n + c] - mean[c]) * inverse
                dx[row * n + c] =
                    gamma[c] * inverse * (dy[row * n + c] - scale * (sums[c] + normal * projected[c]))
            }
        }
    }

    package func updateStatistics(parameters: UnsafeMutablePointer<Float>, workspaces: [UnsafePointer<Float>]) {
        let n = input.channels
        let mean = parameters + 2 * n, variance = mean + n
        for workspace in workspaces where workspace[0] > 1 {
            let unbiased = workspace[0] / (workspace[0] - 1)
            for c in 0..<n {
                mean[c] += momentum * (workspace[1 + c] - mean[c])
                variance[c] += momentum * (workspace[1 + n + c] * unbiased - variance[c])
            }
        }
    }
}
