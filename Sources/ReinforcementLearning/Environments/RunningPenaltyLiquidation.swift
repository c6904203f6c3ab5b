import Basics
import Foundation

/// Liquidation with temporary and permanent impact, a running and a terminal penalty on what is held (Cartea,
/// Jaimungal, Penalva 2015, chapter 6).
///
/// The action moves the logit of the share of the rest to sell in a step away from equal slices, of which there would
/// be one more than steps. The reward is the change of X + qS less φq²dt, and −αq² at the end, over its optimum in
/// continuous time, so that the optimum is −1.
package final class RunningPenaltyLiquidation: Environment {
    package let observationCount = 2
    package let actions = ActionSpace.continuous(1, -8...8)
    package var longestEpisode: Int { steps }
    /// Shares to sell, time to sell them in, and decisions.
    package let start: Double, horizon: Double, steps: Int
    /// Temporary impact k, permanent impact b, running penalty φ, terminal penalty α.
    package let temporary: Double, permanent: Double, running: Double, terminal: Double
    private var held = 1.0
    private var done = 0

    /// The parameters are those of the properties of the same names.
    package init(
        start: Double, horizon: Double, steps: Int, temporary: Double, permanent: Double, running: Double,
        terminal: Double
    ) {
        (self.start, self.horizon, self.steps) = (start, horizon, steps)
        (self.temporary, self.permanent, self.running, self.terminal) = (temporary, permanent, running, terminal)
        held = start
    }

    private var dt: Double { horizon / Double(steps) }
    private var g: Double { (running / temporary).squareRoot() }
    private var zeta: Double {
        let root = (temporary * running).squareRoot()
        return (terminal - permanent / 2 + root) / (terminal - permanent / 2 - root)
    }

    /// h₂(t): the optimum is h₂ q².
    package func valueCoefficient(at time: Double) -> Double {
        let growth = zeta * exp(2 * g * (horizon - time))
        return -permanent / 2 + (temporary * running).squareRoot() * (1 + growth) / (1 - growth)
    }

    /// Optimal holding and rate at a time, from the start.
    package func optimum(at time: Double) -> (held: Double, rate: Double) {
        let up = zeta * exp(g * (horizon - time)), down = exp(-g * (horizon - time)),
            whole = zeta * exp(g * horizon) - exp(-g * horizon)
        return (start * (up - down) / whole, g * start * (up + down) / whole)
    }

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        (held, done) = (start, 0)
        observe(observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let share = SliceShare.share(action[0], slicesLeft: steps + 1 - done)
        let sold = held * share, rate = sold / dt, after = held - sold
        // Inventory falls evenly inside a step; the integrals of q v and q² over it are exact.
        let impact = permanent * (held + after) / 2 * sold
        var reward = -temporary * rate * sold - impact - running * dt * (held * held + held * after + after * after) / 3
        held = after
        done += 1
        if done == steps { reward -= terminal * held * held }
        observe(observation)
        return StepOutcome(reward / scale, done == steps ? .terminal : .none)
    }

    /// The size of the optimum in continuous time.
    private var scale: Double { -valueCoefficient(at: 0) * start * start }

    private func observe(_ observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(2 * Double(done) / Double(steps) - 1)
        observation[1] = Float(held / start)
    }

    package var state: [UInt64] {
        get {
            var words = StateWords()
            words.write(held)
            words.write(done)
            return words.words
        }
        set {
            var words = StateWords(newValue)
            held = words.readDouble()
            done = words.readInt()
        }
    }

    package var references: [ReferencePolicy] {
        [ReferencePolicy("equal slices", .naive), ReferencePolicy("Cartea-Jaimungal", .closedForm)]
    }

    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) {
        let time = Double(done) * dt
        // The optimal holding a step later, as a share of the one now: what the rate does over the whole step.
        let share = reference == 0 ? 1 / Double(steps - done) : 1 - optimum(at: time + dt).held / optimum(at: time).held
        action[0] = SliceShare.action(share, slicesLeft: steps + 1 - done)
    }
}

extension EnvironmentKind {
    static let liquidation = EnvironmentKind(
        "liquidation", "Selling a position with a running and a terminal penalty on what is left.",
        keys: ["start", "horizon", "steps", "temporary", "permanent", "running", "terminal"]
    ) { reader, _ in
        let start = try reader.double("start", default: 1, in: 1e-9...1e12),
            horizon = try reader.double("horizon", default: 1, in: 1e-9...1e9)
        let steps = try reader.int("steps", default: 50, in: 1...1_000_000),
            temporary = try reader.double("temporary", default: 0.001, in: 1e-12...1e12)
        let permanent = try reader.double("permanent", default: 0.001, in: 0...1e12),
            running = try reader.double("running", default: 0.01, in: 1e-12...1e12)
        let terminal = try reader.double("terminal", default: 0.1, in: 1e-12...1e12)
        return Plan {
            RunningPenaltyLiquidation(
                start: start, horizon: horizon, steps: steps, temporary: temporary, permanent: permanent,
                running: running, terminal: terminal)
        }
    }
}
