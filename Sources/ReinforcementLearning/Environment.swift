package import Basics

/// What an agent can do at every step.
package enum ActionSpace: Sendable, Equatable {
    /// One of so many choices; the action is its index.
    case discrete(Int)
    /// So many numbers, each meant to lie in a range; the environment clamps what does not.
    case continuous(Int, ClosedRange<Float>)

    /// Numbers in an action.
    package var width: Int { if case .continuous(let count, _) = self { count } else { 1 } }
    /// Numbers a policy says about an action: a logit for each choice; a mean and the logarithm of a deviation for each
    /// number.
    package var parameterCount: Int { if case .discrete(let count) = self { count } else { 2 * width } }
}

/// What a step brought.
package struct StepOutcome: Sendable, Equatable {
    /// Whether and why an episode ended with this step.
    package enum Ending: UInt8, Sendable {
        case none
        /// The task is over: nothing more can be earned.
        case terminal
        /// Time is up, but the task would go on: what follows still has a value.
        case truncated
    }

    /// What the step earned, in the unit of the environment.
    package var reward: Double
    /// Whether the episode ended.
    package var ending: Ending

    /// A step that earned `reward`.
    package init(_ reward: Double, _ ending: Ending = .none) {
        self.reward = reward
        self.ending = ending
    }
}

/// A policy that an environment knows without learning, for comparison.
package struct ReferencePolicy: Sendable, Equatable {
    /// Where the policy comes from.
    package enum Kind: String, Sendable {
        /// What somebody without an idea would do.
        case naive
        /// The known optimum, or the best approximation in closed form.
        case closedForm = "closed form"
        case buyAndHold = "buy and hold"
    }

    /// As tables show it.
    package let name: String
    /// Where the policy comes from.
    package let kind: Kind

    /// A policy of this name.
    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// A task to learn: observations and rewards out, actions in.
///
/// Contract, checked for every environment by one suite: what happens follows from the seed of
/// ``reset(seed:observation:)`` and the actions alone; observations and actions keep to the spaces; an observation
/// depends on nothing that happens later; after ``state`` is set to what it was, everything repeats. A class, so that
/// stepping thousands of them copies nothing; used by one thread at a time. Nothing may allocate in `step`.
package protocol Environment: AnyObject {
    /// Numbers in an observation, of the order of one.
    var observationCount: Int { get }
    /// What can be done at every step.
    var actions: ActionSpace { get }
    /// The most steps of an episode.
    var longestEpisode: Int { get }

    /// Begins an episode; all randomness in it follows from the seed.
    func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>)
    /// - Precondition: an episode was begun and has not ended.
    func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome

    /// All that changes, as words: what a checkpoint keeps.
    var state: [UInt64] { get set }

    /// How many episodes there are, where they are recorded ones; then the seed is the number of the episode.
    var distinctEpisodes: Int? { get }

    /// What an episode is measured by besides its return.
    var measureNames: [String] { get }
    /// Of the episode that just ended.
    func measure(into values: UnsafeMutablePointer<Double>)

    /// Policies known without learning, for comparison; none by default.
    var references: [ReferencePolicy] { get }
    /// What a reference policy does now.
    func act(as reference: Int, action: UnsafeMutablePointer<Float>)
}

extension Environment {
    package var distinctEpisodes: Int? { nil }
    package var measureNames: [String] { [] }
    package func measure(into values: UnsafeMutablePointer<Double>) {}
    package var references: [ReferencePolicy] { [] }
    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) {
        action.update(repeating: 0, count: actions.width)
    }
}

/// An environment with few states, so that values can be kept in a table.
package protocol TabularEnvironment: Environment {
    /// Number of states; they are 0..<stateCount.
    var stateCount: Int { get }
    /// Of the current observation.
    var stateIndex: Int { get }
    /// Makes a state the current one, to ask a policy about it.
    func enter(state: Int, observation: UnsafeMutablePointer<Float>)
    /// A state in words, for tables.
    func stateName(_ state: Int) -> String
    /// An action in words, for tables.
    func actionName(_ action: Int) -> String
    /// Values of the optimal policy, `[state][action]`, for a discount, by value iteration on the known chances.
    func optimalValues(discount: Double) -> [Double]
}

/// Words of a checkpoint, written and read in one order.
package struct StateWords {
    /// In the order in which they were written.
    package private(set) var words: [UInt64]
    private var at = 0

    /// Begins to read at the first word, and to write after the last.
    package init(_ words: [UInt64] = []) { self.words = words }

    /// Appends the bits of a number.
    package mutating func write(_ value: Double) { words.append(value.bitPattern) }
    /// Appends an integer.
    package mutating func write(_ value: Int) { words.append(UInt64(bitPattern: Int64(value))) }
    /// Appends the state of a random source.
    package mutating func write(_ random: SeededRandom) { words.append(random.state) }

    /// Zero where nothing is left: a damaged checkpoint is found by its digest, not here.
    private mutating func next() -> UInt64 {
        defer { at += 1 }
        return at < words.count ? words[at] : 0
    }

    /// The next word as the number whose bits it has.
    package mutating func readDouble() -> Double { Double(bitPattern: next()) }
    /// The next word as an integer.
    package mutating func readInt() -> Int { Int(Int64(bitPattern: next())) }
    /// The next word as a random source in that state.
    package mutating func readRandom() -> SeededRandom { SeededRandom(seed: next()) }
}
