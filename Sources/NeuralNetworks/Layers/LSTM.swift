package import Basics
import CKernels
import Tensors

/// A stack of long short-term memory layers (Hochreiter & Schmidhuber 1997), equal to PyTorch's `nn.LSTM(num_layers,
/// bidirectional)`.
///
/// Gates in the order input, forget, cell, output; weights `[4H][in]` and `[4H][H]`; two biases, as PyTorch has. The
/// state starts at zero for every window. Without `returnSequences` the output is each direction's last hidden state.
package struct LSTM: Layer {
    package static let kind = "lstm"
    package static let keys = RecurrentShape.keys
    /// Sizes, and where weights lie.
    package let shape: RecurrentShape

    /// T×(D·H), or with `returnsSequences` false 1×(D·H), from T×C; D directions.
    package init(
        input: SampleShape, hidden: Int, layers: Int = 1, isBidirectional: Bool = false, returnsSequences: Bool = false
    ) {
        shape = RecurrentShape(
            input: input, hidden: hidden, layers: layers, isBidirectional: isBidirectional,
            returnsSequences: returnsSequences, blocks: 4)
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        shape = try RecurrentShape(reader, input: input, blocks: 4)
    }

    package var input: SampleShape { shape.input }
    package var output: SampleShape { shape.output }
    package var parameters: [ParameterSpec] { shape.parameters }
    package var multiplyAdds: Int { shape.multiplyAdds }
    package var packedCount: Int { shape.packedCount }

    // MARK: Memory plan

    private var hidden: Int { shape.hidden }
    private var gates: Int { shape.gates }
    /// Of one run: gates [T][B][4H], cell and tanh(cell) [T][B][H].
    private func runBlock(_ batch: Int) -> Int { input.time * batch * (gates + 2 * hidden) }
    /// Of one layer: its runs, and the hidden states [T][B][width].
    private func layerBlock(_ batch: Int) -> Int {
        shape.directions * runBlock(batch) + input.time * batch * shape.width
    }
    private func layerBase(_ layer: Int, _ batch: Int) -> Int {
        input.time * batch * input.channels + layer * layerBlock(batch)
    }
    private func states(_ layer: Int, _ batch: Int) -> Int {
        layerBase(layer, batch) + shape.directions * runBlock(batch)
    }

    /// The input time-major, the layers, two gradients time-major, and two of one step.
    package func workspaceCount(batch: Int) -> Int {
        layerBase(shape.layers, batch) + 2 * input.time * batch * shape.widest + 2 * batch * hidden
    }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        for run in 0..<shape.runs {
            shape.pack(run, parameters: parameters, into: packed)
            let from = shape.weights(run), bias = packed + shape.packed(run).bias
            for j in 0..<gates { bias[j] = parameters[from.inputBias + j] + parameters[from.hiddenBias + j] }
        }
    }

    // MARK: Passes

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let base = context.workspace
        RecurrentShape.swapBatchAndTime(x, outer: batch, inner: input.time, width: input.channels, into: base)
        for run in 0..<shape.runs { forward(run, batch: batch, base: base, context) }
        shape.emit(batch: batch, states: base + states(shape.layers - 1, batch), into: y)
    }

    private func forward(_ run: Int, batch: Int, base: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let time = input.time, layer = run / shape.directions, width = shape.width
        let source = layer == 0 ? base : base + states(layer - 1, batch)
        let gate = base + layerBase(layer, batch) + (run % shape.directions) * runBlock(batch)
        let cell = gate + time * batch * gates, tanhCell = cell + time * batch * hidden
        let state = base + states(layer, batch) + (run % shape.directions) * hidden
        let at = shape.packed(run), isBackward = shape.isBackward(run)
        shape.inputProduct(run, rows: time * batch, source: source, bias: context.packed + at.bias, into: gate, context)
        let panels = context.packed + at.forwardHidden, weights = context.parameters + shape.weights(run).hidden
        for step in 0..<time {
            let t = isBackward ? time - 1 - step : step, before = isBackward ? t + 1 : t - 1
            let rows = gate + t * batch * gates
            if step > 0 {
                shape.hiddenProduct(
                    run, batch: batch, state: state + before * batch * width, bias: nil, accumulates: true, into: rows,
                    panels, weights, step: step, context.kernels)
            }
            ck_lstm_forward(
                Int32(batch), Int32(hidden), rows, gates,
                step > 0 ? UnsafePointer(cell + before * batch * hidden) : nil, hidden,
                cell + t * batch * hidden, tanhCell + t * batch * hidden, hidden, state + t * batch * width, width)
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let base = context.workspace, time = input.time
        // Two blocks alternate as the gradient of a layer's output and of its input.
        var upstream = base + layerBase(shape.layers, batch)
        var downstream = upstream + time * batch * shape.widest
        let spare = downstream + time * batch * shape.widest
        shape.absorb(batch: batch, dy: dy, into: upstream)
        for layer in (0..<shape.layers).reversed() {
            for direction in 0..<shape.directions {
                let run = layer * shape.directions + direction
                let gate = backward(
                    run, batch: batch, base: base, upstream: upstream + direction * hidden, spare: spare,
                    gradients: gradients, context)
                guard layer > 0 || dx != nil else { continue }
                shape.inputGradient(
                    run, rows: time * batch, gateGradient: gate, accumulates: direction > 0, into: downstream, context)
            }
            swap(&upstream, &downstream)
        }
        if let dx {
            RecurrentShape.swapBatchAndTime(upstream, outer: time, inner: batch, width: input.channels, into: dx)
        }
    }

    /// Back through the steps of one run; the gates' memory receives their gradients, which are returned.
    private func backward(
        _ run: Int, batch: Int, base: UnsafeMutablePointer<Float>, upstream: UnsafePointer<Float>,
        spare: UnsafeMutablePointer<Float>,
        gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) -> UnsafePointer<Float> {
        let time = input.time, layer = run / shape.directions, width = shape.width, direction = run % shape.directions
        let source = layer == 0 ? base : base + states(layer - 1, batch)
        let gate = base + layerBase(layer, batch) + direction * runBlock(batch)
        let cell = gate + time * batch * gates, tanhCell = cell + time * batch * hidden
        let stateGradient = spare, cellGradient = spare + batch * hidden
        let panels = context.packed + shape.packed(run).backwardHidden,
            weights = context.parameters + shape.weights(run).hidden
        cellGradient.update(repeating: 0, count: batch * hidden)
        for step in (0..<time).reversed() {
            let t = shape.isBackward(run) ? time - 1 - step : step, before = shape.isBackward(run) ? t + 1 : t - 1
            let rows = gate + t * batch * gates
            ck_lstm_backward(
                Int32(batch), Int32(hidden), rows, gates,
                step > 0 ? UnsafePointer(cell + before * batch * hidden) : nil, hidden,
                tanhCell + t * batch * hidden, hidden, upstream + t * batch * width, width,
                step < time - 1 ? UnsafePointer(stateGradient) : nil,
                cellGradient, rows)
            if step > 0 {
                shape.stateGradient(
                    batch: batch, gateGradient: rows, accumulates: false, into: stateGradient, panels, weights,
                    context.kernels)
            }
        }
        shape.weightGradients(
            run, batch: batch, inputPart: gate, hiddenPart: gate, source: source,
            state: base + states(layer, batch) + direction * hidden, gradients: gradients, context.kernels)
        return UnsafePointer(gate)
    }
}
