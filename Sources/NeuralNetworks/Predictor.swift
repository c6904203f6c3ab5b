import Basics
package import Tensors

/// Runs a network on many samples at inference settings. The result does not depend on threads, and with our own
/// kernels not on the block size either.
package struct Predictor: Sendable {
    /// What is computed.
    package let network: Network
    private let parameters: FloatBuffer
    private let packed: FloatBuffer
    private let threads: Int
    private let kernels: ProductKernels

    /// Samples that are computed at a time.
    private static let blockSize = 256

    /// - Parameters:
    ///   - parameters: read now and during every call; must not change meanwhile.
    ///   - kernels: what computes matrix products.
    package init(network: Network, parameters: FloatBuffer, threads: Int, kernels: ProductKernels = .panels) {
        self.network = network
        self.parameters = parameters
        self.threads = max(1, threads)
        self.kernels = kernels
        packed = FloatBuffer(count: network.packedCount)
        network.pack(parameters, into: packed)
    }

    /// Outputs `[N][K]` and the targets of all samples, in order.
    package func predict(_ samples: some SampleSource) -> (outputs: [Float], targets: [Float]) {
        let count = samples.count, width = network.output.count
        let outputs = FloatBuffer(count: count * width), targets = FloatBuffer(count: count)
        let blocks = (count + Predictor.blockSize - 1) / Predictor.blockSize
        let workers = min(threads, max(blocks, 1))
        ParallelRegion.run(items: workers, threads: workers) { worker in
            let arena = NetworkArena(network, batch: Predictor.blockSize, isTraining: false, kernels: kernels)
            var indices = [Int32](repeating: 0, count: Predictor.blockSize)
            for block in stride(from: worker, to: blocks, by: workers) {
                let first = block * Predictor.blockSize, size = min(Predictor.blockSize, count - first)
                for i in 0..<size { indices[i] = Int32(first + i) }
                indices.withUnsafeBufferPointer {
                    samples.gather(
                        UnsafeBufferPointer(rebasing: $0[..<size]), inputs: arena.input,
                        targets: targets.pointer + first)
                }
                arena.forward(batch: size, parameters: parameters, packed: packed)
                (outputs.pointer + first * width).update(from: arena.output, count: size * width)
            }
        }
        return (outputs.array, targets.array)
    }
}
