import Basics
import Foundation
import NeuralNetworks
import ReinforcementLearning
import Tensors
import Testing

/// Gradients against central differences, advantages and returns against their definitions, sampling against its
/// weights.
@Suite struct ObjectiveTests {
    static let heads: [PolicyHead] = [.categorical(2), .categorical(5), .gaussian(1), .gaussian(3)]

    /// Inside the limits of deviations: beyond them the gradient is a way back, not a derivative.
    static func outputs(_ head: PolicyHead, _ random: inout SeededRandom) -> [Float] {
        (0..<head.width + 1).map { _ in min(Float(random.normal()) * 0.7, 0.95) }
    }

    @Test(
        "probabilities sum to one, densities are the normal's, and entropy is what samples say",
        arguments: 1...5 as ClosedRange<UInt64>)
    func distributions(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for head in Self.heads {
            let outputs = Self.outputs(head, &random)
            var action = [Float](repeating: 0, count: 3), sum = 0.0
            if case .categorical(let count) = head {
                let total = (0..<count).reduce(0.0) {
                    action[0] = Float($1)
                    return $0 + exp(Double(head.logProbability(outputs, action: action)))
                }
                #expect(abs(total - 1) < 1e-6)
            } else if case .gaussian(let count) = head {
                head.best(outputs, action: &action)
                let peak = (0..<count).reduce(0.0) { $0 - 0.5 * log(2 * .pi) - Double(outputs[count + $1]) }
                #expect(abs(Double(head.logProbability(outputs, action: action)) - peak) < 1e-5)
            }
            let draws = 40_000
            for _ in 0..<draws {
                let logProbability = head.sample(outputs, random: &random, action: &action)
                #expect(abs(logProbability - head.logProbability(outputs, action: action)) < 1e-5)
                sum -= Double(logProbability)
            }
            #expect(abs(sum / Double(draws) - Double(head.entropy(outputs))) < 0.03)
        }
    }

    /// A rollout filled at random, with endings.
    static func rollout(_ head: PolicyHead, steps: Int, environments: Int, _ random: inout SeededRandom) -> Rollout {
        let width = if case .gaussian(let count) = head { count } else { 1 }
        let rollout = Rollout(
            steps: steps, environments: environments, observationCount: 1, actionWidth: width, keepsFinals: true)
        for i in 0..<steps * environments {
            let outputs = outputs(head, &random)
            rollout.logProbabilities.pointer[i] = head.sample(
                outputs, random: &random, action: rollout.actions.pointer + i * width)
            rollout.rewards.pointer[i] = Float(random.normal())
            rollout.bootstraps.pointer[i] = Float(random.normal())
            rollout.endings[i] = random.uniform() < 0.1 ? .terminal : random.uniform() < 0.1 ? .truncated : .none
        }
        for i in 0..<(steps + 1) * environments {
            rollout.values.pointer[i] = Float(random.normal())
            rollout.observations.pointer[i] = Float(i)
        }
        return rollout
    }

    @Test(
        "the PPO loss: its gradient is the central difference, for choices and numbers, clipped or not",
        arguments: 1...6 as ClosedRange<UInt64>)
    func ppoGradient(_ seed: UInt64) {
        var random = SeededRandom(seed: seed), checked = 0
        for head in Self.heads {
            var options = PPO.Options()
            (options.minibatch, options.entropy, options.clipsValue, options.clip) = (16, 0.05, seed % 2 == 0, 0.3)
            let rollout = Self.rollout(head, steps: 8, environments: 2, &random),
                objective = PPOObjective(rollout, head: head, options: options)
            objective.estimateAdvantages()
            let indices = (0..<16).map { Int32($0) }, width = head.width + 1
            var outputs = (0..<16).flatMap { _ in Self.outputs(head, &random) },
                gradient = [Float](repeating: .nan, count: outputs.count), unused = gradient
            let nothing = FloatBuffer(count: 1),
                place = ObjectivePlace(firstSample: 0, worker: 0, parameters: nothing, packed: nothing)
            indices.withUnsafeBufferPointer { indices in
                objective.prepare(indices)
                _ = objective.evaluate(indices, outputs: outputs, gradient: &gradient, at: place)
                for k in outputs.indices {
                    let one = UnsafeBufferPointer(rebasing: indices[k / width..<k / width + 1]),
                        first = k / width * width, h: Float = 2e-3
                    func loss(_ shift: Float) -> Double {
                        var row = Array(outputs[first..<first + width])
                        row[k - first] += shift
                        return objective.evaluate(one, outputs: row, gradient: &unused, at: place)
                    }
                    let (up, middle, down) = (loss(h), loss(0), loss(-h))
                    // Where a kink lies between, the two sides differ, and so may the derivative from their mean, by
                    // half of that.
                    let difference = (up - down) / Double(2 * h),
                        kink = abs((up - middle) - (middle - down)) / Double(2 * h)
                    #expect(
                        abs(difference - Double(gradient[k])) < 0.01 * max(1, abs(difference)) + kink,
                        "\(head) output \(k): \(difference) \(gradient[k])")
                    if kink < 0.01 { checked += 1 }
                }
            }
            outputs = []
        }
        #expect(checked > 200)
    }

    @Test(
        "advantages are the sum of discounted surprises, cut where episodes end",
        arguments: 1...5 as ClosedRange<UInt64>)
    func advantages(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let (steps, count) = (30, 3), head = PolicyHead.categorical(2),
            rollout = Self.rollout(head, steps: steps, environments: count, &random)
        var options = PPO.Options()
        (options.discount, options.lambda, options.minibatch) = (0.9, 0.8, 4)
        let objective = PPOObjective(rollout, head: head, options: options)
        objective.estimateAdvantages()
        for n in 0..<count {
            for t in 0..<steps {
                var sum = 0.0, factor = 1.0
                for k in t..<steps {
                    let place = k * count + n
                    let next: Float =
                        switch rollout.endings[place] {
                        case .none: rollout.values.pointer[place + count]
                        case .terminal: 0
                        case .truncated: rollout.bootstraps.pointer[place]
                        }
                    sum +=
                        factor
                        * (Double(rollout.rewards.pointer[place]) + 0.9 * Double(next)
                            - Double(rollout.values.pointer[place]))
                    if rollout.endings[place] != .none { break }
                    factor *= 0.9 * 0.8
                }
                #expect(abs(sum - Double(objective.advantages[t * count + n])) < 1e-4)
                #expect(
                    abs(
                        objective.targets[t * count + n] - objective.advantages[t * count + n]
                            - rollout.values.pointer[t * count + n]) < 1e-5)
            }
        }
    }

    @Test("returns over several steps end with episodes, and lose nothing on the way", arguments: [1, 2, 5])
    func severalSteps(_ returnSteps: Int) {
        var random = SeededRandom(seed: 9)
        let (steps, count) = (40, 3),
            rollout = Self.rollout(.categorical(3), steps: steps, environments: count, &random)
        for i in 0..<steps * count { rollout.finals?.pointer[i] = -Float(i) }
        let replay = ReplayBuffer(
            capacity: 200, observationCount: 1, environments: count, returnSteps: returnSteps, discount: 0.9,
            priorityExponent: nil)
        replay.add(rollout)
        var seen: Set<Int> = []
        for item in 0..<replay.count {
            var from: Float = 0, to: Float = 0
            withUnsafePointer(to: Int32(item)) {
                let one = UnsafeBufferPointer(start: $0, count: 1)
                replay.copyObservations(one, into: &from)
                replay.copyNext(one, into: &to)
            }
            let start = Int(from), n = start % count
            seen.insert(start)
            var sum = 0.0, factor = 1.0, place = start, taken = 0
            while true {
                sum += factor * Double(rollout.rewards.pointer[place])
                factor *= 0.9
                taken += 1
                if rollout.endings[place] != .none || taken == returnSteps { break }
                place += count
            }
            #expect(abs(sum - Double(replay.returns[item])) < 1e-5)
            #expect(replay.actions[item] == rollout.actions.pointer[start])
            switch rollout.endings[place] {
            case .terminal: #expect(replay.discounts[item] == 0)
            case .truncated: #expect(abs(Double(replay.discounts[item]) - factor) < 1e-6 && to == -Float(place))
            case .none:
                #expect(
                    abs(Double(replay.discounts[item]) - factor) < 1e-6 && Int(to) == (place / count + 1) * count + n)
            }
        }
        // Only what waits for more steps is missing.
        #expect(seen.count == replay.count && replay.count >= steps * count - count * (returnSteps - 1))
    }

    @Test("the sum tree draws items in proportion to their weights, whatever was set before")
    func sumTree() {
        var random = SeededRandom(seed: 5), tree = SumTree(capacity: 13)
        for _ in 0..<2_000 { tree.set(random.index(below: 13), random.uniform() * 10) }
        tree.set(4, 0)
        let weights = (0..<13).map { tree[$0] }, total = weights.reduce(0, +)
        #expect(abs(tree.total - total) < 1e-9)
        var counts = [Int](repeating: 0, count: 16)
        let draws = 200_000
        for _ in 0..<draws { counts[tree.item(at: random.uniform() * tree.total)] += 1 }
        for k in 0..<13 { #expect(abs(Double(counts[k]) / Double(draws) - weights[k] / total) < 0.005) }
        #expect(counts[4] == 0 && counts[13...].allSatisfy { $0 == 0 })
        #expect(weights[tree.item(at: tree.total)] > 0, "rounding at the end draws nothing that is empty")
    }

    @Test(
        "action values: the gradient is the central difference, plain and dueling, double or not, with priorities",
        arguments: [false, true], [false, true])
    func dqnGradient(isDueling: Bool, isDouble: Bool) throws {
        var random = SeededRandom(seed: 21)
        var options = DQN.Options()
        (options.isDueling, options.isDouble, options.batch, options.isPrioritised) = (isDueling, isDouble, 8, true)
        let (network, head) = try DQN.network(
            [], shape: SampleShape(time: 1, channels: 1), actions: .discrete(3), options: options)
        let rollout = Self.rollout(.categorical(3), steps: 20, environments: 1, &random)
        for i in 0...20 { rollout.observations.pointer[i] = Float(random.normal()) }
        let replay = ReplayBuffer(
            capacity: 64, observationCount: 1, environments: 1, returnSteps: 2, discount: 0.9, priorityExponent: 0.6)
        replay.add(rollout)
        let objective = DQNObjective(replay, network: network, head: head, options: options),
            target = network.initialParameters(seed: 3), online = network.initialParameters(seed: 4)
        objective.plan(workers: 1, capacity: 8)
        objective.follow(target)
        let packed = FloatBuffer(count: network.packedCount)
        network.pack(online, into: packed)
        var indices = [Int32](repeating: 0, count: 8)
        replay.sample(into: &indices, correction: 0.5, random: &random)
        let place = ObjectivePlace(firstSample: 0, worker: 0, parameters: online, packed: packed),
            width = network.output.count
        let outputs = (0..<8 * width).map { _ in Float(random.normal()) * 2 }
        var gradient = [Float](repeating: .nan, count: outputs.count), unused = gradient, checked = 0
        indices.withUnsafeBufferPointer { indices in
            _ = objective.evaluate(indices, outputs: outputs, gradient: &gradient, at: place)
            for k in outputs.indices {
                func loss(_ shift: Float) -> Double {
                    var moved = outputs
                    moved[k] += shift
                    return objective.evaluate(indices, outputs: moved, gradient: &unused, at: place)
                }
                let difference = (loss(1e-2) - loss(-1e-2)) / 2e-2
                #expect(abs(difference - Double(gradient[k])) < 6e-3, "output \(k): \(difference) \(gradient[k])")
                if gradient[k] != 0 { checked += 1 }
            }
        }
        #expect(checked >= 8)
    }
}
