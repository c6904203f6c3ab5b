package import Basics
import CKernels
import Foundation

/// Probabilities of every position's channels: eˣ / Σ eˣ.
package struct Softmax: Layer {
    package static let kind = "softmax"
    package static let keys: [String] = []
    package let input: SampleShape
    package var output: SampleShape { input }
    package var sharesGradient: Bool { true }

    package init(_ reader: ConfigReader, input: SampleShape) throws { self.input = input }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        ck_softmax(Int32(batch * input.rows), Int32(input.channels), x, 1, y)
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        if let dx { ck_softmax_backward(Int32(batch * input.rows), Int32(input.channels), y, dy, 1, dx) }
    }
}

/// ln x: turns mean probabilities back into logits. Values below 1e-30 count as 1e-30.
package struct Logarithm: Layer {
    package static let kind = "log"
    package static let keys: [String] = []
    package let input: SampleShape
    package var output: SampleShape { input }
    package var sharesGradient: Bool { true }
    /// The least value that is told from 0.
    package static let least: Float = 1e-30

    package init(_ reader: ConfigReader, input: SampleShape) throws { self.input = input }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        for i in 0..<batch * input.count { y[i] = logf(max(x[i], Logarithm.least)) }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        if let dx { for i in 0..<batch * input.count { dx[i] = x[i] > Logarithm.least ? dy[i] / x[i] : 0 } }
    }
}

/// ln(p / (1 − p)): turns a mean probability back into a logit, for 1e-7 ≤ p ≤ 1 − 1e-7.
package struct Logit: Layer {
    package static let kind = "logit"
    package static let keys: [String] = []
    package let input: SampleShape
    package var output: SampleShape { input }
    package var sharesGradient: Bool { true }
    /// The least distance of a probability from 0 and 1.
    package static let least: Float = 1e-7

    package init(_ reader: ConfigReader, input: SampleShape) throws { self.input = input }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        for i in 0..<batch * input.count {
            let p = min(max(x[i], Logit.least), 1 - Logit.least)
            y[i] = logf(p / (1 - p))
        }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        if let dx { for i in 0..<batch * input.count { dx[i] = dy[i] / max(x[i] * (1 - x[i]), Logit.least) } }
    }
}
