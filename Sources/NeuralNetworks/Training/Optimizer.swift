import CKernels
import Foundation
package import Tensors

/// The optimizer's memory, and its step.
package struct Optimizer: Sendable {
    /// How weights move.
    package let config: OptimizerConfig
    /// Steps done.
    package private(set) var step = 0
    /// First moment, or velocity.
    package let first: FloatBuffer
    /// Second moment; empty for SGD.
    package let second: FloatBuffer

    /// Moments of zero.
    package init(_ config: OptimizerConfig, parameterCount: Int) {
        self.config = config
        first = FloatBuffer(count: parameterCount)
        if case .sgd = config { second = FloatBuffer(count: 0) } else { second = FloatBuffer(count: parameterCount) }
    }

    /// Takes over the memory of a checkpoint.
    package mutating func restore(step: Int, first: [Float], second: [Float]) {
        self.step = step
        self.first.copy(from: first)
        self.second.copy(from: second)
    }

    /// Moves the weights once.
    ///
    /// - Parameters:
    ///   - ranges: the parameters to move; untrained ones are left out, also by weight decay.
    ///   - gradientScale: a factor on the gradient; clipping comes in here.
    ///   - rateFactor: the schedule's factor on the learning rate.
    package mutating func apply(
        to parameters: FloatBuffer, ranges: [Range<Int>], gradient: UnsafePointer<Float>, gradientScale: Float = 1,
        rateFactor: Double = 1
    ) {
        step += 1
        for range in ranges { move(parameters, range, gradient, gradientScale, rateFactor) }
    }

    private func move(
        _ parameters: FloatBuffer, _ range: Range<Int>, _ gradient: UnsafePointer<Float>, _ gradientScale: Float,
        _ rateFactor: Double
    ) {
        let n = range.count, at = range.lowerBound
        switch config {
        case .sgd(let rate, let momentum, let decay):
            ck_sgd(
                n, parameters.pointer + at, gradient + at, gradientScale, first.pointer + at, Float(rate * rateFactor),
                Float(momentum),
                Float(decay))
        case .adam(let rate, let beta1, let beta2, let epsilon, let placement):
            adam(
                parameters, range, gradient, gradientScale, rate * rateFactor, beta1, beta2, epsilon, placement,
                decay: 0)
        case .adamW(let rate, let beta1, let beta2, let epsilon, let decay, let placement):
            adam(
                parameters, range, gradient, gradientScale, rate * rateFactor, beta1, beta2, epsilon, placement,
                decay: rate * rateFactor * decay)
        }
    }

    private func adam(
        _ parameters: FloatBuffer, _ range: Range<Int>, _ gradient: UnsafePointer<Float>, _ scale: Float,
        _ rate: Double, _ beta1: Double,
        _ beta2: Double, _ epsilon: Double, _ placement: OptimizerConfig.EpsilonPlacement, decay: Double
    ) {
        let at = range.lowerBound
        let correction1 = 1 - pow(beta1, Double(step)), correction2 = 1 - pow(beta2, Double(step))
        // √v + ε before the correction is √v̂ + ε/√(1 − β₂ᵗ) after it.
        let added = placement == .corrected ? epsilon : epsilon / correction2.squareRoot()
        ck_adam(
            range.count, parameters.pointer + at, gradient + at, scale, first.pointer + at, second.pointer + at,
            Float(rate), Float(beta1), Float(beta2),
            Float(added), Float(correction1), Float(correction2), Float(decay))
    }
}
