import Basics
import CKernels
import Tensors

/// The arithmetic of ``Conv1D`` and ``Conv2D``, channels last: y[t, w] = b + Σ x[t·sₜ + j − pₜ, w·s_w + i − p_w] · W[j,
/// i].
///
/// No im2col. The i and channel axes of a kernel are contiguous in the image, so an output row is a product whose K
/// runs over taps (one per line of the image) of contiguous depth; rows of many lines, and of many samples where
/// nothing is padded, are one product. Lines that lack taps at the edges are products with fewer taps. The input
/// gradient is the same product with reversed taps wherever kernels do not overlap across the width, which holds for
/// 1×1, k×1, 1×k with stride k, and full-width kernels. Padding across the width is done on a zero-edged copy.
package struct Convolution: Sendable {
    package struct Window: Sendable, Equatable {
        package var kernel: Int
        package var stride: Int
        package var before: Int
        package var after: Int

        package init(kernel: Int, stride: Int = 1, before: Int = 0, after: Int = 0) {
            (self.kernel, self.stride, self.before, self.after) = (kernel, stride, before, after)
        }

        func output(_ size: Int) -> Int { (size + before + after - kernel) / stride + 1 }
    }

    package let input: SampleShape
    package let output: SampleShape
    package let time: Window
    package let width: Window
    package var activation: Activation.Function?

    init(input: SampleShape, filters: Int, time: Window, width: Window) {
        self.input = input
        self.time = time
        var width = width
        output = SampleShape(time: time.output(input.time), width: width.output(input.width), channels: filters)
        // A single column is read once, so its stride is free: the kernel's width makes it a case without overlap.
        if output.width == 1 { width.stride = width.kernel }
        self.width = width
    }

    private var channels: Int { input.channels }
    private var filters: Int { output.channels }
    /// Contiguous values of one tap.
    private var depth: Int { width.kernel * channels }
    private var taps: Int { time.kernel }
    var weightCount: Int { filters * taps * depth }
    var multiplyAdds: Int { output.rows * taps * depth * filters }

    private var padsWidth: Bool { width.before + width.after > 0 }
    private var paddedWidth: Int { input.width + width.before + width.after }
    private var line: Int { paddedWidth * channels }
    /// Output lines follow each other with the stride of output rows.
    private var linesMerge: Bool { output.width == 1 || time.stride * line == output.width * width.stride * channels }
    private var samplesMerge: Bool {
        linesMerge && !padsWidth && time.before + time.after == 0 && time.stride * output.time == input.time
            && rowStep * output.rows == input.count
    }
    private var rowStep: Int { output.width == 1 ? time.stride * line : width.stride * channels }
    /// The input gradient is a product with reversed taps.
    private var reversible: Bool {
        width.kernel == width.stride && time.stride == 1 && !padsWidth && output.width * width.stride == input.width
    }

    private var forwardPanels: Int { MatrixProduct.packedSize(k: taps * depth, n: filters) }
    private var backwardPanels: Int { MatrixProduct.packedSize(k: filters, n: depth) }
    var packedCount: Int {
        forwardPanels + taps * (reversible ? 0 : backwardPanels)
            + (reversible ? MatrixProduct.packedSize(k: taps * filters, n: depth) : 0)
    }

    /// Two zero-edged copies of a sample, and the transposed weight gradient of narrow kernels.
    func scratchCount(batch: Int) -> Int {
        (padsWidth ? 2 * input.time * line + 16 : 0) + (isNarrow ? depth * filters : 0)
    }
    /// A few values per position against many filters: the transposed product fills its vectors.
    private var isNarrow: Bool { depth < 12 && filters >= 16 }

    func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        let k = taps * depth
        ck_pack(parameters, 1, k, Int32(k), Int32(filters), packed)
        let backward = packed + forwardPanels
        if reversible {
            // K of the gradient runs over reversed taps, then filters; each panel of 16 values holds all of K.
            let panel = Int(CK_PANEL)
            for p in 0..<(depth + panel - 1) / panel {
                let columns = min(panel, depth - p * panel)
                for tap in 0..<taps {
                    ck_pack(
                        parameters + (taps - 1 - tap) * depth + p * panel, k, 1, Int32(filters), Int32(columns),
                        backward + (p * taps + tap) * filters * panel)
                }
            }
        } else {
            for tap in 0..<taps {
                ck_pack(parameters + tap * depth, k, 1, Int32(filters), Int32(depth), backward + tap * backwardPanels)
            }
        }
    }

    /// Calls `body(first output line, lines, first tap, taps)` for runs of output lines that see the same taps of the
    /// input.
    @inline(__always)
    private func forRuns(lines: Int, of size: Int, window: Window, merge: Bool, _ body: (Int, Int, Int, Int) -> Void) {
        var t = 0
        while t < lines {
            let start = t * window.stride - window.before
            let first = max(0, -start), last = min(window.kernel, size - start)
            var count = 1
            if first == 0, last == window.kernel, merge {
                // Interior lines: as many as still see every tap.
                count = min(lines - t, (size - window.kernel - start) / window.stride + 1)
            }
            body(t, count, first, last - first)
            t += count
        }
    }

    /// The sample with zero columns at both edges.
    private func padded(_ x: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        target.update(repeating: 0, count: input.time * line)
        for t in 0..<input.time {
            (target + t * line + width.before * channels).update(
                from: x + t * input.width * channels, count: input.width * channels)
        }
        return UnsafePointer(target)
    }

    func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let bias = context.parameters + weightCount
        if samplesMerge {
            product(rows: batch * output.rows, firstTap: 0, taps: taps, x: x, y: y, bias: bias, context)
            return
        }
        for sample in 0..<batch {
            let source = padsWidth ? padded(x + sample * input.count, into: context.scratch) : x + sample * input.count
            let target = y + sample * output.count
            forRuns(lines: output.time, of: input.time, window: time, merge: linesMerge) { t, lines, first, count in
                product(
                    rows: lines * output.width, firstTap: first, taps: count,
                    x: source + (t * time.stride - time.before + first) * line,
                    y: target + t * output.width * filters, bias: bias, context)
            }
        }
    }

    @inline(__always)
    private func product(
        rows: Int, firstTap: Int, taps count: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
        bias: UnsafePointer<Float>, _ context: LayerContext
    ) {
        guard context.kernels.library == .panels else {
            for row in 0..<rows { (y + row * filters).update(from: bias, count: filters) }
            for tap in 0..<count {
                PanelProduct.run(
                    m: rows, n: filters, k: depth, a: x + tap * line, aRow: rowStep, aColumn: 1, packed: context.packed,
                    b: context.parameters + (firstTap + tap) * depth, bRow: 1, bColumn: taps * depth, c: y,
                    cRow: filters, bias: nil, accumulates: true, context.kernels)
            }
            if let activation { ck_activate(activation.kernel, rows * filters, y, y) }
            return
        }
        var product = ck_product(
            m: Int32(rows), n: Int32(filters), taps: Int32(count), depth: Int32(depth), a: x, a_row: rowStep,
            a_column: 1, a_tap: line,
            b: context.packed + firstTap * depth * Int(CK_PANEL), b_step: Int(CK_PANEL),
            b_next: taps * depth * Int(CK_PANEL), c: y, c_row: filters,
            accumulate: 0, bias: bias, activation: activation?.kernel ?? Int32(CK_IDENTITY), backwards: 0,
            precision: context.kernels.precision.code)
        ck_product_run(&product)
    }

    func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let rows = batch * output.rows
        if let activation { ck_activate_backward(activation.kernel, rows * filters, y, y, dy, dy) }
        ck_add_rows(Int32(rows), Int32(filters), dy, filters, gradients + weightCount)
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
