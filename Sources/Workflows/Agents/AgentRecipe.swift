package import Basics
import ConfigurationFiles
package import Features
package import NeuralNetworks
package import ReinforcementLearning
import Tensors

/// A training configuration with an `agent`: a task, a network, and how the policy is learned.
package struct AgentRecipe: Sendable {
    package enum Agent: Sendable {
        case ppo(PPO.Options)
        case dqn(DQN.Options)
        case tabularQ(TabularQ.Options)

        /// How a policy may be learned.
        package static let kinds = Kinds<@Sendable (JSONValue) throws -> Agent>(
            "agent",
            [
                .init("ppo", "Proximal policy optimisation (Schulman et al. 2017).") {
                    .ppo(try PPO.Options($0, path: "agent"))
                },
                .init("dqn", "Deep Q-learning with replay (Mnih et al. 2015), distributional where asked for.") {
                    .dqn(try DQN.Options($0, path: "agent"))
                },
                .init("tabular-q", "Q-learning over a table (Watkins 1989); for small discrete tasks.") {
                    .tabularQ(try TabularQ.Options($0, path: "agent"))
                },
            ])

        init(_ node: JSONValue) throws {
            let kind = node[key: "kind"]
            self = try Agent.kinds.find(kind?.stringValue ?? "", at: kind?.mark ?? node.mark)(node)
        }

        /// Steps of environments after which learning ends.
        package var totalSteps: Int {
            switch self {
            case .ppo(let options): options.totalSteps
            case .dqn(let options): options.totalSteps
            case .tabularQ(let options): options.totalSteps
            }
        }

        package var name: String {
            switch self {
            case .ppo: "ppo"
            case .dqn: "dqn"
            case .tabularQ: "tabular-q"
            }
        }
    }

    /// How the learned policy is measured.
    package struct Evaluation: Sendable {
        package var episodes: Int
        package var seed: Int
        /// Of rewards in a return.
        package var discount: Double
        /// What differs from the environment of training.
        package var environment: [(String, JSONValue)]
        /// Steps between evaluations while it learns, of which the best policy is kept; nil for a twentieth of all
        /// steps, zero to keep the last policy.
        package var every: Int?
        /// Episodes of each of those; they are other ones than those of the final measure.
        package var selectionEpisodes: Int
        /// Evaluations without a better one after which learning ends; nil for none.
        package var patience: Int?

        /// What keeps the best policy of an agent that makes so many steps.
        package func keeping(steps: Int) -> PolicyKeeper.Options {
            // Another stream of seeds than that of the final measure.
            var seeds = SeededRandom(seed: UInt64(seed), 0xBE57)
            return PolicyKeeper.Options(
                every: every ?? max(steps / PolicyKeeper.Options.evaluations, 1), episodes: selectionEpisodes,
                seed: seeds.next(), discount: discount, patience: patience)
        }
    }

    package var name: String
    package var experiment: String
    package var environment: JSONValue
    /// The body of the networks; heads are added.
    package var layers: [JSONValue]
    package var agent: Agent
    package var training: TrainingConfig
    package var evaluation: Evaluation
    /// Of recorded bars: rows in an observation, and what is trained and measured on.
    package var window: Int
    package var split: SplitSpec
    package var node: JSONValue

    package static let keys = [
        "schemaVersion", "name", "experiment", "environment", "layers", "agent", "training", "evaluation", "window",
        "split",
    ]

    /// Whether a configuration file trains an agent.
    package static func isAgent(_ path: String) throws -> Bool { try YAMLFile.read(path)[key: "agent"] != nil }

    package init(_ path: String, overrides: [(String, JSONValue)] = [], seed: Int? = nil) throws {
        var node = try YAMLFile.read(path)
        for (key, value) in overrides { try node.set(path: key, to: value) }
        if let seed { try node.set(path: "training.seed", to: .int(seed)) }
        try self.init(node)
    }

    /// - Throws: ``ConfigError``.
    init(_ node: JSONValue) throws {
        self.node = node
        let reader = try ConfigReader(node, keys: AgentRecipe.keys)
        try reader.checkSchemaVersion(1)
        name = try reader.string("name")
        experiment = try reader.string("experiment", default: name)
        environment = try reader.required("environment")
        layers = try reader.has("layers") ? reader.list("layers") : []
        agent = try Agent(try reader.required("agent"))
        window = try reader.int("window", default: 1, in: 1...100_000)
        split = try reader.value("split").map { try SplitSpec($0, path: "split") } ?? SplitSpec()
        let options = try ConfigReader(
            reader.value("training") ?? .map([]), path: "training",
            keys: ["optimizer", "clipNorm", "seed", "gradientShards", "precision"])
        training = TrainingConfig()
        training.seed = UInt64(try options.int("seed", default: 1, in: 0...Int.max))
        if let optimizer = options.value("optimizer") {
            training.optimizer = try OptimizerConfig(optimizer, path: "training.optimizer")
        }
        training.clipNorm = try options.optionalDouble("clipNorm", in: 1e-12...1e12)
        training.gradientShards = try options.optionalInt("gradientShards", in: 1...256)
        training.precision = try options.choice("precision", default: .float32)
        let measured = try ConfigReader(
            reader.value("evaluation") ?? .map([]), path: "evaluation",
            keys: ["episodes", "seed", "discount", "environment", "every", "selectionEpisodes", "patience"])
        evaluation = Evaluation(
            episodes: try measured.int("episodes", default: 1_000, in: 1...100_000_000),
            seed: try measured.int("seed", default: 1, in: 0...Int.max),
            discount: try measured.double("discount", default: 1, in: 0...1),
            environment: (measured.value("environment")?.mapValue ?? []).map { ($0.key, $0.value) },
            every: try measured.optionalInt("every", in: 0...1_000_000_000_000),
            selectionEpisodes: try measured.int("selectionEpisodes", default: 100, in: 1...100_000_000),
            patience: try measured.optionalInt("patience", in: 1...1_000_000))
        if evaluation.every == 0, evaluation.patience != nil {
            throw ConfigError(
                "found 'patience' without evaluations to be patient with", at: measured.value("patience")?.mark,
                hint: "set evaluation.every to the steps between them")
        }
    }
}
