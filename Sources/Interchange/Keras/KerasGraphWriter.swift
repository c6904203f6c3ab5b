import Basics
import NeuralNetworks

/// A network as a graph of Keras layers with their arrays.
///
/// Values lie as ours do, channels last; where Keras wants another number of axes, a `Reshape` stands between. Paddings
/// that Keras has no name for become zeros before the convolution. A layer that Keras cannot compute is refused by
/// name.
struct KerasGraphWriter {
    private let network: Network
    var layers: [KerasLayer] = []
    private var names: Set<String> = []
    /// Of every value: the layer that makes it, and its axes.
    private var values: [(name: String, axes: [Int])] = []

    /// The graph, in Keras' order, and the name of its output.
    ///
    /// - Throws: ``Failure`` with code `export.layer`.
    static func graph(_ network: Network) throws -> (layers: [KerasLayer], input: String, output: String) {
        var writer = KerasGraphWriter(network)
        let input = writer.add(
            "InputLayer", "input",
            ["batch_shape": .list([.null, .int(network.input.time), .int(network.input.channels)])],
            [])
        writer.values = [(input, [network.input.time, network.input.channels])]
        for index in network.nodes.indices { writer.values.append(try writer.write(index)) }
        let last = writer.values[writer.values.count - 1]
        let output =
            last.axes.count == 1 ? last.name : writer.add("Flatten", "output_flat", [:], [last.name])
        return (KerasLayer.inKerasOrder(writer.layers, output: output), input, output)
    }

    private init(_ network: Network) { self.network = network }

    // MARK: Pieces

    @discardableResult
    mutating func add(
        _ type: String, _ name: String, _ config: KeyValuePairs<String, JSONValue>, _ inputs: [String],
        call: JSONValue = .map([]), weights: [KerasArrays.Weight] = []
    ) -> String {
        let base = name.replacing(".", with: "_").replacing("/", with: "_")
        var free = base, count = 1
        while !names.insert(free).inserted {
            count += 1
            free = "\(base)_\(count)"
        }
        let own: [(String, JSONValue)] =
            [("name", .string(free))] + (type == "InputLayer" ? [] : [("trainable", .bool(true))])
            + [("dtype", .string("float32"))]
        layers.append(
            KerasLayer(
                type: type, name: free, config: .map(own + config.map { ($0.key, $0.value) }), inputs: inputs,
                call: call, weights: weights))
        return free
    }

    /// A value under other axes.
    private mutating func reshaped(_ source: (name: String, axes: [Int]), _ axes: [Int], _ stem: String) -> String {
        guard source.axes != axes else { return source.name }
        return add("Reshape", "\(stem)_shape", ["target_shape": .list(axes.map { .int($0) })], [source.name])
    }

    private func refuse(_ node: Network.Node, _ why: String, hint: String? = nil) -> Failure {
        Failure(
            "export.layer", "found the layer '\(node.kind)' at '\(node.name)', \(why)",
            hint: hint ?? "export as onnx or torch instead")
    }

    // MARK: Nodes

    private mutating func write(_ index: Int) throws -> (name: String, axes: [Int]) {
        let node = network.nodes[index], sources = node.sources.map { values[$0] }
        switch node.operation {
        case .join(let join): return joined(join, node, sources)
        case .fused(let activation): return try folded(activation.function, node, sources[0])
        case .layer(let layer): return try layered(layer, node, index, sources[0])
        }
    }

    private mutating func joined(_ join: Join, _ node: Network.Node, _ sources: [(name: String, axes: [Int])]) -> (
        String, [Int]
    ) {
        let out = join.output
        func axes(_ shape: SampleShape) -> [Int] {
            shape.width > 1 ? [shape.time, shape.width, shape.channels] : [shape.time, shape.channels]
        }
        let isFlat = sources.allSatisfy { $0.axes.count == 1 }
        var inputs: [String] = []
        for (source, shape) in zip(sources, join.inputs) {
            inputs.append(isFlat ? source.name : reshaped(source, axes(shape), node.name))
        }
        let type: String
        switch join.kind {
        case .concat: type = "Concatenate"
        case .add: type = "Add"
        case .multiply: type = "Multiply"
        case .average: type = "Average"
        }
        let name =
            join.kind == .concat
            ? add(type, node.name, ["axis": .int(-1)], inputs) : add(type, node.name, [:], inputs)
        return (name, isFlat ? [out.count] : axes(out))
    }

    /// An activation that alone reads a layer, as an option of that layer: as most graphs of Keras have it.
    private mutating func folded(
        _ function: Activation.Function, _ node: Network.Node, _ source: (name: String, axes: [Int])
    ) throws -> (String, [Int]) {
        guard function != .leakyRelu,
            let maker = layers.lastIndex(where: {
                $0.name == source.name && ["Dense", "Conv1D", "Conv2D"].contains($0.type)
            })
        else { return try activated(function, node, source) }
        layers[maker] = layers[maker].adding([("activation", .string(function.rawValue))])
        return source
    }

    private mutating func activated(
        _ function: Activation.Function, _ node: Network.Node, _ source: (name: String, axes: [Int])
    ) throws -> (String, [Int]) {
        let name: String
        switch function {
        case .leakyRelu: name = add("LeakyReLU", node.name, ["negative_slope": .double(0.01)], [source.name])
        case .gelu:
            throw Failure(
                "export.layer", "found the layer 'gelu' at '\(node.name)', whose tanh form Keras' layers do not have",
                hint: "train with gelu_exact, Keras' own, or export as onnx or torch")
        case .geluExact: name = add("Activation", node.name, ["activation": .string("gelu")], [source.name])
        case .relu, .sigmoid, .tanh:
            name = add("Activation", node.name, ["activation": .string(function.rawValue)], [source.name])
        }
        return (name, source.axes)
    }

    private mutating func layered(
        _ layer: any Layer, _ node: Network.Node, _ index: Int, _ source: (name: String, axes: [Int])
    ) throws -> (String, [Int]) {
        let shape = layer.input, out = layer.output, name = node.name
        let arrays = KerasArrays.of(network, node: index)
        let series = [shape.time, shape.channels]
        switch layer {
        case let layer as Dense:
            let made = add(
                "Dense", name, ["units": .int(out.channels), "use_bias": .bool(layer.hasBias)], [source.name],
                weights: arrays.first ?? [])
            return (made, source.axes.dropLast() + [out.channels])
        case is Conv1D, is Conv2D: return try convolution(layer, node, source, arrays.first ?? [])
        case let layer as any PoolingLayer: return try pooling(layer, node, source)
        case is LSTM, is GRU: return recurrent(layer, node, reshaped(source, series, name), arrays)
        case let layer as MultiHeadAttention:
            let x = reshaped(source, series, name)
            let made = add(
                "MultiHeadAttention", name,
                ["num_heads": .int(layer.heads), "key_dim": .int(shape.channels / layer.heads)], [x, x],
                call: .map(layer.isCausal ? [("use_causal_mask", .bool(true))] : []), weights: arrays.first ?? [])
            return (made, series)
        case let layer as BatchNorm:
            let made = add(
                "BatchNormalization", name,
                [
                    "axis": .int(-1), "momentum": .double(1 - Double(layer.momentum)),
                    "epsilon": .double(Double(layer.epsilon)),
                ], [source.name], weights: arrays.first ?? [])
            return (made, source.axes)
        case let layer as LayerNorm:
            let made = add(
                "LayerNormalization", name, ["axis": .int(-1), "epsilon": .double(Double(layer.epsilon))],
                [source.name], weights: arrays.first ?? [])
            return (made, source.axes)
        case let layer as Activation: return try activated(layer.function, node, source)
        case let layer as Dropout:
            let shape: JSONValue =
                layer.isPerChannel
                ? .list([.null] + source.axes.dropLast().map { _ in .int(1) } + [.int(shape.channels)]) : .null
            let made = add(
                "Dropout", name, ["rate": .double(Double(layer.rate)), "noise_shape": shape], [source.name])
            return (made, source.axes)
        case is Flatten: return (reshaped(source, [out.count], name), [out.count])
        case is Reshape:
            let axes = out.width > 1 ? [out.time, out.width, out.channels] : [out.time, out.channels]
            return (reshaped(source, axes, name), axes)
        case is Transpose:
            let x = reshaped(source, series, name)
            return (add("Permute", name, ["dims": .list([.int(2), .int(1)])], [x]), [out.time, out.channels])
        case is Softmax: return (add("Softmax", name, ["axis": .int(-1)], [source.name]), source.axes)
        default: throw refuse(node, "which is no layer of Keras")
        }
    }

    private mutating func convolution(
        _ layer: any Layer, _ node: Network.Node, _ source: (name: String, axes: [Int]), _ weights: [KerasArrays.Weight]
    ) throws -> (String, [Int]) {
        guard let core = (layer as? Conv1D)?.core ?? (layer as? Conv2D)?.core else {
            throw refuse(node, "which is no layer of Keras")
        }
        let isSeries = layer is Conv1D, shape = core.input, out = core.output
        var x = reshaped(
            source, isSeries ? [shape.time, shape.channels] : [shape.time, shape.width, shape.channels], node.name)
        let windows = isSeries ? [core.time] : [core.time, core.statedWidth]
        let sizes = isSeries ? [shape.time] : [shape.time, shape.width]
        let padding: String
        if windows.allSatisfy({ $0.before + $0.after == 0 }) {
            padding = "valid"
        } else if zip(windows, sizes).allSatisfy({ KerasPadding.isSame($0, size: $1) }) {
            padding = "same"
        } else if isSeries, core.time.before == core.time.kernel - 1, core.time.after == 0 {
            padding = "causal"
        } else {
            padding = "valid"
            let edges = windows.map { JSONValue.list([.int($0.before), .int($0.after)]) }
            x = add(
                isSeries ? "ZeroPadding1D" : "ZeroPadding2D", "\(node.name)_pad",
                ["padding": isSeries ? edges[0] : .list(edges)], [x])
        }
        func list(_ of: (Convolution.Window) -> Int) -> JSONValue { .list(windows.map { .int(of($0)) }) }
        let made = add(
            isSeries ? "Conv1D" : "Conv2D", node.name,
            [
                "filters": .int(out.channels), "kernel_size": list(\.kernel), "strides": list(\.stride),
                "padding": .string(padding), "data_format": .string("channels_last"), "use_bias": .bool(core.hasBias),
            ], [x], weights: weights)
        return (made, isSeries ? [out.time, out.channels] : [out.time, out.width, out.channels])
    }

    private mutating func pooling(
        _ layer: any PoolingLayer, _ node: Network.Node, _ source: (name: String, axes: [Int])
    ) throws -> (String, [Int]) {
        let core = layer.core, isSeries = layer is MaxPool1D || layer is AveragePool1D, shape = core.input
        let x = reshaped(
            source, isSeries ? [shape.time, shape.channels] : [shape.time, shape.width, shape.channels], node.name)
        let isPadded = core.time.before + core.time.after > 0
        guard
            !isPadded
                || KerasPadding.isSame(core.time, size: shape.time)
                    && KerasPadding.isSame(core.width, size: shape.width)
        else {
            throw refuse(
                node,
                "whose padding of \(core.time.before) before, \(core.time.after) behind Keras' pooling does not have",
                hint: "train with padding: same-tensorflow, which is Keras' own, or export as onnx or torch")
        }
        let windows = isSeries ? [core.time] : [core.time, core.width]
        let made = add(
            "\(core.kind == .max ? "Max" : "Average")Pooling\(isSeries ? 1 : 2)D", node.name,
            [
                "pool_size": .list(windows.map { .int($0.kernel) }), "strides": .list(windows.map { .int($0.stride) }),
                "padding": .string(isPadded ? "same" : "valid"), "data_format": .string("channels_last"),
            ], [x])
        let out = core.output
        return (made, isSeries ? [out.time, out.channels] : [out.time, out.width, out.channels])
    }
}
