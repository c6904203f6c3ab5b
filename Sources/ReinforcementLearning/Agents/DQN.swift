package import Basics
import Foundation
package import NeuralNetworks
package import Tensors

/// Deep Q-learning (Mnih et al. 2015) with double targets (arXiv:1509.06461), dueling heads (arXiv:1511.06581), returns
/// over several steps, and prioritised replay (arXiv:1511.05952).
package final class DQN: Agent {
    /// What decides how it learns, as a configuration writes it; the defaults suit small tasks.
    package struct Options: Sendable, Equatable {
        package var totalSteps = 100_000
        /// Environments stepped side by side.
        package var environments = 8
        /// Steps of each environment between updates, and how many updates follow.
        package var rollout = 1
        /// Updates of the network after each rollout.
        package var updates = 1
        /// Transitions in one update.
        package var batch = 128
        /// Transitions that are kept.
        package var replay = 50_000
        /// Steps of environments before the first update.
        package var learningStarts = 1_000
        /// What a reward one step later counts for, γ.
        package var discount = 0.99
        /// Steps of environments after which the target network takes the weights over.
        package var targetInterval = 500
        /// The network chooses the next action and the target network values it (arXiv:1509.06461).
        package var isDouble = true
        /// The head is a value and advantages that sum to zero (arXiv:1511.06581).
        package var isDueling = true
        /// Steps whose rewards are summed before the value of what follows is used.
        package var returnSteps = 1
        /// Transitions are drawn by how wrong their value was (arXiv:1511.05952), not evenly.
        package var isPrioritised = false
        /// Power of the error in the chance of a transition, α; 0 draws evenly.
        package var priorityExponent = 0.6
        /// Grows to 1 by the end.
        package var priorityCorrection = 0.4
        /// Chance of a random action at the beginning.
        package var firstEpsilon = 1.0
        /// Chance of a random action at the end.
        package var lastEpsilon = 0.05
        /// Share of all steps over which ε falls.
        package var explorationShare = 0.5
        /// The learning rate falls linearly to this share of itself.
        package var finalRate = 1.0
        /// Rewards are multiplied by it before they are learned from.
        package var rewardScale = 1.0

        /// The defaults.
        package init() {}

        static let keys = [
            "kind", "totalSteps", "environments", "rollout", "updates", "batch", "replay", "learningStarts", "discount",
            "targetInterval", "double", "dueling", "returnSteps",
            "prioritised", "priorityExponent", "priorityCorrection", "firstEpsilon", "lastEpsilon", "explorationShare",
            "finalRate", "rewardScale",
        ]

        /// - Throws: ``ConfigError``.
        package init(_ node: JSONValue, path: String) throws {
            let reader = try ConfigReader(node, path: path, keys: Options.keys)
            totalSteps = try reader.int("totalSteps", default: totalSteps, in: 1...1_000_000_000_000)
            environments = try reader.int("environments", default: environments, in: 1...65_536)
            rollout = try reader.int("rollout", default: rollout, in: 1...100_000)
            updates = try reader.int("updates", default: updates, in: 1...100_000)
            batch = try reader.int("batch", default: batch, in: 1...1_000_000)
            replay = try reader.int("replay", default: replay, in: 1...100_000_000)
            learningStarts = try reader.int("learningStarts", default: learningStarts, in: 0...1_000_000_000)
            discount = try reader.double("discount", default: discount, in: 0...1)
            targetInterval = try reader.int("targetInterval", default: targetInterval, in: 1...1_000_000_000)
            isDouble = try reader.bool("double", default: isDouble)
            isDueling = try reader.bool("dueling", default: isDueling)
            returnSteps = try reader.int("returnSteps", default: returnSteps, in: 1...1_000)
            isPrioritised = try reader.bool("prioritised", default: isPrioritised)
            priorityExponent = try reader.double("priorityExponent", default: priorityExponent, in: 0...1)
            priorityCorrection = try reader.double("priorityCorrection", default: priorityCorrection, in: 0...1)
            firstEpsilon = try reader.double("firstEpsilon", default: firstEpsilon, in: 0...1)
            lastEpsilon = try reader.double("lastEpsilon", default: lastEpsilon, in: 0...1)
            explorationShare = try reader.double("explorationShare", default: explorationShare, in: 1e-9...1)
            finalRate = try reader.double("finalRate", default: finalRate, in: 0...1)
            rewardScale = try reader.double("rewardScale", default: rewardScale, in: 1e-12...1e12)
            guard batch <= replay else {
                throw ConfigError(
                    "found a batch of \(batch) for a replay of \(replay)", at: reader.value("batch")?.mark ?? node.mark,
                    hint: "use a larger replay")
            }
        }
    }

    package static let measures = ["loss", "epsilon", "mean_value", "replay"]

    /// As given.
    package let options: Options
    package private(set) var steps = 0
    private let trainer: Trainer
    private let collector: Collector
    private let objective: DQNObjective
    private let replay: ReplayBuffer
    private let head: PolicyHead
    private var record = LearningRecord()
    private var random: SeededRandom
    private var indices: [Int32]
    private var updates = 0
    private var sinceNote = (steps: 0, loss: 0.0, value: 0.0, count: 0)

    /// Points of the curve, about.
    private static let curvePoints = 200

    /// - Parameters:
    ///   - body: layers of the network; heads are added.
    ///   - training: optimiser, clipping, seed and shards; the rest of it is not used.
    /// - Throws: ``ConfigError`` for an environment whose actions are numbers.
    package init(
        environments make: () throws -> any Environment, shape: SampleShape, body: [JSONValue], options: Options,
        training: TrainingConfig, threads: Int
    ) throws {
        self.options = options
        let environments = try (0..<options.environments).map { _ in try make() }
        let network: Network
        (network, head) = try DQN.network(body, shape: shape, actions: environments[0].actions, options: options)
        collector = try Collector(
            environments: environments, network: network, head: head, hasValue: false, steps: options.rollout,
            seed: training.seed, threads: threads,
            rewardScale: options.rewardScale, keepsFinals: true,
            kernels: try ProductKernels(.panels, training.precision))
        replay = ReplayBuffer(
            capacity: options.replay, observationCount: environments[0].observationCount,
            environments: options.environments, returnSteps: options.returnSteps,
            discount: options.discount, priorityExponent: options.isPrioritised ? options.priorityExponent : nil)
        objective = DQNObjective(replay, network: network, head: head, options: options)
        var config = training
        config.batchSize = options.batch
        trainer = try Trainer(network: network, config: config, threads: threads, objective: objective)
        objective.plan(workers: trainer.workers, capacity: trainer.shardCapacity, kernels: trainer.kernels)
        objective.follow(trainer.parameters)
        random = SeededRandom(seed: training.seed, 0xD0A7)
        indices = [Int32](repeating: 0, count: options.batch)
    }

    /// The network of action values, and how its outputs are read.
    ///
    /// - Throws: ``ConfigError`` for actions that are numbers.
    package static func network(_ body: [JSONValue], shape: SampleShape, actions: ActionSpace, options: Options) throws
        -> (Network, PolicyHead)
    {
        guard case .discrete(let count) = actions else {
            throw ConfigError(
                "found the agent 'dqn' for an environment whose actions are numbers", at: nil, hint: "use the agent ppo"
            )
        }
        let layers = AgentNetwork.layers(bodies: [body], heads: options.isDueling ? [1, count] : [count])
        return (try Network(layers: layers, input: shape), .actionValues(count, isDueling: options.isDueling))
    }

    package var totalSteps: Int { options.totalSteps }
    package var curve: [CurvePoint] { record.curve }
    /// The network whose weights the policy reads.
    package var network: Network { trainer.network }
    package var policy: Policy { Policy(.network(trainer.network, trainer.parameters, head)) }

    private var epsilon: Double {
        let share = min(1, Double(steps) / (options.explorationShare * Double(options.totalSteps)))
        return options.firstEpsilon + (options.lastEpsilon - options.firstEpsilon) * share
    }

    package func iterate() {
        let rollout = collector.rollout, epsilon = epsilon
        record.add(collector.collect(parameters: trainer.parameters, exploration: .greedy(epsilon: epsilon)))
        replay.add(rollout)
        collector.advance()
        let before = steps
        steps += rollout.steps * rollout.environments
        if steps >= options.learningStarts, replay.count >= options.batch { for _ in 0..<options.updates { update() } }
        if steps / options.targetInterval != before / options.targetInterval { objective.follow(trainer.parameters) }
        sinceNote.steps += steps - before
        if sinceNote.steps * DQN.curvePoints >= options.totalSteps || isFinished {
            let n = Double(max(sinceNote.count, 1))
            record.note(
                steps: steps, measures: [sinceNote.loss / n, epsilon, sinceNote.value / n, Double(replay.count)])
            sinceNote = (0, 0, 0, 0)
        }
    }

    private func update() {
        let progress = min(1, Double(steps) / Double(options.totalSteps))
        replay.sample(
            into: &indices, correction: options.priorityCorrection + (1 - options.priorityCorrection) * progress,
            random: &random)
        let loss = indices.withUnsafeBufferPointer {
            trainer.step(indices: $0, rateFactor: 1 - (1 - options.finalRate) * progress)
        }
        objective.updatePriorities(indices)
        updates += 1
        sinceNote.loss += loss.loss / max(loss.weight, 1)
        sinceNote.value += objective.meanValue(count: indices.count) / options.rewardScale
        sinceNote.count += 1
    }

    package var checkpoint: SafetensorsFile {
        var file = trainer.checkpoint
        file.set(
            "agent.counters", shape: [4],
            .int64([Int64(steps), Int64(updates), Int64(sinceNote.steps), Int64(sinceNote.count)]))
        file.set("agent.sums", shape: [2], .float64([sinceNote.loss, sinceNote.value]))
        file.set("agent.sampler", shape: [1], .int64([Int64(bitPattern: random.state)]))
        file.set("agent.target", shape: [trainer.parameters.count], .float32(objective.target.array))
        replay.save(into: &file)
        collector.save(into: &file)
        record.save(into: &file, width: Self.measures.count)
        return file
    }

    package func restore(_ file: SafetensorsFile, from path: String) throws {
        try trainer.restore(file, from: path)
        guard case .int64(let counters)? = file["agent.counters"]?.column, counters.count == 4,
            case .float64(let sums)? = file["agent.sums"]?.column, sums.count == 2,
            case .int64(let sampler)? = file["agent.sampler"]?.column, sampler.count == 1,
            case .float32(let target)? = file["agent.target"]?.column,
            target.count == trainer.parameters.count
        else {
            throw Failure(
                "train.other-checkpoint", "found a checkpoint of another agent in '\(path)'",
                hint: "start anew without --resume")
        }
        guard case .actionValues(let actionCount, _) = head else { return }
        try replay.restore(file, path: path, actionCount: actionCount)
        try collector.restore(file, path: path)
        record = try LearningRecord(file, width: Self.measures.count, path: path)
        (steps, updates) = (Int(counters[0]), Int(counters[1]))
        sinceNote = (Int(counters[2]), sums[0], sums[1], Int(counters[3]))
        random = SeededRandom(seed: UInt64(bitPattern: sampler[0]))
        objective.follow(FloatBuffer(target))
    }
}
