import Basics
package import Interchange
package import ModelBundles
package import NeuralNetworks
import ReinforcementLearning
import Registry
package import Tensors

/// What models are exchanged with other tools as.
package enum ExchangeWeights {
    /// The forms of other tools, and ours.
    package enum Format: String, CaseIterable, Sendable {
        /// The whole network, for ONNX Runtime and others.
        case onnx
        /// Weights under our names, in our layout.
        case safetensors
        /// A PyTorch state dict, as safetensors or (by its ending, .pth or .pt) as `torch.save` writes it.
        case torch
        /// A whole Keras model in HDF5, or (by its ending, .weights.h5) its weights alone.
        case kerasH5 = "keras-h5"
        /// A whole Keras model as Keras 3 saves it, `.keras`.
        case keras
    }

    /// In which order a module of PyTorch flattens what convolutions made.
    package typealias Flatten = FlattenOrder

    /// What is exported: a model that predicts, or a policy.
    package struct Subject: Sendable {
        package let name: String
        package let network: Network
        package let parameters: FloatBuffer
        /// What the file says about its inputs and outputs.
        package let metadata: [(key: String, value: String)]
        /// Nil for a policy.
        package let model: ModelFile?
    }

    /// The model or policy that a directory, a file, a run or a version stands for.
    package static func subject(_ reference: String, session: Session) throws -> Subject {
        if let path = try EvaluatePolicy.path(reference, session: session) { return try policy(path) }
        let typed = session.path(reference)
        if Paths.exists(typed), !Paths.isDirectory(typed), typed.hasSuffix(PolicyFile.name) { return try policy(typed) }
        let model = try model(reference, session: session)
        return Subject(
            name: model.spec.name, network: model.network, parameters: model.parameters,
            metadata: [("hftml.spec", model.spec.json.text(.compact))], model: model)
    }

    /// A policy's network; its outputs are what the head reads actions from.
    private static func policy(_ path: String) throws -> Subject {
        let (recipe, policy) = try PolicyFile.read(path)
        guard case .network(let network, let parameters, let head) = policy.kind else {
            throw Failure(
                "export.policy",
                "found a policy that is a table of values in '\(path)', which has no network to export",
                hint: "its values are the tensor 'values' of the file, [states][actions]")
        }
        let reading: String
        switch head {
        case .categorical(let count): reading = "logits of \(count) choices first; the best is the largest"
        case .gaussian(let count): reading = "means of \(count) numbers first, then logarithms of their deviations"
        case .actionValues(let count, true): reading = "the state's value, then advantages of \(count) choices"
        case .actionValues(let count, false): reading = "values of \(count) choices; the best is the largest"
        }
        return Subject(
            name: recipe.name, network: network, parameters: parameters,
            metadata: [("hftml.policy", recipe.agent.name), ("hftml.outputs", reading)], model: nil)
    }

    /// The model that a directory, a file, a run or a version stands for.
    package static func model(_ reference: String, session: Session) throws -> ModelFile {
        try ModelFile.read(try located(reference, session: session).path)
    }

    /// The file of the model that a directory, a file, a run or a version stands for, and the run that made it, where
    /// one is on record.
    static func located(_ reference: String, session: Session) throws -> (path: String, run: String?) {
        let typed = session.path(reference)
        for path in [Paths.join(typed, "model.safetensors"), typed]
        where Paths.exists(path) && !Paths.isDirectory(path) {
            return (path, try session.registry().run(ofModel: try Digest.sha256(file: path)))
        }
        try RepeatTraining.requireOne(typed)
        let registry = try session.registry()
        if let version = try NamedRun.version(reference, session: session) {
            return (try session.artefacts.verified(version.weights), version.run)
        }
        let run = try registry.run(try RegisterModel.runID(session.path(reference)) ?? reference)
        guard let artefact = try registry.artefacts(run: run.id).first(where: { $0.name == .model }) else {
            throw Failure(
                "export.no-model", "found no model among the artefacts of run \(run.id.prefix(8))",
                hint: "train it to the end first")
        }
        return (try session.artefacts.verified(artefact.digest), run.id)
    }

    /// A weight file under our names.
    static func write(
        _ network: Network, _ parameters: FloatBuffer, metadata: [String: String], to path: String
    ) throws {
        var file = SafetensorsFile()
        for (name, tensor) in network.tensors(parameters) { file.set(name, tensor) }
        file.metadata = metadata.merging(["format": "hftml-weights", "version": "1"]) { $1 }
        try file.write(to: path)
    }
}
