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
            keys: ["episodes", "seed", "discount", "environment"])
        evaluation = Evaluation(
            episodes: try measured.int("episodes", default: 1_000, in: 1...100_000_000),
            seed: try measured.int("seed", default: 1, in: 0...Int.max),
            discount: try measured.double("discount", default: 1, in: 0...1),
            environment: (measured.value("environment")?.mapValue ?? []).map { ($0.key, $0.value) })
    }
}
