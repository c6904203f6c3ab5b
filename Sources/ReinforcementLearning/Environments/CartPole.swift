import Basics
import Foundation

/// CartPole-v1 of Gymnasium, to its equations and limits (Barto, Sutton, Anderson 1983): a reward of 1 a step, 500 at
/// most.
package final class CartPole: Environment {
    package let observationCount = 4
    package let actions = ActionSpace.discrete(2)
    package let longestEpisode = 500
    private var position = 0.0, velocity = 0.0, angle = 0.0, turn = 0.0
    private var steps = 0

    private static let gravity = 9.8, cartMass = 1.0, poleMass = 0.1, halfLength = 0.5, force = 10.0, tau = 0.02
    private static let largestAngle = 12 * 2 * Double.pi / 360, largestPosition = 2.4

    /// The constants are those of Barto, Sutton and Anderson (1983), as Gymnasium has them.
    package init() {}

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        var random = SeededRandom(seed: seed)
        position = random.uniform() * 0.1 - 0.05
        velocity = random.uniform() * 0.1 - 0.05
        angle = random.uniform() * 0.1 - 0.05
        turn = random.uniform() * 0.1 - 0.05
        steps = 0
        observe(observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let push = action[0] >= 0.5 ? Self.force : -Self.force
        let cosine = cos(angle), sine = sin(angle)
        let mass = Self.cartMass + Self.poleMass, moment = Self.poleMass * Self.halfLength
        let part = (push + moment * turn * turn * sine) / mass
        let turning =
            (Self.gravity * sine - cosine * part)
            / (Self.halfLength * (4.0 / 3.0 - Self.poleMass * cosine * cosine / mass))
        let acceleration = part - moment * turning * cosine / mass
        // Positions move by the velocities before the step, as in Gymnasium.
        position += Self.tau * velocity
        velocity += Self.tau * acceleration
        angle += Self.tau * turn
        turn += Self.tau * turning
        steps += 1
        observe(observation)
        let isOver = abs(position) > Self.largestPosition || abs(angle) > Self.largestAngle
        return StepOutcome(1, isOver ? .terminal : steps >= longestEpisode ? .truncated : .none)
    }

    private func observe(_ observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(position)
        observation[1] = Float(velocity)
        observation[2] = Float(angle)
        observation[3] = Float(turn)
    }

    package var state: [UInt64] {
        get {
            var words = StateWords()
            for value in [position, velocity, angle, turn] { words.write(value) }
            words.write(steps)
            return words.words
        }
        set {
            var words = StateWords(newValue)
            (position, velocity, angle, turn) = (
                words.readDouble(), words.readDouble(), words.readDouble(), words.readDouble()
            )
            steps = words.readInt()
        }
    }

    /// Pushing to the side that the pole falls to: what a person would try first.
    package var references: [ReferencePolicy] { [ReferencePolicy("push towards the fall", .naive)] }
    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) { action[0] = angle > 0 ? 1 : 0 }
}

extension EnvironmentKind {
    static let cartPole = EnvironmentKind("cartpole", "A pole on a cart, as CartPole-v1 of Gymnasium.") { _, _ in
        Plan { CartPole() }
    }
}
