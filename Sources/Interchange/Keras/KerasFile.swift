import Basics
import Foundation
package import NeuralNetworks
package import Tensors

/// Keras models in their three forms, in and out.
///
/// A file with a graph (`model_config`, `config.json`) is read by the graph: it becomes a network of ours, both are
/// held against each other step by step (``NetworkMatch``), and arrays go where the steps match. A file of weights
/// alone has no graph; its layers match by name, or by order where no two layers could be exchanged.
package enum KerasFile {
    /// How Keras keeps a model.
    package enum Form: Sendable {
        /// `model.h5`: graph and weights in HDF5.
        case wholeModel
        /// `model.weights.h5`: weights alone, as Keras 3 lays them out.
        case weights
        /// `model.keras`: an archive of graph and weights.
        case archive
    }

    // MARK: Reading

    /// Reads what Keras saved into a buffer; returns what a reader should know.
    ///
    /// - Parameters:
    ///   - head: what is applied to the network's outputs when the model answers; nil where nobody knows yet.
    ///   - isChecked: whether answers are compared afterwards, so that an order that cannot be proved may be taken.
    /// - Throws: ``Failure`` naming layer, key, found and expected where the file and the network differ.
    package static func load(
        _ path: String, into parameters: FloatBuffer, of network: Network, head: AnswerHead? = nil,
        isChecked: Bool = false
    ) throws -> [String] {
        guard Paths.exists(path) else { throw Failure("weights.no-file", "found no file '\(path)'") }
        let mapped = try MappedFile(path)
        guard withExtendedLifetime(mapped, { StoredZip.isZip(mapped.bytes) }) else {
            let file = try HDF5File(path, isNew: false), store = try KerasStore(file)
            guard let config = file.text("model_config", of: "/") else {
                return try loadBare(store, into: parameters, of: network, isChecked: isChecked)
            }
            return try load(config, store, into: parameters, of: network, head, path)
        }
        let zip = try StoredZip(mapped)
        guard let config = zip.bytes("config.json"), let weights = zip.bytes("model.weights.h5") else {
            throw Failure(
                "weights.keras", "found no 'config.json' and 'model.weights.h5' in '\(path)'",
                hint: "it is no file of Keras; one of torch.save needs --format torch")
        }
        // libhdf5 reads files.
        let temporary = Paths.join(NSTemporaryDirectory(), "hftml-\(UUID().uuidString).h5")
        defer { try? Paths.remove(temporary) }
        let text = String(decoding: config, as: UTF8.self)
        try AtomicFile.write(to: temporary, isDurable: false) { try $0.append(weights) }
        withExtendedLifetime(zip) {}
        let store = try KerasStore(try HDF5File(temporary, isNew: false))
        return try load(text, store, into: parameters, of: network, head, path)
    }

    private static func load(
        _ config: String, _ store: KerasStore, into parameters: FloatBuffer, of network: Network, _ head: AnswerHead?,
        _ path: String
    ) throws -> [String] {
        let graph = try KerasGraph(config, file: path)
        let (theirs, translation) = try KerasTranslation.network(graph, input: network.input, file: path)
        let buffer = FloatBuffer(count: theirs.parameterCount)
        let groups = KerasLayer.groups(graph.layers.filter { $0.type != "InputLayer" })
        let groupOf = Dictionary(
            zip(graph.layers.filter { $0.type != "InputLayer" }.map(\.name), groups), uniquingKeysWith: { a, _ in a })
        for owner in translation.owners {
            guard let weights = KerasArrays.of(theirs, node: owner.node).first else { continue }
            var key = owner.layer.name
            if case .counted = store.form {
                key = groupOf[owner.layer.name] ?? owner.layer.name
                guard store.name(ofGroup: key).map({ $0 == owner.layer.name }) ?? true else {
                    throw Failure(
                        "weights.keras",
                        "found the weights of '\(store.name(ofGroup: key) ?? "")' in '\(path)', where those of "
                            + "'\(owner.layer.name)' belong",
                        hint: "the archive is damaged, or of a form that is not known yet: save the model as .h5")
                }
            }
            try store.read(key, weights, absent: owner.absent) { buffer.pointer[$0] = $1 }
        }
        let names = translation.labels
        do {
            let match = NetworkMatch(theirs: theirs, ours: network, head: head)
            for pair in try match.pairs() {
                for (from, to) in zip(pair.theirs, pair.ours) { parameters.pointer[to] = buffer.pointer[from] }
            }
            return translation.notes + momentum(theirs, network)
                + (match.hasHead ? ["their last sigmoid or softmax is left out: here it belongs to the loss"] : [])
        } catch let difference as NetworkMatch.Difference {
            throw Failure(
                "weights.keras-differs",
                "found \(difference.key) \(difference.found) of '\(names[difference.theirs] ?? difference.theirs)' in "
                    + "'\(path)', "
                    + "expected \(difference.expected) as of '\(difference.ours)'",
                hint: "write the architecture as Keras has it; hftml model summary MODEL shows ours")
        }
    }

    /// Momentum changes what training does, not what the model answers.
    private static func momentum(_ theirs: Network, _ ours: Network) -> [String] {
        func values(_ network: Network) -> Set<Float> {
            Set(network.nodes.compactMap { ($0.layer as? BatchNorm)?.momentum }.map { ($0 * 1e5).rounded() / 1e5 })
        }
        let a = values(theirs), b = values(ours)
        guard a != b, let first = a.sorted().first else { return [] }
        return ["batch norms have Keras' momentum \(1 - first) there; to train on alike, say momentum: \(first)"]
    }

    /// A file without a graph.
    private static func loadBare(
        _ store: KerasStore, into parameters: FloatBuffer, of network: Network, isChecked: Bool
    ) throws -> [String] {
        let graph = try KerasGraphWriter.graph(network)
        let groups = KerasLayer.groups(graph.layers.filter { $0.type != "InputLayer" })
        let ours = zip(graph.layers.filter { $0.type != "InputLayer" }, groups).filter { !$0.0.weights.isEmpty }
        var keys: [String]
        if let names = try store.names() {
            guard names.count == ours.count else {
                throw Failure(
                    "weights.layers",
                    "found \(names.count) layers with weights in '\(store.file.path)', expected \(ours.count)",
                    hint: "the weights belong to another architecture")
            }
            let own = ours.map(\.0.name)
            keys = Set(names) == Set(own) ? own : names
            if Set(names) != Set(own) { try requireProof(ours.map(\.0), network, isChecked, store.file.path) }
        } else {
            keys = ours.map(\.1)
            let named = Dictionary(
                keys.compactMap { group in store.name(ofGroup: group).map { ($0, group) } },
                uniquingKeysWith: { a, _ in a })
            let byName = ours.compactMap { named[$0.0.name] }
            if byName.count == ours.count {
                keys = byName
            } else {
                try requireProof(ours.map(\.0), network, isChecked, store.file.path)
            }
        }
        for (key, layer) in zip(keys, ours) {
            try store.read(key, layer.0.weights, absent: []) { parameters.pointer[$0] = $1 }
        }
        return [
            "'\(Paths.name(store.file.path))' has weights alone: paddings, activations and epsilons were not compared"
        ]
    }

    /// - Throws: ``Failure`` when two layers of branches could be exchanged unseen.
    private static func requireProof(_ layers: [KerasLayer], _ network: Network, _ isChecked: Bool, _ path: String)
        throws
    {
        let hasBranches = network.nodes.contains { if case .join = $0.operation { true } else { false } }
        guard hasBranches, !isChecked else { return }
        for (i, layer) in layers.enumerated() {
            guard let twin = layers[..<i].first(where: { $0.weights.map(\.shape) == layer.weights.map(\.shape) }) else {
                continue
            }
            throw Failure(
                "weights.keras-order",
                "found weights without a graph in '\(path)', in which '\(twin.name)' and '\(layer.name)' have the same "
                    + "shapes",
                hint: "save the whole model, model.save('model.keras'), or give windows and answers with --check")
        }
    }

    // MARK: Writing

    /// Writes atomically: libhdf5 makes a file in the directory for temporary ones, whose bytes then become the
    /// target's.
    ///
    /// - Throws: ``Failure`` with code `export.layer` for a layer that Keras does not have.
    package static func write(
        _ network: Network, parameters: FloatBuffer, name: String, form: Form, to path: String
    ) throws {
        let graph = try KerasGraphWriter.graph(network)
        let name = name.isEmpty ? "model" : name.replacing("/", with: "_")
        let config = KerasConfig.model(
            graph.layers, name: name, input: graph.input, output: graph.output, isArchive: form == .archive
        ).text(.compact)
        let temporary = Paths.join(NSTemporaryDirectory(), "hftml-\(UUID().uuidString).h5")
        defer { try? Paths.remove(temporary) }
        try writeHDF5(graph.layers, parameters, config: form == .wholeModel ? config : nil, to: temporary)
        let bytes = try FileChunks.bytes(temporary)
        guard form == .archive else { return try AtomicFile.write(bytes, to: path) }
        var zip = StoredZipWriter()
        let about = JSONValue.map([
            "keras_version": .string(KerasConfig.version), "date_saved": .string("2026-01-01@00:00:00"),
        ])
        zip.add("metadata.json", Array(about.text(.compact).utf8))
        zip.add("config.json", Array(config.utf8))
        zip.add("model.weights.h5", bytes)
        try AtomicFile.write(zip.finished(), to: path)
    }

    /// - Parameter config: the graph of a whole model in the older form; nil for the form of Keras 3.
    private static func writeHDF5(_ layers: [KerasLayer], _ parameters: FloatBuffer, config: String?, to path: String)
        throws
    {
        let file = try HDF5File(path, isNew: true)
        func values(_ weight: KerasArrays.Weight) -> [Float] {
            var values = weight.places.map { parameters.pointer[$0] }
            if let added = weight.added { for i in values.indices { values[i] += parameters.pointer[added[i]] } }
            return values
        }
        guard let config else {
            let counted = layers.filter { $0.type != "InputLayer" }
            for (layer, group) in zip(counted, KerasLayer.groups(counted)) {
                try file.makeGroup("layers/\(group)/vars")
                try file.setTexts([layer.name], "name", of: "layers/\(group)/vars", isList: false)
                for weight in layer.weights {
                    try file.set("layers/\(group)/\(weight.store)", shape: weight.shape, values(weight))
                }
            }
            return
        }
        try file.setTexts(["torch"], "backend", of: "/", isList: false)
        try file.setTexts([KerasConfig.version], "keras_version", of: "/", isList: false)
        try file.setTexts([config], "model_config", of: "/", isList: false)
        let root = "model_weights", layers = layers.filter { !$0.weights.isEmpty }
        try file.makeGroup(root)
        try file.setTexts(layers.map(\.name), "layer_names", of: root)
        try file.setTexts(["torch"], "backend", of: root, isList: false)
        try file.setTexts([KerasConfig.version], "keras_version", of: root, isList: false)
        for layer in layers {
            let group = "\(root)/\(layer.name)"
            try file.makeGroup(group)
            try file.setTexts(layer.weights.map { "\(layer.name)/\($0.name)" }, "weight_names", of: group)
            for weight in layer.weights {
                try file.set("\(group)/\(layer.name)/\(weight.name)", shape: weight.shape, values(weight))
            }
        }
    }
}
