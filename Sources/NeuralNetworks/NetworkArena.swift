import Tensors

/// The memory of one gradient shard: activations, their gradients, and the layers' workspaces, planned once for a largest
/// batch. Passes over it allocate nothing.
package final class NetworkArena: Sendable {
    package let network: Network
    package let capacity: Int
    private let memory: FloatBuffer
    private let activationOffsets: [Int]
    private let gradientOffsets: [Int]
    private let workspaceOffsets: [Int]
    private let scratchOffset: Int

    /// - Parameter isTraining: whether gradients will be needed.
    package init(_ network: Network, batch: Int, isTraining: Bool) {
        self.network = network
        capacity = batch
        var next = 0
        func take(_ count: Int) -> Int {
            defer { next += (count + 15) / 16 * 16 }
            return next
        }
        // Index 0 is the input; index i + 1 the output of layer i.
        activationOffsets = [take(batch * network.input.count)] + network.layers.map { take(batch * $0.output.count) }
        gradientOffsets =
            isTraining
            ? [take(batch * network.input.count)] + network.layers.map { take(batch * $0.output.count) } : []
        workspaceOffsets = network.layers.map { take($0.workspaceCount(batch: batch)) }
        scratchOffset = take(network.layers.map { $0.scratchCount(batch: batch) }.max() ?? 0)
        memory = FloatBuffer(count: next)
    }

    /// Where the caller puts the samples, `[B][T][C]`.
    package var input: UnsafeMutablePointer<Float> { memory.pointer + activationOffsets[0] }
    package var output: UnsafeMutablePointer<Float> { memory.pointer + activationOffsets[network.layers.count] }
    /// Where the loss puts the gradient of the output.
    package var outputGradient: UnsafeMutablePointer<Float> { memory.pointer + gradientOffsets[network.layers.count] }
    package func workspace(_ layer: Int) -> UnsafeMutablePointer<Float> { memory.pointer + workspaceOffsets[layer] }

    @inline(__always)
    private func context(
        _ index: Int, parameters: FloatBuffer, packed: FloatBuffer, isTraining: Bool, key: UInt64, firstSample: Int
    ) -> LayerContext {
        LayerContext(
            parameters: parameters.pointer + network.parameterOffsets[index],
            packed: packed.pointer + network.packedOffsets[index], workspace: workspace(index),
            scratch: memory.pointer + scratchOffset, isTraining: isTraining,
            key: key &+ UInt64(index) &* 0xA24B_AED4_963E_E407, firstSample: firstSample)
    }

    /// Runs all layers on the samples in ``input``; the result is in ``output``.
    package func forward(
        batch: Int, parameters: FloatBuffer, packed: FloatBuffer, isTraining: Bool = false, key: UInt64 = 0,
        firstSample: Int = 0
    ) {
        precondition(batch <= capacity, "found a batch of \(batch), planned for \(capacity)")
        for (index, layer) in network.layers.enumerated() {
            layer.forward(
                batch: batch, x: memory.pointer + activationOffsets[index], y: memory.pointer + activationOffsets[index + 1],
                context(
                    index, parameters: parameters, packed: packed, isTraining: isTraining, key: key,
                    firstSample: firstSample))
        }
    }

    /// Adds the weight gradients of the samples of the last `forward` to `gradients`, from ``outputGradient``.
    ///
    /// - Parameter wantsInputGradient: also leave the gradient of the input, for checks.
    package func backward(
        batch: Int, parameters: FloatBuffer, packed: FloatBuffer, gradients: UnsafeMutablePointer<Float>, key: UInt64 = 0,
        firstSample: Int = 0, wantsInputGradient: Bool = false
    ) {
        for index in network.layers.indices.reversed() {
            network.layers[index].backward(
                batch: batch, x: memory.pointer + activationOffsets[index], y: memory.pointer + activationOffsets[index + 1],
                dy: memory.pointer + gradientOffsets[index + 1],
                dx: index > 0 || wantsInputGradient ? memory.pointer + gradientOffsets[index] : nil,
                gradients: gradients + network.parameterOffsets[index],
                context(
                    index, parameters: parameters, packed: packed, isTraining: true, key: key, firstSample: firstSample))
        }
    }

    package var inputGradient: UnsafeMutablePointer<Float> { memory.pointer + gradientOffsets[0] }
}
