import Basics
package import ModelBundles
package import NeuralNetworks

/// Finds the network that a name, a configuration or a trained model stands for.
package enum DescribeModel {
    /// - Throws: ``ConfigError`` that names the layer and both shapes where layers do not fit.
    package static func network(_ reference: String, features: Int?, window: Int?, caller: Caller) throws -> Network {
        let path = caller.path(reference), model = Paths.join(path, "model.safetensors")
        if Paths.exists(model) { return try ModelFile.read(model).network }
        if Paths.exists(path) {
            if path.hasSuffix(".safetensors") { return try ModelFile.read(path).network }
            let recipe = try TrainingRecipe(path)
            return try Network(
                layers: recipe.layers,
                input: SampleShape(time: window ?? recipe.window, channels: try required(features)))
        }
        let named = try NamedModels.find(reference, at: nil)
        return try Network(
            layers: named.layers, input: SampleShape(time: window ?? named.window, channels: try required(features)))
    }

    /// What the outputs of a configuration or a trained model mean; nil for a name, which has no loss yet.
    ///
    /// - Throws: as ``network(_:features:window:caller:)``.
    package static func output(_ reference: String, caller: Caller) throws -> ModelSpec.Output? {
        let path = caller.path(reference), model = Paths.join(path, "model.safetensors")
        if Paths.exists(model) { return try ModelFile.read(model).spec.output }
        guard Paths.exists(path) else { return nil }
        return try path.hasSuffix(".safetensors") ? ModelFile.read(path).spec.output : TrainingRecipe(path).output
    }

    private static func required(_ features: Int?) throws -> Int {
        guard let features, (1...1_000_000).contains(features) else {
            throw Failure(
                "model.features", "found no number of features", hint: "say how many features a row has: --features 40",
                exitStatus: .usage)
        }
        return features
    }

    /// Architectures that have names, with what they are.
    package static var named: [(name: String, summary: String, window: Int)] {
        NamedModels.all.map { ($0.name, $0.summary, $0.window) }
    }

    /// Parameters that training changes; the others are running statistics.
    package static func trainedCount(_ network: Network) -> Int {
        network.parameters.reduce(0) { $0 + ($1.spec.isTrained ? $1.spec.count : 0) }
    }
}
