import Basics
package import NeuralNetworks
package import Tensors

/// Weights under the names and in the layout of PyTorch's state dicts, as safetensors.
///
/// A module list `layers` whose item N is the torch layer of our layer N takes the file with
/// `load_state_dict(strict=True)`: convolutions are `[out][in][…]`, batch norms carry `num_batches_tracked`, recurrent
/// layers and attention have PyTorch's parameter names already.
package enum TorchWeights {
    /// The state dict of a network.
    ///
    /// - Parameters:
    ///   - parameters: all of the network's, one after the other.
    ///   - metadata: kept in the file beside `format: pt`.
    package static func export(_ network: Network, parameters: FloatBuffer, metadata: [String: String] = [:])
        -> SafetensorsFile
    {
        var file = SafetensorsFile()
        file.metadata = metadata.merging(["format": "pt"]) { $1 }
        for (name, spec, offset) in network.parameters {
            let values = Array(UnsafeBufferPointer(start: parameters.pointer + offset, count: spec.count))
            let order = order(spec, in: network, name: name)
            file.set(name, shape: order.map { spec.shape[$0] }, .float32(Layout.permuted(values, spec.shape, order)))
            if name.hasSuffix(".running_mean") {
                file.set(String(name.dropLast("running_mean".count)) + "num_batches_tracked", shape: [], .int64([0]))
            }
        }
        return file
    }

    /// Axes of our array in PyTorch's order.
    private static func order(_ spec: ParameterSpec, in network: Network, name: String) -> [Int] {
        let plain = Array(spec.shape.indices)
        guard spec.name == "weight", let node = network.nodes.first(where: { "\($0.name).weight" == name }) else {
            return plain
        }
        switch node.layer {
        case is Conv1D: return [0, 2, 1]
        case is Conv2D: return [0, 3, 1, 2]
        default: return plain
        }
    }

    /// Reads a state dict into a buffer.
    ///
    /// - Parameter prefixes: their module of one of ours, such as `layers.1` → `conv1.0`; modules left out have our
    ///   names.
    /// - Throws: ``Failure`` when a tensor is missing, has another shape, or is left over.
    package static func load(
        _ file: SafetensorsFile, into parameters: FloatBuffer, of network: Network, prefixes: [String: String] = [:]
    ) throws {
        var used: Set<String> = []
        for (name, spec, offset) in network.parameters {
            let node = String(name.dropLast(spec.name.count + 1))
            let theirs = "\(prefixes[node] ?? node).\(spec.name)"
            let order = order(spec, in: network, name: name), shape = order.map { spec.shape[$0] }
            guard file[theirs] != nil else {
                let near = file.entries.filter { $0.value.shape == shape && !used.contains($0.key) }.keys.sorted().first
                throw Failure(
                    "weights.missing", "found no tensor '\(theirs)' for '\(name)' of shape \(shape)",
                    hint: near.map { "the tensor '\($0)' has that shape; say which module is which with --map" }
                        ?? "the weights belong to another architecture")
            }
            let tensor = try file.tensor(theirs)
            guard tensor.shape == shape else {
                throw Failure(
                    "weights.shape", "found shape \(tensor.shape) for the tensor '\(theirs)', expected \(shape)",
                    hint: "the weights belong to another architecture")
            }
            // Position of each of our axes among theirs.
            let back = spec.shape.indices.map { axis in order.firstIndex(of: axis) ?? axis }
            let values = Layout.permuted(tensor.values, shape, back)
            for i in values.indices { parameters.pointer[offset + i] = values[i] }
            used.insert(theirs)
        }
        if let extra = file.entries.keys.sorted().first(where: {
            !used.contains($0) && !$0.hasSuffix("num_batches_tracked")
        }) {
            throw Failure("weights.extra", "found the tensor '\(extra)' that this architecture does not have")
        }
    }
}
