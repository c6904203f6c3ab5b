package import Basics
import CKernels
import Foundation

/// Adds to every time step a vector that says which step it is: sines of falling frequencies (Vaswani et al. 2017,
/// section 3.5), or learned.
package struct Positional: Layer {
    /// Where the positions come from.
    package enum Encoding: String, CaseIterable, Sendable {
        case sinusoidal
        case learned
    }

    package static let kind = "positional"
    package static let keys = ["encoding"]
    package let input: SampleShape
    package var output: SampleShape { input }
    /// Where the positions come from.
    package let encoding: Encoding

    package init(_ reader: ConfigReader, input: SampleShape) throws {
        try reader.requireSeries(input)
        self.input = input
        encoding = try reader.choice("encoding", default: .sinusoidal)
    }

    package var parameters: [ParameterSpec] {
        encoding == .learned ? [ParameterSpec("weight", [input.time, input.channels], .normal(deviation: 0.02))] : []
    }
    package var sharesGradient: Bool { true }
    package var packedCount: Int { input.count }

    package func pack(parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        if encoding == .learned {
            packed.update(from: parameters, count: input.count)
            return
        }
        for (i, value) in Positional.sinusoids(input).enumerated() { packed[i] = value }
    }

    /// The sinusoidal vectors, `[T][C]`.
    package static func sinusoids(_ input: SampleShape) -> [Float] {
        (0..<input.count).map { i in
            let t = i / input.channels, c = i % input.channels
            let angle = Double(t) / pow(10_000, Double(c / 2 * 2) / Double(input.channels))
            return Float(c % 2 == 0 ? sin(angle) : cos(angle))
        }
    }

    package func forward(batch: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, _ context: LayerContext) {
        y.update(from: x, count: batch * input.count)
        for sample in 0..<batch { ck_add(input.count, context.packed, y + sample * input.count) }
    }

    package func backward(
        batch: Int, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>,
        dx: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>, _ context: LayerContext
    ) {
        if encoding == .learned {
            for sample in 0..<batch { ck_add(input.count, dy + sample * input.count, gradients) }
        }
        if let dx, dx != dy { dx.update(from: dy, count: batch * input.count) }
    }
}
