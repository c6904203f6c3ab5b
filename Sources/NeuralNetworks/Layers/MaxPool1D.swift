import Basics

/// The largest value of every channel over `kernel` time steps. The first of equal values takes the gradient.
package struct MaxPool1D: Layer {
    package static let kind = "maxpool1d"
    package static let keys = ["kernel", "stride"]
    package let input: SampleShape
    package let output: SampleShape
    let kernel: Int
    let stride: Int

    package init(input: SampleShape, kernel: Int, stride: Int? = nil) {
        self.input = input
        self.kernel = kernel
        self.stride = stride ?? kernel
        output = SampleShape(time: (input.time - kernel) / self.stride + 1, channels: input.channels)
    }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        let kernel = try reader.int("kernel", in: 1...1024)
        guard kernel <= input.time else {
            throw ConfigError(
                "found kernel \(kernel) for an input of shape \(input), expected at most \(input.time)",
                at: reader.value("kernel")?.mark)
        }
        self.init(input: input, kernel: kernel, stride: try reader.optionalInt("stride", in: 1...1024))
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let channels = input.channels
        for sample in 0..<batch {
            for t in 0..<output.time {
                let target = y + (sample * output.time + t) * channels
                let source = x + (sample * input.time + t * stride) * channels
                target.update(from: source, count: channels)
                for tap in 1..<max(kernel, 1) {
                    let other = source + tap * channels
                    for c in 0..<channels where other[c] > target[c] || other[c].isNaN { target[c] = other[c] }
                }
            }
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        guard let dx else { return }
        let channels = input.channels
        dx.update(repeating: 0, count: batch * input.count)
        for sample in 0..<batch {
            for t in 0..<output.time {
                let row = (sample * output.time + t) * channels
                let first = (sample * input.time + t * stride) * channels
                for c in 0..<channels {
                    for tap in 0..<kernel where x[first + tap * channels + c] == y[row + c] {
                        dx[first + tap * channels + c] += dy[row + c]
                        break
                    }
                }
            }
        }
    }
}
