package import Basics
import Foundation

/// What a network's outputs say about actions.
package enum PolicyHead: Sendable, Equatable {
    /// Logits of so many choices.
    case categorical(Int)
    /// Means, then logarithms of standard deviations, of so many numbers.
    case gaussian(Int)
    /// Values of so many choices; dueling: a value of the state, then advantages (Wang et al. 2016).
    case actionValues(Int, isDueling: Bool)

    /// The head that fits a space of actions: a choice, or numbers.
    package init(_ actions: ActionSpace) {
        switch actions {
        case .discrete(let count): self = .categorical(count)
        case .continuous(let count, _): self = .gaussian(count)
        }
    }

    /// Outputs that belong to it.
    package var width: Int {
        switch self {
        case .categorical(let count): count
        case .gaussian(let count): 2 * count
        case .actionValues(let count, let isDueling): count + (isDueling ? 1 : 0)
        }
    }

    /// Limits of the logarithm of a deviation, so that densities stay finite.
    package static let logDeviations: ClosedRange<Float> = -5...1

    /// The action that looks best: the likeliest, the mean, or the one of highest value; ties go to the first.
    @inline(__always)
    package func best(_ outputs: UnsafePointer<Float>, action: UnsafeMutablePointer<Float>) {
        switch self {
        case .categorical(let count): action[0] = Float(PolicyHead.largest(outputs, count))
        case .gaussian(let count): action.update(from: outputs, count: count)
        case .actionValues(let count, let isDueling):
            action[0] = Float(PolicyHead.largest(outputs + (isDueling ? 1 : 0), count))
        }
    }

    @inline(__always)
    static func largest(_ values: UnsafePointer<Float>, _ count: Int) -> Int {
        var best = 0
        for k in 1..<count where values[k] > values[best] { best = k }
        return best
    }

    /// Draws an action; returns the logarithm of its probability or density.
    @inline(__always)
    package func sample(
        _ outputs: UnsafePointer<Float>, random: inout SeededRandom, action: UnsafeMutablePointer<Float>
    ) -> Float {
        switch self {
        case .categorical(let count), .actionValues(let count, _):
            let logPartition = PolicyHead.logPartition(outputs, count), draw = random.uniform()
            var sum = 0.0, chosen = count - 1
            for k in 0..<count {
                sum += exp(Double(outputs[k]) - logPartition)
                if draw < sum {
                    chosen = k
                    break
                }
            }
            action[0] = Float(chosen)
            return Float(Double(outputs[chosen]) - logPartition)
        case .gaussian(let count):
            for j in 0..<count {
                action[j] = outputs[j] + exp(PolicyHead.clamp(outputs[count + j])) * Float(random.normal())
            }
            return logProbability(outputs, action: action)
        }
    }

    @inline(__always)
    static func logPartition(_ logits: UnsafePointer<Float>, _ count: Int) -> Double {
        var largest = logits[0]
        for k in 1..<count { largest = max(largest, logits[k]) }
        var sum = 0.0
        for k in 0..<count { sum += exp(Double(logits[k] - largest)) }
        return Double(largest) + log(sum)
    }

    @inline(__always)
    private static func clamp(_ value: Float) -> Float {
        min(max(value, logDeviations.lowerBound), logDeviations.upperBound)
    }

    /// Logarithm of the probability or density of an action.
    @inline(__always)
    package func logProbability(_ outputs: UnsafePointer<Float>, action: UnsafePointer<Float>) -> Float {
        switch self {
        case .categorical(let count), .actionValues(let count, _):
            return Float(Double(outputs[Int(saturating: action[0])]) - PolicyHead.logPartition(outputs, count))
        case .gaussian(let count):
            var sum: Float = 0
            for j in 0..<count {
                let logDeviation = PolicyHead.clamp(outputs[count + j]),
                    z = (action[j] - outputs[j]) * exp(-logDeviation)
                sum -= 0.5 * z * z + logDeviation + 0.918_938_5  // ½ ln 2π
            }
            return sum
        }
    }

    /// Entropy of the distribution over actions, in nats; zero for action values.
    @inline(__always)
    package func entropy(_ outputs: UnsafePointer<Float>) -> Float {
        switch self {
        case .categorical(let count), .actionValues(let count, _):
            let logPartition = PolicyHead.logPartition(outputs, count)
            var sum = 0.0
            for k in 0..<count {
                let logP = Double(outputs[k]) - logPartition
                sum -= exp(logP) * logP
            }
            return Float(sum)
        case .gaussian(let count):
            var sum: Float = 0
            for j in 0..<count { sum += PolicyHead.clamp(outputs[count + j]) + 1.418_938_5 }  // ½ ln 2πe
            return sum
        }
    }

    /// Writes slope · ∂ log p(action) + entropySlope · ∂ entropy, by output.
    @inline(__always)
    package func gradient(
        _ outputs: UnsafePointer<Float>, action: UnsafePointer<Float>, slope: Float, entropySlope: Float,
        into gradient: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .categorical(let count), .actionValues(let count, _):
            let logPartition = PolicyHead.logPartition(outputs, count), chosen = Int(saturating: action[0]),
                entropy = entropySlope == 0 ? 0 : entropy(outputs)
            for k in 0..<count {
                let logP = Float(Double(outputs[k]) - logPartition), p = exp(logP)
                gradient[k] = slope * ((k == chosen ? 1 : 0) - p) - entropySlope * p * (logP + entropy)
            }
        case .gaussian(let count):
            for j in 0..<count {
                let raw = outputs[count + j], scale = exp(-PolicyHead.clamp(raw)), z = (action[j] - outputs[j]) * scale
                gradient[j] = slope * z * scale
                let wish = slope * (z * z - 1) + entropySlope
                // At a limit only a way back is followed; losses are minimised, so the output moves against the
                // gradient.
                let isStuck =
                    (raw >= PolicyHead.logDeviations.upperBound && wish < 0)
                    || (raw <= PolicyHead.logDeviations.lowerBound && wish > 0)
                gradient[count + j] = isStuck ? 0 : wish
            }
        }
    }

    /// The value of a choice; for action values.
    @inline(__always)
    package func value(_ outputs: UnsafePointer<Float>, of choice: Int) -> Float {
        guard case .actionValues(let count, true) = self else { return outputs[choice] }
        var mean: Float = 0
        for k in 0..<count { mean += outputs[1 + k] }
        return outputs[0] + outputs[1 + choice] - mean / Float(count)
    }

    /// Writes slope · ∂ value of a choice, by output.
    @inline(__always)
    package func valueGradient(of choice: Int, slope: Float, into gradient: UnsafeMutablePointer<Float>) {
        guard case .actionValues(let count, let isDueling) = self else { return }
        if isDueling {
            gradient[0] = slope
            for k in 0..<count { gradient[1 + k] = slope * ((k == choice ? 1 : 0) - 1 / Float(count)) }
        } else {
            for k in 0..<count { gradient[k] = k == choice ? slope : 0 }
        }
    }
}
