import Basics
import Foundation

/// Selling a block in N slices at the least sum of expected cost and λ times variance (Almgren and Chriss 2001).
///
/// The action moves the logit of the share of the rest to sell now away from equal slices; the last slice sells what is
/// left. Rewards are −(costₖ + λσ²τxₖ²), in units of the cost of selling equal slices: their sum does not depend on the
/// price path, which therefore is left out.
package final class AlmgrenChriss: Environment {
    package let observationCount = 2
    package let actions = ActionSpace.continuous(1, -8...8)
    package var longestEpisode: Int { slices }
    /// Shares to sell, days, slices, and the variance's price λ.
    package let quantity: Double, horizon: Double, slices: Int, aversion: Double
    private let sigma = 0.95, epsilon = 0.0625, eta = 2.5e-6, gamma = 2.5e-7
    private var left = 1.0
    private var done = 0
    private var unit = 1.0

    /// - Parameters:
    ///   - aversion: risk aversion λ.
    ///   - quantity: shares to sell.
    ///   - horizon: days to sell them in.
    ///   - slices: decisions.
    package init(aversion: Double, quantity: Double = 1e6, horizon: Double = 5, slices: Int = 5) {
        (self.aversion, self.quantity, self.horizon, self.slices) = (aversion, quantity, horizon, slices)
        // In these units equal slices earn −1.
        unit = 1
        unit = -(0..<slices).reduce(0.0) {
            $0 + reward(left: 1 - Double($1) / Double(slices), sold: 1 / Double(slices))
        }
    }

    private var tau: Double { horizon / Double(slices) }

    /// Of selling a share `sold` of the whole when a share `left` is held.
    private func reward(left: Double, sold: Double) -> Double {
        let n = sold * quantity, before = left * quantity, after = before - n
        let temporary = eta - gamma * tau / 2
        let cost = epsilon * n + temporary / tau * n * n + gamma / 2 * (before * before - after * after)
        return -(cost + aversion * sigma * sigma * tau * after * after) / unit
    }

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        (left, done) = (1, 0)
        observe(observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let share = SliceShare.share(action[0], slicesLeft: slices - done)
        let sold = left * share
        let earned = reward(left: left, sold: sold)
        left -= sold
        done += 1
        observe(observation)
        return StepOutcome(earned, done == slices ? .terminal : .none)
    }

    private func observe(_ observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(2 * Double(done) / Double(slices) - 1)
        observation[1] = Float(left)
    }

    package var state: [UInt64] {
        get {
            var words = StateWords()
            words.write(left)
            words.write(done)
            return words.words
        }
        set {
            var words = StateWords(newValue)
            left = words.readDouble()
            done = words.readInt()
        }
    }

    /// κ of the solution.
    private var kappa: Double {
        let square = aversion * sigma * sigma / (eta - gamma * tau / 2)
        return acosh(square * tau * tau / 2 + 1) / tau
    }

    /// Shares held after slice k of the optimal schedule, of one.
    package func optimalHolding(after k: Int) -> Double {
        let kappa = kappa
        return kappa < 1e-9
            ? 1 - Double(k) / Double(slices) : sinh(kappa * (horizon - tau * Double(k))) / sinh(kappa * horizon)
    }

    /// −(E + λV) of the optimal schedule, in units of equal slices.
    package var optimum: Double {
        (1...slices).reduce(0.0) {
            $0
                + reward(
                    left: optimalHolding(after: $1 - 1), sold: optimalHolding(after: $1 - 1) - optimalHolding(after: $1)
                )
        }
    }

    /// What rewards have to be multiplied with to be money.
    package var money: Double { unit }

    package var references: [ReferencePolicy] {
        [ReferencePolicy("equal slices", .naive), ReferencePolicy("Almgren-Chriss schedule", .closedForm)]
    }

    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) {
        let share =
            reference == 0
            ? 1 / Double(slices - done)
            : 1 - optimalHolding(after: done + 1) / max(optimalHolding(after: done), .leastNormalMagnitude)
        action[0] = SliceShare.action(share, slicesLeft: slices - done)
    }
}

/// The share of the rest to sell in one of the slices that are left, as an action: 0 is equal slices, and the logit
/// moves with the action.
enum SliceShare {
    /// The last slice sells what is left.
    static func share(_ action: Float, slicesLeft: Int) -> Double {
        guard slicesLeft > 1 else { return 1 }
        return 1 / (1 + Double(slicesLeft - 1) * exp(-Double(min(max(action, -8), 8))))
    }

    static func action(_ share: Double, slicesLeft: Int) -> Float {
        guard slicesLeft > 1 else { return 0 }
        return share >= 1 ? 8 : Float(log(share * Double(slicesLeft - 1) / (1 - share)))
    }
}

extension EnvironmentKind {
    static let almgrenChriss = EnvironmentKind(
        "almgren-chriss", "Selling a quantity in slices against market impact (Almgren and Chriss 2000).",
        keys: ["aversion", "quantity", "days", "slices"]
    ) { reader, _ in
        let aversion = try reader.double("aversion", default: 2e-6, in: 0...1),
            quantity = try reader.double("quantity", default: 1e6, in: 1...1e12)
        let days = try reader.double("days", default: 5, in: 1e-6...10_000),
            slices = try reader.int("slices", default: 5, in: 1...100_000)
        return Plan { AlmgrenChriss(aversion: aversion, quantity: quantity, horizon: days, slices: slices) }
    }
}
