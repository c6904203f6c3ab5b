import Tensors

/// A part of a batch whose gradient is computed alone, and what it leaves behind.
final class GradientShard: @unchecked Sendable {
    // Guard for `@unchecked`: a shard is touched by one thread at a time; the crew joins before anyone else reads it.
    let gradients: UnsafeMutablePointer<Float>
    /// Statistics of the nodes that keep running ones, behind each other.
    let statistics: FloatBuffer
    /// Position in the batch of its first sample, and the number of its samples.
    var first = 0
    var count = 0
    var loss = 0.0
    var weight = 0.0

    init(gradients: UnsafeMutablePointer<Float>, statistics: Int) {
        self.gradients = gradients
        self.statistics = FloatBuffer(count: statistics)
    }

    /// Shards where the configuration names none: enough that the activations of one fit a core's cache, at most
    /// sixteen. A function of network and batch alone, never of the machine, because it decides the bits of the
    /// weights. Networks with running statistics get two, because shards are what batch norm sees.
    static func count(for network: Network, batch: Int) -> Int {
        if network.nodes.contains(where: { $0.layer?.statisticsCount ?? 0 > 0 }) { return min(2, batch) }
        let bytes = NetworkArena.floatsPerSample(network) * MemoryLayout<Float>.stride
        var count = 2
        while count < 16, batch / count * bytes > 4 << 20 { count *= 2 }
        return min(count, batch)
    }
}

extension Network {
    /// Contiguous runs of parameters that gradients move; running statistics lie between them.
    var trainedRanges: [Range<Int>] {
        parameters.filter(\.spec.isTrained).reduce(into: []) { ranges, parameter in
            let next = parameter.offset..<parameter.offset + parameter.spec.count
            if let last = ranges.last, last.upperBound == next.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<next.upperBound
            } else {
                ranges.append(next)
            }
        }
    }
}
