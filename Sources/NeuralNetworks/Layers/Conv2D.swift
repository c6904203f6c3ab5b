package import Basics

/// A convolution over time and columns of an image `[T][W][C]`; W stored `[out][kernelTime][kernelWidth][in]`.
///
/// `padding` concerns time; columns are padded only by `paddingWidth`. Kernels and strides are `[time, width]`.
package struct Conv2D: Layer {
    package static let kind = "conv2d"
    /// Options of a configuration.
    package static let keys = ["filters", "kernel", "stride", "padding", "paddingWidth", "bias", "init"]
    /// The arithmetic.
    package var core: Convolution
    var family = ParameterSpec.Family.torch

    /// - Precondition: with `valid` padding the kernel fits into the input.
    package init(
        input: SampleShape, filters: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1), padding: Padding = .valid,
        paddingWidth: Padding = .valid, hasBias: Bool = true
    ) {
        core = Convolution(
            input: input, filters: filters,
            time: padding.window(kernel: kernel.0, stride: stride.0, size: input.time),
            width: paddingWidth.window(kernel: kernel.1, stride: stride.1, size: input.width), hasBias: hasBias)
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        let kernel = try reader.pair("kernel", default: nil)
        let padding: Padding = try reader.choice("padding", default: .valid),
            paddingWidth: Padding = try reader.choice("paddingWidth", default: .valid)
        try reader.requireFit(kernel: kernel.0, padding: padding, size: input.time, input: input, key: "kernel")
        try reader.requireFit(kernel: kernel.1, padding: paddingWidth, size: input.width, input: input, key: "kernel")
        self.init(
            input: input, filters: try reader.int("filters", in: 1...65_536), kernel: kernel,
            stride: try reader.pair("stride", default: (1, 1)),
            padding: padding, paddingWidth: paddingWidth, hasBias: try reader.bool("bias", default: true))
        family = try reader.choice("init", default: .torch)
    }

    package var input: SampleShape { core.input }
    package var output: SampleShape { core.output }

    package var parameters: [ParameterSpec] {
        let fanIn = core.time.kernel * core.width.kernel * input.channels,
            fanOut = core.time.kernel * core.width.kernel * output.channels
        return [
            ParameterSpec(
                "weight", [output.channels, core.time.kernel, core.width.kernel, input.channels],
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
