import Basics
import Foundation
import Tensors

/// Minimises a loss over samples: forward and backward per gradient shard, sum in shard order, one optimiser step.
///
/// Deterministic by contract: the same network, configuration, samples and seed give the same bytes of weights for any number
/// of threads, and a run that was killed and resumed ends in the same bytes as one that was not. A step allocates
/// nothing. Not thread-safe itself; it owns its threads.
package final class Trainer {
    package let network: Network
    package let config: TrainingConfig
    package let threads: Int
    package let parameters: FloatBuffer
    package private(set) var optimizer: Optimizer
    package internal(set) var state = TrainingState()
    let bestParameters: FloatBuffer

    private let crew: WorkerCrew
    private let packed: FloatBuffer
    private let shards: [Shard]
    private let gradients: FloatBuffer
    private let totalGradient: FloatBuffer
    /// Contiguous runs of parameters that gradients move; running statistics lie between them.
    private let trainedRanges: [Range<Int>]

    /// One gradient shard: its arena and where its results go.
    private final class Shard: @unchecked Sendable {
        // Guard for `@unchecked`: a shard is touched by one thread at a time; the crew joins before anyone else reads it.
        let arena: NetworkArena
        let targets: FloatBuffer
        let gradients: UnsafeMutablePointer<Float>
        var first = 0
        var count = 0
        var loss = 0.0

        init(network: Network, capacity: Int, gradients: UnsafeMutablePointer<Float>) {
            arena = NetworkArena(network, batch: capacity, isTraining: true)
            targets = FloatBuffer(count: capacity)
            self.gradients = gradients
        }
    }

    /// - Parameter threads: how many threads compute; does not influence any result.
    package init(network: Network, config: TrainingConfig, threads: Int) throws {
        try config.loss.validate(outputs: network.output.count)
        self.network = network
        self.config = config
        self.threads = max(1, threads)
        parameters = network.initialParameters(seed: config.seed)
        bestParameters = FloatBuffer(parameters.array)
        optimizer = Optimizer(config.optimizer, parameterCount: network.parameterCount)
        packed = FloatBuffer(count: network.packedCount)
        let stride = (network.parameterCount + 15) / 16 * 16
        gradientStride = stride
        crew = try WorkerCrew(threads: min(self.threads, config.gradientShards))
        let gradients = FloatBuffer(count: stride * config.gradientShards)
        self.gradients = gradients
        totalGradient = FloatBuffer(count: network.parameterCount)
        let capacity = (config.batchSize + config.gradientShards - 1) / config.gradientShards
        shards = (0..<config.gradientShards).map {
            Shard(network: network, capacity: capacity, gradients: gradients.pointer + $0 * stride)
        }
        statisticsLayers = network.layers.indices.filter { network.layers[$0].parameters.contains { !$0.isTrained } }
        trainedRanges = network.parameters.filter(\.spec.isTrained).reduce(into: []) { ranges, parameter in
            let next = parameter.offset..<parameter.offset + parameter.spec.count
            if let last = ranges.last, last.upperBound == next.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<next.upperBound
            } else {
                ranges.append(next)
            }
        }
    }

    private let gradientStride: Int
    /// Layers with running statistics.
    private let statisticsLayers: [Int]

    /// What the threads of one step read; written before they start.
    private struct Pass {
        var indices = UnsafeBufferPointer<Int32>(start: nil, count: 0)
        var key: UInt64 = 0
        var total = 1.0
    }

    private var pass = Pass()
    private var samples: (any SampleSource)?

    /// Names the samples that ``step(indices:rateFactor:)`` draws from.
    package func use(_ samples: some SampleSource) { self.samples = samples }

    /// One optimiser step on the samples at `indices`. Allocates nothing.
    ///
    /// - Returns: the summed loss and the summed weight of the batch.
    @discardableResult
    package func step(indices: UnsafeBufferPointer<Int32>, rateFactor: Double = 1) -> (loss: Double, weight: Double) {
        network.pack(parameters, into: packed)
        // Shard boundaries depend on the batch and the number of shards only.
        let count = indices.count, shardCount = shards.count
        let size = (count + shardCount - 1) / shardCount
        for index in 0..<shardCount {
            shards[index].first = min(index * size, count)
            shards[index].count = min(size, count - shards[index].first)
        }
        pass.indices = indices
        pass.key = SeededRandomKey.step(seed: config.seed, step: optimizer.step)
        pass.total = isWeighted ? weigh(indices) : Double(count)
        crew.run(items: shardCount, context: Unmanaged.passUnretained(self).toOpaque()) { context, index in
            guard let context else { return }
            Unmanaged<Trainer>.fromOpaque(context).takeUnretainedValue().runShard(Int(index))
        }
        var loss = 0.0
        for index in 0..<shardCount { loss += shards[index].loss }
        ParallelRegion.flushingSubnormals {
            let norm = gradientSum().squareRoot()
            let scale = config.clipNorm.map { norm > $0 ? Float($0 / norm) : 1 } ?? 1
            optimizer.apply(to: parameters, ranges: trainedRanges, gradient: totalGradient.pointer, gradientScale: scale, rateFactor: rateFactor)
        }
        for index in statisticsLayers { updateStatistics(index) }
        return (loss, pass.total)
    }

    private func updateStatistics(_ index: Int) {
        network.layers[index].updateStatistics(
            parameters: parameters.pointer + network.parameterOffsets[index],
            workspaces: shards.filter { $0.count > 0 }.map { UnsafePointer($0.arena.workspace(index)) })
    }

    private var isWeighted: Bool {
        if case .crossEntropy(classWeights: .some) = config.loss { return true }
        return false
    }

    /// Forward and backward of one shard, on whatever thread.
    private func runShard(_ index: Int) {
        let shard = shards[index]
        shard.loss = 0
        shard.gradients.update(repeating: 0, count: network.parameterCount)
        guard shard.count > 0, let samples else { return }
        let part = UnsafeBufferPointer(rebasing: pass.indices[shard.first..<shard.first + shard.count])
        samples.gather(part, inputs: shard.arena.input, targets: shard.targets.pointer)
        shard.arena.forward(
            batch: shard.count, parameters: parameters, packed: packed, isTraining: true, key: pass.key, firstSample: shard.first)
        shard.loss = config.loss.evaluate(
            batch: shard.count, classes: network.output.count, outputs: shard.arena.output, targets: shard.targets.pointer, total: pass.total,
            gradient: shard.arena.outputGradient)
        shard.arena.backward(
            batch: shard.count, parameters: parameters, packed: packed, gradients: shard.gradients, key: pass.key, firstSample: shard.first)
    }

    /// The total weight of a batch; needs the targets before the shards run, so they are gathered once more.
    private func weigh(_ indices: UnsafeBufferPointer<Int32>) -> Double {
        var total = 0.0
        for index in 0..<shards.count where shards[index].count > 0 {
            let shard = shards[index]
            let part = UnsafeBufferPointer(rebasing: indices[shard.first..<shard.first + shard.count])
            samples?.gather(part, inputs: shard.arena.input, targets: shard.targets.pointer)
            for i in 0..<shard.count { total += config.loss.weight(shard.targets.pointer[i]) }
        }
        return max(total, .leastNormalMagnitude)
    }

    private func gradientSum() -> Double {
        GradientSum.run(
            count: network.parameterCount, shards: shards.count, gradients: gradients.pointer, stride: gradientStride,
            total: totalGradient.pointer)
    }

    /// The gradient of the last step, for checks.
    package var lastGradient: [Float] { totalGradient.array }

    /// Mean loss over all samples, without dropout and with running statistics.
    package func evaluate(_ samples: some SampleSource) -> Double {
        let predictor = Predictor(network: network, parameters: parameters, threads: threads)
        let (outputs, targets) = predictor.predict(samples)
        var weight = 0.0
        for target in targets { weight += config.loss.weight(target) }
        guard weight > 0 else { return .nan }
        let sum = config.loss.evaluate(
            batch: targets.count, classes: network.output.count, outputs: outputs, targets: targets, total: weight,
            gradient: nil)
        return sum / weight
    }

    func restore(optimizerStep: Int, first: [Float], second: [Float]) {
        optimizer.restore(step: optimizerStep, first: first, second: second)
    }
}

/// Keys of random draws.
enum SeededRandomKey {
    static func step(seed: UInt64, step: Int) -> UInt64 {
        var random = SeededRandom(seed: seed, 0x57E9, UInt64(step))
        return random.next()
    }
}
