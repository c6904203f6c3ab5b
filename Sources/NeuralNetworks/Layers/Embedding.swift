package import Basics
import CKernels

/// Replaces one channel, a whole number below `entries`, by a learned vector; the other channels are kept in front of
/// it.
///
/// Numbers are rounded; those outside 0 ..< entries take the nearest entry, so bad input cannot read foreign memory.
/// The coded channel must not be scaled (see `unscaled` of a recipe).
package struct Embedding: Layer {
    package static let kind = "embedding"
    package static let keys = ["entries", "dimensions", "channel"]
    package let input: SampleShape
    package let output: SampleShape
    /// Vectors that are learned.
    package let entries: Int
    /// Length of a vector.
    package let dimensions: Int
    /// The channel whose whole numbers choose a vector.
    package let channel: Int

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        entries = try reader.int("entries", in: 1...10_000_000)
        dimensions = try reader.int("dimensions", in: 1...65_536)
        channel = try reader.int("channel", default: 0, in: 0...max(input.channels - 1, 0))
        self.input = input
        output = SampleShape(time: input.time, width: input.width, channels: input.channels - 1 + dimensions)
    }

    package var parameters: [ParameterSpec] { [ParameterSpec("weight", [entries, dimensions], .normal(deviation: 1))] }

    private func entry(_ value: Float) -> Int {
        value.isFinite ? Int(saturating: max(0, min(Float(entries - 1), value.rounded()))) : 0
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let n = input.channels, m = output.channels
        for row in 0..<batch * input.rows {
            let from = x + row * n, to = y + row * m
            to.update(from: from, count: channel)
            (to + channel).update(from: from + channel + 1, count: n - 1 - channel)
            (to + n - 1).update(from: context.parameters + entry(from[channel]) * dimensions, count: dimensions)
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let n = input.channels, m = output.channels
        for row in 0..<batch * input.rows {
            let upstream = dy + row * m
            ck_add(dimensions, upstream + n - 1, gradients + entry(x[row * n + channel]) * dimensions)
            guard let dx else { continue }
            (dx + row * n).update(from: upstream, count: channel)
            dx[row * n + channel] = 0
            (dx + row * n + channel + 1).update(from: upstream + channel, count: n - 1 - channel)
        }
    }
}
