import Basics
import Foundation
import NeuralNetworks
import ReinforcementLearning
import Tensors
import Testing

/// Agents as wholes: they reach what is known, the same way for any number of threads, and go on where they were
/// stopped.
@Suite struct AgentTests {
    static func layers(_ units: Int) -> [JSONValue] {
        [.map([("layer", .string("dense")), ("units", .int(units))]), .map([("layer", .string("tanh"))])]
    }

    static let lstm: [JSONValue] = [.map([("layer", .string("lstm")), ("hidden", .int(8))])]

    enum Kind: String, CaseIterable, Sendable { case ppoChoices, ppoNumbers, ppoRecurrent, dqn, dqnRecurrent }

    static func agent(_ kind: Kind, threads: Int, seed: UInt64 = 3) throws -> any Agent {
        var training = TrainingConfig()
        training.seed = seed
        training.clipNorm = 0.5
        var environment = JSONValue.string("cartpole"), body = layers(16)
        var ppo = PPO.Options(), dqn = DQN.Options()
        (ppo.totalSteps, ppo.environments, ppo.rollout, ppo.minibatch, ppo.epochs) = (5_000, 20, 25, 100, 2)
        (
            dqn.totalSteps, dqn.environments, dqn.rollout, dqn.learningStarts, dqn.batch, dqn.replay, dqn.returnSteps,
            dqn.isPrioritised
        ) = (3_000, 6, 5, 200, 32, 700, 3, true)
        switch kind {
        case .ppoChoices, .dqn: break
        case .ppoNumbers: environment = .string("market-making")
        case .ppoRecurrent, .dqnRecurrent:
            (environment, body) = (.map([("kind", .string("cartpole")), ("history", .int(4))]), lstm)
        }
        let factory = try EnvironmentFactory(environment)
        switch kind {
        case .dqn, .dqnRecurrent:
            return try DQN(
                environments: factory.make, shape: factory.shape, body: body, options: dqn, training: training,
                threads: threads)
        default:
            return try PPO(
                environments: factory.make, shape: factory.shape, body: body, options: ppo, training: training,
                threads: threads)
        }
    }

    static func digest(_ agent: any Agent) throws -> String {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("agent-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try agent.checkpoint.write(to: directory)
        return try Digest.sha256(file: directory)
    }

    @Test("weights, environments and everything else are the same for 1, 2 and 3 threads", arguments: Kind.allCases)
    func threads(_ kind: Kind) throws {
        let digests = try (1...3).map { threads in
            let agent = try Self.agent(kind, threads: threads)
            while !agent.isFinished { agent.iterate() }
            return try Self.digest(agent)
        }
        #expect(Set(digests).count == 1)
        let other = try Self.agent(kind, threads: 2, seed: 4)
        while !other.isFinished { other.iterate() }
        #expect(try Self.digest(other) != digests[0])
    }

    @Test("learning that went on from a checkpoint ends in the same bytes", arguments: Kind.allCases)
    func resuming(_ kind: Kind) throws {
        let whole = try Self.agent(kind, threads: 2)
        var checkpoint: SafetensorsFile?
        while !whole.isFinished {
            whole.iterate()
            // Through a file, as after a crash.
            if checkpoint == nil, whole.steps * 2 > whole.totalSteps {
                let path = FileManager.default.temporaryDirectory.appendingPathComponent(
                    "checkpoint-\(UUID().uuidString)"
                ).path
                defer { try? FileManager.default.removeItem(atPath: path) }
                try whole.checkpoint.write(to: path)
                checkpoint = try SafetensorsFile.read(path)
            }
        }
        let resumed = try Self.agent(kind, threads: 1)
        try resumed.restore(try #require(checkpoint), from: "checkpoint")
        while !resumed.isFinished { resumed.iterate() }
        #expect(try Self.digest(resumed) == Self.digest(whole))
    }

    @Test("a damaged checkpoint, or another agent's, is refused", arguments: [Kind.ppoChoices, .dqn])
    func damaged(_ kind: Kind) throws {
        let agent = try Self.agent(kind, threads: 1)
        agent.iterate()
        let good = agent.checkpoint
        for name in good.entries.keys.sorted() where name != "history" {
            var file = SafetensorsFile()
            file.metadata = good.metadata
            for (other, tensor) in good.entries where other != name {
                file.set(other, shape: tensor.shape, tensor.column)
            }
            let fresh = try Self.agent(kind, threads: 1)
            // What is optional may be missing; nothing may crash.
            do { try fresh.restore(file, from: "x") } catch {
                #expect(error is Failure || error is ConfigError, "\(error)")
            }
            file.set(name, shape: [1], .float32([0]))
            do { try fresh.restore(file, from: "x") } catch {
                #expect(error is Failure || error is ConfigError, "\(error)")
            }
        }
        // A curve whose steps are no whole numbers.
        let curve = try #require(good["agent.curve"])
        var odd = good
        odd.set(
            "agent.curve", shape: [1, curve.shape[1]],
            .float64([Double](repeating: .nan, count: curve.shape[1])))
        #expect(throws: Failure.self) { try Self.agent(kind, threads: 1).restore(odd, from: "x") }
        // Environments of a version that kept a word more: said, instead of learning on from another place.
        guard case .int64(let sizes)? = good["agent.environments.sizes"]?.column,
            case .int64(let words)? = good["agent.environments"]?.column
        else {
            Issue.record("the checkpoint holds no environments")
            return
        }
        var longer = good
        longer.set("agent.environments.sizes", shape: [sizes.count], .int64(sizes.map { $0 + 1 }))
        var at = 0
        let more = sizes.flatMap { size -> [Int64] in
            defer { at += Int(size) }
            return words[at..<at + Int(size)] + [0]
        }
        longer.set("agent.environments", shape: [more.count], .int64(more))
        let refused = #expect(throws: Failure.self) { try Self.agent(kind, threads: 1).restore(longer, from: "x") }
        #expect(refused?.description.contains("cannot go on from") == true)
        #expect(throws: Failure.self) {
            try Self.agent(kind == .dqn ? .ppoChoices : .dqn, threads: 1).restore(good, from: "x")
        }
    }

    @Test("section 1: the table's values are the exact ones within 0.005, five seeds of five")
    func tabular() throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            var options = TabularQ.Options()
            (options.totalSteps, options.halving) = (8_000_000, 5_000)
            let environment = MomentumChain(),
                agent = try TabularQ(environment: environment, options: options, seed: seed)
            while !agent.isFinished { agent.iterate() }
            let worst =
                zip(agent.values, environment.optimalValues(discount: options.discount)).map { abs($0 - $1) }.max() ?? 1
            #expect(worst < 0.005, "seed \(seed): \(worst)")
        }
    }

    @Test("a resumed table is the table")
    func resumedTable() throws {
        func agent() throws -> TabularQ {
            var options = TabularQ.Options()
            options.totalSteps = 100_000
            return try TabularQ(environment: MomentumChain(), options: options, seed: 2)
        }
        let whole = try agent(), resumed = try agent()
        for _ in 0..<50 { whole.iterate() }
        try resumed.restore(whole.checkpoint, from: "x")
        while !whole.isFinished { whole.iterate() }
        while !resumed.isFinished { resumed.iterate() }
        #expect(whole.values == resumed.values && whole.curve == resumed.curve)
    }

    @Test("agents refuse tasks that they cannot learn")
    func refusals() throws {
        let factory = try EnvironmentFactory(.string("market-making"))
        #expect(throws: ConfigError.self) {
            try DQN(
                environments: factory.make, shape: factory.shape, body: [], options: DQN.Options(),
                training: TrainingConfig(), threads: 1)
        }
        #expect(throws: ConfigError.self) {
            try TabularQ(environment: CartPole(), options: TabularQ.Options(), seed: 1)
        }
        #expect(throws: ConfigError.self) { try PPO.Options(.map([("minibatch", .int(5_000))]), path: "agent") }
        #expect(throws: ConfigError.self) { try PPO.Options(.map([("clipping", .double(0.1))]), path: "agent") }
    }

    @Test("evaluation does not depend on threads, and pairs episodes of two policies")
    func evaluation() throws {
        let factory = try EnvironmentFactory(.string("market-making"), isEvaluation: true)
        func run(_ reference: Int, _ threads: Int, _ episodes: Int) throws -> ReturnStatistics {
            try PolicyEvaluation.run(
                Policy(.reference(reference)), episodes: episodes, seed: 5, threads: threads,
                environment: { try factory.make() })
        }
        let one = try run(0, 1, 1_300)
        #expect(try run(0, 2, 1_300) == one)
        #expect(
            try Array(run(0, 2, 700).returns) == Array(one.returns[..<700]),
            "an episode is the same however many follow")
        let best = try run(1, 2, 1_300)
        let differences = ReturnStatistics(returns: zip(best.returns, one.returns).map { $0 - $1 })
        #expect(differences.standardError < one.standardError, "common chances make differences sharper than returns")
    }
}
