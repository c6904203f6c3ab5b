import Basics
import CHDF5
import Foundation
package import NeuralNetworks
package import Tensors

/// Weights in Keras' HDF5 form (`model_weights.h5`: layers in order with their weight lists), which `load_weights` of
/// Keras 2 and 3 reads into a model of the same layers. Files that Keras saved, of weights alone or of a whole model,
/// are read the same way.
///
/// Keras matches layers with weights by their order, and so does reading. A stack of recurrent layers is as many Keras
/// layers; LSTM biases are summed, because Keras has one; `reset_after` GRUs keep both.
package enum KerasWeights {
    struct Weight {
        let name: String
        let shape: [Int]
        /// Place of each Keras value in the network's parameters.
        let places: [Int]
        /// A second array that Keras holds added to the first.
        var added: [Int]?
    }

    struct Layer {
        let name: String
        let weights: [Weight]
    }

    // MARK: Layers

    static func layers(_ network: Network) -> [Layer] {
        network.nodes.enumerated().flatMap { index, node -> [Layer] in
            guard let layer = node.layer, layer.parameterCount > 0 else { return [] }
            let name = node.name.replacing(".", with: "_")
            var base = network.parameterOffsets[index]
            // Places of each parameter, by name.
            var at: [String: (places: [Int], shape: [Int])] = [:]
            for spec in layer.parameters {
                at[spec.name] = (Array(base..<base + spec.count), spec.shape)
                base += spec.count
            }
            func plain(_ ours: String, _ theirs: String) -> Weight {
                Weight(name: theirs, shape: at[ours]?.shape ?? [], places: at[ours]?.places ?? [])
            }
            func moved(_ ours: String, _ theirs: String, _ order: [Int], shape: [Int]? = nil) -> Weight {
                let from = at[ours] ?? ([], [])
                return Weight(
                    name: theirs, shape: shape ?? order.map { from.1[$0] },
                    places: Layout.permuted(from.0, from.1, order))
            }
            switch layer {
            case is Dense:
                return [
                    Layer(
                        name: name,
                        weights: [moved("weight", "kernel", [1, 0])]
                            + (at["bias"] == nil ? [] : [plain("bias", "bias")]))
                ]
            case is Conv1D:
                return [Layer(name: name, weights: [moved("weight", "kernel", [1, 2, 0]), plain("bias", "bias")])]
            case is Conv2D:
                return [Layer(name: name, weights: [moved("weight", "kernel", [1, 2, 3, 0]), plain("bias", "bias")])]
            case is BatchNorm:
                return [
                    Layer(
                        name: name,
                        weights: [
                            plain("weight", "gamma"), plain("bias", "beta"), plain("running_mean", "moving_mean"),
                            plain("running_var", "moving_variance"),
                        ])
                ]
            case is LayerNorm: return [Layer(name: name, weights: [plain("weight", "gamma"), plain("bias", "beta")])]
            case is Embedding: return [Layer(name: name, weights: [plain("weight", "embeddings")])]
            case let layer as LSTM: return recurrent(layer.shape, name, at)
            case let layer as GRU: return recurrent(layer.shape, name, at)
            case let layer as MultiHeadAttention: return [attention(layer, name, at)]
            default: return [Layer(name: name, weights: layer.parameters.map { plain($0.name, $0.name) })]
            }
        }
    }

    private static func recurrent(
        _ shape: RecurrentShape, _ name: String, _ at: [String: (places: [Int], shape: [Int])]
    ) -> [Layer] {
        let hidden = shape.hidden, isLSTM = shape.blocks == 4
        // Keras orders LSTM gates as we do; a GRU's update gate comes first.
        let order = isLSTM ? [0, 1, 2, 3] : [1, 0, 2]
        func blocks(_ places: [Int], width: Int) -> [Int] {
            order.flatMap { places[$0 * hidden * width..<($0 + 1) * hidden * width] }
        }
        return (0..<shape.layers).map { layer in
            let weights = (0..<shape.directions).flatMap { direction -> [Weight] in
                let suffix = "l\(layer)\(direction == 1 ? "_reverse" : "")",
                    prefix = shape.isBidirectional ? (direction == 0 ? "forward_" : "backward_") : ""
                func matrix(_ ours: String, _ theirs: String) -> Weight {
                    let from = at["\(ours)_\(suffix)"] ?? ([], [0, 0])
                    let places = Layout.transposed(
                        blocks(from.0, width: from.1[1]), rows: from.1[0], columns: from.1[1])
                    return Weight(name: prefix + theirs, shape: [from.1[1], from.1[0]], places: places)
                }
                let input = blocks(at["bias_ih_\(suffix)"]?.places ?? [], width: 1),
                    state = blocks(at["bias_hh_\(suffix)"]?.places ?? [], width: 1)
                let bias =
                    isLSTM
                    ? Weight(name: prefix + "bias", shape: [shape.gates], places: input, added: state)
                    : Weight(name: prefix + "bias", shape: [2, shape.gates], places: input + state)
                return [matrix("weight_ih", "kernel"), matrix("weight_hh", "recurrent_kernel"), bias]
            }
            return Layer(name: shape.layers == 1 ? name : "\(name)_\(layer)", weights: weights)
        }
    }

    private static func attention(
        _ layer: MultiHeadAttention, _ name: String, _ at: [String: (places: [Int], shape: [Int])]
    ) -> Layer {
        let width = layer.input.channels, heads = layer.heads, head = width / heads
        let projection = at["in_proj_weight"]?.places ?? [], bias = at["in_proj_bias"]?.places ?? []
        var weights: [Weight] = []
        for (index, part) in ["query", "key", "value"].enumerated() {
            let rows = Array(projection[index * width * width..<(index + 1) * width * width])
            weights.append(
                Weight(
                    name: "\(part)/kernel", shape: [width, heads, head],
                    places: Layout.transposed(rows, rows: width, columns: width)))
            weights.append(
                Weight(
                    name: "\(part)/bias", shape: [heads, head], places: Array(bias[index * width..<(index + 1) * width])
                ))
        }
        let output = Layout.transposed(at["out_proj.weight"]?.places ?? [], rows: width, columns: width)
        weights.append(Weight(name: "attention_output/kernel", shape: [heads, head, width], places: output))
        weights.append(Weight(name: "attention_output/bias", shape: [width], places: at["out_proj.bias"]?.places ?? []))
        return Layer(name: name, weights: weights)
    }

    // MARK: Files

    /// Owns an open file.
    private final class File {
        let id: Int64
        let path: String

        init(_ path: String, isNew: Bool) throws {
            guard hftml_hdf5_load() == 0 else {
                throw Failure(
                    "weights.no-library", "cannot load libhdf5", hint: "install it with: \(HDF5Library.installation)")
            }
            if !isNew, !Paths.exists(path) { throw Failure("weights.no-file", "found no file '\(path)'") }
            id = isNew ? hftml_hdf5_create(path) : hftml_hdf5_open(path)
            self.path = path
            guard id >= 0 else {
                throw Failure(
                    "weights.hdf5", "cannot \(isNew ? "create" : "read") '\(path)'",
                    hint: isNew ? nil : "the file is damaged or not HDF5")
            }
        }

        deinit { if id >= 0 { hftml_hdf5_close(id) } }

        func check(_ result: Int32, _ what: String) throws {
            guard result >= 0 else {
                throw Failure(
                    "weights.hdf5", "cannot \(what) in '\(path)'", hint: "the file is damaged, or the disk is full")
            }
        }

        /// The texts of an attribute.
        func texts(_ name: String, of object: String) throws -> [String] {
            final class List { var texts: [String] = [] }
            let list = List()
            let result = hftml_hdf5_read_texts(id, object, name, Unmanaged.passUnretained(list).toOpaque()) {
                context, text, length in
                guard let context, let text else { return }
                let bytes = UnsafeRawBufferPointer(start: text, count: length)
                Unmanaged<List>.fromOpaque(context).takeUnretainedValue().texts.append(
                    String(decoding: bytes, as: UTF8.self))
            }
            try check(result, "read the list '\(name)' of '\(object)'")
            return list.texts
        }

        func setTexts(_ texts: [String], _ name: String, of object: String, isList: Bool = true) throws {
            // Kept alive until the call returns.
            let copies = texts.map { Array($0.utf8CString) }
            var pointers: [UnsafePointer<CChar>?] = []
            func withAll(_ index: Int, _ body: () throws -> Void) rethrows {
                guard index < copies.count else { return try body() }
                try copies[index].withUnsafeBufferPointer {
                    pointers.append($0.baseAddress)
                    try withAll(index + 1, body)
                }
            }
            try withAll(0) {
                try check(
                    hftml_hdf5_write_texts(id, object, name, isList ? Int32(texts.count) : -1, pointers),
                    "write the list '\(name)' of '\(object)'")
            }
        }
    }

    /// Writes atomically: libhdf5 makes a file in the directory for temporary ones, whose bytes then become the
    /// target's.
    package static func write(_ network: Network, parameters: FloatBuffer, to path: String) throws {
        let layers = layers(network), temporary = Paths.join(NSTemporaryDirectory(), "hftml-\(UUID().uuidString).h5")
        defer { try? Paths.remove(temporary) }
        do {
            let file = try File(temporary, isNew: true)
            try file.setTexts(layers.map(\.name), "layer_names", of: "/")
            try file.setTexts(["numpy"], "backend", of: "/", isList: false)
            try file.setTexts(["2.15.0"], "keras_version", of: "/", isList: false)
            for layer in layers {
                try file.check(hftml_hdf5_group(file.id, layer.name), "write the layer '\(layer.name)'")
                try file.setTexts(layer.weights.map { "\(layer.name)/\($0.name):0" }, "weight_names", of: layer.name)
                for weight in layer.weights {
                    var values = weight.places.map { parameters.pointer[$0] }
                    if let added = weight.added {
                        for i in values.indices { values[i] += parameters.pointer[added[i]] }
                    }
                    let dims = weight.shape.map(UInt64.init)
                    try file.check(
                        hftml_hdf5_write(
                            file.id, "\(layer.name)/\(layer.name)/\(weight.name):0", Int32(dims.count), dims, values),
                        "write the weights '\(weight.name)' of '\(layer.name)'")
                }
            }
        }
        try AtomicFile.write(try FileChunks.bytes(temporary), to: path)
    }

    /// Reads weights that Keras saved into a buffer.
    ///
    /// - Throws: ``Failure`` naming layer and shapes where the file and the network differ.
    package static func load(_ path: String, into parameters: FloatBuffer, of network: Network) throws {
        let file = try File(path, isNew: false)
        let root = hftml_hdf5_exists(file.id, "model_weights") > 0 ? "model_weights" : "/"
        guard hftml_hdf5_exists(file.id, "layers") <= 0 || root == "model_weights" else {
            throw Failure(
                "weights.keras", "found weights in the layout of Keras 3 in '\(path)'",
                hint: "save them under a name that ends in .h5 but not in .weights.h5, or save the whole model")
        }
        let prefix = root == "/" ? "" : root + "/"
        var theirs: [(name: String, weights: [String])] = []
        for name in try file.texts("layer_names", of: root) {
            let weights = try file.texts("weight_names", of: prefix + name)
            if !weights.isEmpty { theirs.append((name, weights)) }
        }
        let ours = layers(network)
        guard theirs.count == ours.count else {
            throw Failure(
                "weights.layers", "found \(theirs.count) layers with weights in '\(path)', expected \(ours.count)",
                hint: "the weights belong to another architecture")
        }
        for (layer, other) in zip(ours, theirs) {
            guard layer.weights.count == other.weights.count else {
                throw Failure(
                    "weights.layers",
                    "found \(other.weights.count) arrays in the layer '\(other.name)', "
                        + "expected \(layer.weights.count) for '\(layer.name)'"
                )
            }
            for (weight, name) in zip(layer.weights, other.weights) {
                let place = "\(prefix)\(other.name)/\(name)"
                var dims = [UInt64](repeating: 0, count: 8)
                let rank = hftml_hdf5_shape(file.id, place, &dims)
                try file.check(rank, "read the shape of '\(place)'")
                let shape = dims.prefix(Int(rank)).map { Int(clamping: $0) }
                guard shape == weight.shape else {
                    throw Failure(
                        "weights.shape", "found shape \(shape) for '\(place)', expected \(weight.shape)",
                        hint: "the weights belong to another architecture")
                }
                var values = [Float](repeating: 0, count: weight.places.count)
                try file.check(hftml_hdf5_read(file.id, place, &values, UInt64(values.count)), "read '\(place)'")
                for (value, at) in zip(values, weight.places) { parameters.pointer[at] = value }
                for at in weight.added ?? [] { parameters.pointer[at] = 0 }
            }
        }
    }
}
