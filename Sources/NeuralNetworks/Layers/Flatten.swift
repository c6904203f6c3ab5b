package import Basics

/// Reads `[T][C]` as one vector of T·C channels: the same memory under another shape.
package struct Flatten: Layer {
    package static let kind = "flatten"
    package static let keys: [String] = []
    package let input: SampleShape
    package var output: SampleShape { SampleShape(time: 1, channels: input.count) }
    package var isView: Bool { true }

    /// 1×(T·W·C) from T×W×C.
    package init(input: SampleShape) { self.input = input }
    package init(_ reader: ConfigReader, input: SampleShape) throws { self.init(input: input) }

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
