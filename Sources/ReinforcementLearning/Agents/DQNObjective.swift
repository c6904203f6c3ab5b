import Basics
package import NeuralNetworks
package import Tensors

/// Squared or linear distance (Huber) of action values from what was earned plus the discounted value of what came
/// next.
package final class DQNObjective: TrainingObjective, @unchecked Sendable {
    // Guard for `@unchecked`: threads use the arena of their own and write the errors of their own items; the rest
    // changes between steps.
    private let replay: ReplayBuffer
    private let network: Network
    private let head: PolicyHead
    private let options: DQN.Options
    /// Weights that targets are computed with; a copy of the trained ones, some steps old.
    let target: FloatBuffer
    private let targetPacked: FloatBuffer
    private var arenas: [NetworkArena] = []
    private let errors: UnsafeMutablePointer<Float>
    private let values: UnsafeMutablePointer<Float>
    private let choices: UnsafeMutablePointer<Int32>

    /// Learns from the transitions of `replay`, with targets by a copy of the network's weights.
    package init(_ replay: ReplayBuffer, network: Network, head: PolicyHead, options: DQN.Options) {
        (self.replay, self.network, self.head, self.options) = (replay, network, head, options)
        target = FloatBuffer(count: network.parameterCount)
        targetPacked = FloatBuffer(count: network.packedCount)
        errors = .allocate(capacity: options.batch)
        values = .allocate(capacity: options.batch)
        choices = .allocate(capacity: options.batch)
        errors.initialize(repeating: 0, count: options.batch)
        values.initialize(repeating: 0, count: options.batch)
        choices.initialize(repeating: 0, count: options.batch)
    }

    deinit {
        errors.deallocate()
        values.deallocate()
        choices.deallocate()
    }

    /// Plans the memory of so many threads for batches of at most `capacity` transitions.
    package func plan(workers: Int, capacity: Int, kernels: ProductKernels = .panels) {
        arenas = (0..<workers).map { _ in
            NetworkArena(network, batch: capacity, isTraining: false, kernels: kernels)
        }
    }

    /// Targets are computed with these weights from now on.
    package func follow(_ parameters: FloatBuffer) {
        target.copy(from: parameters)
        network.pack(target, into: targetPacked)
    }

    /// Writes what was observed before the transitions at these places, `[B][O]`.
    package func gather(_ indices: UnsafeBufferPointer<Int32>, inputs: UnsafeMutablePointer<Float>) {
        replay.copyObservations(indices, into: inputs)
    }

    /// Loss and its gradient by the outputs for some transitions of a batch; notes how wrong their values were.
    package func evaluate(
        _ indices: UnsafeBufferPointer<Int32>, outputs: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>,
        at place: ObjectivePlace
    ) -> Double {
        let arena = arenas[place.worker], width = network.output.count, advantages = options.isDueling ? 1 : 0,
            count = width - advantages
        replay.copyNext(indices, into: arena.input)
        if options.isDouble {
            // The trained weights choose, the older ones judge.
            arena.forward(batch: indices.count, parameters: place.parameters, packed: place.packed)
            for i in indices.indices {
                choices[place.firstSample + i] = Int32(PolicyHead.largest(arena.output + i * width + advantages, count))
            }
            replay.copyNext(indices, into: arena.input)
        }
        arena.forward(batch: indices.count, parameters: target, packed: targetPacked)
        var sum = 0.0
        for (i, index) in indices.enumerated() {
            let item = Int(index), position = place.firstSample + i, next = arena.output + i * width
            let choice = options.isDouble ? Int(choices[position]) : PolicyHead.largest(next + advantages, count)
            let wanted = replay.returns[item] + replay.discounts[item] * head.value(next, of: choice)
            let action = Int(saturating: replay.actions[item]), value = head.value(outputs + i * width, of: action)
            let error = value - wanted, weight = replay.weight(position)
            // Huber: beyond a distance of one the slope is one.
            let slope = min(max(error, -1), 1)
            sum += Double(weight) * Double(abs(error) <= 1 ? 0.5 * error * error : abs(error) - 0.5)
            head.valueGradient(of: action, slope: weight * slope, into: gradient + i * width)
            errors[position] = error
            values[position] = value
        }
        return sum
    }

    func updatePriorities(_ indices: [Int32]) { replay.prioritise(indices, errors: errors) }

    func meanValue(count: Int) -> Double {
        var sum = 0.0
        for i in 0..<count { sum += Double(values[i]) }
        return sum / Double(max(count, 1))
    }
}
