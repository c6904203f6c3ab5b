package import Basics
import CKernels

/// Sets each value to zero with probability `rate` during training and scales the rest by 1/(1 − rate).
///
/// The draw of a value is a function of (seed, step, layer, sample, position), so shards and threads do not change it
/// and backward repeats it instead of storing a mask. With `perChannel` one draw decides a channel for all positions of
/// a sample.
package struct Dropout: Layer {
    package static let kind = "dropout"
    package static let keys = ["rate", "perChannel"]
    package let input: SampleShape
    package var output: SampleShape { input }
    /// The share that is dropped.
    package let rate: Float
    /// Whether one draw decides a channel for all positions.
    package let isPerChannel: Bool

    /// - Parameter rate: the share that is dropped, below 1.
    package init(input: SampleShape, rate: Float, isPerChannel: Bool = false) {
        self.input = input
        self.rate = rate
        self.isPerChannel = isPerChannel
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        self.init(
            input: input, rate: Float(try reader.double("rate", in: 0...0.99)),
            isPerChannel: try reader.bool("perChannel", default: false))
    }

    package var sharesGradient: Bool { true }
    /// Ones, from which a channel mask is drawn.
    package var packedCount: Int { isPerChannel ? input.channels : 0 }
    package func scratchCount(batch: Int) -> Int { isPerChannel ? input.channels : 0 }
    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        packed.update(repeating: 1, count: packedCount)
    }

    private func apply(
        _ batch: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        guard context.isTraining, rate > 0 else {
            if UnsafePointer(y) != x { y.update(from: x, count: batch * input.count) }
            return
        }
        guard isPerChannel else {
            ck_dropout(batch * input.count, x, y, 1 - rate, context.key, UInt64(context.firstSample * input.count))
            return
        }
        let channels = input.channels, mask = context.scratch
        for sample in 0..<batch {
            ck_dropout(
                channels, context.packed, mask, 1 - rate, context.key, UInt64((context.firstSample + sample) * channels)
            )
            for row in sample * input.rows..<(sample + 1) * input.rows {
                for c in 0..<channels { y[row * channels + c] = x[row * channels + c] * mask[c] }
            }
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
