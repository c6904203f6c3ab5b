package import Basics
import Tensors

/// Normalises a window along time and along features at once, with learned weights of both (Tran et al. 2021,
/// arXiv:2003.00598).
///
/// y = y₁·(l₁·z₁ + b₁) + y₂·(l₂·z₂ + b₂), where z₁ is standardised over the features of each step and z₂ over the steps
/// of each feature; deviations use n − 1 and count as 1 below 1e-4. y₁ and y₂ start at ½ and are set to 0.01 where a
/// step makes them negative.
package struct BilinearNormalisation: Layer {
    package static let kind = "bin"
    package static let keys: [String] = []
    package let input: SampleShape
    package var output: SampleShape { input }

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        try reader.requireSeries(input)
        guard input.time > 1, input.channels > 1 else {
            throw ConfigError(
                "found an input of shape \(input) at '\(reader.path)', expected at least 2×2", at: reader.node.mark)
        }
        self.input = input
    }

    private var time: Int { input.time }
    private var features: Int { input.channels }

    package var parameters: [ParameterSpec] {
        [
            ParameterSpec("l1", [time], .constant(1)), ParameterSpec("b1", [time], .constant(0)),
            ParameterSpec("l2", [features], .constant(1)), ParameterSpec("b2", [features], .constant(0)),
            ParameterSpec("y", [2], .constant(0.5)),
        ]
    }

    private var mixture: Int { 2 * time + 2 * features }

    /// By sample: both standardised windows and both inverse deviations.
    private var sampleBlock: Int { 2 * input.count + time + features }
    package func workspaceCount(batch: Int) -> Int { batch * sampleBlock }
    /// Means, and sums of the gradient, of both branches.
    package func scratchCount(batch: Int) -> Int { 2 * (time + features) + 2 * input.count }

    private static func inverse(_ squares: Float, _ n: Int) -> Float {
        let deviation = (squares / Float(n - 1)).squareRoot()
        return deviation < 1e-4 ? 1 : 1 / deviation
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        let l1 = context.parameters, b1 = l1 + time, l2 = b1 + time, b2 = l2 + features
        let y1 = context.parameters[mixture], y2 = context.parameters[mixture + 1]
        let mean = context.scratch
        for sample in 0..<batch {
            let from = x + sample * input.count, to = y + sample * input.count
            let z1 = context.workspace + sample * sampleBlock, z2 = z1 + input.count
            let inverse1 = z2 + input.count, inverse2 = inverse1 + time
            mean.update(repeating: 0, count: features)
            inverse2.update(repeating: 0, count: features)
            for t in 0..<time { for f in 0..<features { mean[f] += from[t * features + f] } }
            for f in 0..<features { mean[f] /= Float(time) }
            for t in 0..<time {
                for f in 0..<features {
                    let d = from[t * features + f] - mean[f]
                    z2[t * features + f] = d
                    inverse2[f] += d * d
                }
            }
            for f in 0..<features { inverse2[f] = BilinearNormalisation.inverse(inverse2[f], time) }
            for t in 0..<time {
                let row = from + t * features
                var sum: Float = 0, squares: Float = 0
                for f in 0..<features { sum += row[f] }
                let centre = sum / Float(features)
                for f in 0..<features { squares += (row[f] - centre) * (row[f] - centre) }
                let scale = BilinearNormalisation.inverse(squares, features)
                inverse1[t] = scale
                let gain = y1 * l1[t], shift = y1 * b1[t]
                for f in 0..<features {
                    let a = (row[f] - centre) * scale, b = z2[t * features + f] * inverse2[f]
                    z1[t * features + f] = a
                    z2[t * features + f] = b
                    to[t * features + f] = gain * a + shift + y2 * (l2[f] * b + b2[f])
                }
            }
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        let l1 = context.parameters, b1 = l1 + time, l2 = b1 + time, b2 = l2 + features
        let y1 = context.parameters[mixture], y2 = context.parameters[mixture + 1]
        let dl1 = gradients, db1 = dl1 + time, dl2 = db1 + time, db2 = dl2 + features
        let sum2 = context.scratch, product2 = sum2 + features
        for sample in 0..<batch {
            let upstream = dy + sample * input.count
            let z1 = context.workspace + sample * sampleBlock, z2 = z1 + input.count
            let inverse1 = z2 + input.count, inverse2 = inverse1 + time
            sum2.update(repeating: 0, count: 2 * features)
            var first: Float = 0, second: Float = 0
            for t in 0..<time {
                let row = t * features
                var sum: Float = 0, product: Float = 0, shifted: Float = 0
                for f in 0..<features {
                    let g = upstream[row + f], b = z2[row + f]
                    sum += g
                    product += g * z1[row + f]
                    shifted += g * (l2[f] * b + b2[f])
                    sum2[f] += g
                    product2[f] += g * b
                }
                dl1[t] += y1 * product
                db1[t] += y1 * sum
                first += l1[t] * product + b1[t] * sum
                second += shifted
                guard let dx else { continue }
                let gain = y1 * l1[t] * inverse1[t]
                // A guarded deviation is a constant; only the mean passes a gradient then.
                let slope = inverse1[t] == 1 ? 0 : product / Float(features - 1), mean = sum / Float(features)
                let target = dx + sample * input.count + row
                for f in 0..<features { target[f] = gain * (upstream[row + f] - mean - z1[row + f] * slope) }
            }
            gradients[mixture] += first
            gradients[mixture + 1] += second
            for f in 0..<features {
                dl2[f] += y2 * product2[f]
                db2[f] += y2 * sum2[f]
            }
            guard let dx else { continue }
            for f in 0..<features {
                if inverse2[f] == 1 { product2[f] = 0 }
                product2[f] /= Float(time - 1)
                sum2[f] /= Float(time)
            }
            for t in 0..<time {
                let row = t * features, target = dx + sample * input.count + row
                for f in 0..<features {
                    target[f] += y2 * l2[f] * inverse2[f] * (upstream[row + f] - sum2[f] - z2[row + f] * product2[f])
                }
            }
        }
    }

    package func constrain(parameters: UnsafeMutablePointer<Float>) {
        for i in mixture..<mixture + 2 where parameters[i] < 0 { parameters[i] = 0.01 }
    }
}
