package import Basics

/// Exchanges time and channels of a series: `[T][C]` becomes `[C][T]`.
package struct Transpose: Layer {
    package static let kind = "transpose"
    package static let keys: [String] = []
    package let input: SampleShape
    package var output: SampleShape { SampleShape(time: input.channels, channels: input.time) }

    /// C×T from T×C.
    package init(input: SampleShape) { self.input = input }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        try reader.requireSeries(input)
        self.init(input: input)
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        Transpose.swap(batch, x, rows: input.time, columns: input.channels, into: y)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        if let dx { Transpose.swap(batch, dy, rows: input.channels, columns: input.time, into: dx) }
    }

    private static func swap(
        _ batch: Int, _ x: UnsafePointer<Float>, rows: Int, columns: Int, into y: UnsafeMutablePointer<Float>
    ) {
        for sample in 0..<batch {
            let from = x + sample * rows * columns, to = y + sample * rows * columns
            for row in 0..<rows { for column in 0..<columns { to[column * rows + row] = from[row * columns + column] } }
        }
    }
}
