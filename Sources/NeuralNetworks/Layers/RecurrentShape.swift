import Basics
import CKernels
import Tensors

/// What LSTM and GRU stacks share: sizes, PyTorch's parameter names, and where each layer's weights and panels lie.
///
/// A stack has `layers` layers of one or two directions; a "run" is one direction of one layer. Memory inside is
/// time-major (`[T][B][…]`): the rows of one step are contiguous, so the recurrent product, the cell and the weight
/// gradient (hidden rows against gate rows one step later) all run on dense blocks, and the input part of all steps is
/// one product.
package struct RecurrentShape: Sendable {
    package let input: SampleShape
    package let output: SampleShape
    /// H, units of one direction.
    package let hidden: Int
    /// Layers above each other.
    package let layers: Int
    /// Whether each layer also runs backward in time.
    package let isBidirectional: Bool
    /// Whether all steps are the output, or the last state of each direction.
    package let returnsSequences: Bool
    /// Gate blocks of one unit: 4 in an LSTM, 3 in a GRU.
    package let blocks: Int
    var family = ParameterSpec.Family.torch

    static let keys = ["hidden", "layers", "bidirectional", "returnSequences", "init"]

    init(input: SampleShape, hidden: Int, layers: Int, isBidirectional: Bool, returnsSequences: Bool, blocks: Int) {
        (self.input, self.hidden, self.layers, self.blocks) = (input, hidden, layers, blocks)
        (self.isBidirectional, self.returnsSequences) = (isBidirectional, returnsSequences)
        output = SampleShape(time: returnsSequences ? input.time : 1, channels: hidden * (isBidirectional ? 2 : 1))
    }

    init(_ reader: ConfigReader, input: SampleShape, blocks: Int) throws {
        try reader.requireSeries(input)
        self.init(
            input: input, hidden: try reader.int("hidden", in: 1...16_384),
            layers: try reader.int("layers", default: 1, in: 1...64),
            isBidirectional: try reader.bool("bidirectional", default: false),
            returnsSequences: try reader.bool("returnSequences", default: false), blocks: blocks)
        family = try reader.choice("init", default: .torch)
    }

    /// Values of all gates of one step.
    package var gates: Int { blocks * hidden }
    /// 1 or 2.
    package var directions: Int { isBidirectional ? 2 : 1 }
    /// Directions of all layers.
    package var runs: Int { layers * directions }
    /// Width of a layer's output.
    package var width: Int { directions * hidden }
    /// Values of one step that a run reads.
    package func inputs(_ run: Int) -> Int { run < directions ? input.channels : width }
    /// Whether a run goes from the last step to the first.
    package func isBackward(_ run: Int) -> Bool { run % directions == 1 }
    var widest: Int { max(input.channels, width) }
    var multiplyAdds: Int { (0..<runs).reduce(0) { $0 + input.time * gates * (inputs($1) + hidden) } }

    var parameters: [ParameterSpec] {
        (0..<runs).flatMap { run -> [ParameterSpec] in
            if family == .keras {
                let suffix = "l\(run / directions)\(isBackward(run) ? "_reverse" : "")"
                // The forget gate of an LSTM starts open.
                let bias = blocks == 4 ? ParameterSpec.Start.ones(hidden..<2 * hidden) : .constant(0)
                return [
                    ParameterSpec(
                        "weight_ih_\(suffix)", [gates, inputs(run)], family.weights(fanIn: inputs(run), fanOut: gates)),
                    ParameterSpec("weight_hh_\(suffix)", [gates, hidden], .orthogonal(columns: hidden)),
                    ParameterSpec("bias_ih_\(suffix)", [gates], bias),
                    ParameterSpec("bias_hh_\(suffix)", [gates], .constant(0)),
                ]
            }
            let start = ParameterSpec.Start.uniform(bound: 1 / Float(hidden).squareRoot())
            let suffix = "l\(run / directions)\(isBackward(run) ? "_reverse" : "")"
            return [
                ParameterSpec("weight_ih_\(suffix)", [gates, inputs(run)], start),
                ParameterSpec("weight_hh_\(suffix)", [gates, hidden], start),
                ParameterSpec("bias_ih_\(suffix)", [gates], start), ParameterSpec("bias_hh_\(suffix)", [gates], start),
            ]
        }
    }

    /// Offsets of one run's arrays, in floats.
    package struct Weights {
        /// First floats of weight_ih, weight_hh, bias_ih and bias_hh.
        package var input = 0, hidden = 0, inputBias = 0, hiddenBias = 0
    }

    /// Offsets of one run's weights in the parameter block.
    package func weights(_ run: Int) -> Weights {
        var offset = 0
        for earlier in 0..<run { offset += gates * (inputs(earlier) + hidden + 2) }
        let hiddenWeights = offset + gates * inputs(run), bias = hiddenWeights + gates * hidden
        return Weights(input: offset, hidden: hiddenWeights, inputBias: bias, hiddenBias: bias + gates)
    }

    struct Packed {
        var forwardInput = 0, forwardHidden = 0, backwardInput = 0, backwardHidden = 0, bias = 0, end = 0
    }

    func packed(_ run: Int) -> Packed {
        var at = Packed()
        for index in 0...run {
            at.forwardInput = at.end
            at.forwardHidden = at.forwardInput + MatrixProduct.packedSize(k: inputs(index), n: gates)
            at.backwardInput = at.forwardHidden + MatrixProduct.packedSize(k: hidden, n: gates)
            at.backwardHidden = at.backwardInput + MatrixProduct.packedSize(k: gates, n: inputs(index))
            at.bias = at.backwardHidden + MatrixProduct.packedSize(k: gates, n: hidden)
            at.end = at.bias + gates
        }
        return at
    }

    var packedCount: Int { packed(runs - 1).end }

    /// Panels of one run, both ways; the biases are left to the caller.
    func pack(_ run: Int, parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        let at = self.packed(run), from = weights(run)
        let g = Int32(gates), h = Int32(hidden), n = inputs(run)
        ck_pack(parameters + from.input, 1, n, Int32(n), g, packed + at.forwardInput)
        ck_pack(parameters + from.hidden, 1, hidden, h, g, packed + at.forwardHidden)
        ck_pack(parameters + from.input, n, 1, g, Int32(n), packed + at.backwardInput)
        ck_pack(parameters + from.hidden, hidden, 1, g, h, packed + at.backwardHidden)
    }

    /// Input part of all steps' gates: `target` = `source`·Wᵀ + bias.
    func inputProduct(
        _ run: Int, rows: Int, source: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        into target: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let at = packed(run), n = inputs(run)
        PanelProduct.run(
            m: rows, n: gates, k: n, a: source, aRow: n, aColumn: 1, packed: context.packed + at.forwardInput,
            b: context.parameters + weights(run).input, bRow: 1, bColumn: n, c: target, cRow: gates, bias: bias,
            context.kernels)
    }

    /// Hidden part of one step's gates. A single window walks the weights to and fro, because the end of one step is
    /// still in the first cache when the next begins: a quarter faster at 64 units (measured), the same bits.
    @inline(__always)
    func hiddenProduct(
        _ run: Int, batch: Int, state: UnsafePointer<Float>, bias: UnsafePointer<Float>?, accumulates: Bool,
        into target: UnsafeMutablePointer<Float>,
        _ panels: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, step: Int, _ kernels: ProductKernels
    ) {
        PanelProduct.run(
            m: batch, n: gates, k: hidden, a: state, aRow: width, aColumn: 1, packed: panels, b: weights, bRow: 1,
            bColumn: hidden,
            c: target, cRow: gates, bias: bias, accumulates: accumulates, backwards: step % 2 == 1, kernels)
    }

    /// Gradient of the state before a step, from the gate gradients of the step.
    @inline(__always)
    func stateGradient(
        batch: Int, gateGradient: UnsafePointer<Float>, accumulates: Bool, into target: UnsafeMutablePointer<Float>,
        _ panels: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ kernels: ProductKernels
    ) {
        PanelProduct.run(
            m: batch, n: hidden, k: gates, a: gateGradient, aRow: gates, aColumn: 1, packed: panels, b: weights,
            bRow: hidden, bColumn: 1,
            c: target, cRow: hidden, bias: nil, accumulates: accumulates, kernels)
    }

    /// Weight gradients of a run from the gradients of both parts of its gates, all `[T][B][gates]`.
    func weightGradients(
        _ run: Int, batch: Int, inputPart: UnsafePointer<Float>, hiddenPart: UnsafePointer<Float>,
        source: UnsafePointer<Float>, state: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>,
        _ kernels: ProductKernels
    ) {
        let from = weights(run), n = inputs(run), time = input.time, rows = time * batch
        MatrixProduct.multiply(
            m: gates, n: n, k: rows, a: inputPart, aRow: 1, aColumn: gates, b: source, bRow: n,
            c: gradients + from.input, cRow: n, accumulates: true, kernels)
        if time > 1 {
            // Step t saw the state of step t − 1, or t + 1 when time runs backward.
            let step = batch * gates, one = batch * width
            MatrixProduct.multiply(
                m: gates, n: hidden, k: rows - batch, a: hiddenPart + (isBackward(run) ? 0 : step), aRow: 1,
                aColumn: gates,
                b: state + (isBackward(run) ? one : 0), bRow: width, c: gradients + from.hidden, cRow: hidden,
                accumulates: true, kernels)
        }
        ck_add_rows(Int32(rows), Int32(gates), inputPart, gates, gradients + from.inputBias)
        ck_add_rows(Int32(rows), Int32(gates), hiddenPart, gates, gradients + from.hiddenBias)
    }

    /// Gradient of a layer's input from one run.
    func inputGradient(
        _ run: Int, rows: Int, gateGradient: UnsafePointer<Float>, accumulates: Bool,
        into target: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let n = inputs(run)
        PanelProduct.run(
            m: rows, n: n, k: gates, a: gateGradient, aRow: gates, aColumn: 1,
            packed: context.packed + packed(run).backwardInput,
            b: context.parameters + weights(run).input, bRow: n, bColumn: 1, c: target, cRow: n, bias: nil,
            accumulates: accumulates, context.kernels)
    }

    /// Writes the stack's output from the last layer's states `[T][B][width]`.
    func emit(batch: Int, states: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        let time = input.time
        if returnsSequences {
            RecurrentShape.swapBatchAndTime(states, outer: time, inner: batch, width: width, into: y)
            return
        }
        // The last state of each direction: a backward run ends at the first step.
        for sample in 0..<batch {
            (y + sample * width).update(from: states + ((time - 1) * batch + sample) * width, count: hidden)
            if isBidirectional {
                (y + sample * width + hidden).update(from: states + sample * width + hidden, count: hidden)
            }
        }
    }

    /// The reverse of ``emit(batch:states:into:)``.
    func absorb(batch: Int, dy: UnsafePointer<Float>, into upstream: UnsafeMutablePointer<Float>) {
        let time = input.time
        if returnsSequences {
            RecurrentShape.swapBatchAndTime(dy, outer: batch, inner: time, width: width, into: upstream)
            return
        }
        upstream.update(repeating: 0, count: time * batch * width)
        for sample in 0..<batch {
            (upstream + ((time - 1) * batch + sample) * width).update(from: dy + sample * width, count: hidden)
            if isBidirectional {
                (upstream + sample * width + hidden).update(from: dy + sample * width + hidden, count: hidden)
            }
        }
    }

    /// `[outer][inner][width]` to `[inner][outer][width]`.
    static func swapBatchAndTime(
        _ x: UnsafePointer<Float>, outer: Int, inner: Int, width: Int, into y: UnsafeMutablePointer<Float>
    ) {
        if outer == 1 || inner == 1 {
            y.update(from: x, count: outer * inner * width)
            return
        }
        for i in 0..<outer {
            for j in 0..<inner { (y + (j * outer + i) * width).update(from: x + (i * inner + j) * width, count: width) }
        }
    }
}
