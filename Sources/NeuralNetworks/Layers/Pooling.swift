package import Basics
import CKernels

/// The largest or the mean value of every channel over a window of time and columns.
///
/// Padding counts as −∞ for the maximum, and is left out of the mean. The first of equal values takes the gradient.
package struct Pooling: Sendable {
    /// What is taken of a window.
    package enum Kind: Sendable { case max, average }

    package let input: SampleShape
    package let output: SampleShape
    /// What is taken of a window.
    package let kind: Kind
    /// Along time.
    package let time: Convolution.Window
    /// Along columns.
    package let width: Convolution.Window

    init(_ kind: Kind, input: SampleShape, time: Convolution.Window, width: Convolution.Window) {
        (self.kind, self.input, self.time, self.width) = (kind, input, time, width)
        output = SampleShape(time: time.output(input.time), width: width.output(input.width), channels: input.channels)
    }

    /// Reads kernel, stride (default: the kernel) and padding of time.
    init(_ kind: Kind, _ reader: ConfigReader, input: SampleShape, isSeries: Bool) throws {
        if isSeries { try reader.requireSeries(input) }
        let kernel = try reader.pair("kernel", default: nil), stride = try reader.pair("stride", default: kernel)
        let padding: Padding = try reader.choice("padding", default: .valid)
        try reader.requireFit(kernel: kernel.0, padding: padding, size: input.time, input: input, key: "kernel")
        try reader.requireFit(kernel: kernel.1, padding: .valid, size: input.width, input: input, key: "kernel")
        self.init(
            kind, input: input, time: padding.window(kernel: kernel.0, stride: stride.0, size: input.time),
            width: Padding.valid.window(kernel: kernel.1, stride: stride.1, size: input.width))
    }

    /// The tap that was largest, for every output.
    func workspaceCount(batch: Int) -> Int { kind == .max ? batch * output.count : 0 }

    /// Calls `body(output offset, input offset, tap, taps inside)` for every position and tap that lies inside the
    /// sample.
    @inline(__always)
    private func forTaps(_ sample: Int, _ body: (Int, Int, Int, Int) -> Void) {
        let channels = input.channels
        for t in 0..<output.time {
            let rows =
                max(0, t * time.stride - time.before)..<min(input.time, t * time.stride - time.before + time.kernel)
            for w in 0..<output.width {
                let target = sample * output.count + (t * output.width + w) * channels
                var tap = 0
                for row in rows {
                    for column in w * width.stride..<w * width.stride + width.kernel {
                        body(
                            target, sample * input.count + (row * input.width + column) * channels, tap,
                            rows.count * width.kernel)
                        tap += 1
                    }
                }
            }
        }
    }

    func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let channels = input.channels
        for sample in 0..<batch {
            forTaps(sample) { target, source, tap, taps in
                switch kind {
                case .max where tap == 0:
                    (y + target).update(from: x + source, count: channels)
                    (context.workspace + target).update(repeating: 0, count: channels)
                case .max: ck_max_update(channels, x + source, Float(tap), y + target, context.workspace + target)
                case .average:
                    if tap == 0 { (y + target).update(repeating: 0, count: channels) }
                    ck_add(channels, x + source, y + target)
                    if tap == taps - 1 { for c in 0..<channels { y[target + c] *= 1 / Float(taps) } }
                }
            }
        }
    }

    func backward(
        batch: Int, dy: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?, _ context: LayerContext
    ) {
        guard let dx else { return }
        let channels = input.channels
        dx.update(repeating: 0, count: batch * input.count)
        for sample in 0..<batch {
            forTaps(sample) { target, source, tap, taps in
                switch kind {
                case .max: ck_max_backward(channels, dy + target, Float(tap), context.workspace + target, dx + source)
                case .average:
                    if tap == 0 { for c in 0..<channels { dy[target + c] *= 1 / Float(taps) } }
                    ck_add(channels, dy + target, dx + source)
                }
            }
        }
    }
}

/// A layer that is one ``Pooling``.
package protocol PoolingLayer: Layer {
    /// What all kinds of pooling share.
    var core: Pooling { get }
}

extension PoolingLayer {
    package static var keys: [String] { ["kernel", "stride", "padding"] }
    package var input: SampleShape { core.input }
    package var output: SampleShape { core.output }
    package func workspaceCount(batch: Int) -> Int { core.workspaceCount(batch: batch) }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        core.forward(batch: batch, x: x, y: y, context)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        core.backward(batch: batch, dy: dy, dx: dx, context)
    }
}

/// The largest value of a window of time: T′×C from T×C.
package struct MaxPool1D: PoolingLayer {
    package static let kind = "maxpool1d"
    /// The arithmetic.
    package let core: Pooling
    package init(_ reader: ConfigReader, input: SampleShape) throws {
        core = try Pooling(.max, reader, input: input, isSeries: true)
    }
}

/// The largest value of a window of time and columns: T′×W′×C from T×W×C.
package struct MaxPool2D: PoolingLayer {
    package static let kind = "maxpool2d"
    /// The arithmetic.
    package let core: Pooling
    package init(_ reader: ConfigReader, input: SampleShape) throws {
        core = try Pooling(.max, reader, input: input, isSeries: false)
    }
}

/// The mean of a window of time: T′×C from T×C.
package struct AveragePool1D: PoolingLayer {
    package static let kind = "avgpool1d"
    /// The arithmetic.
    package let core: Pooling
    package init(_ reader: ConfigReader, input: SampleShape) throws {
        core = try Pooling(.average, reader, input: input, isSeries: true)
    }
}

/// The mean of a window of time and columns: T′×W′×C from T×W×C.
package struct AveragePool2D: PoolingLayer {
    package static let kind = "avgpool2d"
    /// The arithmetic.
    package let core: Pooling
    package init(_ reader: ConfigReader, input: SampleShape) throws {
        core = try Pooling(.average, reader, input: input, isSeries: false)
    }
}
