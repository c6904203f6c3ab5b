import Basics
import Foundation
package import NeuralNetworks
import Tensors

/// The clipped objective on the items of a rollout.
package final class PPOObjective: TrainingObjective, @unchecked Sendable {
    // Guard for `@unchecked`: threads write the diagnostics of their own items only; the rest changes between steps.
    private let rollout: Rollout
    private let head: PolicyHead
    private let options: PPO.Options
    private let outputCount: Int
    /// `[T][N]`: how much better an action was than expected.
    package private(set) var advantages: [Float]
    /// What values are trained towards.
    package private(set) var targets: [Float]
    private var mean: Float = 0
    private var inverseDeviation: Float = 1
    /// By position in the minibatch.
    private let kl: UnsafeMutablePointer<Float>
    private let isClipped: UnsafeMutablePointer<Bool>
    private let entropy: UnsafeMutablePointer<Float>
    private let policyLoss: UnsafeMutablePointer<Float>
    private let valueLoss: UnsafeMutablePointer<Float>

    struct Diagnostics {
        var policy = 0.0, value = 0.0, entropy = 0.0, kl = 0.0, clipped = 0.0
        var lastKL = 0.0

        mutating func add(_ other: Diagnostics) {
            policy += other.policy
            value += other.value
            entropy += other.entropy
            kl += other.kl
            clipped += other.clipped
            lastKL = other.kl
        }
    }

    /// Learns from the steps of `rollout`.
    package init(_ rollout: Rollout, head: PolicyHead, options: PPO.Options) {
        (self.rollout, self.head, self.options) = (rollout, head, options)
        outputCount = head.width + 1
        let count = rollout.steps * rollout.environments
        advantages = [Float](repeating: 0, count: count)
        targets = advantages
        func memory() -> UnsafeMutablePointer<Float> {
            let pointer = UnsafeMutablePointer<Float>.allocate(capacity: options.minibatch)
            pointer.initialize(repeating: 0, count: options.minibatch)
            return pointer
        }
        (kl, entropy, policyLoss, valueLoss) = (memory(), memory(), memory(), memory())
        isClipped = .allocate(capacity: options.minibatch)
        isClipped.initialize(repeating: false, count: options.minibatch)
    }

    deinit {
        for pointer in [kl, entropy, policyLoss, valueLoss] { pointer.deallocate() }
        isClipped.deallocate()
    }

    /// Advantages by GAE, from the last step to the first: δₜ = rₜ + γV(sₜ₊₁) − V(sₜ), Aₜ = δₜ + γλAₜ₊₁. An episode's
    /// end cuts the sum; where it was only cut short, the critic's word about its last observation stands for the rest.
    package func estimateAdvantages() {
        let (steps, count) = (rollout.steps, rollout.environments)
        let values = rollout.values.pointer, rewards = rollout.rewards.pointer, bootstraps = rollout.bootstraps.pointer
        let discount = Float(options.discount), decay = Float(options.discount * options.lambda)
        for n in 0..<count {
            var next: Float = 0
            for t in stride(from: steps - 1, through: 0, by: -1) {
                let place = t * count + n
                let following: Float
                switch rollout.endings[place] {
                case .none: following = values[place + count]
                case .terminal: (following, next) = (0, 0)
                case .truncated: (following, next) = (bootstraps[place], 0)
                }
                next = rewards[place] + discount * following - values[place] + decay * next
                advantages[place] = next
                targets[place] = next + values[place]
            }
        }
    }

    /// Mean and deviation of the advantages of a minibatch.
    package func prepare(_ indices: UnsafeBufferPointer<Int32>) {
        guard options.normalisesAdvantages else { return }
        var sum = 0.0, squares = 0.0
        for index in indices { sum += Double(advantages[Int(index)]) }
        let mean = sum / Double(indices.count)
        for index in indices {
            let difference = Double(advantages[Int(index)]) - mean
            squares += difference * difference
        }
        self.mean = Float(mean)
        inverseDeviation = Float(1 / ((squares / Double(indices.count - 1)).squareRoot() + 1e-8))
    }

    /// Writes what was observed before the steps at these places, `[B][O]`.
    package func gather(_ indices: UnsafeBufferPointer<Int32>, inputs: UnsafeMutablePointer<Float>) {
        let size = rollout.observationCount
        for (position, index) in indices.enumerated() {
            (inputs + position * size).update(from: rollout.observations.pointer + Int(index) * size, count: size)
        }
    }

    /// Loss and its gradient by the outputs for some steps of a batch.
    package func evaluate(
        _ indices: UnsafeBufferPointer<Int32>, outputs: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>,
        at place: ObjectivePlace
    ) -> Double {
        let clip = Float(options.clip), valueCoefficient = Float(options.valueCoefficient),
            entropyCoefficient = Float(options.entropy)
        var sum = 0.0
        for (i, index) in indices.enumerated() {
            let item = Int(index), position = place.firstSample + i
            let output = outputs + i * outputCount, slope = gradient + i * outputCount
            let action = rollout.actions.pointer + item * rollout.actionWidth
            let difference = head.logProbability(output, action: action) - rollout.logProbabilities.pointer[item]
            // A ratio beyond e²⁰ says no more than one at it, and stays finite.
            let ratio = exp(min(max(difference, -20), 20)), advantage = (advantages[item] - mean) * inverseDeviation
            let limited = min(max(ratio, 1 - clip), 1 + clip)
            let isActive = ratio * advantage <= limited * advantage
            let loss = -min(ratio * advantage, limited * advantage)
            head.gradient(
                output, action: action, slope: isActive ? -ratio * advantage : 0, entropySlope: -entropyCoefficient,
                into: slope)
            let value = output[outputCount - 1], old = rollout.values.pointer[item], target = targets[item]
            var error = value - target, valueSlope = error
            if options.clipsValue {
                let limitedValue = old + min(max(value - old, -clip), clip), limitedError = limitedValue - target
                if limitedError * limitedError > error * error {
                    valueSlope = limitedValue == value ? limitedError : 0
                    error = limitedError
                }
            }
            slope[outputCount - 1] = valueCoefficient * valueSlope
            let entropy = head.entropy(output)
            // (r − 1) − ln r: never negative, and of less variance than −ln r.
            kl[position] = ratio - 1 - difference
            isClipped[position] = ratio != limited
            self.entropy[position] = entropy
            policyLoss[position] = loss
            valueLoss[position] = 0.5 * error * error
            sum += Double(loss + valueCoefficient * 0.5 * error * error - entropyCoefficient * entropy)
        }
        return sum
    }

    /// Means over the last minibatch.
    func diagnostics(count: Int) -> Diagnostics {
        var all = Diagnostics()
        for i in 0..<count {
            all.policy += Double(policyLoss[i])
            all.value += Double(valueLoss[i])
            all.entropy += Double(entropy[i])
            all.kl += Double(kl[i])
            all.clipped += isClipped[i] ? 1 : 0
        }
        let n = Double(count)
        return Diagnostics(
            policy: all.policy / n, value: all.value / n, entropy: all.entropy / n, kl: all.kl / n,
            clipped: all.clipped / n)
    }

    /// Share of the variance of what came that the critic had foreseen.
    var explainedVariance: Double {
        let n = Double(targets.count)
        var mean = 0.0, errorMean = 0.0
        for (target, advantage) in zip(targets, advantages) {
            mean += Double(target) / n
            errorMean += Double(advantage) / n
        }
        var variance = 0.0, unexplained = 0.0
        for (target, advantage) in zip(targets, advantages) {
            variance += (Double(target) - mean) * (Double(target) - mean)
            unexplained += (Double(advantage) - errorMean) * (Double(advantage) - errorMean)
        }
        return variance > 0 ? 1 - unexplained / variance : 0
    }
}
