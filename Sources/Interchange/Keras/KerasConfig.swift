import Basics

/// A graph of layers as the configuration of a Keras model.
enum KerasConfig {
    /// The version whose form is written; Keras 3 of any version reads it.
    static let version = "3.0.0"

    /// The model's configuration.
    ///
    /// - Parameter isArchive: in the form of `.keras`, with modules; else that of HDF5.
    static func model(_ layers: [KerasLayer], name: String, input: String, output: String, isArchive: Bool) -> JSONValue
    {
        let list = layers.map { layer(_: $0, isArchive: isArchive) }
        let config = JSONValue.map([
            "name": .string(name), "trainable": .bool(true), "layers": .list(list),
            "input_layers": .list([.list([.string(input), .int(0), .int(0)])]),
            "output_layers": .list([.list([.string(output), .int(0), .int(0)])]),
        ])
        guard isArchive else { return .map(["class_name": .string("Functional"), "config": config]) }
        return .map([
            "module": .string("keras.src.models.functional"), "class_name": .string("Functional"), "config": config,
            "registered_name": .string("Functional"),
        ])
    }

    private static func layer(_ layer: KerasLayer, isArchive: Bool) -> JSONValue {
        var entries: [(String, JSONValue)] = isArchive ? [("module", .string("keras.layers"))] : []
        entries += [("class_name", .string(layer.type)), ("config", layer.config)]
        if isArchive { entries.append(("registered_name", .null)) }
        entries.append(("name", .string(layer.name)))
        let tensors = layer.inputs.map { tensor($0) }
        // A merging layer takes one list, an attention its query and value one by one.
        let isMerge = ["Add", "Multiply", "Average", "Concatenate"].contains(layer.type)
        let arguments: JSONValue = .list(isMerge ? [.list(tensors)] : tensors)
        let nodes: [JSONValue] = layer.inputs.isEmpty ? [] : [.map([("args", arguments), ("kwargs", layer.call)])]
        entries.append(("inbound_nodes", .list(nodes)))
        return .map(entries)
    }

    private static func tensor(_ name: String) -> JSONValue {
        .map([
            "class_name": .string("__keras_tensor__"),
            "config": .map([
                "shape": .list([.null]), "dtype": .string("float32"),
                "keras_history": .list([.string(name), .int(0), .int(0)]),
            ]),
        ])
    }
}
