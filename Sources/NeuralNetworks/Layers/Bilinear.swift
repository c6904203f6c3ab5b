package import Basics
import CKernels
import Tensors

/// Mixes features and time separately: with X as features × time, Y = W₁·X·W₂ + B (Tran et al. 2018, arXiv:1712.00975).
///
/// `units` × `steps` is the output. Parameters are stored as the paper writes them, W₁ `[units][features]`, W₂
/// `[time][steps]`, B `[units][steps]`; samples stay `[time][features]`. Time is mixed first, which is cheaper whenever
/// it shrinks. With `maxNorm`, W₁ and W₂ are scaled back to that Frobenius norm after a step.
package struct Bilinear: Layer {
    package static let kind = "bilinear"
    package static let keys = ["units", "steps", "maxNorm"]
    package let input: SampleShape
    package let output: SampleShape
    let maxNorm: Float?
    /// Applied to the output, where an activation was fused.
    package var activation: Activation.Function?

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        try reader.requireSeries(input)
        self.input = input
        output = SampleShape(
            time: try reader.int("steps", in: 1...65_536), channels: try reader.int("units", in: 1...65_536))
        maxNorm = try reader.optionalDouble("maxNorm", in: 1e-6...1e9).map { Float($0) }
    }

    private var features: Int { input.channels }
    private var units: Int { output.channels }
    private var steps: Int { output.time }

    package var parameters: [ParameterSpec] {
        func uniform(_ fan: Int) -> ParameterSpec.Start { .uniform(bound: (6 / Float(fan)).squareRoot()) }
        return [
            ParameterSpec("w1", [units, features], uniform(features)),
            ParameterSpec("w2", [input.time, steps], uniform(input.time)),
            ParameterSpec("bias", [units, steps], .constant(0)),
        ]
    }

    package func fused(with function: Activation.Function) -> (any Layer)? {
        guard function.isInvertible, activation == nil else { return nil }
        var copy = self
        copy.activation = function
        return copy
    }

    package var multiplyAdds: Int { features * steps * (input.time + units) }
    private var w2: Int { units * features }
    private var bias: Int { w2 + input.time * steps }
    private var forwardPanels: Int { MatrixProduct.packedSize(k: features, n: units) }
    private var backwardPanels: Int { MatrixProduct.packedSize(k: units, n: features) }
    /// W₁ both ways, and B as samples are stored.
    package var packedCount: Int { forwardPanels + backwardPanels + units * steps }
    /// Windows with mixed time.
    package func workspaceCount(batch: Int) -> Int { batch * steps * features }
    /// Their gradient, and panels of one sample of it.
    package func scratchCount(batch: Int) -> Int {
        batch * steps * features + 16 + MatrixProduct.packedSize(k: features, n: steps)
    }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        ck_pack(parameters, 1, features, Int32(features), Int32(units), packed)
        ck_pack(parameters, features, 1, Int32(units), Int32(features), packed + forwardPanels)
        let shift = packed + forwardPanels + backwardPanels
        for unit in 0..<units {
            for step in 0..<steps { shift[step * units + unit] = parameters[bias + unit * steps + step] }
        }
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let mixed = context.workspace, shift = context.packed + forwardPanels + backwardPanels
        for sample in 0..<batch {
            MatrixProduct.multiply(
                m: steps, n: features, k: input.time, a: context.parameters + w2, aRow: 1, aColumn: steps,
                b: x + sample * input.count, bRow: features,
                c: mixed + sample * steps * features, cRow: features, accumulates: false, context.kernels)
            (y + sample * output.count).update(from: shift, count: output.count)
        }
        PanelProduct.run(
            m: batch * steps, n: units, k: features, a: mixed, aRow: features, aColumn: 1, packed: context.packed,
            b: context.parameters, bRow: 1,
            bColumn: features, c: y, cRow: units, bias: nil, accumulates: true, activation: activation, context.kernels)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let rows = batch * steps, dMixed = context.scratch, panels = dMixed + rows * features + 16
        if let activation { ck_activate_backward(activation.kernel, batch * output.count, y, y, dy, dy) }
        for sample in 0..<batch {
            let upstream = dy + sample * output.count
            for unit in 0..<units {
                for step in 0..<steps { gradients[bias + unit * steps + step] += upstream[step * units + unit] }
            }
        }
        MatrixProduct.multiply(
            m: units, n: features, k: rows, a: dy, aRow: 1, aColumn: units, b: context.workspace, bRow: features,
            c: gradients, cRow: features,
            accumulates: true, context.kernels)
        PanelProduct.run(
            m: rows, n: features, k: units, a: dy, aRow: units, aColumn: 1, packed: context.packed + forwardPanels,
            b: context.parameters,
            bRow: features, bColumn: 1, c: dMixed, cRow: features, bias: nil, context.kernels)
        for sample in 0..<batch {
            let gradient = dMixed + sample * steps * features
            ck_pack(gradient, 1, features, Int32(features), Int32(steps), panels)
            MatrixProduct.multiply(
                m: input.time, n: steps, k: features, a: x + sample * input.count, aRow: features, panels: panels,
                c: gradients + w2, cRow: steps, accumulates: true, context.kernels)
            guard let dx else { continue }
            MatrixProduct.multiply(
                m: input.time, n: features, k: steps, a: context.parameters + w2, aRow: steps, aColumn: 1, b: gradient,
                bRow: features,
                c: dx + sample * input.count, cRow: features, accumulates: false, context.kernels)
        }
    }

    package func constrain(parameters: UnsafeMutablePointer<Float>) {
        guard let maxNorm else { return }
        Bilinear.limit(parameters, count: w2, norm: maxNorm)
        Bilinear.limit(parameters + w2, count: input.time * steps, norm: maxNorm)
    }

    /// Scales a matrix back to a Frobenius norm.
    static func limit(_ weights: UnsafeMutablePointer<Float>, count: Int, norm limit: Float) {
        var squares = 0.0
        for i in 0..<count { squares += Double(weights[i]) * Double(weights[i]) }
        let norm = Float(squares.squareRoot())
        guard norm > limit else { return }
        for i in 0..<count { weights[i] *= limit / norm }
    }
}
