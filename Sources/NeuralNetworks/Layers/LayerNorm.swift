import Basics

/// Normalises the channels of every time step: y = γ·(x − μ)/√(σ² + ε) + β, population variance (Ba et al. 2016, arXiv:1607.06450).
package struct LayerNorm: Layer {
    package static let kind = "layernorm"
    package static let keys = ["epsilon"]
    package let input: SampleShape
    package var output: SampleShape { input }
    let epsilon: Float

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

    /// Mean and 1/σ of every row.
    package func workspaceCount(batch: Int) -> Int { 2 * batch * input.time }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let n = input.channels
        let gamma = context.parameters, beta = context.parameters + n
        for row in 0..<batch * input.time {
            let source = x + row * n, target = y + row * n
            var sum: Float = 0
            for c in 0..<n { sum += source[c] }
            let mean = sum / Float(n)
            var squares: Float = 0
            for c in 0..<n { squares += (source[c] - mean) * (source[c] - mean) }
            let inverse = 1 / (squares / Float(n) + epsilon).squareRoot()
            context.workspace[2 * row] = mean
            context.workspace[2 * row + 1] = inverse
            for c in 0..<n { target[c] = (source[c] - mean) * inverse * gamma[c] + beta[c] }
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let n = input.channels
        let gamma = context.parameters
        for row in 0..<batch * input.time {
            let source = x + row * n, upstream = dy + row * n
            let mean = context.workspace[2 * row], inverse = context.workspace[2 * row + 1]
            var sum: Float = 0, projected: Float = 0
            for c in 0..<n {
                let normal = (source[c] - mean) * inverse
                gradients[c] += upstream[c] * normal
                gradients[n + c] += upstream[c]
                sum += upstream[c] * gamma[c]
                projected += upstream[c] * gamma[c] * normal
            }
            guard let dx else { continue }
            let target = dx + row * n
            for c in 0..<n {
                let normal = (source[c] - mean) * inverse
                target[c] = inverse * (upstream[c] * gamma[c] - (sum + normal * projected) / Float(n))
            }
        }
    }
}
