import Basics
import CKernels

/// Sets each value to zero with probability `rate` during training and scales the rest by 1/(1 − rate).
///
/// The draw of a value is a function of (seed, step, layer, sample, position), so shards and threads do not change it and
/// backward repeats it instead of storing a mask.
package struct Dropout: Layer {
    package static let kind = "dropout"
    package static let keys = ["rate"]
    package let input: SampleShape
    package var output: SampleShape { input }
    let rate: Float

    package init(input: SampleShape, rate: Float) {
        self.input = input
        self.rate = rate
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        self.init(input: input, rate: Float(try reader.double("rate", in: 0...0.99)))
    }

    private func apply(_ batch: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        if context.isTraining, rate > 0 {
            ck_dropout(batch * input.count, x, y, 1 - rate, context.key, UInt64(context.firstSample * input.count))
        } else {
            y.update(from: x, count: batch * input.count)
        }
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        apply(batch, x, y, context)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        if let dx { apply(batch, dy, dx, context) }
    }
}
