import Basics
import CKernels
import Tensors

/// A convolution over time, channels last: y[t] = b + Σⱼ x[t·s + j − p]·W[j], W stored `[out][kernel][in]`.
///
/// No im2col: row t of the product is a window of contiguous memory, so the input itself, read with overlapping rows, is the
/// matrix. `same` and `causal` padding copy the sample once into a zero-edged buffer.
package struct Conv1D: Layer {
    package enum Padding: String, CaseIterable, Sendable {
        case valid
        /// Output as long as the input (stride 1); an odd remainder pads the end.
        case same
        /// Output t sees inputs up to t only.
        case causal
    }

    package static let kind = "conv1d"
    package static let keys = ["filters", "kernel", "stride", "padding"]
    package let input: SampleShape
    package let output: SampleShape
    let kernel: Int
    let stride: Int
    let padBefore: Int
    let padAfter: Int

    package init(input: SampleShape, filters: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid) {
        self.input = input
        self.kernel = kernel
        self.stride = stride
        switch padding {
        case .valid: (padBefore, padAfter) = (0, 0)
        case .same: (padBefore, padAfter) = ((kernel - 1) / 2, kernel - 1 - (kernel - 1) / 2)
        case .causal: (padBefore, padAfter) = (kernel - 1, 0)
        }
        let time = (input.time + padBefore + padAfter - kernel) / stride + 1
        output = SampleShape(time: time, channels: filters)
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        let kernel = try reader.int("kernel", in: 1...1024)
        let padding: Padding = try reader.choice("padding", default: .valid)
        if padding == .valid, kernel > input.time {
            throw ConfigError(
                "found kernel \(kernel) for an input of shape \(input), expected at most \(input.time)",
                at: reader.value("kernel")?.mark, hint: "use a longer window, a smaller kernel, or padding: same")
        }
        self.init(
            input: input, filters: try reader.int("filters", in: 1...65_536), kernel: kernel,
            stride: try reader.int("stride", default: 1, in: 1...1024), padding: padding)
    }

    private var channels: Int { input.channels }
    private var filters: Int { output.channels }
    private var depth: Int { kernel * channels }
    private var paddedTime: Int { input.time + padBefore + padAfter }
    private var isPadded: Bool { padBefore + padAfter > 0 }

    package var parameters: [ParameterSpec] {
        let bound = 1 / Float(depth).squareRoot()
        return [
            ParameterSpec("weight", [filters, kernel, channels], .uniform(bound: bound)),
            ParameterSpec("bias", [filters], .uniform(bound: bound)),
        ]
    }

    package var multiplyAdds: Int { output.time * depth * filters }
    private var forwardPanels: Int { MatrixProduct.scratchSize(k: depth, n: filters) }
    private var tapPanels: Int { MatrixProduct.scratchSize(k: filters, n: channels) }
    package var packedCount: Int { forwardPanels + kernel * tapPanels }
    /// Padded inputs, and one padded input gradient.
    package func workspaceCount(batch: Int) -> Int { isPadded ? (batch + 1) * paddedTime * channels : 0 }
    package func scratchCount(batch: Int) -> Int { MatrixProduct.scratchSize(k: output.time, n: depth) }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        ck_pack(parameters, 1, depth, Int32(depth), Int32(filters), packed)
        for tap in 0..<kernel {
            ck_pack(
                parameters + tap * channels, depth, 1, Int32(filters), Int32(channels),
                packed + forwardPanels + tap * tapPanels)
        }
    }

    /// The sample as the product reads it.
    @inline(__always)
    private func padded(_ sample: Int, x: UnsafePointer<Float>, _ context: LayerContext) -> UnsafePointer<Float> {
        isPadded
            ? UnsafePointer(context.workspace + sample * paddedTime * channels) : x + sample * input.count
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        for sample in 0..<batch {
            if isPadded {
                let target = context.workspace + sample * paddedTime * channels
                target.update(repeating: 0, count: padBefore * channels)
                (target + padBefore * channels).update(from: x + sample * input.count, count: input.count)
                (target + (padBefore + input.time) * channels).update(repeating: 0, count: padAfter * channels)
            }
            PanelProduct.run(
                m: output.time, n: filters, k: depth, a: padded(sample, x: x, context), aRow: stride * channels,
                aColumn: 1, packed: context.packed, b: context.parameters, bRow: 1, bColumn: depth,
                c: y + sample * output.count, cRow: filters, bias: context.parameters + filters * depth)
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        for sample in 0..<batch {
            MatrixProduct.multiply(
                m: filters, n: depth, k: output.time, a: dy + sample * output.count, aRow: 1, aColumn: filters,
                b: padded(sample, x: x, context), bRow: stride * channels, bColumn: 1, c: gradients, cRow: depth,
                accumulates: true, scratch: context.scratch)
        }
        ck_add_rows(Int32(batch * output.time), Int32(filters), dy, filters, gradients + filters * depth)
        guard let dx else { return }
        for sample in 0..<batch {
            let target =
                isPadded ? context.workspace + batch * paddedTime * channels : dx + sample * input.count
            target.update(repeating: 0, count: paddedTime * channels)
            for tap in 0..<kernel {
                PanelProduct.run(
                    m: output.time, n: channels, k: filters, a: dy + sample * output.count, aRow: filters, aColumn: 1,
                    packed: context.packed + forwardPanels + tap * tapPanels, b: context.parameters + tap * channels,
                    bRow: depth, bColumn: 1, c: target + tap * channels, cRow: stride * channels, bias: nil,
                    accumulates: true)
            }
            if isPadded {
                (dx + sample * input.count).update(from: target + padBefore * channels, count: input.count)
            }
        }
    }
}
