import Basics

/// A Keras model as its configuration describes it: layers, and what each reads.
struct KerasGraph {
    /// In the order of the configuration.
    let layers: [KerasLayer]
    /// The layer whose output is the model's.
    let output: String

    /// - Parameters:
    ///   - text: `model_config` of HDF5, or `config.json` of `.keras`; of Keras 2 or 3.
    ///   - file: for messages.
    /// - Throws: ``Failure`` with code `weights.keras` for a graph that is more than one input, one output and layers
    ///   that are used once.
    init(_ text: String, file: String) throws {
        let root = try JSONParser.parse(Array(text.utf8), file: file)
        let type = root[key: "class_name"]?.stringValue ?? ""
        guard let config = root[key: "config"] else {
            throw KerasGraph.refuse("no model in its configuration", file)
        }
        // Keras 2 wrote the list of a sequential model in place of its options.
        let list = config.listValue ?? config[key: "layers"]?.listValue ?? []
        guard !list.isEmpty, ["Functional", "Model", "Sequential"].contains(type) else {
            throw KerasGraph.refuse(
                "a model of the class '\(type)', whose layers its file does not describe", file)
        }
        let isChain = type == "Sequential"
        var layers: [KerasLayer] = []
        for (index, node) in list.enumerated() {
            layers.append(
                try KerasGraph.layer(node, after: isChain ? layers.last?.name : nil, isChain: isChain, index, file))
        }
        if isChain, layers.first?.type != "InputLayer" {
            let shape =
                list[0][key: "config"]?[key: "batch_input_shape"] ?? config[key: "build_input_shape"] ?? .null
            let input = KerasLayer(
                type: "InputLayer", name: "sequential_input", config: .map(["batch_shape": shape]), inputs: [])
            layers[0] = KerasLayer(
                type: layers[0].type, name: layers[0].name, config: layers[0].config, inputs: [input.name],
                call: layers[0].call)
            layers.insert(input, at: 0)
        }
        guard layers.filter({ $0.type == "InputLayer" }).count == 1 else {
            throw KerasGraph.refuse("a model of several inputs", file)
        }
        self.layers = layers
        output = try isChain ? layers[layers.count - 1].name : KerasGraph.output(config, file)
    }

    private static func refuse(_ what: String, _ file: String) -> Failure {
        Failure(
            "weights.keras", "found \(what), in '\(file)'",
            hint: "save a Sequential or functional model of one input and one output: model.save('model.keras')")
    }

    private static func output(_ config: JSONValue, _ file: String) throws -> String {
        guard let list = config[key: "output_layers"]?.listValue, !list.isEmpty else {
            throw refuse("a model without an output", file)
        }
        // One output is written with or without a list around it.
        let first = list[0].listValue ?? list
        guard list[0].stringValue != nil || list.count == 1, let name = first.first?.stringValue else {
            throw refuse("a model of several outputs", file)
        }
        return name
    }

    private static func layer(_ node: JSONValue, after: String?, isChain: Bool, _ index: Int, _ file: String) throws
        -> KerasLayer
    {
        guard let type = node[key: "class_name"]?.stringValue, let config = node[key: "config"] else {
            throw refuse("no class of layer \(index)", file)
        }
        let name = node[key: "name"]?.stringValue ?? config[key: "name"]?.stringValue ?? "layer_\(index)"
        guard !isChain else {
            return KerasLayer(type: type, name: name, config: config, inputs: after.map { [$0] } ?? [])
        }
        let calls = node[key: "inbound_nodes"]?.listValue ?? []
        guard calls.count <= 1 else { throw refuse("the layer '\(name)', which is used \(calls.count) times", file) }
        guard let call = calls.first else { return KerasLayer(type: type, name: name, config: config, inputs: []) }
        var inputs: [String] = [], options: [(String, JSONValue)] = []
        if call[key: "args"] != nil {
            collect(call[key: "args"] ?? .null, into: &inputs)
            for entry in call[key: "kwargs"]?.mapValue ?? [] {
                let count = inputs.count
                collect(entry.value, into: &inputs)
                if inputs.count == count { options.append((entry.key, entry.value)) }
            }
        } else {
            // Keras 2: [[name, node, tensor, {options}], …].
            for tensor in call.listValue ?? [] {
                guard let source = tensor.listValue?.first?.stringValue else { continue }
                inputs.append(source)
                for entry in tensor.listValue?.last?.mapValue ?? [] {
                    if let other = entry.value.listValue?.first?.stringValue {
                        inputs.append(other)
                    } else {
                        options.append((entry.key, entry.value))
                    }
                }
            }
        }
        return KerasLayer(type: type, name: name, config: config, inputs: inputs, call: .map(options))
    }

    /// Names of the layers whose tensors stand in a value, in order.
    private static func collect(_ value: JSONValue, into names: inout [String], depth: Int = 0) {
        guard depth < 8 else { return }
        if value[key: "class_name"]?.stringValue == "__keras_tensor__" {
            if let name = value[key: "config"]?[key: "keras_history"]?.listValue?.first?.stringValue {
                names.append(name)
            }
            return
        }
        for item in value.listValue ?? [] { collect(item, into: &names, depth: depth + 1) }
    }
}
