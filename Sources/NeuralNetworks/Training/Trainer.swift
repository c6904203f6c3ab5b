import Basics
import Foundation
package import Tensors

/// Minimises a loss over samples: forward and backward per gradient shard, sum in shard order, one optimizer step.
///
/// Deterministic by contract: the same network, configuration, samples and seed give the same bytes of weights for any
/// number of threads, and a run that was killed and resumed ends in the same bytes as one that was not. A step
/// allocates nothing. Not thread-safe itself; it owns its threads.
package final class Trainer {
    /// What is trained.
    package let network: Network
    /// How.
    package let config: TrainingConfig
    /// Threads that were asked for; at most as many as shards compute.
    package let threads: Int
    /// The weights, in the order of ``Network/parameters``.
    package let parameters: FloatBuffer
    /// The optimizer with its moments.
    package private(set) var optimizer: Optimizer
    /// Where the run stands.
    package internal(set) var state = TrainingState()
    let bestParameters: FloatBuffer
    /// The moving average of the weights, if one is kept; then it is what is evaluated and saved.
    let average: FloatBuffer?

    private let crew: WorkerCrew
    private let packed: FloatBuffer
    private let shards: [GradientShard]
    private let gradients: FloatBuffer
    private let totalGradient: FloatBuffer
    /// Contiguous runs of parameters that gradients move; running statistics lie between them.
    private let trainedRanges: [Range<Int>]

    /// What computes matrix products, here and in an objective's own passes.
    package private(set) var kernels: ProductKernels

    /// Memory of one thread; the shards that it computes follow each other in it.
    private var arenas: [NetworkArena]
    private let targets: [FloatBuffer]

    /// What a step minimises; nil for the configured loss against the targets of samples.
    private let objective: (any TrainingObjective)?

    /// - Parameters:
    ///   - threads: how many threads compute; does not influence any result.
    ///   - objective: what steps minimise in place of `config.loss`; then ``step(indices:rateFactor:)`` is all there is
    ///     to call.
    /// - Throws: ``ConfigError`` where loss and outputs do not fit; ``Failure`` where threads or the kernels that the
    ///   configuration asks for are not to be had.
    package init(network: Network, config: TrainingConfig, threads: Int, objective: (any TrainingObjective)? = nil)
        throws
    {
        if objective == nil { try config.loss.validate(outputs: network.output.count) }
        self.objective = objective
        self.network = network
        self.config = config
        self.threads = max(1, threads)
        parameters = network.initialParameters(seed: config.seed)
        bestParameters = FloatBuffer(parameters.array)
        average = config.averageDecay == nil ? nil : FloatBuffer(parameters.array)
        optimizer = Optimizer(config.optimizer, parameterCount: network.parameterCount)
        packed = FloatBuffer(count: network.packedCount)
        let stride = (network.parameterCount + 15) / 16 * 16
        gradientStride = stride
        let micro = (config.batchSize + config.accumulation - 1) / config.accumulation
        let shardCount = config.gradientShards ?? GradientShard.count(for: network, batch: micro)
        let capacity = (micro + shardCount - 1) / shardCount
        let workers = min(self.threads, shardCount)
        crew = try WorkerCrew(threads: workers)
        shardCapacity = capacity
        self.workers = workers
        let kernels = try config.kernels.kernels(for: network, batch: capacity, precision: config.precision)
        self.kernels = kernels
        arenas = Trainer.arenas(workers, network, batch: capacity, kernels)
        targets = (0..<workers).map { _ in FloatBuffer(count: capacity) }
        let gradients = FloatBuffer(count: stride * shardCount)
        self.gradients = gradients
        totalGradient = FloatBuffer(count: network.parameterCount)
        microSize = micro
        let statistics = network.nodes.indices.filter { network.nodes[$0].layer?.statisticsCount ?? 0 > 0 }
        statisticsNodes = statistics
        let kept = statistics.reduce(0) { $0 + (network.nodes[$1].layer?.statisticsCount ?? 0) }
        shards = (0..<shardCount).map { GradientShard(gradients: gradients.pointer + $0 * stride, statistics: kept) }
        trainedRanges = network.trainedRanges
    }

    private static func arenas(
        _ count: Int, _ network: Network, batch: Int, _ kernels: ProductKernels
    ) -> [NetworkArena] {
        (0..<count).map { _ in NetworkArena(network, batch: batch, isTraining: true, kernels: kernels) }
    }

    /// Computes with other kernels from now on.
    func use(_ kernels: ProductKernels) {
        self.kernels = kernels
        arenas = Trainer.arenas(workers, network, batch: shardCapacity, kernels)
    }

    /// Threads that compute, and the most samples that one of them takes at a time: what an objective needs to plan its
    /// own memory.
    package let workers: Int
    /// Most samples of a shard.
    package let shardCapacity: Int

    private let gradientStride: Int
    /// Samples that are computed before their gradients are added up.
    private let microSize: Int
    /// Nodes with running statistics.
    private let statisticsNodes: [Int]

    /// What the threads of one step read; written before they start.
    private struct Pass {
        var indices = UnsafeBufferPointer<Int32>(start: nil, count: 0)
        var key: UInt64 = 0
        /// Position of the first of them in the batch; its gradients start from zero.
        var first = 0
    }

    private var pass = Pass()
    private var samples: (any SampleSource)?

    /// Replaces the starting weights by those of a file with this network's names and shapes.
    ///
    /// - Throws: ``Failure`` when a tensor is missing or has another shape.
    package func start(from file: SafetensorsFile) throws {
        try network.load(file, into: parameters)
        bestParameters.copy(from: parameters)
        average?.copy(from: parameters)
    }

    /// Names the samples that ``step(indices:rateFactor:)`` draws from.
    package func use(_ samples: some SampleSource) { self.samples = samples }

    /// One optimizer step on the samples at `indices`, at most a batch of them. Allocates nothing.
    ///
    /// - Returns: the summed loss and the summed weight of the batch.
    @discardableResult
    package func step(indices: UnsafeBufferPointer<Int32>, rateFactor: Double = 1) -> (loss: Double, weight: Double) {
        network.pack(parameters, into: packed)
        pass.key = SeededRandomKey.step(seed: config.seed, step: optimizer.step)
        var loss = 0.0, weight = 0.0
        for first in stride(from: 0, to: indices.count, by: microSize) {
            let part = accumulate(
                UnsafeBufferPointer(rebasing: indices[first..<min(first + microSize, indices.count)]), first: first)
            loss += part.loss
            weight += part.weight
        }
        ParallelRegion.flushingSubnormals {
            // Shards leave sums; the mean is taken here, with clipping, as one factor.
            let mean = 1 / max(weight, .leastNormalMagnitude)
            let norm = gradientSum().squareRoot() * mean
            let scale = Float(config.clipNorm.map { norm > $0 ? $0 / norm * mean : mean } ?? mean)
            optimizer.apply(
                to: parameters, ranges: trainedRanges, gradient: totalGradient.pointer, gradientScale: scale,
                rateFactor: rateFactor)
        }
        for index in network.nodes.indices {
            network.nodes[index].layer?.constrain(parameters: parameters.pointer + network.parameterOffsets[index])
        }
        updateAverage()
        return (loss, weight)
    }

    /// Adds the gradients of a part of the batch to the shards' sums.
    private func accumulate(_ indices: UnsafeBufferPointer<Int32>, first: Int) -> (loss: Double, weight: Double) {
        // Shard boundaries depend on the batch and the number of shards only.
        let count = indices.count, shardCount = shards.count
        let size = (count + shardCount - 1) / shardCount
        for index in 0..<shardCount {
            shards[index].first = min(index * size, count)
            shards[index].count = min(size, count - shards[index].first)
        }
        pass.indices = indices
        pass.first = first
        crew.run(items: shardCount, context: Unmanaged.passUnretained(self).toOpaque()) { context, index in
            guard let context else { return }
            Unmanaged<Trainer>.fromOpaque(context).takeUnretainedValue().runShard(Int(index))
        }
        for shard in shards where shard.count > 0 { updateStatistics(shard) }
        var loss = 0.0, weight = 0.0
        for index in 0..<shardCount {
            loss += shards[index].loss
            weight += shards[index].weight
        }
        return (loss, weight)
    }

    /// Moves the average towards the weights. Its decay grows from 1/10 with the steps, so that the start is forgotten.
    private func updateAverage() {
        guard let average, let decay = config.averageDecay else { return }
        let step = Double(optimizer.step), share = Float(1 - min(decay, (1 + step) / (10 + step)))
        let target = average.pointer, source = parameters.pointer
        for i in 0..<parameters.count { target[i] += share * (source[i] - target[i]) }
    }

    /// What is evaluated and kept: the average if there is one.
    var evaluated: FloatBuffer { average ?? parameters }

    private func updateStatistics(_ shard: GradientShard) {
        var at = 0
        for index in statisticsNodes {
            guard let layer = network.nodes[index].layer else { continue }
            layer.updateStatistics(
                parameters: parameters.pointer + network.parameterOffsets[index],
                statistics: UnsafePointer(shard.statistics.pointer + at))
            at += layer.statisticsCount
        }
    }

    /// Forward and backward of one shard, on whatever thread.
    private func runShard(_ index: Int) {
        let shard = shards[index]
        (shard.loss, shard.weight) = (0, 0)
        if pass.first == 0 { shard.gradients.update(repeating: 0, count: network.parameterCount) }
        guard shard.count > 0 else { return }
        let part = UnsafeBufferPointer(rebasing: pass.indices[shard.first..<shard.first + shard.count])
        let firstSample = pass.first + shard.first
        // The crew gives item i to thread i modulo its size, so no two threads meet in an arena.
        let worker = index % arenas.count, arena = arenas[worker], targets = targets[worker].pointer
        if let objective {
            objective.gather(part, inputs: arena.input)
        } else {
            samples?.gather(part, inputs: arena.input, targets: targets)
        }
        arena.forward(
            batch: shard.count, parameters: parameters, packed: packed, isTraining: true, key: pass.key,
            firstSample: firstSample)
        if let objective {
            let place = ObjectivePlace(firstSample: firstSample, worker: worker, parameters: parameters, packed: packed)
            shard.loss = objective.evaluate(part, outputs: arena.output, gradient: arena.outputGradient, at: place)
            shard.weight = Double(shard.count)
        } else {
            for i in 0..<shard.count { shard.weight += config.loss.weight(targets[i]) }
            shard.loss = config.loss.evaluate(
                batch: shard.count, classes: network.output.count, outputs: arena.output, targets: targets, total: 1,
                gradient: arena.outputGradient)
        }
        arena.backward(
            batch: shard.count, parameters: parameters, packed: packed, gradients: shard.gradients, key: pass.key,
            firstSample: firstSample)
        var at = 0
        for node in statisticsNodes {
            let count = network.nodes[node].layer?.statisticsCount ?? 0
            (shard.statistics.pointer + at).update(from: arena.workspace(node), count: count)
            at += count
        }
    }

    private func gradientSum() -> Double {
        GradientSum.run(
            count: network.parameterCount, shards: shards.count, gradients: gradients.pointer, stride: gradientStride,
            total: totalGradient.pointer)
    }

    /// Bytes of a training step's memory: arenas, gradients, weights, moments. Nothing else grows with the model.
    package var byteCount: Int {
        let floats =
            gradients.count + totalGradient.count + packed.count + 2 * parameters.count + optimizer.first.count
            + optimizer.second.count + (average?.count ?? 0)
        return arenas.reduce(floats * MemoryLayout<Float>.stride) { $0 + $1.byteCount }
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
