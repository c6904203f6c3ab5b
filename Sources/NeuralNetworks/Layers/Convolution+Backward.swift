import Basics
import CKernels
import Tensors

extension Convolution {
    /// Adds the weight and bias gradients to `gradients`, and writes the input gradient to `dx` if it is wanted.
    func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let rows = batch * output.rows
        if let activation { ck_activate_backward(activation.kernel, rows * filters, y, y, dy, dy) }
        if hasBias { ck_add_rows(Int32(rows), Int32(filters), dy, filters, gradients + weightCount) }
        if samplesMerge {
            weightGradient(rows: rows, tap: 0, dy: dy, x: x, gradients: gradients, context)
        } else {
            for sample in 0..<batch {
                let source =
                    padsWidth ? padded(x + sample * input.count, into: context.scratch) : x + sample * input.count
                let upstream = dy + sample * output.count
                for tap in 0..<taps {
                    // Output lines whose tap lies inside the image.
                    let firstLine = max(0, (time.before - tap + time.stride - 1) / time.stride)
                    let lastLine = min(output.time, (input.time - 1 + time.before - tap) / time.stride + 1)
                    guard firstLine < lastLine else { continue }
                    let step = linesMerge ? lastLine - firstLine : 1
                    for t in stride(from: firstLine, to: lastLine, by: step) {
                        weightGradient(
                            rows: step * output.width, tap: tap, dy: upstream + t * output.width * filters,
                            x: source + (t * time.stride - time.before + tap) * line, gradients: gradients, context)
                    }
                }
            }
        }
        guard let dx else { return }
        if reversible {
            reversedGradient(batch: batch, dy: dy, dx: dx, context)
        } else {
            scatteredGradient(batch: batch, dy: dy, dx: dx, context)
        }
    }

    /// dW[tap] += dyᵀ · x over rows.
    private func weightGradient(
        rows: Int, tap: Int, dy: UnsafePointer<Float>, x: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>,
        _ context: LayerContext
    ) {
        let k = taps * depth
        if isNarrow {
            let transposed = context.scratch + (padsWidth ? 2 * input.time * line + 16 : 0)
            MatrixProduct.multiply(
                m: depth, n: filters, k: rows, a: x, aRow: 1, aColumn: rowStep, b: dy, bRow: filters, c: transposed,
                cRow: filters, accumulates: false, context.kernels)
            for filter in 0..<filters {
                for d in 0..<depth { gradients[filter * k + tap * depth + d] += transposed[d * filters + filter] }
            }
            return
        }
        MatrixProduct.multiply(
            m: filters, n: depth, k: rows, a: dy, aRow: 1, aColumn: filters, b: x, bRow: rowStep,
            c: gradients + tap * depth, cRow: k, accumulates: true, context.kernels)
    }

    /// The gradient as a convolution of dy with reversed taps.
    private func reversedGradient(
        batch: Int, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let panels = context.packed + forwardPanels
        func run(
            _ rows: Int, _ first: Int, _ count: Int, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>
        ) {
            var product = ck_product(
                m: Int32(rows), n: Int32(depth), taps: Int32(count), depth: Int32(filters), a: from, a_row: filters,
                a_column: 1, a_tap: output.width * filters,
                b: panels + first * filters * Int(CK_PANEL), b_step: Int(CK_PANEL),
                b_next: taps * filters * Int(CK_PANEL), c: to, c_row: depth,
                accumulate: 0, bias: nil, activation: Int32(CK_IDENTITY), backwards: 0,
                precision: context.kernels.precision.code)
            ck_product_run(&product)
        }
        if samplesMerge {
            run(batch * output.rows, 0, 1, dy, dx)
            return
        }
        // Input line t sees dy lines t + before − (taps − 1) … t + before.
        let window = Window(kernel: taps, before: taps - 1 - time.before)
        for sample in 0..<batch {
            forRuns(lines: input.time, of: output.time, window: window, merge: true) { t, lines, first, count in
                let target = dx + sample * input.count + t * input.width * channels
                guard count > 0 else {
                    target.update(repeating: 0, count: lines * input.width * channels)
                    return
                }
                run(
                    lines * output.width, first, count,
                    dy + sample * output.count + (t - window.before + first) * output.width * filters, target)
            }
        }
    }

    /// The general gradient: every tap of every kernel column added where it was read.
    private func scatteredGradient(
        batch: Int, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let k = taps * depth
        for sample in 0..<batch {
            let target = padsWidth ? context.scratch + input.time * line : dx + sample * input.count
            target.update(repeating: 0, count: input.time * line)
            for t in 0..<output.time {
                for tap in 0..<taps {
                    let row = t * time.stride - time.before + tap
                    guard row >= 0, row < input.time else { continue }
                    let upstream = dy + sample * output.count + t * output.width * filters
                    if width.kernel <= width.stride {
                        // Columns do not meet: the whole line at once.
                        PanelProduct.run(
                            m: output.width, n: depth, k: filters, a: upstream, aRow: filters, aColumn: 1,
                            packed: context.packed + forwardPanels + tap * backwardPanels,
                            b: context.parameters + tap * depth, bRow: k, bColumn: 1,
                            c: target + row * line, cRow: rowStep, bias: nil, accumulates: true, context.kernels)
                        continue
                    }
                    for column in 0..<output.width {
                        PanelProduct.run(
                            m: 1, n: depth, k: filters, a: upstream + column * filters, aRow: filters, aColumn: 1,
                            packed: context.packed + forwardPanels + tap * backwardPanels,
                            b: context.parameters + tap * depth, bRow: k, bColumn: 1,
                            c: target + row * line + column * width.stride * channels, cRow: depth, bias: nil,
                            accumulates: true, context.kernels)
                    }
                }
            }
            guard padsWidth else { continue }
            for t in 0..<input.time {
                (dx + sample * input.count + t * input.width * channels).update(
                    from: target + t * line + width.before * channels, count: input.width * channels)
            }
        }
    }
}
