import Basics
import NeuralNetworks
package import Tensors

/// How actions are chosen while learning.
enum Exploration {
    /// Drawn from the policy.
    case sample
    /// The best action, or with this chance any.
    case greedy(epsilon: Double)
}

/// What was seen and done in the last steps of all environments, planned once. T steps, N environments, O numbers
/// observed, A numbers in an action.
package final class Rollout: @unchecked Sendable {
    // Guard for `@unchecked`: threads write the columns of their own environments only.
    package let steps: Int
    /// N.
    package let environments: Int
    package let observationCount: Int
    /// A.
    package let actionWidth: Int
    /// `[T + 1][N][O]`; the last is what comes next.
    package let observations: FloatBuffer
    /// `[T][N][A]`.
    package let actions: FloatBuffer
    /// `[T][N]`.
    package let logProbabilities: FloatBuffer
    /// `[T + 1][N]`: what the critic expected.
    package let values: FloatBuffer
    /// `[T][N]`.
    package let rewards: FloatBuffer
    /// `[T][N]`: whether the step ended an episode.
    package let endings: UnsafeMutablePointer<StepOutcome.Ending>
    /// `[T][N]`: what the critic expected after an episode that was cut.
    package let bootstraps: FloatBuffer
    /// `[T][N][O]`: what was observed when an episode ended; nil where nobody asks.
    package let finals: FloatBuffer?

    /// - Parameter keepsFinals: whether what was observed at the end of an episode is kept.
    package init(steps: Int, environments: Int, observationCount: Int, actionWidth: Int, keepsFinals: Bool) {
        (self.steps, self.environments, self.observationCount, self.actionWidth) = (
            steps, environments, observationCount, actionWidth
        )
        let count = steps * environments
        observations = FloatBuffer(count: (count + environments) * observationCount)
        actions = FloatBuffer(count: count * actionWidth)
        logProbabilities = FloatBuffer(count: count)
        values = FloatBuffer(count: count + environments)
        rewards = FloatBuffer(count: count)
        bootstraps = FloatBuffer(count: count)
        endings = .allocate(capacity: count)
        endings.initialize(repeating: .none, count: count)
        finals = keepsFinals ? FloatBuffer(count: count * observationCount) : nil
    }

    deinit { endings.deallocate() }

    func observation(_ t: Int, _ n: Int) -> UnsafeMutablePointer<Float> {
        observations.pointer + (t * environments + n) * observationCount
    }
    func action(_ t: Int, _ n: Int) -> UnsafeMutablePointer<Float> {
        actions.pointer + (t * environments + n) * actionWidth
    }
}

/// Steps many environments with one policy, on all threads.
///
/// Environments are dealt to a fixed number of groups; a thread takes a group through all steps of a rollout, so
/// threads meet once a rollout. Every environment has its own random stream and its own sequence of episodes: neither
/// threads nor groups change what happens.
final class Collector {
    let environments: [any Environment]
    let rollout: Rollout
    private let head: PolicyHead
    private let hasValue: Bool
    private let network: Network
    private let seed: UInt64
    private let crew: WorkerCrew
    private let arenas: [NetworkArena]
    private let packed: FloatBuffer
    private let groups: [Range<Int>]
    private var randoms: UnsafeMutablePointer<SeededRandom>
    private var episodes: UnsafeMutablePointer<Int>
    private var returns: UnsafeMutablePointer<Double>
    /// Returns of episodes that ended in the last rollout, by group.
    private var finished: [[Double]]
    private var pass: (parameters: FloatBuffer, exploration: Exploration)?
    private let rewardScale: Double

    /// Most groups; also the most threads that help.
    private static let mostGroups = 16

    /// - Parameters:
    ///   - head: how outputs become actions; a value follows it where `hasValue`.
    ///   - kernels: what computes the network.
    init(
        environments: [any Environment], network: Network, head: PolicyHead, hasValue: Bool, steps: Int, seed: UInt64,
        threads: Int, rewardScale: Double, keepsFinals: Bool, kernels: ProductKernels
    ) throws {
        (self.environments, self.network, self.head, self.hasValue) = (environments, network, head, hasValue)
        (self.seed, self.rewardScale) = (seed, rewardScale)
        let count = environments.count, first = environments[0]
        rollout = Rollout(
            steps: steps, environments: count, observationCount: first.observationCount,
            actionWidth: first.actions.width, keepsFinals: keepsFinals)
        let size = max(1, (count + Collector.mostGroups - 1) / Collector.mostGroups)
        groups = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
        crew = try WorkerCrew(threads: min(max(threads, 1), groups.count))
        arenas = groups.map { NetworkArena(network, batch: $0.count, isTraining: false, kernels: kernels) }
        packed = FloatBuffer(count: network.packedCount)
        randoms = .allocate(capacity: count)
        episodes = .allocate(capacity: count)
        returns = .allocate(capacity: count)
        episodes.initialize(repeating: 0, count: count)
        returns.initialize(repeating: 0, count: count)
        for n in 0..<count { (randoms + n).initialize(to: SeededRandom(seed: seed, 0xAC71, UInt64(n))) }
        finished = groups.map { _ in [] }
        for n in 0..<count { begin(n, rollout.observation(0, n)) }
    }

    deinit {
        randoms.deallocate()
        episodes.deallocate()
        returns.deallocate()
    }

    /// Begins the next episode of an environment.
    private func begin(_ n: Int, _ observation: UnsafeMutablePointer<Float>) {
        var random = SeededRandom(seed: seed, 0xE915 &+ UInt64(n) << 16, UInt64(episodes[n]))
        environments[n].reset(seed: random.next(), observation: observation)
        episodes[n] += 1
        returns[n] = 0
    }

    /// Takes all environments through the steps of a rollout.
    ///
    /// - Returns: returns of the episodes that ended, by environment.
    func collect(parameters: FloatBuffer, exploration: Exploration) -> [Double] {
        network.pack(parameters, into: packed)
        pass = (parameters, exploration)
        for g in groups.indices { finished[g].removeAll(keepingCapacity: true) }
        crew.run(items: groups.count, context: Unmanaged.passUnretained(self).toOpaque()) { context, group in
            guard let context else { return }
            Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue().run(group: Int(group))
        }
        return finished.flatMap { $0 }
    }

    /// The last observations of the rollout become the first of the next.
    func advance() {
        rollout.observation(0, 0).update(
            from: rollout.observation(rollout.steps, 0), count: rollout.environments * rollout.observationCount)
    }

    private func run(group: Int) {
        guard let pass else { return }
        let range = groups[group], arena = arenas[group], width = network.output.count, size = rollout.observationCount
        let ended = UnsafeMutableBufferPointer<Double>.allocate(capacity: rollout.steps * range.count)
        defer { ended.deallocate() }
        var endedCount = 0
        for t in 0..<rollout.steps {
            arena.input.update(from: rollout.observation(t, range.lowerBound), count: range.count * size)
            arena.forward(batch: range.count, parameters: pass.parameters, packed: packed)
            for n in range {
                let output = arena.output + (n - range.lowerBound) * width, action = rollout.action(t, n),
                    place = t * rollout.environments + n
                switch pass.exploration {
                case .sample:
                    rollout.logProbabilities.pointer[place] = head.sample(output, random: &randoms[n], action: action)
                case .greedy(let epsilon):
                    head.best(output, action: action)
                    if case .actionValues(let count, _) = head, randoms[n].uniform() < epsilon {
                        action[0] = Float(randoms[n].index(below: count))
                    }
                }
                if hasValue { rollout.values.pointer[place] = output[width - 1] }
            }
            for n in range {
                let place = t * rollout.environments + n, next = rollout.observation(t + 1, n)
                let outcome = environments[n].step(rollout.action(t, n), observation: next)
                returns[n] += outcome.reward
                rollout.rewards.pointer[place] = Float(outcome.reward * rewardScale)
                rollout.endings[place] = outcome.ending
                guard outcome.ending != .none else { continue }
                if let finals = rollout.finals { (finals.pointer + place * size).update(from: next, count: size) }
                if outcome.ending == .truncated, hasValue {
                    // What would have followed is worth what the critic says.
                    arena.input.update(from: next, count: size)
                    arena.forward(batch: 1, parameters: pass.parameters, packed: packed)
                    rollout.bootstraps.pointer[place] = arena.output[width - 1]
                }
                ended[endedCount] = returns[n]
                endedCount += 1
                begin(n, next)
            }
        }
        if hasValue {
            arena.input.update(from: rollout.observation(rollout.steps, range.lowerBound), count: range.count * size)
            arena.forward(batch: range.count, parameters: pass.parameters, packed: packed)
            for n in range {
                rollout.values.pointer[rollout.steps * rollout.environments + n] =
                    arena.output[(n - range.lowerBound) * width + width - 1]
            }
        }
        finished[group].append(contentsOf: ended[..<endedCount])
    }

    // MARK: Checkpoint

    /// Everything that goes on, in words.
    func save(into file: inout SafetensorsFile) {
        let count = environments.count
        file.set(
            "agent.observations", shape: [count * rollout.observationCount],
            .float32((0..<count * rollout.observationCount).map { rollout.observations.pointer[$0] }))
        file.set("agent.returns", shape: [count], .float64((0..<count).map { returns[$0] }))
        file.set("agent.episodes", shape: [count], .int64((0..<count).map { Int64(episodes[$0]) }))
        file.set("agent.random", shape: [count], .int64((0..<count).map { Int64(bitPattern: randoms[$0].state) }))
        let states = environments.map(\.state)
        file.set("agent.environments.sizes", shape: [count], .int64(states.map { Int64($0.count) }))
        let words = states.flatMap { $0 }.map { Int64(bitPattern: $0) }
        file.set("agent.environments", shape: [words.count], .int64(words))
    }

    /// - Throws: ``Failure`` when something is missing or of another size.
    func restore(_ file: SafetensorsFile, path: String) throws {
        let count = environments.count
        guard case .float32(let observations)? = file["agent.observations"]?.column,
            case .float64(let returns)? = file["agent.returns"]?.column,
            case .int64(let episodes)? = file["agent.episodes"]?.column,
            case .int64(let random)? = file["agent.random"]?.column,
            case .int64(let sizes)? = file["agent.environments.sizes"]?.column,
            case .int64(let words)? = file["agent.environments"]?.column,
            observations.count == count * rollout.observationCount,
            [returns.count, episodes.count, random.count, sizes.count].allSatisfy({ $0 == count }),
            sizes.allSatisfy({ $0 >= 0 && $0 <= words.count }), sizes.reduce(0, +) == words.count
        else {
            throw Failure(
                "train.checkpoint", "found a damaged checkpoint in '\(path)'", hint: "start anew without --resume")
        }
        for (i, value) in observations.enumerated() { rollout.observations.pointer[i] = value }
        var at = 0
        for n in 0..<count {
            self.returns[n] = returns[n]
            self.episodes[n] = Int(episodes[n])
            randoms[n] = SeededRandom(seed: UInt64(bitPattern: random[n]))
            let state = words[at..<at + Int(sizes[n])].map { UInt64(bitPattern: $0) }
            environments[n].state = state
            // An environment takes nothing from a state that is not one of its own.
            guard environments[n].state == state else {
                throw Failure(
                    "train.other-checkpoint",
                    "found in '\(path)' a state that environment \(n) cannot go on from: it was written by another "
                        + "version, or on other data",
                    hint: "start anew without --resume")
            }
            at += Int(sizes[n])
        }
    }
}
