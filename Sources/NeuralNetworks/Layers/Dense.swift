package import Basics
import CKernels
import Tensors

/// A fully connected layer on every position: y = x·Wᵀ + b, W `[out][in]` as in PyTorch.
package struct Dense: Layer {
    package static let kind = "dense"
    /// Options of a configuration.
    package static let keys = ["units", "bias", "init"]
    package let input: SampleShape
    package let output: SampleShape
    /// Whether b is there.
    package let hasBias: Bool
    /// Applied to the output, where an activation was fused.
    package var activation: Activation.Function?
    var family = ParameterSpec.Family.torch

    /// T×W×`units` from T×W×C.
    package init(input: SampleShape, units: Int, hasBias: Bool = true) {
        self.input = input
        self.hasBias = hasBias
        output = SampleShape(time: input.time, width: input.width, channels: units)
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        self.init(
            input: input, units: try reader.int("units", in: 1...65_536),
            hasBias: try reader.bool("bias", default: true))
        family = try reader.choice("init", default: .torch)
    }

    private var inputs: Int { input.channels }
    private var units: Int { output.channels }

    package var parameters: [ParameterSpec] {
        [ParameterSpec("weight", [units, inputs], family.weights(fanIn: inputs, fanOut: units))]
            + (hasBias ? [ParameterSpec("bias", [units], family.bias(fanIn: inputs))] : [])
    }

    package func fused(with function: Activation.Function) -> (any Layer)? {
        guard function.isInvertible, activation == nil else { return nil }
        var copy = self
        copy.activation = function
        return copy
    }

    package var multiplyAdds: Int { input.rows * inputs * units }
    private var forwardPanels: Int { MatrixProduct.packedSize(k: inputs, n: units) }
    package var packedCount: Int { forwardPanels + MatrixProduct.packedSize(k: units, n: inputs) }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        ck_pack(parameters, 1, inputs, Int32(inputs), Int32(units), packed)
        ck_pack(parameters, inputs, 1, Int32(units), Int32(inputs), packed + forwardPanels)
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        PanelProduct.run(
            m: batch * input.rows, n: units, k: inputs, a: x, aRow: inputs, aColumn: 1, packed: context.packed,
            b: context.parameters, bRow: 1, bColumn: inputs, c: y, cRow: units,
            bias: hasBias ? context.parameters + units * inputs : nil,
            activation: activation, context.kernels)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let rows = batch * input.rows
        if let activation { ck_activate_backward(activation.kernel, rows * units, y, y, dy, dy) }
        MatrixProduct.multiply(
            m: units, n: inputs, k: rows, a: dy, aRow: 1, aColumn: units, b: x, bRow: inputs, c: gradients,
            cRow: inputs, accumulates: true, context.kernels)
        if hasBias { ck_add_rows(Int32(rows), Int32(units), dy, units, gradients + units * inputs) }
        if let dx {
            PanelProduct.run(
                m: rows, n: inputs, k: units, a: dy, aRow: units, aColumn: 1, packed: context.packed + forwardPanels,
                b: context.parameters, bRow: inputs, bColumn: 1, c: dx, cRow: inputs, bias: nil, context.kernels)
        }
    }
}
