import Backtesting
import Basics
import Features
import MarketData
import ModelBundles
import NeuralNetworks
import ReinforcementLearning
import Tensors

/// A recipe bound to its task: environments to learn and to be measured in, and the agent before its first step.
struct PreparedAgent {
    let recipe: AgentRecipe
    let agent: any Agent
    let environment: EnvironmentFactory
    let evaluation: EnvironmentFactory
    /// Keeps the best policy of the agent.
    let keeper: PolicyKeeper
    /// Where the task is recorded bars.
    let dataset: WindowedDataset?

    /// - Throws: ``ConfigError`` where the parts do not fit.
    init(_ recipe: AgentRecipe, table: FeatureTable?, recordings: EnvironmentFactory.Recordings = .init(), threads: Int)
        throws
    {
        self.recipe = recipe
        dataset = try table.map { try WindowedDataset($0, window: recipe.window, split: recipe.split) }
        var learning = recordings, measuring = recordings
        if let dataset {
            learning.series = TradingSessions.series(dataset, ends: dataset.training)
            measuring.series = TradingSessions.series(dataset, ends: dataset.validation)
        }
        let environment = try EnvironmentFactory(
            try PreparedAgent.completed(recipe.environment, table: table), recordings: learning)
        self.environment = environment
        evaluation = try PreparedAgent.evaluationFactory(recipe, table: table, recordings: measuring)
        // What is measured in the end must not choose the policy. Recorded books have but one stretch for that, so the
        // policy is chosen where it learns; recorded bars have a validation span, and a test span besides.
        let choosing =
            recordings.books.isEmpty
            ? evaluation
            : try PreparedAgent.evaluationFactory(recipe, table: table, recordings: learning, isEvaluation: false)
        let training = recipe.training, shape = environment.shape
        switch recipe.agent {
        case .ppo(let options):
            agent = try PPO(
                environments: environment.make, shape: shape, body: recipe.layers, options: options, training: training,
                threads: threads)
        case .dqn(let options):
            agent = try DQN(
                environments: environment.make, shape: shape, body: recipe.layers, options: options, training: training,
                threads: threads)
        case .tabularQ(let options):
            guard recipe.layers.isEmpty else {
                throw ConfigError(
                    "found layers for the agent tabular-q, which has a table", at: recipe.layers[0].mark,
                    hint: "remove 'layers'")
            }
            agent = try TabularQ(environment: try environment.make(), options: options, seed: training.seed)
        }
        keeper = PolicyKeeper(
            recipe.evaluation.keeping(steps: agent.totalSteps), threads: threads,
            environment: { try choosing.make() })
        if let table, environment.kind == "bar-trading" { try PreparedAgent.validate(recipe, label: table.label) }
    }

    /// Learns one stretch more, and keeps the policy where it is the best so far.
    ///
    /// - Returns: whether the policy was evaluated.
    @discardableResult
    func iterate() throws -> Bool {
        agent.iterate()
        return try keeper.observe(agent)
    }

    /// Whether there is nothing left to learn: all steps were made, or the patience is at its end.
    var isFinished: Bool { agent.isFinished || keeper.isExhausted }
    /// The policy that is kept.
    var policy: Policy { keeper.policy(of: agent) }

    /// All that learning goes on from.
    var checkpoint: SafetensorsFile {
        var file = agent.checkpoint
        keeper.save(into: &file)
        return file
    }

    func restore(_ path: String) throws {
        let file = try SafetensorsFile.read(path)
        try agent.restore(file, from: path)
        try keeper.restore(file, agent: agent, from: path)
    }

    /// Environments to be measured in, as the recipe changes them.
    static func evaluationFactory(
        _ recipe: AgentRecipe, table: FeatureTable? = nil, recordings: EnvironmentFactory.Recordings = .init(),
        isEvaluation: Bool = true
    ) throws -> EnvironmentFactory {
        try EnvironmentFactory(
            try completed(changed(recipe.environment, recipe.evaluation.environment), table: table),
            recordings: recordings,
            isEvaluation: isEvaluation)
    }

    /// Recorded bars are held as long as their label looks ahead, and cost what the label says, unless the
    /// configuration says otherwise.
    ///
    /// - Throws: ``ConfigError`` with code `strategy.hold` where they are held for another time.
    private static func completed(_ node: JSONValue, table: FeatureTable?) throws -> JSONValue {
        guard let table, node[key: "kind"]?.stringValue == "bar-trading" || node.stringValue == "bar-trading" else {
            return node
        }
        var node = node.stringValue == nil ? node : .map([("kind", node)])
        if let hold = node[key: "holdBars"] {
            if let bars = hold.intValue {
                try StrategyFile.requireHold(
                    bars, horizon: table.label.horizon, name: "environment.holdBars", at: hold.mark ?? node.mark)
            }
        } else {
            node[key: "holdBars"] = .int(table.label.horizon)
        }
        if node[key: "costBps"] == nil { node[key: "costBps"] = .double(table.label.costBps) }
        return node
    }

    private static func changed(_ node: JSONValue, _ changes: [(String, JSONValue)]) -> JSONValue {
        var node = node.stringValue == nil ? node : .map([("kind", node)])
        for (key, value) in changes { node[key: key] = value }
        return node
    }

    /// A deployed policy says what its label's kind of model says.
    private static func validate(_ recipe: AgentRecipe, label: LabelSpec) throws {
        switch (recipe.agent, label.kind) {
        case (.ppo, .profit), (.dqn, .forwardReturn): return
        case (.ppo, _):
            throw ConfigError(
                "found the agent ppo on a table with the label '\(label.kind.rawValue)', expected 'profit'", at: nil,
                hint: "a policy says how likely it goes long; or use dqn")
        default:
            throw ConfigError(
                "found the agent \(recipe.agent.name) on a table with the label '\(label.kind.rawValue)', expected "
                    + "'return'",
                at: nil, hint: "action values forecast returns; or use ppo")
        }
    }

    // MARK: What is kept

    /// The policy as a model that the rest of the tool evaluates, gates, bundles and runs; nil unless it trades
    /// recorded bars.
    ///
    /// Its one output is what long has over short: for PPO the difference of logits, so that its σ is the chance of
    /// going long among the two; for DQN half the difference of values in basis points, which is the return it expects
    /// of the position itself.
    func model() throws -> ModelFile? {
        guard environment.kind == "bar-trading", let dataset,
            case .network(let trained, let parameters, let head) = policy.kind
        else { return nil }
        let layers = recipe.layers + [.map([("layer", .string("dense")), ("units", .int(1))])]
        let table = dataset.table
        var output = ModelSpec.Output.probability, scale: Float = 1, index = 0
        if case .actionValues(_, let isDueling) = head, case .dqn(let options) = recipe.agent {
            (output, scale, index) = (.basisPoints, Float(0.5 / options.rewardScale), isDueling ? 1 : 0)
        }
        let spec = ModelSpec(
            name: recipe.name, layers: layers, window: recipe.window, output: output, features: table.spec,
            market: table.market, label: dataset.label, scaler: dataset.scaler)
        let network = try spec.network(), own = FloatBuffer(count: network.parameterCount)
        guard let weights = AgentNetwork.head(index, "weight", in: trained),
            let bias = AgentNetwork.head(index, "bias", in: trained)
        else {
            throw Failure("train.policy", "found no head in the policy's network")
        }
        // The body comes first in both networks, in one order.
        let width = weights.count / 3, body = network.parameterCount - width - 1
        own.pointer.update(from: parameters.pointer, count: body)
        let (short, long) = (
            parameters.pointer + weights.lowerBound, parameters.pointer + weights.lowerBound + 2 * width
        )
        for k in 0..<width { own.pointer[body + k] = (long[k] - short[k]) * scale }
        own.pointer[body + width] =
            (parameters.pointer[bias.lowerBound + 2] - parameters.pointer[bias.lowerBound]) * scale
        return ModelFile(spec: spec, network: network, parameters: own)
    }
}
