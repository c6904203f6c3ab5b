import Basics

/// A market with two regimes and a cost of trading, small enough to be solved exactly.
///
/// The state is a position p ∈ {−1, 0, 1} and a regime m ∈ {0, 1}; the action is the next position a. A unit traded
/// costs 0.004 at once. The regime flips with a chance of 0.1, then 0.01·a is earned in regime 1 and lost in regime 0.
/// It never ends; episodes are cut.
package final class MomentumChain: TabularEnvironment {
    package let observationCount = 5
    package let actions = ActionSpace.discrete(3)
    package let longestEpisode: Int
    package let stateCount = 6
    private var position = 0, regime = 0, steps = 0
    private var random = SeededRandom(seed: 0)

    private static let cost = 0.004, gain = 0.01, flip = 0.1

    /// - Parameter longestEpisode: steps after which an episode is cut.
    package init(longestEpisode: Int = 200) { self.longestEpisode = longestEpisode }

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        random = SeededRandom(seed: seed)
        // Every state is visited, also those that a good policy leaves.
        position = random.index(below: 3) - 1
        regime = random.index(below: 2)
        steps = 0
        observe(observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let wanted = Int(saturating: action[0]) - 1
        let paid = Self.cost * Double(abs(wanted - position))
        if random.uniform() < Self.flip { regime = 1 - regime }
        position = wanted
        steps += 1
        observe(observation)
        return StepOutcome(
            Self.gain * Double(wanted) * (regime == 1 ? 1 : -1) - paid, steps >= longestEpisode ? .truncated : .none)
    }

    private func observe(_ observation: UnsafeMutablePointer<Float>) {
        for k in 0..<3 { observation[k] = position == k - 1 ? 1 : 0 }
        for k in 0..<2 { observation[3 + k] = regime == k ? 1 : 0 }
    }

    package var stateIndex: Int { (position + 1) * 2 + regime }

    package func enter(state: Int, observation: UnsafeMutablePointer<Float>) {
        (position, regime) = (state / 2 - 1, state % 2)
        observe(observation)
    }

    package func stateName(_ state: Int) -> String {
        "\(["short", "flat", "long"][state / 2]), \(["falling", "rising"][state % 2])"
    }
    package func actionName(_ action: Int) -> String { ["short", "flat", "long"][action] }

    package func optimalValues(discount: Double) -> [Double] {
        var values = [Double](repeating: 0, count: 18)
        while true {
            var change = 0.0
            let best = (0..<6).map { s in (0..<3).map { values[s * 3 + $0] }.max() ?? 0 }
            for s in 0..<6 {
                let (position, regime) = (s / 2 - 1, s % 2)
                for a in 0..<3 {
                    var value = -Self.cost * Double(abs(a - 1 - position))
                    for next in 0..<2 {
                        let chance = next == regime ? 1 - Self.flip : Self.flip
                        value +=
                            chance * (Self.gain * Double(a - 1) * (next == 1 ? 1 : -1) + discount * best[a * 2 + next])
                    }
                    change = max(change, abs(value - values[s * 3 + a]))
                    values[s * 3 + a] = value
                }
            }
            if change < 1e-13 { return values }
        }
    }

    package var state: [UInt64] {
        get {
            var words = StateWords()
            for value in [position, regime, steps] { words.write(value) }
            words.write(random)
            return words.words
        }
        set {
            var words = StateWords(newValue)
            (position, regime, steps) = (min(max(words.readInt(), -1), 1), words.readInt() & 1, words.readInt())
            random = words.readRandom()
        }
    }

    package var references: [ReferencePolicy] {
        [ReferencePolicy("always flat", .naive), ReferencePolicy("follow the regime", .closedForm)]
    }

    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) {
        action[0] = reference == 0 ? 1 : regime == 1 ? 2 : 0
    }
}

extension EnvironmentKind {
    static let momentumChain = EnvironmentKind(
        "momentum-chain", "A Markov chain of up and down moves with a cost of trading, solved exactly.",
        keys: ["longestEpisode"]
    ) { reader, _ in
        let longest = try reader.int("longestEpisode", default: 200, in: 1...1_000_000)
        return Plan { MomentumChain(longestEpisode: longest) }
    }
}
