package import Basics

/// A convolution over time of a series; W stored `[out][kernel][in]`.
package struct Conv1D: Layer {
    package static let kind = "conv1d"
    /// Options of a configuration.
    package static let keys = ["filters", "kernel", "stride", "padding", "bias", "init"]
    /// The arithmetic, with W = 1.
    package var core: Convolution
    var family = ParameterSpec.Family.torch

    /// - Precondition: with `valid` padding the kernel fits into the input.
    package init(
        input: SampleShape, filters: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid, hasBias: Bool = true
    ) {
        core = Convolution(
            input: input, filters: filters,
            time: padding.window(kernel: kernel, stride: stride, size: input.time),
            width: Convolution.Window(kernel: 1), hasBias: hasBias)
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        try reader.requireSeries(input)
        let kernel = try reader.int("kernel", in: 1...1024)
        let padding: Padding = try reader.choice("padding", default: .valid)
        try reader.requireFit(kernel: kernel, padding: padding, size: input.time, input: input, key: "kernel")
        self.init(
            input: input, filters: try reader.int("filters", in: 1...65_536), kernel: kernel,
            stride: try reader.int("stride", default: 1, in: 1...1024), padding: padding,
            hasBias: try reader.bool("bias", default: true))
        family = try reader.choice("init", default: .torch)
    }

    package var input: SampleShape { core.input }
    package var output: SampleShape { core.output }

    package var parameters: [ParameterSpec] {
        let fanIn = core.time.kernel * input.channels, fanOut = core.time.kernel * output.channels
        return [
            ParameterSpec(
                "weight", [output.channels, core.time.kernel, input.channels],
                family.weights(fanIn: fanIn, fanOut: fanOut))
        ] + (core.hasBias ? [ParameterSpec("bias", [output.channels], family.bias(fanIn: fanIn))] : [])
    }

    package var multiplyAdds: Int { core.multiplyAdds }
    package var packedCount: Int { core.packedCount }
    package func scratchCount(batch: Int) -> Int { core.scratchCount(batch: batch) }
    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        core.pack(parameters: parameters, into: packed)
    }

    package func fused(with function: Activation.Function) -> (any Layer)? {
        guard function.isInvertible, core.activation == nil else { return nil }
        var copy = self
        copy.core.activation = function
        return copy
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        core.forward(batch: batch, x: x, y: y, context)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        core.backward(batch: batch, x: x, y: y, dy: dy, dx: dx, gradients: gradients, context)
    }
}

/// How edges are treated.
package enum Padding: String, CaseIterable, Sendable {
    case valid
    /// (k − 1) / 2 zeros before and the rest behind, whatever the stride: with stride 1 the output is as long as the
    /// input. With stride 1 this is also what TensorFlow and Keras pad; with a longer one it is not.
    case same
    /// As few zeros as ⌈n / s⌉ outputs need, half of them before, an odd one behind: what TensorFlow and Keras call
    /// `same`. A mode of its own, so that models and configurations that say `same` keep their meaning.
    case sameTensorFlow = "same-tensorflow"
    /// Output t sees inputs up to t only.
    case causal

    /// Zeros before and behind an input of `size` positions.
    package func window(kernel: Int, stride: Int, size: Int) -> Convolution.Window {
        switch self {
        case .valid: Convolution.Window(kernel: kernel, stride: stride)
        case .same:
            Convolution.Window(
                kernel: kernel, stride: stride, before: (kernel - 1) / 2, after: kernel - 1 - (kernel - 1) / 2)
        case .sameTensorFlow: Padding.tensorFlow(kernel: kernel, stride: stride, size: size)
        case .causal: Convolution.Window(kernel: kernel, stride: stride, before: kernel - 1)
        }
    }

    /// TensorFlow's rule (`tf.nn`, "Notes on padding"): total = max((⌈n/s⌉ − 1)·s + k − n, 0).
    private static func tensorFlow(kernel: Int, stride: Int, size: Int) -> Convolution.Window {
        let outputs = (size + stride - 1) / stride, total = max((outputs - 1) * stride + kernel - size, 0)
        return Convolution.Window(kernel: kernel, stride: stride, before: total / 2, after: total - total / 2)
    }
}

extension ConfigReader {
    /// - Throws: ``ConfigError`` for an image where a series is needed.
    func requireSeries(_ input: SampleShape) throws {
        guard input.width == 1 else {
            throw ConfigError(
                "found an input of shape \(input) at '\(path)', expected a series T×C", at: node.mark,
                hint: "turn columns into channels first: {layer: reshape} or a convolution of the full width")
        }
    }

    func requireFit(kernel: Int, padding: Padding, size: Int, input: SampleShape, key: String) throws {
        if padding == .valid, kernel > size {
            throw ConfigError(
                "found \(key) \(kernel) at '\(path)' for an input of shape \(input), expected at most \(size)",
                at: value(key)?.mark ?? node.mark,
                hint: "use a longer window, a smaller kernel, or padding: same")
        }
    }

    /// A pair of sizes, time then width; one number is the first of them with 1 as the second.
    func pair(_ key: String, default fallback: (Int, Int)?) throws -> (Int, Int) {
        guard let node = value(key) else {
            guard let fallback else {
                throw ConfigError("found no '\(key)' in '\(path)', expected [time, width]", at: node.mark)
            }
            return fallback
        }
        let numbers = (node.listValue ?? [node]).compactMap(\.intValue)
        guard (1...2).contains(numbers.count), numbers.count == node.listValue?.count ?? 1,
            numbers.allSatisfy({ (1...4096).contains($0) })
        else {
            throw ConfigError(
                "found \(node.text(.compact)) for '\(name(key))', expected [time, width] of 1 to 4096", at: node.mark)
        }
        return (numbers[0], numbers.count > 1 ? numbers[1] : 1)
    }
}
