package import Basics
import Foundation
package import NeuralNetworks
package import Tensors

/// Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347) with generalised advantages
/// (arXiv:1506.02438), for choices and for numbers.
package final class PPO: Agent {
    /// What decides how it learns, as a configuration writes it.
    package struct Options: Sendable, Equatable {
        package var totalSteps = 100_000
        /// Environments stepped side by side.
        package var environments = 8
        /// Steps of each environment between updates.
        package var rollout = 128
        /// Passes over a rollout in one update.
        package var epochs = 4
        /// Steps in one gradient.
        package var minibatch = 256
        /// What a reward one step later counts for, γ.
        package var discount = 0.99
        /// Weight of later errors in generalised advantages, λ (arXiv:1506.02438).
        package var lambda = 0.95
        /// Distance of the probability ratio from 1 beyond which it gains nothing, ε.
        package var clip = 0.2
        /// Also keeps values within ±clip of what they were.
        package var clipsValue = true
        /// Advantages have mean 0 and deviation 1 over a rollout.
        package var normalisesAdvantages = true
        /// Weight of the entropy in the objective.
        package var entropy = 0.0
        /// Weight of the squared error of the value in the objective.
        package var valueCoefficient = 0.5
        /// The policy and the value share their body.
        package var isShared = false
        /// Layers of the value, where they are not those of the policy.
        package var valueLayers: [JSONValue]?
        /// Falls linearly to this share of itself.
        package var finalRate = 0.0
        /// Standard deviation of the first actions, for numbers.
        package var initialDeviation = 0.6
        /// Ends the epochs of an update when the policy moved so far (approximate KL divergence); nil for no limit.
        package var klLimit: Double?
        /// Rewards are multiplied by it before they are learned from.
        package var rewardScale = 1.0

        /// The defaults.
        package init() {}

        static let keys = [
            "kind", "totalSteps", "environments", "rollout", "epochs", "minibatch", "discount", "lambda", "clip",
            "clipValue", "normaliseAdvantages", "entropy",
            "valueCoefficient", "shared", "valueLayers", "finalRate", "initialDeviation", "klLimit", "rewardScale",
        ]

        /// - Throws: ``ConfigError``.
        package init(_ node: JSONValue, path: String) throws {
            let reader = try ConfigReader(node, path: path, keys: Options.keys)
            totalSteps = try reader.int("totalSteps", default: totalSteps, in: 1...1_000_000_000_000)
            environments = try reader.int("environments", default: environments, in: 1...65_536)
            rollout = try reader.int("rollout", default: rollout, in: 1...1_000_000)
            epochs = try reader.int("epochs", default: epochs, in: 1...1_000)
            minibatch = try reader.int("minibatch", default: minibatch, in: 2...1_000_000)
            discount = try reader.double("discount", default: discount, in: 0...1)
            lambda = try reader.double("lambda", default: lambda, in: 0...1)
            clip = try reader.double("clip", default: clip, in: 1e-3...1)
            clipsValue = try reader.bool("clipValue", default: clipsValue)
            normalisesAdvantages = try reader.bool("normaliseAdvantages", default: normalisesAdvantages)
            entropy = try reader.double("entropy", default: entropy, in: 0...10)
            valueCoefficient = try reader.double("valueCoefficient", default: valueCoefficient, in: 0...100)
            isShared = try reader.bool("shared", default: isShared)
            finalRate = try reader.double("finalRate", default: finalRate, in: 0...1)
            initialDeviation = try reader.double("initialDeviation", default: initialDeviation, in: 0.01...2.7)
            if reader.has("valueLayers") { valueLayers = try reader.list("valueLayers") }
            klLimit = try reader.optionalDouble("klLimit", in: 1e-6...10)
            rewardScale = try reader.double("rewardScale", default: rewardScale, in: 1e-12...1e12)
            if isShared, valueLayers != nil {
                throw ConfigError(
                    "found both 'shared' and 'valueLayers'", at: reader.value("valueLayers")?.mark,
                    hint: "a shared body is the value's body too")
            }
            guard minibatch <= environments * rollout else {
                throw ConfigError(
                    "found a minibatch of \(minibatch) for \(environments) environments × \(rollout) steps",
                    at: reader.value("minibatch")?.mark ?? node.mark,
                    hint: "use at most \(environments * rollout)")
            }
        }
    }

    package static let measures = ["policy_loss", "value_loss", "entropy", "kl", "clipped", "explained_variance"]

    /// As given.
    package let options: Options
    package private(set) var steps = 0
    private let trainer: Trainer
    private let collector: Collector
    private let objective: PPOObjective
    private let head: PolicyHead
    private let seed: UInt64
    private var record = LearningRecord()
    private var order: [Int32]
    private var updates = 0

    /// - Parameters:
    ///   - body: layers of the policy, and a copy of them of the value; heads are added.
    ///   - training: optimiser, clipping, seed and shards; the rest of it is not used.
    package init(
        environments make: () throws -> any Environment, shape: SampleShape, body: [JSONValue], options: Options,
        training: TrainingConfig, threads: Int
    ) throws {
        self.options = options
        seed = training.seed
        let environments = try (0..<options.environments).map { _ in try make() }
        let network: Network
        (network, head) = try PPO.network(body, shape: shape, actions: environments[0].actions, options: options)
        collector = try Collector(
            environments: environments, network: network, head: head, hasValue: true, steps: options.rollout,
            seed: training.seed, threads: threads,
            rewardScale: options.rewardScale, keepsFinals: false,
            kernels: try ProductKernels(.panels, training.precision))
        objective = PPOObjective(collector.rollout, head: head, options: options)
        var config = training
        config.batchSize = options.minibatch
        trainer = try Trainer(network: network, config: config, threads: threads, objective: objective)
        order = (0..<Int32(options.environments * options.rollout)).map { $0 }
        prepareHead()
    }

    /// The network of policy and value, and how its outputs are read.
    package static func network(_ body: [JSONValue], shape: SampleShape, actions: ActionSpace, options: Options) throws
        -> (Network, PolicyHead)
    {
        let head = PolicyHead(actions)
        return (
            try Network(
                layers: AgentNetwork.layers(
                    bodies: options.isShared ? [body] : [body, options.valueLayers ?? body], heads: [head.width, 1]),
                input: shape), head
        )
    }

    package var totalSteps: Int { options.totalSteps }
    package var curve: [CurvePoint] { record.curve }
    /// The network whose weights the policy reads.
    package var network: Network { trainer.network }
    package var policy: Policy { Policy(.network(trainer.network, trainer.parameters, head)) }

    /// A policy that starts without a preference learns from all actions alike.
    private func prepareHead() {
        if let weights = AgentNetwork.head(0, "weight", in: trainer.network) {
            for i in weights { trainer.parameters.pointer[i] *= 0.01 }
        }
        guard let bias = AgentNetwork.head(0, "bias", in: trainer.network) else { return }
        for i in bias { trainer.parameters.pointer[i] = 0 }
        if case .gaussian(let count) = head {
            for j in 0..<count {
                trainer.parameters.pointer[bias.lowerBound + count + j] = Float(log(options.initialDeviation))
            }
        }
    }

    package func iterate() {
        let rollout = collector.rollout
        record.add(collector.collect(parameters: trainer.parameters, exploration: .sample))
        steps += rollout.steps * rollout.environments
        objective.estimateAdvantages()
        let progress = min(1, Double(steps) / Double(options.totalSteps))
        let rate = 1 - (1 - options.finalRate) * progress
        var sums = PPOObjective.Diagnostics(), batches = 0
        epochs: for _ in 0..<options.epochs {
            var random = SeededRandom(seed: seed, 0x5806, UInt64(updates))
            updates += 1
            random.shuffle(&order)
            order.withUnsafeBufferPointer { order in
                for first in stride(from: 0, to: order.count, by: options.minibatch) {
                    let part = UnsafeBufferPointer(rebasing: order[first..<min(first + options.minibatch, order.count)])
                    // Normalising needs two.
                    guard part.count > 1 else { continue }
                    objective.prepare(part)
                    trainer.step(indices: part, rateFactor: rate)
                    sums.add(objective.diagnostics(count: part.count))
                    batches += 1
                }
            }
            if let limit = options.klLimit, sums.lastKL > limit { break epochs }
        }
        let n = Double(max(batches, 1))
        record.note(
            steps: steps,
            measures: [
                sums.policy / n, sums.value / n, sums.entropy / n, sums.kl / n, sums.clipped / n,
                objective.explainedVariance,
            ])
        collector.advance()
    }

    package var checkpoint: SafetensorsFile {
        var file = trainer.checkpoint
        file.set("agent.counters", shape: [2], .int64([Int64(steps), Int64(updates)]))
        // Every update shuffles what the last one left.
        file.set("agent.order", shape: [order.count], .int32(order))
        collector.save(into: &file)
        record.save(into: &file, width: Self.measures.count)
        return file
    }

    package func restore(_ file: SafetensorsFile, from path: String) throws {
        try trainer.restore(file, from: path)
        guard case .int64(let counters)? = file["agent.counters"]?.column, counters.count == 2,
            case .int32(let order)? = file["agent.order"]?.column,
            order.count == self.order.count, Set(order) == Set(self.order)
        else {
            throw Failure(
                "train.other-checkpoint", "found a checkpoint of another agent in '\(path)'",
                hint: "start anew without --resume")
        }
        try collector.restore(file, path: path)
        record = try LearningRecord(file, width: Self.measures.count, path: path)
        (steps, updates) = (Int(counters[0]), Int(counters[1]))
        self.order = order
    }
}
