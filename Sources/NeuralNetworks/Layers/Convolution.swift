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
    /// Kernel, stride and padding along one axis.
    package struct Window: Sendable, Equatable {
        /// Taps.
        package var kernel: Int
        /// Positions from one output to the next.
        package var stride: Int
        /// Zeros before the first value.
        package var before: Int
        /// Zeros behind the last value.
        package var after: Int

        /// A window; without more, dense and unpadded.
        package init(kernel: Int, stride: Int = 1, before: Int = 0, after: Int = 0) {
            (self.kernel, self.stride, self.before, self.after) = (kernel, stride, before, after)
        }

        func output(_ size: Int) -> Int { (size + before + after - kernel) / stride + 1 }
    }

    package let input: SampleShape
    package let output: SampleShape
    /// Along time.
    package let time: Window
    /// Along columns, as it is computed.
    package let width: Window
    /// Along columns, as it was asked for: what other tools are told.
    package let statedWidth: Window
    /// Whether b is there.
    package let hasBias: Bool
    /// Applied to the output, where an activation was fused.
    package var activation: Activation.Function?

    init(input: SampleShape, filters: Int, time: Window, width: Window, hasBias: Bool = true) {
        self.input = input
        self.hasBias = hasBias
        statedWidth = width
        self.time = time
        var width = width
        output = SampleShape(time: time.output(input.time), width: width.output(input.width), channels: filters)
        // A single column is read once, so its stride is free: the kernel's width makes it a case without overlap.
        if output.width == 1 { width.stride = width.kernel }
        self.width = width
    }

    var channels: Int { input.channels }
    var filters: Int { output.channels }
    /// Contiguous values of one tap.
    var depth: Int { width.kernel * channels }
    var taps: Int { time.kernel }
    var weightCount: Int { filters * taps * depth }
    var multiplyAdds: Int { output.rows * taps * depth * filters }

    var padsWidth: Bool { width.before + width.after > 0 }
    private var paddedWidth: Int { input.width + width.before + width.after }
    var line: Int { paddedWidth * channels }
    /// Output lines follow each other with the stride of output rows.
    var linesMerge: Bool { output.width == 1 || time.stride * line == output.width * width.stride * channels }
    var samplesMerge: Bool {
        linesMerge && !padsWidth && time.before + time.after == 0 && time.stride * output.time == input.time
            && rowStep * output.rows == input.count
    }
    var rowStep: Int { output.width == 1 ? time.stride * line : width.stride * channels }
    /// The input gradient is a product with reversed taps.
    var reversible: Bool {
        width.kernel == width.stride && time.stride == 1 && !padsWidth && output.width * width.stride == input.width
    }

    var forwardPanels: Int { MatrixProduct.packedSize(k: taps * depth, n: filters) }
    var backwardPanels: Int { MatrixProduct.packedSize(k: filters, n: depth) }
    var packedCount: Int {
        forwardPanels + taps * (reversible ? 0 : backwardPanels)
            + (reversible ? MatrixProduct.packedSize(k: taps * filters, n: depth) : 0)
    }

    /// Two zero-edged copies of a sample, and the transposed weight gradient of narrow kernels.
    func scratchCount(batch: Int) -> Int {
        (padsWidth ? 2 * input.time * line + 16 : 0) + (isNarrow ? depth * filters : 0)
    }
    /// A few values per position against many filters: the transposed product fills its vectors.
    var isNarrow: Bool { depth < 12 && filters >= 16 }

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
    func forRuns(lines: Int, of size: Int, window: Window, merge: Bool, _ body: (Int, Int, Int, Int) -> Void) {
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
    func padded(_ x: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        target.update(repeating: 0, count: input.time * line)
        for t in 0..<input.time {
            (target + t * line + width.before * channels).update(
                from: x + t * input.width * channels, count: input.width * channels)
        }
        return UnsafePointer(target)
    }

    func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let bias: UnsafePointer<Float>? = hasBias ? context.parameters + weightCount : nil
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
        bias: UnsafePointer<Float>?, _ context: LayerContext
    ) {
        guard context.kernels.library == .panels else {
            for row in 0..<rows {
                let target = y + row * filters
                if let bias {
                    target.update(from: bias, count: filters)
                } else {
                    target.update(repeating: 0, count: filters)
                }
            }
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
}
