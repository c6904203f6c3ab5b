package import Basics

/// The same memory under another shape; an omitted size follows from the others.
///
/// `{layer: reshape, width: 40}` reads the 40 columns of a book row as an image of one channel.
package struct Reshape: Layer {
    package static let kind = "reshape"
    package static let keys = ["time", "width", "channels"]
    package let input: SampleShape
    package let output: SampleShape

    /// - Precondition: both have as many values.
    package init(input: SampleShape, output: SampleShape) {
        precondition(input.count == output.count, "found \(output) for the \(input.count) values of \(input)")
        self.input = input
        self.output = output
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        let time = try reader.int("time", default: input.time, in: 1...1_000_000)
        let width = try reader.int("width", default: 1, in: 1...1_000_000)
        let channels = try reader.optionalInt("channels", in: 1...100_000_000) ?? max(input.count / (time * width), 1)
        let output = SampleShape(time: time, width: width, channels: channels)
        guard output.count == input.count else {
            throw ConfigError(
                "found the shape \(output) of \(output.count) values for an input of shape \(input), "
                    + "which has \(input.count)",
                at: reader.node.mark)
        }
        self.init(input: input, output: output)
    }

    package var isView: Bool { true }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        y.update(from: x, count: batch * input.count)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        dx?.update(from: dy, count: batch * input.count)
    }
}
