import Basics
import Foundation

/// One asset whose return is predicted by a decaying signal, traded at quadratic costs (Gârleanu and Pedersen 2013).
///
/// The signal follows f ← (1 − φ)f + e. The action is the position to take; the reward is its expected return less risk
/// and cost, so what is learned from has no noise but the signal's. It never ends; episodes are cut.
package final class GarleanuPedersen: Environment {
    package let observationCount = 2
    package let actions = ActionSpace.continuous(1, -10...10)
    package let longestEpisode: Int
    /// Return of one unit of signal, decay φ of the signal, variance of returns, risk aversion, cost of trading one
    /// unit squared, and discount of the future.
    package let loading: Double, decay: Double, variance: Double, aversion: Double, cost: Double, impatience: Double
    /// Standard deviation of e.
    package let noise: Double
    private var position = 0.0, signal = 0.0
    private var done = 0
    private var random = SeededRandom(seed: 0)

    /// The parameters are those of the properties of the same names.
    package init(
        loading: Double = 0.1, decay: Double = 0.2, variance: Double = 0.04, aversion: Double = 1, cost: Double = 0.5,
        impatience: Double = 0.02, noise: Double = 0.3,
        longestEpisode: Int = 200
    ) {
        (self.loading, self.decay, self.variance, self.aversion, self.cost, self.impatience) = (
            loading, decay, variance, aversion, cost, impatience
        )
        (self.noise, self.longestEpisode) = (noise, longestEpisode)
    }

    /// The share of the way to the aim that is traded each step, and the aim per unit of signal.
    package var solution: (rate: Double, aim: Double) {
        let kept = 1 - impatience, part = aversion * kept + cost * impatience
        let a = (-part + (part * part + 4 * aversion * cost * kept * kept).squareRoot()) / (2 * kept)
        return (a / cost, loading / (aversion * variance) / (1 + decay * a / aversion))
    }

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        random = SeededRandom(seed: seed)
        // Starts where the signal usually is.
        signal = noise / (1 - (1 - decay) * (1 - decay)).squareRoot() * random.normal()
        position = random.normal()
        done = 0
        observe(observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let wanted = Double(min(max(action[0], -10), 10)), traded = wanted - position, kept = 1 - impatience
        // Both terms of the objective at this step, over the common discount: costs are paid before the return is
        // earned.
        let reward =
            kept * (wanted * loading * signal - aversion / 2 * variance * wanted * wanted) - cost * variance / 2
            * traded * traded
        position = wanted
        signal = (1 - decay) * signal + noise * random.normal()
        done += 1
        observe(observation)
        return StepOutcome(reward, done == longestEpisode ? .truncated : .none)
    }

    private func observe(_ observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(position)
        observation[1] = Float(signal)
    }

    package var state: [UInt64] {
        get {
            var words = StateWords()
            words.write(position)
            words.write(signal)
            words.write(done)
            words.write(random)
            return words.words
        }
        set {
            var words = StateWords(newValue)
            (position, signal) = (words.readDouble(), words.readDouble())
            done = words.readInt()
            random = words.readRandom()
        }
    }

    package var references: [ReferencePolicy] {
        [ReferencePolicy("to the cost-free optimum", .naive), ReferencePolicy("Gârleanu-Pedersen", .closedForm)]
    }

    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) {
        if reference == 0 {
            action[0] = Float(loading * signal / (aversion * variance))
        } else {
            let (rate, aim) = solution
            action[0] = Float(position + rate * (aim * signal - position))
        }
    }
}

extension EnvironmentKind {
    static let garleanuPedersen = EnvironmentKind(
        "garleanu-pedersen", "Trading towards a decaying signal with quadratic costs (Gârleanu and Pedersen 2013).",
        keys: ["longestEpisode", "noise"]
    ) { reader, _ in
        let longest = try reader.int("longestEpisode", default: 200, in: 1...1_000_000),
            noise = try reader.double("noise", default: 0.3, in: 0...1_000)
        return Plan { GarleanuPedersen(noise: noise, longestEpisode: longest) }
    }
}
