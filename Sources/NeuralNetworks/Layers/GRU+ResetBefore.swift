import CKernels
import Tensors

/// One run of a GRU whose reset gate acts on the state before the product (Cho et al. 2014, equation 8):
///
/// r = σ(Wᵣx + Uᵣh), z = σ(W_z x + U_z h), n = tanh(Wx + U(r·h)), h′ = (1 − z)·n + z·h.
///
/// Two products a step where the other form has one, each with the panels of all three gates, so it takes about twice
/// the time; it is for networks that come from elsewhere. All memory is the caller's.
struct ResetBefore {
    let shape: RecurrentShape
    let run: Int
    let batch: Int
    /// Input part of the gates `[T][B][3H]`; after forward r, z and n, after backward the gradients of their sums.
    let gate: UnsafeMutablePointer<Float>
    /// States of this direction, rows of the layer's width.
    let state: UnsafeMutablePointer<Float>
    /// Products of one step `[B][3H]`, and one gradient `[B][H]`.
    let spare: UnsafeMutablePointer<Float>

    static func workspaceCount(batch: Int, shape: RecurrentShape) -> Int { batch * (shape.gates + shape.hidden) }

    private var hidden: Int { shape.hidden }
    private var gates: Int { shape.gates }
    private var time: Int { shape.input.time }
    /// Behind the input part: r·h of every step, in rows of 3H of which the first H are used.
    private var resetStates: UnsafeMutablePointer<Float> { gate + time * batch * gates }

    private func place(_ step: Int) -> (t: Int, before: Int) {
        shape.isBackward(run) ? (time - 1 - step, time - step) : (step, step - 1)
    }

    func forward(_ context: LayerContext) {
        let from = shape.weights(run), bias = context.parameters + from.hiddenBias, h = hidden
        let panels = context.packed + shape.packed(run).forwardHidden, weights = context.parameters + from.hidden
        for step in 0..<time {
            let (t, before) = place(step)
            let previous: UnsafePointer<Float>? = step > 0 ? UnsafePointer(state + before * batch * shape.width) : nil
            product(of: previous, row: shape.width, bias, panels, weights, step, context.kernels)
            for sample in 0..<batch {
                let rows = gate + (t * batch + sample) * gates, sums = spare + sample * gates
                ck_add(2 * h, sums, rows)
                ck_activate(Int32(CK_SIGMOID), 2 * h, rows, rows)
                let masked = resetStates + (t * batch + sample) * gates
                for j in 0..<h { masked[j] = previous.map { $0[sample * shape.width + j] * rows[j] } ?? 0 }
            }
            let masked = previous == nil ? nil : UnsafePointer(resetStates + t * batch * gates)
            product(of: masked, row: gates, bias, panels, weights, step, context.kernels)
            for sample in 0..<batch {
                let rows = gate + (t * batch + sample) * gates, target = state + (t * batch + sample) * shape.width
                ck_add(h, spare + sample * gates + 2 * h, rows + 2 * h)
                ck_activate(Int32(CK_TANH), h, rows + 2 * h, rows + 2 * h)
                for j in 0..<h {
                    let z = rows[h + j], old = previous.map { $0[sample * shape.width + j] } ?? 0
                    target[j] = (1 - z) * rows[2 * h + j] + z * old
                }
            }
        }
    }

    /// `spare` = rows·Uᵀ + bias, or the bias alone before the first step.
    private func product(
        of rows: UnsafePointer<Float>?, row: Int, _ bias: UnsafePointer<Float>, _ panels: UnsafePointer<Float>,
        _ weights: UnsafePointer<Float>, _ step: Int, _ kernels: ProductKernels
    ) {
        guard let rows else {
            for sample in 0..<batch { (spare + sample * gates).update(from: bias, count: gates) }
            return
        }
        PanelProduct.run(
            m: batch, n: gates, k: hidden, a: rows, aRow: row, aColumn: 1, packed: panels, b: weights, bRow: 1,
            bColumn: hidden, c: spare, cRow: gates, bias: bias, backwards: step % 2 == 1, kernels)
    }

    /// Back through the steps; weight gradients are added, the input part of `gate` becomes its gradient.
    func backward(
        upstream: UnsafePointer<Float>, stateGradient: UnsafeMutablePointer<Float>, source: UnsafePointer<Float>,
        gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let h = hidden, width = shape.width, masked = spare + batch * gates
        let panels = context.packed + shape.packed(run).backwardHidden,
            weights = context.parameters + shape.weights(run).hidden
        stateGradient.update(repeating: 0, count: batch * h)
        for step in (0..<time).reversed() {
            let (t, before) = place(step)
            let previous: UnsafePointer<Float>? = step > 0 ? UnsafePointer(state + before * batch * width) : nil
            spare.update(repeating: 0, count: batch * gates)
            for sample in 0..<batch {
                let rows = gate + (t * batch + sample) * gates, sums = spare + sample * gates
                let above = upstream + (t * batch + sample) * width, flow = stateGradient + sample * h
                for j in 0..<h {
                    let g = above[j] + flow[j], z = rows[h + j], n = rows[2 * h + j]
                    let old = previous.map { $0[sample * width + j] } ?? 0
                    rows[h + j] = g * (old - n) * z * (1 - z)
                    rows[2 * h + j] = g * (1 - z) * (1 - n * n)
                    sums[2 * h + j] = rows[2 * h + j]
                    flow[j] = g * z
                }
            }
            // The gradient of r·h, then of r and of h.
            shape.stateGradient(
                batch: batch, gateGradient: spare, accumulates: false, into: masked, panels, weights, context.kernels)
            for sample in 0..<batch {
                let rows = gate + (t * batch + sample) * gates, sums = spare + sample * gates
                for j in 0..<h {
                    let r = rows[j], g = masked[sample * h + j]
                    let old = previous.map { $0[sample * width + j] } ?? 0
                    rows[j] = g * old * r * (1 - r)
                    stateGradient[sample * h + j] += g * r
                    (sums[j], sums[h + j], sums[2 * h + j]) = (rows[j], rows[h + j], 0)
                }
            }
            shape.stateGradient(
                batch: batch, gateGradient: spare, accumulates: true, into: stateGradient, panels, weights,
                context.kernels)
        }
        addWeightGradients(source: source, gradients: gradients, context.kernels)
    }

    private func addWeightGradients(
        source: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>, _ kernels: ProductKernels
    ) {
        let from = shape.weights(run), n = shape.inputs(run), rows = time * batch, h = hidden
        MatrixProduct.multiply(
            m: gates, n: n, k: rows, a: gate, aRow: 1, aColumn: gates, b: source, bRow: n, c: gradients + from.input,
            cRow: n, accumulates: true, kernels)
        if time > 1 {
            // The gates of a step saw the state of the step before it; the candidate saw that state after the reset.
            let isBackward = shape.isBackward(run)
            MatrixProduct.multiply(
                m: 2 * h, n: h, k: rows - batch, a: gate + (isBackward ? 0 : batch * gates), aRow: 1, aColumn: gates,
                b: state + (isBackward ? batch * shape.width : 0), bRow: shape.width, c: gradients + from.hidden,
                cRow: h, accumulates: true, kernels)
            MatrixProduct.multiply(
                m: h, n: h, k: rows, a: gate + 2 * h, aRow: 1, aColumn: gates, b: resetStates, bRow: gates,
                c: gradients + from.hidden + 2 * h * h, cRow: h, accumulates: true, kernels)
        }
        ck_add_rows(Int32(rows), Int32(gates), gate, gates, gradients + from.inputBias)
        ck_add_rows(Int32(rows), Int32(gates), gate, gates, gradients + from.hiddenBias)
    }
}
