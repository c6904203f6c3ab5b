package import Basics
import Foundation
package import Tensors

/// Q-learning with a table (Watkins 1989): the check that everything around the networks is right.
///
/// The rate of a pair of state and action is 1/(1 + n/halving) of the first after n visits, which meets the conditions
/// for convergence; actions are drawn evenly, because values of all pairs are wanted.
package final class TabularQ: Agent {
    /// What decides how it learns, as a configuration writes it.
    package struct Options: Sendable, Equatable {
        package var totalSteps = 2_000_000
        /// What a reward one step later counts for, γ.
        package var discount = 0.99
        /// Learning rate of the first visit of a pair.
        package var rate = 0.2
        /// Visits of a pair after which its rate is half the first.
        package var halving = 2_000

        /// The defaults.
        package init() {}

        static let keys = ["kind", "totalSteps", "discount", "rate", "halving"]

        /// - Throws: ``ConfigError``.
        package init(_ node: JSONValue, path: String) throws {
            let reader = try ConfigReader(node, path: path, keys: Options.keys)
            totalSteps = try reader.int("totalSteps", default: totalSteps, in: 1...1_000_000_000_000)
            discount = try reader.double("discount", default: discount, in: 0...0.999_999)
            rate = try reader.double("rate", default: rate, in: 1e-9...1)
            halving = try reader.int("halving", default: halving, in: 1...1_000_000_000)
        }
    }

    package static let measures = ["largest_change"]

    /// As given.
    package let options: Options
    package private(set) var steps = 0
    /// `[state][action]`.
    package private(set) var values: [Double]
    private var visits: [Int]
    private let environment: any TabularEnvironment
    private let actions: Int
    private let seed: UInt64
    private var random: SeededRandom
    private var episodes = 0
    private var isRunning = false
    private var earned = 0.0
    private var record = LearningRecord()
    private let observation: UnsafeMutablePointer<Float>

    /// - Throws: ``ConfigError`` for an environment without a table of states.
    package init(environment: any Environment, options: Options, seed: UInt64) throws {
        guard let environment = environment as? any TabularEnvironment,
            case .discrete(let actions) = environment.actions
        else {
            throw ConfigError(
                "found the agent 'tabular-q' for an environment whose states are not counted", at: nil,
                hint: "use the agent dqn or ppo")
        }
        (self.environment, self.actions, self.options, self.seed) = (environment, actions, options, seed)
        values = [Double](repeating: 0, count: environment.stateCount * actions)
        visits = [Int](repeating: 0, count: values.count)
        random = SeededRandom(seed: seed, 0x7AB1)
        observation = .allocate(capacity: environment.observationCount)
        observation.initialize(repeating: 0, count: environment.observationCount)
    }

    deinit { observation.deallocate() }

    package var totalSteps: Int { options.totalSteps }
    package var curve: [CurvePoint] { record.curve }
    package var policy: Policy { Policy(.table(values, actions: actions)) }

    package func iterate() {
        var largest = 0.0, action: Float = 0
        let count = min(max(options.totalSteps / 100, 1), options.totalSteps - steps)
        for _ in 0..<count {
            if !isRunning {
                var seeds = SeededRandom(seed: seed, 0xE915, UInt64(episodes))
                environment.reset(seed: seeds.next(), observation: observation)
                (episodes, isRunning, earned) = (episodes + 1, true, 0)
            }
            let state = environment.stateIndex, chosen = random.index(below: actions), pair = state * actions + chosen
            action = Float(chosen)
            let outcome = environment.step(&action, observation: observation)
            earned += outcome.reward
            var following = 0.0
            if outcome.ending != .terminal {
                let next = environment.stateIndex * actions
                following = values[next]
                for a in 1..<actions { following = max(following, values[next + a]) }
            }
            let rate = options.rate / (1 + Double(visits[pair]) / Double(options.halving))
            let change = rate * (outcome.reward + options.discount * following - values[pair])
            values[pair] += change
            visits[pair] += 1
            largest = max(largest, abs(change))
            if outcome.ending != .none {
                isRunning = false
                record.add([earned])
            }
        }
        steps += count
        record.note(steps: steps, measures: [largest])
    }

    package var checkpoint: SafetensorsFile {
        var file = SafetensorsFile()
        file.set("values", shape: [values.count], .float64(values))
        file.set("visits", shape: [visits.count], .int64(visits.map { Int64($0) }))
        file.set(
            "counters", shape: [4],
            .int64([Int64(steps), Int64(episodes), isRunning ? 1 : 0, Int64(bitPattern: random.state)]))
        file.set("earned", shape: [1], .float64([earned]))
        file.set(
            "environment", shape: [environment.state.count], .int64(environment.state.map { Int64(bitPattern: $0) }))
        record.save(into: &file, width: Self.measures.count)
        return file
    }

    package func restore(_ file: SafetensorsFile, from path: String) throws {
        guard case .float64(let values)? = file["values"]?.column, case .int64(let visits)? = file["visits"]?.column,
            case .int64(let counters)? = file["counters"]?.column,
            case .float64(let earned)? = file["earned"]?.column, case .int64(let state)? = file["environment"]?.column,
            values.count == self.values.count,
            visits.count == values.count, counters.count == 4, earned.count == 1
        else {
            throw Failure(
                "train.checkpoint", "found a damaged checkpoint in '\(path)'", hint: "start anew without --resume")
        }
        record = try LearningRecord(file, width: Self.measures.count, path: path)
        self.values = values
        self.visits = visits.map { Int($0) }
        (steps, episodes, isRunning) = (Int(counters[0]), Int(counters[1]), counters[2] == 1)
        random = SeededRandom(seed: UInt64(bitPattern: counters[3]))
        self.earned = earned[0]
        environment.state = state.map { UInt64(bitPattern: $0) }
    }
}
