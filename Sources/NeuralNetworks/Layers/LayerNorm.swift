package import Basics
import CKernels

/// Normalises the channels of every position: y = γ·(x − μ)/√(σ² + ε) + β, population variance (Ba et al. 2016,
/// arXiv:1607.06450).
package struct LayerNorm: Layer {
    package static let kind = "layernorm"
    package static let keys = ["epsilon"]
    package let input: SampleShape
    package var output: SampleShape { input }
    /// Added to the variance.
    package let epsilon: Float

    /// PyTorch's defaults.
    package init(input: SampleShape, epsilon: Float = 1e-5) {
        self.input = input
        self.epsilon = epsilon
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        self.init(input: input, epsilon: Float(try reader.double("epsilon", default: 1e-5, in: 1e-12...1)))
    }

    package var parameters: [ParameterSpec] {
        [
            ParameterSpec("weight", [input.channels], .constant(1)),
            ParameterSpec("bias", [input.channels], .constant(0)),
        ]
    }

    package var sharesGradient: Bool { true }

    /// Mean and 1/σ of every row.
    package func workspaceCount(batch: Int) -> Int { 2 * batch * input.rows }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let n = input.channels
        ck_layernorm(
            Int32(batch * input.rows), Int32(n), x, context.parameters, context.parameters + n, epsilon, y,
            context.workspace)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let n = input.channels
        ck_layernorm_backward(
            Int32(batch * input.rows), Int32(n), x, dy, context.parameters, context.workspace, gradients, gradients + n,
            dx)
    }
}
