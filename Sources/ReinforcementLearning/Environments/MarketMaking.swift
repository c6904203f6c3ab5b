import Basics
import Foundation

/// Quoting a bid and an ask around a random price; a quote at a distance δ is taken at the rate λ·e^(−κδ), one lot at a
/// time.
///
/// The action is κδ − 1 for bid and ask: how much further out than the risk-neutral distance 1/κ. Two objectives: a
/// running and a terminal penalty on the inventory (Cartea and Jaimungal), whose optimum is known exactly, and
/// exponential utility (Avellaneda and Stoikov 2008), whose known solution is approximate.
package final class MarketMaking: Environment {
    /// What is maximised.
    package enum Objective: Sendable, Equatable {
        /// Earnings less φ∫q²dt and αq² at the end.
        case penalty(running: Double, terminal: Double)
        /// Utility of risk aversion γ, earned step by step: (1 − e^(−γ·ΔW))/γ.
        case exponential(aversion: Double)
    }

    /// The market and the task.
    package struct Options: Sendable {
        /// Rate λ of market orders, decay κ of fills with distance, volatility σ of the price, horizon T; in one unit
        /// of time.
        package var rate = 10.0, kappa = 1.0, sigma = 0.1, horizon = 1.0
        /// Largest inventory on either side in lots, and decisions in an episode.
        package var cap = 4, steps = 200
        /// What is maximised.
        package var objective = Objective.penalty(running: 0.5, terminal: 0.001)
        /// Episodes start at any inventory within the cap, so that all are learned about; otherwise at none.
        package var startsAnywhere = false

        /// The defaults.
        package init() {}
    }

    package let observationCount = 2
    package let actions = ActionSpace.continuous(2, -3...6)
    package var longestEpisode: Int { options.steps }
    /// As given.
    package let options: Options
    /// Of the penalty objective.
    package let solution: MarketMakingSolution?
    private var inventory = 0
    private var done = 0
    private var random = SeededRandom(seed: 0)
    /// Earnings so far, marked to the price.
    package private(set) var wealth = 0.0

    /// - Parameter solution: shared by all environments of the same options; nil makes one.
    package init(_ options: Options, solution: MarketMakingSolution? = nil) {
        self.options = options
        self.solution = solution ?? MarketMaking.solution(options)
    }

    /// The exact optimum of the penalty objective; nil for the other, which has none in closed form.
    package static func solution(_ options: Options) -> MarketMakingSolution? {
        guard case .penalty(let running, let terminal) = options.objective else { return nil }
        return MarketMakingSolution(
            rate: options.rate, kappa: options.kappa, running: running, terminal: terminal, horizon: options.horizon,
            cap: options.cap, steps: options.steps)
    }

    private var dt: Double { options.horizon / Double(options.steps) }

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        random = SeededRandom(seed: seed)
        inventory = options.startsAnywhere ? random.index(below: 2 * options.cap + 1) - options.cap : 0
        done = 0
        wealth = 0
        observe(observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        // The same draws whatever is quoted: policies can be compared on common chances.
        let bidDraw = random.uniform(), askDraw = random.uniform(), up = random.next() >> 63 == 1
        let bid = depth(action[0]), ask = depth(action[1]), held = inventory
        var earned = Double(held) * options.sigma * dt.squareRoot() * (up ? 1 : -1)
        if held < options.cap, bidDraw < options.rate * exp(-options.kappa * bid) * dt {
            inventory += 1
            earned += bid
        }
        if held > -options.cap, askDraw < options.rate * exp(-options.kappa * ask) * dt {
            inventory -= 1
            earned += ask
        }
        wealth += earned
        done += 1
        let isOver = done == options.steps
        observe(observation)
        let reward: Double
        switch options.objective {
        case .penalty(let running, let terminal):
            reward =
                earned - running * Double(held * held) * dt - (isOver ? terminal * Double(inventory * inventory) : 0)
        case .exponential(let aversion): reward = (1 - exp(-aversion * earned)) / aversion
        }
        return StepOutcome(reward, isOver ? .terminal : .none)
    }

    private func depth(_ action: Float) -> Double { (1 + Double(min(max(action, -3), 6))) / options.kappa }

    private func observe(_ observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(2 * Double(done) / Double(options.steps) - 1)
        observation[1] = Float(inventory) / Float(min(options.cap, 10))
    }

    package var state: [UInt64] {
        get {
            var words = StateWords()
            words.write(inventory)
            words.write(done)
            words.write(wealth)
            words.write(random)
            return words.words
        }
        set {
            var words = StateWords(newValue)
            (inventory, done) = (words.readInt(), words.readInt())
            wealth = words.readDouble()
            random = words.readRandom()
        }
    }

    /// Earnings, their exponential utility −e^(−γW), and the size of what was left.
    package var measureNames: [String] {
        if case .exponential = options.objective { ["wealth", "utility", "left"] } else { ["wealth", "left"] }
    }

    package func measure(into values: UnsafeMutablePointer<Double>) {
        values[0] = wealth
        if case .exponential(let aversion) = options.objective {
            values[1] = -exp(-aversion * wealth)
            values[2] = Double(abs(inventory))
        } else {
            values[1] = Double(abs(inventory))
        }
    }

    package var references: [ReferencePolicy] {
        switch options.objective {
        case .penalty:
            [ReferencePolicy("risk-neutral quotes", .naive), ReferencePolicy("Cartea-Jaimungal", .closedForm)]
        case .exponential:
            [ReferencePolicy("symmetric quotes", .naive), ReferencePolicy("Avellaneda-Stoikov", .closedForm)]
        }
    }

    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) {
        var bid = 1 / options.kappa, ask = bid
        switch options.objective {
        case .penalty:
            if reference == 1, let solution {
                (bid, ask) = (
                    solution.bidDepth(step: done, inventory: inventory),
                    solution.askDepth(step: done, inventory: inventory)
                )
            }
        case .exponential(let aversion):
            (bid, ask) = MarketMaking.avellanedaStoikov(
                aversion: aversion, sigma: options.sigma, kappa: options.kappa,
                timeLeft: options.horizon - Double(done) * dt, inventory: reference == 1 ? inventory : 0)
        }
        action[0] = Float(min(bid * options.kappa - 1, 6))
        action[1] = Float(min(ask * options.kappa - 1, 6))
    }

    /// Distances of bid and ask of the asymptotic solution.
    package static func avellanedaStoikov(
        aversion: Double, sigma: Double, kappa: Double, timeLeft: Double, inventory: Int
    ) -> (bid: Double, ask: Double) {
        let risk = aversion * sigma * sigma * timeLeft, half = risk / 2 + log(1 + aversion / kappa) / aversion
        return (half + Double(inventory) * risk, half - Double(inventory) * risk)
    }

    /// Shows the policy a time and an inventory, for plots.
    package func enter(step: Int, inventory: Int, observation: UnsafeMutablePointer<Float>) {
        (done, self.inventory) = (step, inventory)
        observe(observation)
    }
}
