package import Basics
import ConfigurationFiles
package import Features
package import ModelBundles
package import NeuralNetworks

/// A training configuration file: model, window, split and everything that decides the weights.
package struct TrainingRecipe: Sendable {
    package var name: String
    package var experiment: String
    package var window: Int
    package var layers: [JSONValue]
    package var split: SplitSpec
    /// Trains on every so many-th window only.
    package var trainingStride: Int
    /// Features that are not standardised.
    package var unscaled: [String]
    package var training: TrainingConfig
    /// The configuration as it was used, overrides included: what goes into the run.
    package var node: JSONValue

    package static let keys = [
        "schemaVersion", "name", "experiment", "model", "layers", "window", "split", "training", "trainingStride",
        "unscaled",
    ]

    /// - Parameters:
    ///   - overrides: dotted paths and values, as `--set` gives them.
    package init(_ path: String, overrides: [(String, JSONValue)] = [], seed: Int? = nil) throws {
        var node = try YAMLFile.read(path)
        for (key, value) in overrides { try node.set(path: key, to: value) }
        if let seed { try node.set(path: "training.seed", to: .int(seed)) }
        try self.init(node)
    }

    /// A recipe as a run recorded it.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: TrainingRecipe.keys)
        try reader.checkSchemaVersion(1)
        name = try reader.string("name")
        experiment = try reader.string("experiment", default: name)
        let named = try reader.value("model").map { try NamedModels.find($0.stringValue ?? "", at: $0.mark) }
        guard (named == nil) == reader.has("layers") else {
            throw ConfigError(
                "expected exactly one of 'model' and 'layers'", at: node.mark, hint: "name a model, or list the layers")
        }
        layers = try named?.layers ?? reader.list("layers")
        window = try reader.int("window", default: named?.window, in: 1...100_000)
        split = try reader.value("split").map { try SplitSpec($0, path: "split") } ?? SplitSpec()
        trainingStride = try reader.int("trainingStride", default: 1, in: 1...1_000_000)
        unscaled = try reader.list("unscaled").compactMap(\.stringValue)
        training = try TrainingConfig(try reader.required("training"), path: "training")
        self.node = node
    }

    package var output: ModelSpec.Output {
        switch training.loss {
        case .binaryCrossEntropy: .probability
        case .meanSquaredError: .basisPoints
        case .crossEntropy: .classes
        }
    }

    /// Refuses `kernels: auto` where many networks are trained in one piece of work: each would measure alone, and
    /// results would be compared that different libraries computed.
    ///
    /// - Parameter work: what that is, such as `a search`.
    func requireNamedKernels(in work: String) throws {
        guard training.kernels == .auto else { return }
        throw ConfigError(
            "found the kernels 'auto' in \(work), expected panels or openblas",
            at: node[path: "training.kernels"]?.mark,
            hint: "train once with auto, see which it takes with: hftml runs show latest, and name that one")
    }

    /// Checks that loss and label speak of the same thing.
    package func validate(against label: LabelSpec) throws {
        let fits =
            switch (training.loss, label.kind) {
            case (.binaryCrossEntropy, .profit), (.meanSquaredError, .forwardReturn): true
            case (.crossEntropy, let kind): kind.classes != nil
            default: false
            }
        guard fits else {
            throw ConfigError(
                "found the loss \(training.loss.name) for the label '\(label.kind.rawValue)'",
                at: node[path: "training.loss"]?.mark,
                hint:
                    "use bce with profit, mse with return, and cross-entropy or focal with directions of the mid-price")
        }
    }
}
