import Basics
package import NeuralNetworks
package import Tensors

/// Weights under the names and in the layout of PyTorch's state dicts.
///
/// A module list `layers` whose item N is the torch layer of our layer N takes the file with
/// `load_state_dict(strict=True)`: convolutions are `[out][in][…]`, batch norms carry `num_batches_tracked`, recurrent
/// layers and attention have PyTorch's parameter names already. Weights behind a flattened convolution are in the
/// order in which `nn.Flatten` reads it (``TorchPlan``).
package enum TorchWeights {
    /// The key under which an export says in which order it flattens; exports before it have our order.
    package static let flattenKey = "hftml.flatten"

    /// The state dict of a network, and its names in order.
    ///
    /// - Parameters:
    ///   - parameters: all of the network's, one after the other.
    ///   - metadata: kept in the file beside `format: pt`.
    ///   - flatten: the order of vectors behind convolutions.
    package static func export(
        _ network: Network, parameters: FloatBuffer, metadata: [String: String] = [:],
        flatten: FlattenOrder = .channelsFirst
    ) -> (file: SafetensorsFile, names: [String]) {
        var file = SafetensorsFile(), names: [String] = []
        file.metadata = metadata.merging(["format": "pt", flattenKey: flatten.rawValue]) { $1 }
        for array in arrays(network, flatten) {
            file.set(array.name, shape: array.shape, .float32(array.places.map { parameters.pointer[$0] }))
            names.append(array.name)
            if array.spec.name == "running_var" {
                let counter = "\(array.node).num_batches_tracked"
                file.set(counter, shape: [], .int64([0]))
                names.append(counter)
            }
        }
        return (file, names)
    }

    /// One array as PyTorch has it.
    struct Array {
        let name: String
        /// The module: our node's name.
        let node: String
        let spec: ParameterSpec
        let shape: [Int]
        /// Place of each of its values in the network's parameters.
        let places: [Int]
    }

    static func arrays(_ network: Network, _ flatten: FlattenOrder) -> [Array] {
        let plan = TorchPlan(network, flatten: flatten)
        return network.nodes.enumerated().flatMap { index, node -> [Array] in
            guard let layer = node.layer else { return [] }
            let order = plan.order(into: index, of: network)
            var offset = network.parameterOffsets[index]
            return layer.parameters.map { spec in
                defer { offset += spec.count }
                let own = Swift.Array(offset..<(offset + spec.count)), (axes, places) = turned(layer, spec, own, order)
                return Array(
                    name: "\(node.name).\(spec.name)", node: node.name, spec: spec, shape: axes, places: places)
            }
        }
    }

    /// Shape and places of an array in PyTorch's order.
    private static func turned(_ layer: any Layer, _ spec: ParameterSpec, _ places: [Int], _ order: [Int]?) -> (
        [Int], [Int]
    ) {
        if let order, layer is BatchNorm || layer is LayerNorm { return (spec.shape, order.map { places[$0] }) }
        guard spec.name == "weight" else { return (spec.shape, places) }
        switch layer {
        case is Conv1D: return moved(spec, places, [0, 2, 1])
        case is Conv2D: return moved(spec, places, [0, 3, 1, 2])
        case is Dense:
            guard let order else { return (spec.shape, places) }
            return (spec.shape, (0..<spec.shape[0]).flatMap { row in order.map { places[row * order.count + $0] } })
        default: return (spec.shape, places)
        }
    }

    private static func moved(_ spec: ParameterSpec, _ places: [Int], _ axes: [Int]) -> ([Int], [Int]) {
        (axes.map { spec.shape[$0] }, Layout.permuted(places, spec.shape, axes))
    }

    /// Reads a state dict into a buffer.
    ///
    /// - Parameters:
    ///   - prefixes: their module of one of ours, such as `layers.1` → `conv1.0`; modules left out have our names.
    ///   - prefix: what stands before all names, such as `state_dict.`; found out where it is nil and only one fits.
    ///   - flatten: the order of vectors behind convolutions; nil for what the file says, or PyTorch's.
    /// - Throws: ``Failure`` when a tensor is missing, has another shape, or is left over.
    package static func load(
        _ source: WeightSource, into parameters: FloatBuffer, of network: Network, prefixes: [String: String] = [:],
        prefix: String? = nil, flatten: FlattenOrder? = nil
    ) throws {
        let arrays = arrays(network, flatten ?? source.flatten)
        let wanted = arrays.map { "\(prefixes[$0.node] ?? $0.node).\($0.spec.name)" }
        let base = try prefix.map { $0.isEmpty || $0.hasSuffix(".") ? $0 : $0 + "." } ?? source.prefix(of: wanted)
        var used: Set<String> = []
        for (array, short) in zip(arrays, wanted) {
            let theirs = base + short
            guard let shape = source.shapes[theirs] else {
                if let missing = absent(array, in: network) {
                    for at in array.places { parameters.pointer[at] = missing }
                    continue
                }
                let near = source.shapes.filter { $0.value == array.shape && !used.contains($0.key) }.keys.sorted()
                    .first
                throw Failure(
                    "weights.missing", "found no tensor '\(theirs)' for '\(array.name)' of shape \(array.shape)",
                    hint: near.map { "the tensor '\($0)' has that shape; say which module is which with --map" }
                        ?? "the weights belong to another architecture")
            }
            guard shape == array.shape else {
                throw Failure(
                    "weights.shape", "found shape \(shape) for the tensor '\(theirs)', expected \(array.shape)",
                    hint: "the weights belong to another architecture")
            }
            for (value, at) in zip(try source.tensor(theirs).values, array.places) { parameters.pointer[at] = value }
            used.insert(theirs)
        }
        if let extra = source.shapes.keys.sorted().first(where: {
            $0.hasPrefix(base) && !used.contains($0) && !$0.hasSuffix("num_batches_tracked")
        }) {
            throw Failure("weights.extra", "found the tensor '\(extra)' that this architecture does not have")
        }
    }

    /// What an array stands for that their module does not have: the biases of `nn.LSTM(bias=False)` are zero.
    private static func absent(_ array: Array, in network: Network) -> Float? {
        guard array.spec.name.hasPrefix("bias_ih_l") || array.spec.name.hasPrefix("bias_hh_l"),
            let node = network.nodes.first(where: { $0.name == array.node }), node.layer is LSTM || node.layer is GRU
        else { return nil }
        return 0
    }
}
