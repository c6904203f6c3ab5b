import Basics
import CKernels
import Tensors

/// A stack of long short-term memory layers (Hochreiter & Schmidhuber 1997), equal to PyTorch's `nn.LSTM(num_layers: n)`.
///
/// Gates in the order input, forget, cell, output; weights `[4H][in]` and `[4H][H]`; two biases, as PyTorch has. The state
/// starts at zero for every window. Without `returnSequences` the output is the hidden state of the last step.
///
/// Inside, memory is time-major (`[T][B][…]`): the rows of one step are contiguous, so the recurrent product, the cell and
/// the weight gradient (hidden rows against gate rows one step later) all run on dense blocks. The input part of all steps
/// is one product.
package struct LSTM: Layer {
    package static let kind = "lstm"
    package static let keys = ["hidden", "layers", "returnSequences"]
    package let input: SampleShape
    package let output: SampleShape
    let hidden: Int
    let layers: Int
    let returnsSequences: Bool

    package init(input: SampleShape, hidden: Int, layers: Int = 1, returnsSequences: Bool = false) {
        self.input = input
        self.hidden = hidden
        self.layers = layers
        self.returnsSequences = returnsSequences
        output = SampleShape(time: returnsSequences ? input.time : 1, channels: hidden)
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        self.init(
            input: input, hidden: try reader.int("hidden", in: 1...16_384),
            layers: try reader.int("layers", default: 1, in: 1...64),
            returnsSequences: try reader.bool("returnSequences", default: false))
    }

    private var gates: Int { 4 * hidden }
    private func inputs(_ layer: Int) -> Int { layer == 0 ? input.channels : hidden }

    package var parameters: [ParameterSpec] {
        let start = ParameterSpec.Start.uniform(bound: 1 / Float(hidden).squareRoot())
        return (0..<layers).flatMap { layer in
            [
                ParameterSpec("weight_ih_l\(layer)", [gates, inputs(layer)], start),
                ParameterSpec("weight_hh_l\(layer)", [gates, hidden], start),
                ParameterSpec("bias_ih_l\(layer)", [gates], start),
                ParameterSpec("bias_hh_l\(layer)", [gates], start),
            ]
        }
    }

    package var multiplyAdds: Int { (0..<layers).reduce(0) { $0 + input.time * gates * (inputs($1) + hidden) } }

    // MARK: Memory plan

    /// Offsets of one layer's weights in the parameter block.
    private func weights(_ layer: Int) -> (input: Int, hidden: Int, bias: Int) {
        var offset = 0
        for earlier in 0..<layer { offset += gates * (inputs(earlier) + hidden + 2) }
        return (offset, offset + gates * inputs(layer), offset + gates * (inputs(layer) + hidden))
    }

    private struct Packed {
        var forwardInput = 0, forwardHidden = 0, backwardInput = 0, backwardHidden = 0, bias = 0, end = 0
    }

    private func packedLayout(_ layer: Int) -> Packed {
        var at = Packed()
        for index in 0...layer {
            at.forwardInput = at.end
            at.forwardHidden = at.forwardInput + MatrixProduct.scratchSize(k: inputs(index), n: gates)
            at.backwardInput = at.forwardHidden + MatrixProduct.scratchSize(k: hidden, n: gates)
            at.backwardHidden = at.backwardInput + MatrixProduct.scratchSize(k: gates, n: inputs(index))
            at.bias = at.backwardHidden + MatrixProduct.scratchSize(k: gates, n: hidden)
            at.end = at.bias + gates
        }
        return at
    }

    package var packedCount: Int { packedLayout(layers - 1).end }

    /// Per layer: gates [T][B][4H], cell, tanh(cell) and hidden [T][B][H]; then the input and one gradient, time-major.
    private func layerBlock(_ batch: Int) -> Int { input.time * batch * (gates + 3 * hidden) }

    package func workspaceCount(batch: Int) -> Int {
        let widest = max(input.channels, hidden)
        return layers * layerBlock(batch) + input.time * batch * (input.channels + 2 * widest) + 2 * batch * hidden
    }

    package func scratchCount(batch: Int) -> Int {
        MatrixProduct.scratchSize(k: input.time * batch, n: max(input.channels, hidden))
    }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        for layer in 0..<layers {
            let at = packedLayout(layer), from = weights(layer)
            let g = Int32(gates), h = Int32(hidden), n = inputs(layer)
            ck_pack(parameters + from.input, 1, n, Int32(n), g, packed + at.forwardInput)
            ck_pack(parameters + from.hidden, 1, hidden, h, g, packed + at.forwardHidden)
            ck_pack(parameters + from.input, n, 1, g, Int32(n), packed + at.backwardInput)
            ck_pack(parameters + from.hidden, hidden, 1, g, h, packed + at.backwardHidden)
            let bias = parameters + from.bias
            for j in 0..<gates { packed[at.bias + j] = bias[j] + bias[gates + j] }
        }
    }

    // MARK: Passes

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let time = input.time
        let base = context.workspace
        let timeMajor = base + layers * layerBlock(batch)
        LSTM.swapBatchAndTime(x, outer: batch, inner: time, width: input.channels, into: timeMajor)
        var source = UnsafePointer(timeMajor)
        for layer in 0..<layers {
            let gate = base + layer * layerBlock(batch)
            let cell = gate + time * batch * gates, tanhCell = cell + time * batch * hidden
            let state = tanhCell + time * batch * hidden
            let at = packedLayout(layer), from = weights(layer), n = inputs(layer)
            PanelProduct.run(
                m: time * batch, n: gates, k: n, a: source, aRow: n, aColumn: 1,
                packed: context.packed + at.forwardInput, b: context.parameters + from.input, bRow: 1, bColumn: n,
                c: gate, cRow: gates, bias: context.packed + at.bias)
            for t in 0..<time {
                let rows = gate + t * batch * gates, here = t * batch * hidden
                if t > 0 {
                    PanelProduct.run(
                        m: batch, n: gates, k: hidden, a: state + here - batch * hidden, aRow: hidden, aColumn: 1,
                        packed: context.packed + at.forwardHidden, b: context.parameters + from.hidden, bRow: 1,
                        bColumn: hidden, c: rows, cRow: gates, bias: nil, accumulates: true)
                }
                ck_lstm_forward(
                    Int32(batch), Int32(hidden), rows, gates, t > 0 ? cell + here - batch * hidden : nil, hidden,
                    cell + here, tanhCell + here, hidden, state + here, hidden)
            }
            source = UnsafePointer(state)
        }
        if returnsSequences {
            LSTM.swapBatchAndTime(source, outer: time, inner: batch, width: hidden, into: y)
        } else {
            y.update(from: source + (time - 1) * batch * hidden, count: batch * hidden)
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let time = input.time, widest = max(input.channels, hidden)
        let base = context.workspace
        let timeMajor = base + layers * layerBlock(batch)
        // Two blocks alternate as the gradient of a layer's output and of its input.
        var upstream = timeMajor + time * batch * input.channels
        var downstream = upstream + time * batch * widest
        let stateGradient = timeMajor + time * batch * (input.channels + 2 * widest)
        let cellGradient = stateGradient + batch * hidden
        if returnsSequences {
            LSTM.swapBatchAndTime(dy, outer: batch, inner: time, width: hidden, into: upstream)
        } else {
            upstream.update(repeating: 0, count: (time - 1) * batch * hidden)
            (upstream + (time - 1) * batch * hidden).update(from: dy, count: batch * hidden)
        }
        for layer in (0..<layers).reversed() {
            let gate = base + layer * layerBlock(batch)
            let cell = gate + time * batch * gates, tanhCell = cell + time * batch * hidden
            let state = tanhCell + time * batch * hidden
            let at = packedLayout(layer), from = weights(layer), n = inputs(layer)
            let source =
                layer == 0 ? timeMajor : base + (layer - 1) * layerBlock(batch) + time * batch * (gates + 2 * hidden)
            cellGradient.update(repeating: 0, count: batch * hidden)
            for t in (0..<time).reversed() {
                let rows = gate + t * batch * gates, here = t * batch * hidden
                ck_lstm_backward(
                    Int32(batch), Int32(hidden), rows, gates, t > 0 ? cell + here - batch * hidden : nil, hidden,
                    tanhCell + here, hidden, upstream + here, hidden, t < time - 1 ? stateGradient : nil, cellGradient,
                    rows)
                if t > 0 {
                    PanelProduct.run(
                        m: batch, n: hidden, k: gates, a: rows, aRow: gates, aColumn: 1,
                        packed: context.packed + at.backwardHidden, b: context.parameters + from.hidden, bRow: hidden,
                        bColumn: 1, c: stateGradient, cRow: hidden, bias: nil)
                }
            }
            MatrixProduct.multiply(
                m: gates, n: n, k: time * batch, a: gate, aRow: 1, aColumn: gates, b: source, bRow: n, bColumn: 1,
                c: gradients + from.input, cRow: n, accumulates: true, scratch: context.scratch)
            if time > 1 {
                MatrixProduct.multiply(
                    m: gates, n: hidden, k: (time - 1) * batch, a: gate + batch * gates, aRow: 1, aColumn: gates,
                    b: state, bRow: hidden, bColumn: 1, c: gradients + from.hidden, cRow: hidden, accumulates: true,
                    scratch: context.scratch)
            }
            // Both biases see the same gradient.
            ck_add_rows(Int32(time * batch), Int32(gates), gate, gates, gradients + from.bias)
            ck_add_rows(Int32(time * batch), Int32(gates), gate, gates, gradients + from.bias + gates)
            guard layer > 0 || dx != nil else { return }
            PanelProduct.run(
                m: time * batch, n: n, k: gates, a: gate, aRow: gates, aColumn: 1,
                packed: context.packed + at.backwardInput, b: context.parameters + from.input, bRow: n, bColumn: 1,
                c: downstream, cRow: n, bias: nil)
            swap(&upstream, &downstream)
        }
        if let dx { LSTM.swapBatchAndTime(upstream, outer: time, inner: batch, width: input.channels, into: dx) }
    }

    /// `[outer][inner][width]` to `[inner][outer][width]`.
    private static func swapBatchAndTime(
        _ x: UnsafePointer<Float>, outer: Int, inner: Int, width: Int, into y: UnsafeMutablePointer<Float>
    ) {
        for i in 0..<outer {
            for j in 0..<inner { (y + (j * outer + i) * width).update(from: x + (i * inner + j) * width, count: width) }
        }
    }
}
