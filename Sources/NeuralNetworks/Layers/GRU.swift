package import Basics
import CKernels
import Tensors

/// A stack of gated recurrent units (Cho et al. 2014), equal to PyTorch's `nn.GRU(num_layers, bidirectional)`.
///
/// Gates in the order reset, update, candidate; the reset gate acts on the product, n = tanh(Wx + b + r·(Uh + c)), as
/// in PyTorch and cuDNN (Keras: `reset_after`), or with `reset: before` on the state, n = tanh(Wx + b + U(r·h) + c), as
/// in the paper (Keras: `reset_after=False`). The state starts at zero for every window.
package struct GRU: Layer {
    package static let kind = "gru"
    package static let keys = RecurrentShape.keys + ["reset"]

    /// What the reset gate acts on.
    package enum Reset: String, CaseIterable, Sendable {
        /// The product of the state.
        case after
        /// The state, before the product.
        case before
    }

    /// Sizes, and where weights lie.
    package let shape: RecurrentShape
    /// What the reset gate acts on.
    package let reset: Reset

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        shape = try RecurrentShape(reader, input: input, blocks: 3)
        reset = try reader.choice("reset", default: .after)
    }

    package var input: SampleShape { shape.input }
    package var output: SampleShape { shape.output }
    package var parameters: [ParameterSpec] { shape.parameters }
    package var multiplyAdds: Int { shape.multiplyAdds }
    package var packedCount: Int { shape.packedCount }

    private var hidden: Int { shape.hidden }
    private var gates: Int { shape.gates }
    /// Of one run: input part and hidden part of the gates, [T][B][3H] each.
    private func runBlock(_ batch: Int) -> Int { 2 * input.time * batch * gates }
    private func layerBlock(_ batch: Int) -> Int {
        shape.directions * runBlock(batch) + input.time * batch * shape.width
    }
    private func layerBase(_ layer: Int, _ batch: Int) -> Int {
        input.time * batch * input.channels + layer * layerBlock(batch)
    }
    private func states(_ layer: Int, _ batch: Int) -> Int {
        layerBase(layer, batch) + shape.directions * runBlock(batch)
    }

    package func workspaceCount(batch: Int) -> Int {
        layerBase(shape.layers, batch) + 2 * input.time * batch * shape.widest + batch * hidden
            + (reset == .before ? ResetBefore.workspaceCount(batch: batch, shape: shape) : 0)
    }

    /// Memory of one step of the form that resets before the product.
    private func spare(_ batch: Int) -> Int {
        layerBase(shape.layers, batch) + 2 * input.time * batch * shape.widest + batch * hidden
    }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        for run in 0..<shape.runs { shape.pack(run, parameters: parameters, into: packed) }
    }

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
        let recurrent = gate + time * batch * gates
        let state = base + states(layer, batch) + (run % shape.directions) * hidden
        let from = shape.weights(run), isBackward = shape.isBackward(run)
        shape.inputProduct(
            run, rows: time * batch, source: source, bias: context.parameters + from.inputBias, into: gate, context)
        if reset == .before {
            ResetBefore(shape: shape, run: run, batch: batch, gate: gate, state: state, spare: base + spare(batch))
                .forward(context)
            return
        }
        let panels = context.packed + shape.packed(run).forwardHidden, bias = context.parameters + from.hiddenBias
        for step in 0..<time {
            let t = isBackward ? time - 1 - step : step, before = isBackward ? t + 1 : t - 1
            let rows = recurrent + t * batch * gates
            if step > 0 {
                shape.hiddenProduct(
                    run, batch: batch, state: state + before * batch * width, bias: bias, accumulates: false,
                    into: rows, panels, context.parameters + from.hidden,
                    step: step, context.kernels)
            } else {
                for sample in 0..<batch { (rows + sample * gates).update(from: bias, count: gates) }
            }
            ck_gru_forward(
                Int32(batch), Int32(hidden), gate + t * batch * gates, gates, rows, gates,
                step > 0 ? UnsafePointer(state + before * batch * width) : nil, width,
                state + t * batch * width, width)
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let base = context.workspace, time = input.time
        var upstream = base + layerBase(shape.layers, batch)
        var downstream = upstream + time * batch * shape.widest
        let stateGradient = downstream + time * batch * shape.widest
        shape.absorb(batch: batch, dy: dy, into: upstream)
        for layer in (0..<shape.layers).reversed() {
            for direction in 0..<shape.directions {
                let run = layer * shape.directions + direction
                let gate = backward(
                    run, batch: batch, base: base, upstream: upstream + direction * hidden,
                    stateGradient: stateGradient, gradients: gradients, context)
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

    private func backward(
        _ run: Int, batch: Int, base: UnsafeMutablePointer<Float>, upstream: UnsafePointer<Float>,
        stateGradient: UnsafeMutablePointer<Float>,
        gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) -> UnsafePointer<Float> {
        let time = input.time, layer = run / shape.directions, width = shape.width, direction = run % shape.directions
        let source = layer == 0 ? base : base + states(layer - 1, batch)
        let gate = base + layerBase(layer, batch) + direction * runBlock(batch)
        let recurrent = gate + time * batch * gates
        let state = base + states(layer, batch) + direction * hidden
        if reset == .before {
            ResetBefore(shape: shape, run: run, batch: batch, gate: gate, state: state, spare: base + spare(batch))
                .backward(
                    upstream: upstream, stateGradient: stateGradient, source: source, gradients: gradients, context)
            return UnsafePointer(gate)
        }
        let panels = context.packed + shape.packed(run).backwardHidden,
            weights = context.parameters + shape.weights(run).hidden
        for step in (0..<time).reversed() {
            let t = shape.isBackward(run) ? time - 1 - step : step, before = shape.isBackward(run) ? t + 1 : t - 1
            let inner = recurrent + t * batch * gates
            ck_gru_backward(
                Int32(batch), Int32(hidden), gate + t * batch * gates, gates, inner, gates,
                step > 0 ? UnsafePointer(state + before * batch * width) : nil, width,
                upstream + t * batch * width, width, step < time - 1 ? UnsafePointer(stateGradient) : nil, stateGradient
            )
            if step > 0 {
                shape.stateGradient(
                    batch: batch, gateGradient: inner, accumulates: true, into: stateGradient, panels, weights,
                    context.kernels)
            }
        }
        shape.weightGradients(
            run, batch: batch, inputPart: gate, hiddenPart: recurrent, source: source, state: state,
            gradients: gradients, context.kernels)
        return UnsafePointer(gate)
    }
}
