import Basics
import CKernels
import Tensors

/// A fully connected layer on every time step: y = x·Wᵀ + b, W `[out][in]` as in PyTorch.
package struct Dense: Layer {
    package static let kind = "dense"
    package let input: SampleShape
    package let output: SampleShape

    package init(input: SampleShape, units: Int) {
        self.input = input
        output = SampleShape(time: input.time, channels: units)
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        self.init(input: input, units: try reader.int("units", in: 1...65_536))
    }

    package static let keys = ["units"]

    private var inputs: Int { input.channels }
    private var units: Int { output.channels }

    package var parameters: [ParameterSpec] {
        let bound = 1 / Float(inputs).squareRoot()
        return [
            ParameterSpec("weight", [units, inputs], .uniform(bound: bound)),
            ParameterSpec("bias", [units], .uniform(bound: bound)),
        ]
    }

    package var multiplyAdds: Int { input.time * inputs * units }
    private var forwardPanels: Int { MatrixProduct.scratchSize(k: inputs, n: units) }
    package var packedCount: Int { forwardPanels + MatrixProduct.scratchSize(k: units, n: inputs) }
    package func scratchCount(batch: Int) -> Int { MatrixProduct.scratchSize(k: batch * input.time, n: inputs) }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        ck_pack(parameters, 1, inputs, Int32(inputs), Int32(units), packed)
        ck_pack(parameters, inputs, 1, Int32(units), Int32(inputs), packed + forwardPanels)
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let rows = batch * input.time
        let bias = context.parameters + units * inputs
        PanelProduct.run(
            m: rows, n: units, k: inputs, a: x, aRow: inputs, aColumn: 1, packed: context.packed,
            b: context.parameters, bRow: 1, bColumn: inputs, c: y, cRow: units, bias: bias)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let rows = batch * input.time
        MatrixProduct.multiply(
            m: units, n: inputs, k: rows, a: dy, aRow: 1, aColumn: units, b: x, bRow: inputs, bColumn: 1, c: gradients,
            cRow: inputs, accumulates: true, scratch: context.scratch)
        ck_add_rows(Int32(rows), Int32(units), dy, units, gradients + units * inputs)
        if let dx {
            PanelProduct.run(
                m: rows, n: inputs, k: units, a: dy, aRow: units, aColumn: 1, packed: context.packed + forwardPanels,
                b: context.parameters, bRow: inputs, bColumn: 1, c: dx, cRow: inputs, bias: nil)
        }
    }
}
