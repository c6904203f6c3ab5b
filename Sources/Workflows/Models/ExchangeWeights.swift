import Basics
import ConfigurationFiles
import Features
import Foundation
import Interchange
package import ModelBundles
package import NeuralNetworks
import Registry
package import Tensors

/// A trained model out in another tool's form, and another tool's weights in.
package enum ExchangeWeights {
    package enum Format: String, CaseIterable, Sendable {
        /// The whole network, for ONNX Runtime and others.
        case onnx
        /// Weights under our names, in our layout.
        case safetensors
        /// A PyTorch state dict as safetensors.
        case torch
        /// Keras' `model_weights.h5`.
        case kerasH5 = "keras-h5"
    }

    /// The model that a directory, a file, a run or a version stands for.
    package static func model(_ reference: String, session: Session) throws -> ModelFile {
        let typed = session.path(reference)
        for path in [Paths.join(typed, "model.safetensors"), typed]
        where Paths.exists(path) && !Paths.isDirectory(path) { return try ModelFile.read(path) }
        let registry = try session.registry()
        if let version = try? RegisterModel.version(reference, session: session) {
            return try ModelFile.read(try session.artefacts.verified(version.weights))
        }
        let run = try registry.run(try RegisterModel.runID(session.path(reference)) ?? reference)
        guard let artefact = try registry.artefacts(run: run.id).first(where: { $0.name == .model }) else {
            throw Failure(
                "export.no-model", "found no model among the artefacts of run \(run.id.prefix(8))",
                hint: "train it to the end first")
        }
        return try ModelFile.read(try session.artefacts.verified(artefact.digest))
    }

    package struct Exported: Sendable {
        package let parameters: Int
        /// The shape of one sample, as in `12×5`.
        package let input: String
        package let outputs: Int
    }

    /// Writes the model that a reference stands for; see ``model(_:session:)``.
    package static func export(_ reference: String, format: Format, to path: String, session: Session) throws
        -> Exported
    {
        let file = try model(reference, session: session)
        try export(file, format: format, to: path)
        return Exported(
            parameters: file.network.parameterCount, input: file.network.input.description,
            outputs: file.network.output.count)
    }

    package static func export(_ model: ModelFile, format: Format, to path: String) throws {
        let spec = model.spec.json.text(.compact)
        switch format {
        case .onnx:
            let data = try ONNXExporter.model(
                model.network, parameters: model.parameters, name: model.spec.name, metadata: [("hftml.spec", spec)])
            try AtomicFile.write(Array(data), to: path)
        case .safetensors: try model.write(to: path)
        case .torch:
            try TorchWeights.export(model.network, parameters: model.parameters, metadata: ["hftml.spec": spec]).write(
                to: path)
        case .kerasH5: try KerasWeights.write(model.network, parameters: model.parameters, to: path)
        }
    }

    /// The weights a seed starts from, before any training.
    package static func exportInitial(
        _ model: String, features: Int?, window: Int?, seed: UInt64, format: Format, to path: String, caller: Caller
    ) throws -> Int {
        let network = try DescribeModel.network(model, features: features, window: window, caller: caller)
        let parameters = network.initialParameters(seed: seed)
        switch format {
        case .onnx:
            try AtomicFile.write(
                Array(try ONNXExporter.model(network, parameters: parameters, name: "initial")), to: path)
        case .safetensors: try write(network, parameters, metadata: ["seed": String(seed)], to: path)
        case .torch: try TorchWeights.export(network, parameters: parameters).write(to: path)
        case .kerasH5: try KerasWeights.write(network, parameters: parameters, to: path)
        }
        return network.parameterCount
    }

    /// A weight file under our names.
    private static func write(
        _ network: Network, _ parameters: FloatBuffer, metadata: [String: String], to path: String
    ) throws {
        var file = SafetensorsFile()
        for (name, tensor) in network.tensors(parameters) { file.set(name, tensor) }
        file.metadata = metadata.merging(["format": "hftml-weights", "version": "1"]) { $1 }
        try file.write(to: path)
    }

    /// Reads weights into a new buffer of a network.
    ///
    /// - Parameter map: YAML of our module to theirs, such as `layers.1: conv1.0` (torch).
    package static func read(_ path: String, format: Format, network: Network, map: String?) throws -> FloatBuffer {
        let parameters = FloatBuffer(count: network.parameterCount)
        switch format {
        case .safetensors: try network.load(try SafetensorsFile.read(path), into: parameters)
        case .torch:
            var prefixes: [String: String] = [:]
            for entry in try map.map({ try YAMLFile.read($0) })?.mapValue ?? [] {
                guard let theirs = entry.value.stringValue else {
                    throw ConfigError(
                        "found \(entry.value.kindName) for '\(entry.key)', expected a module's name",
                        at: entry.value.mark)
                }
                prefixes[entry.key] = theirs
            }
            try TorchWeights.load(try SafetensorsFile.read(path), into: parameters, of: network, prefixes: prefixes)
        case .kerasH5: try KerasWeights.load(path, into: parameters, of: network)
        case .onnx:
            throw Failure(
                "import.write-only", "found the format onnx, which is only written",
                hint: "import safetensors, torch or keras-h5", exitStatus: .usage)
        }
        guard (0..<parameters.count).allSatisfy({ parameters.pointer[$0].isFinite }) else {
            throw Failure(
                "import.not-finite", "found values that are no finite numbers in '\(path)'",
                hint: "look at how the weights were saved")
        }
        return parameters
    }

    /// Weights of another tool as a file that `train --initial` takes.
    package static func importWeights(
        _ path: String, format: Format, for model: String, features: Int?, window: Int?, map: String?, output: String,
        caller: Caller
    ) throws -> Int {
        let network = try DescribeModel.network(model, features: features, window: window, caller: caller)
        let parameters = try read(path, format: format, network: network, map: map)
        try write(
            network, parameters, metadata: ["source": Paths.name(path), "sourceFormat": format.rawValue], to: output)
        return network.parameterCount
    }

    /// A trained model with its weights replaced by another tool's: the same spec, a run of its own.
    package static func replaceWeights(
        _ path: String, format: Format, of directory: String, map: String?, output: String, session: Session
    ) throws -> (run: String, parameters: Int) {
        let trained = try EvaluateModel.TrainedModel(directory)
        var model = trained.model
        model.parameters = try read(path, format: format, network: model.network, map: map)
        let registry = try session.registry(), source = try registry.run(trained.run), code = try session.code(),
            id = RunRecord.newID()
        try registry.start(
            RunRecord(
                id: id, experiment: source.experiment, name: "\(model.spec.name) from \(Paths.name(path))",
                kind: .imported, startedAt: registry.now(), seed: source.seed,
                threads: 1, config: source.config, dataDigest: source.dataDigest, gitCommit: code.commit,
                gitDirty: code.changedFiles, toolVersion: ToolVersion.current,
                machine: Session.machine, cpu: "\(ProductKernels.panels.name)", user: session.actor),
            parameters: [
                ("source", Paths.name(path)), ("sourceFormat", format.rawValue),
                ("sourceDigest", try Digest.sha256(file: path)),
            ])
        try Paths.makeDirectory(output)
        let file = Paths.join(output, "model.safetensors")
        try model.write(to: file)
        let stored = try session.artefacts.add(file)
        try registry.addArtefact(run: id, name: .model, digest: stored.digest, size: stored.size)
        try registry.link(
            [TrainModel.runNode(source.id, name: source.name)], to: TrainModel.runNode(id, name: model.spec.name))
        // Whoever made these weights may have learned from anything; the scaler is that of the model they went into.
        let span = try TraceSpan.of(run: source.id, known: trained.span, session: session).union(
            LearnedSpan(unknown: ["the weights of '\(Paths.name(path))', made by another program"]))
        try registry.setStart(RegistryDatabase.RunStart(span: span.json, start: .map([])), run: id)
        try registry.finish(run: id, status: .finished)
        let summary = JSONValue.map([
            "schemaVersion": .int(1), "run": .string(id), "name": .string(model.spec.name),
            "weights": .string(stored.digest), "span": span.json,
            "parameters": .int(model.network.parameterCount), "baseline": .doubles(trained.baseline),
            "split": trained.split.json,
        ])
        try AtomicFile.write(summary.text(.pretty) + "\n", to: Paths.join(output, "run.json"))
        return (id, model.network.parameterCount)
    }
}
