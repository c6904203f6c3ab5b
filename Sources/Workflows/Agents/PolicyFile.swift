package import Basics
import NeuralNetworks
package import ReinforcementLearning
import Tensors

/// A learned policy with the recipe it was learned by, in one safetensors file: what `hftml train` writes for a task
/// and `hftml evaluate` reads.
package struct PolicyFile: Sendable {
    /// In a directory that training wrote.
    package static let name = "policy.safetensors"
    static let format = "hftml-policy"

    package var recipe: JSONValue
    package var policy: Policy

    func write(to path: String) throws {
        var file = SafetensorsFile()
        file.metadata = ["format": PolicyFile.format, "version": "1", "recipe": recipe.text(.compact)]
        switch policy.kind {
        case .network(let network, let parameters, let head):
            for (name, tensor) in network.tensors(parameters) { file.set(name, tensor) }
            file.metadata["head"] = PolicyFile.text(head)
        case .table(let values, let actions):
            file.set("values", shape: [values.count / actions, actions], .float64(values))
        case .reference: throw Failure("policy.write", "found a policy that was not learned")
        }
        try file.write(to: path)
    }

    private static func text(_ head: PolicyHead) -> String {
        switch head {
        case .categorical(let count): "categorical \(count)"
        case .gaussian(let count): "gaussian \(count)"
        case .actionValues(let count, let isDueling): "\(isDueling ? "dueling" : "values") \(count)"
        }
    }

    /// - Throws: ``Failure`` and ``ConfigError`` for anything that is no policy.
    ///
    /// - Parameter books: recorded order books, where the task has them: they say what is observed.
    package static func read(_ path: String, books: String? = nil) throws -> (recipe: AgentRecipe, policy: Policy) {
        let file = try SafetensorsFile.read(path)
        guard file.metadata["format"] == PolicyFile.format, file.metadata["version"] == "1" else {
            throw Failure(
                "policy.format", "found no policy of version 1 in '\(path)'", hint: "make it with: hftml train")
        }
        let recipe = try AgentRecipe(try JSONParser.parse(file.metadata["recipe"] ?? "", file: path))
        if case .float64(let values)? = file["values"]?.column {
            let probe = try EnvironmentFactory(recipe.environment).make()
            guard case .tabularQ = recipe.agent, let shape = file["values"]?.shape,
                case .discrete(let actions) = probe.actions,
                let states = (probe as? any TabularEnvironment)?.stateCount, shape == [states, actions]
            else {
                throw Failure("policy.format", "found a damaged policy in '\(path)'")
            }
            return (recipe, Policy(.table(values, actions: shape[1])))
        }
        let probe = try EnvironmentFactory(recipe.environment, recordings: EvaluatePolicy.recordings(books)),
            actions = try probe.make().actions
        let network: Network, head: PolicyHead
        switch recipe.agent {
        case .ppo(let options):
            (network, head) = try PPO.network(recipe.layers, shape: probe.shape, actions: actions, options: options)
        case .dqn(let options):
            (network, head) = try DQN.network(recipe.layers, shape: probe.shape, actions: actions, options: options)
        case .tabularQ: throw Failure("policy.format", "found no table in '\(path)'")
        }
        guard file.metadata["head"] == text(head) else {
            throw Failure("policy.format", "found a damaged policy in '\(path)'")
        }
        let parameters = FloatBuffer(count: network.parameterCount)
        try network.load(file, into: parameters)
        return (recipe, Policy(.network(network, parameters, head)))
    }
}
