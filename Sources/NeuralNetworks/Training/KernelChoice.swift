package import Basics
package import Tensors

/// The configuration key `training.kernels`: which library computes matrix products.
package enum KernelChoice: String, CaseIterable, Sendable {
    /// Our own kernels, which give the same bits on every machine with AVX2 or AVX-512.
    case panels
    /// OpenBLAS, whose bits depend on the processor it chooses its kernels for.
    case openblas
    /// Whichever is faster for the largest layer of the network, measured once before the first step. The run records
    /// which it was, and whoever resumes or reproduces the run computes with that one.
    case auto

    /// - Parameters:
    ///   - batch: samples of one pass: the capacity of a gradient shard.
    /// - Throws: ``Failure`` as ``ProductKernels/init(_:_:)`` does; `auto` never, where float32 is asked for.
    func kernels(for network: Network, batch: Int, precision: Precision) throws(Failure) -> ProductKernels {
        switch self {
        case .panels: try ProductKernels(.panels, precision)
        case .openblas: try ProductKernels(.openblas, precision)
        case .auto:
            precision == .float32
                ? KernelProbe.faster(for: network, batch: batch) : try ProductKernels(.panels, precision)
        }
    }

    /// What a run records before anything is measured: the name that a configuration asks for. `auto` stands for our
    /// own kernels until a trainer has measured.
    ///
    /// - Parameter training: the map `training` of a configuration, or nil.
    package static func declared(in training: JSONValue?) -> KernelsName {
        let choice = training?[key: "kernels"]?.stringValue.flatMap(KernelChoice.init)
        let precision = training?[key: "precision"]?.stringValue.flatMap(Precision.init)
        return KernelsName.here(choice == .openblas ? .openblas : .panels, precision ?? .float32)
    }
}

/// Measures both libraries on the layer with most multiply-adds: forward and backward of one gradient shard.
enum KernelProbe {
    /// Multiply-adds of a forward pass over the layer below which our own kernels are taken unmeasured: OpenBLAS packs
    /// its operands at every call, which smaller products do not pay back. On a Zen 4 core with AVX-512 it had 77 to
    /// 104 % of our speed below 2.7e8, equal speed there, and 104 to 117 % from 5e8 on.
    static let fewest = 250_000_000
    /// OpenBLAS must be this much faster to be taken: a tie goes to the library with the same bits everywhere.
    static let margin = 1.05
    /// The least of so many passes counts, after one that warms the caches.
    static let passes = 3

    static func faster(for network: Network, batch: Int) -> ProductKernels {
        let layers = network.nodes.compactMap { $0.layer }
        guard let layer = layers.max(by: { $0.multiplyAdds < $1.multiplyAdds }),
            layer.multiplyAdds * batch >= fewest, let openBLAS = try? ProductKernels(.openblas)
        else { return .panels }
        let own = seconds(layer, batch: batch, .panels), other = seconds(layer, batch: batch, openBLAS)
        return other * margin < own ? openBLAS : .panels
    }

    /// The least time of a pass over a layer alone, on this thread.
    static func seconds(_ layer: any Layer, batch: Int, _ kernels: ProductKernels) -> Double {
        let network = Network(input: layer.input, layers: [layer])
        let parameters = network.initialParameters(seed: 1), gradients = FloatBuffer(count: network.parameterCount)
        let packed = FloatBuffer(count: network.packedCount)
        let arena = NetworkArena(network, batch: batch, isTraining: true, wantsInputGradient: true, kernels: kernels)
        var random = SeededRandom(seed: 1)
        var least = Double.infinity
        ParallelRegion.flushingSubnormals {
            network.pack(parameters, into: packed)
            for pass in 0...passes {
                for i in 0..<batch * layer.input.count { arena.input[i] = random.uniformFloat() - 0.5 }
                let start = Clock.monotonic()
                arena.forward(batch: batch, parameters: parameters, packed: packed, isTraining: true)
                arena.outputGradient.update(repeating: 1, count: batch * layer.output.count)
                arena.backward(batch: batch, parameters: parameters, packed: packed, gradients: gradients.pointer)
                if pass > 0 { least = min(least, Double(Clock.monotonic() - start) * 1e-9) }
            }
        }
        return least
    }
}
