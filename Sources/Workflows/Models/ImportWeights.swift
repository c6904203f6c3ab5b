import Basics
import ConfigurationFiles
import Features
package import Interchange
import ModelBundles
package import NeuralNetworks
import Registry
package import Tensors

/// Another tool's weights in, as a file to start from or in place of a trained model's.
package enum ImportWeights {
    /// What is read, and how.
    package struct Request: Sendable {
        package let path: String
        package let format: ExchangeWeights.Format
        /// YAML of our module to theirs, such as `layers.1: conv1.0` (torch).
        package var map: String?
        /// What stands before all names in a file of PyTorch; found out where it is nil.
        package var prefix: String?
        /// The order in which their module flattens what convolutions made; nil for what the file says.
        package var flatten: FlattenOrder?
        /// Windows and their answers; nil to look beside the file.
        package var check: String?

        package init(
            path: String, format: ExchangeWeights.Format, map: String? = nil, prefix: String? = nil,
            flatten: FlattenOrder? = nil, check: String? = nil
        ) {
            (self.path, self.format, self.map, self.prefix) = (path, format, map, prefix)
            (self.flatten, self.check) = (flatten, check)
        }
    }

    /// What became of it.
    package struct Imported: Sendable {
        /// Nil for a file to start from.
        package var run: String?
        package let parameters: Int
        /// The check file's name, and by how much its answers differ from ours; nil where there is none.
        package let check: (path: String, difference: Float)?
        /// What a reader should know: what could not be compared, and what differs without changing outputs.
        package let notes: [String]
    }

    // MARK: Reading

    /// Reads weights into a new buffer of a network, and holds them against their check file.
    ///
    /// - Parameter head: what is applied to the network's outputs when the model answers; nil where nobody knows yet.
    /// - Throws: ``Failure`` with code `import.check` when the answers differ by more than ``CheckFile/tolerance``.
    package static func read(_ request: Request, network: Network, head: AnswerHead? = nil) throws -> (
        FloatBuffer, Imported
    ) {
        let checkPath = request.check ?? CheckFile.find(beside: request.path)
        let check = try checkPath.map { try CheckFile($0, for: network) }
        var (parameters, notes) = try load(request, network: network, head: head, isChecked: check != nil)
        guard (0..<parameters.count).allSatisfy({ parameters.pointer[$0].isFinite }) else {
            throw Failure(
                "import.not-finite", "found values that are no finite numbers in '\(request.path)'",
                hint: "look at how the weights were saved")
        }
        guard let check, let checkPath else {
            notes.append(
                "not checked: there is no file of windows and answers; how to make one: hftml import-weights --help"
            )
            return (parameters, Imported(parameters: parameters.count, check: nil, notes: notes))
        }
        let outcome = check.compare(network, parameters: parameters, head: head)
        guard outcome.isEqual else {
            throw Failure(
                "import.check",
                "found answers that differ by \(outcome.difference) of their size at window \(outcome.window) of "
                    + "'\(checkPath)', expected at most \(CheckFile.tolerance)",
                hint: try otherOrder(request, network, check, head)
                    ?? "the shapes fit and the meaning does not: compare layers, paddings and activations one by one")
        }
        if outcome.areProbabilities {
            notes.append("the answers of '\(Paths.name(checkPath))' are probabilities of our outputs")
        }
        return (
            parameters,
            Imported(parameters: parameters.count, check: (Paths.name(checkPath), outcome.difference), notes: notes)
        )
    }

    /// What to say when the other order of flattening gives their answers.
    private static func otherOrder(
        _ request: Request, _ network: Network, _ check: CheckFile, _ head: AnswerHead?
    ) throws -> String? {
        guard request.format == .torch else { return nil }
        for order in FlattenOrder.allCases {
            var other = request
            other.flatten = order
            let parameters = try load(other, network: network, head: head, isChecked: true).0
            if check.compare(network, parameters: parameters, head: head).isEqual {
                return "their module flattens in the other order: --flatten \(order.rawValue)"
            }
        }
        return nil
    }

    private static func load(_ request: Request, network: Network, head: AnswerHead?, isChecked: Bool) throws -> (
        FloatBuffer, [String]
    ) {
        let parameters = FloatBuffer(count: network.parameterCount)
        switch request.format {
        case .safetensors:
            try network.load(try SafetensorsFile.read(request.path), into: parameters)
        case .torch:
            try TorchWeights.load(
                try WeightSource.read(request.path), into: parameters, of: network,
                prefixes: try prefixes(request.map), prefix: request.prefix, flatten: request.flatten)
        case .kerasH5, .keras:
            let notes = try KerasFile.load(
                request.path, into: parameters, of: network, head: head, isChecked: isChecked)
            return (parameters, notes)
        case .onnx:
            throw Failure(
                "import.write-only", "found the format onnx, which is only written",
                hint: "import safetensors, torch, keras or keras-h5", exitStatus: .usage)
        }
        return (parameters, [])
    }

    private static func prefixes(_ map: String?) throws -> [String: String] {
        var prefixes: [String: String] = [:]
        for entry in try map.map({ try YAMLFile.read($0) })?.mapValue ?? [] {
            guard let theirs = entry.value.stringValue else {
                throw ConfigError(
                    "found \(entry.value.kindName) for '\(entry.key)', expected a module's name", at: entry.value.mark)
            }
            prefixes[entry.key] = theirs
        }
        return prefixes
    }

    // MARK: Writing

    /// Weights of another tool as a file that `train --initial` takes.
    package static func importWeights(
        _ request: Request, for model: String, features: Int?, window: Int?, output: String, caller: Caller
    ) throws -> Imported {
        let network = try DescribeModel.network(model, features: features, window: window, caller: caller)
        let answers = try DescribeModel.output(model, caller: caller)
        let (parameters, imported) = try read(request, network: network, head: answers.map { AnswerHead($0) })
        try ExchangeWeights.write(
            network, parameters,
            metadata: ["source": Paths.name(request.path), "sourceFormat": request.format.rawValue], to: output)
        return imported
    }

    /// A trained model with its weights replaced by another tool's: the same spec, a run of its own.
    package static func replaceWeights(
        _ request: Request, of directory: String, output: String, session: Session
    ) throws -> Imported {
        let trained = try EvaluateModel.TrainedModel(directory, session: session)
        var model = trained.model, imported: Imported
        (model.parameters, imported) = try read(
            request, network: model.network, head: AnswerHead(model.spec.output))
        let registry = try session.registry(), source = try registry.run(trained.run)
        let id = try session.startRun(
            like: source, kind: .imported, name: "\(model.spec.name) from \(Paths.name(request.path))",
            parameters: [
                ("source", Paths.name(request.path)), ("sourceFormat", request.format.rawValue),
                ("sourceDigest", try Digest.sha256(file: request.path)),
                ("checked", imported.check.map { String($0.difference) } ?? "no"),
            ], registry: registry)
        return try registry.ending(id) {
            try Paths.makeDirectory(output)
            let file = Paths.join(output, "model.safetensors")
            try model.write(to: file)
            let stored = try session.artefacts.add(file)
            try registry.addArtefact(run: id, name: .model, digest: stored.digest, size: stored.size)
            try registry.link(
                [
                    TrainModel.runNode(source.id, name: source.name),
                    .weights(try Digest.sha256(file: request.path), path: session.shown(request.path)),
                ], to: TrainModel.runNode(id, name: model.spec.name))
            // Whoever made these weights may have learned from anything; the scaler is of the model they went into.
            let span = try TraceSpan.of(run: source.id, known: trained.span, session: session).union(
                LearnedSpan(unknown: ["the weights of '\(Paths.name(request.path))', made by another program"]))
            let testSpan = try TestSpan.of(
                run: source.id, summary: trained.testSpan, span: trained.span, registry: registry)
            try registry.setStart(
                RegistryDatabase.RunStart(derivedFrom: span, testSpan, baseline: trained.baseline), run: id)
            try registry.finish(run: id, status: .finished)
            let summary = JSONValue.map([
                "schemaVersion": .int(1), "run": .string(id), "name": .string(model.spec.name),
                "weights": .string(stored.digest), "span": span.json, "testSpan": testSpan?.json ?? .null,
                "parameters": .int(model.network.parameterCount), "baseline": .doubles(trained.baseline),
                "split": trained.split.json,
            ])
            try AtomicFile.write(summary.text(.pretty) + "\n", to: Paths.join(output, "run.json"))
            imported.run = id
            return imported
        }
    }
}

extension AnswerHead {
    /// What is applied to a model's outputs.
    init(_ output: ModelSpec.Output) {
        switch output {
        case .probability: self = .sigmoid
        case .basisPoints: self = .none
        case .classes: self = .softmax
        }
    }
}
