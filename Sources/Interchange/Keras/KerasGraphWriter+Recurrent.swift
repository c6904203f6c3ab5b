import Basics
import NeuralNetworks

extension KerasGraphWriter {
    /// A stack of recurrent layers: as many Keras layers, each in a wrapper where it runs both ways.
    mutating func recurrent(
        _ layer: any Layer, _ node: Network.Node, _ input: String, _ arrays: [[KerasArrays.Weight]]
    ) -> (String, [Int]) {
        let lstm = layer as? LSTM, gru = layer as? GRU
        guard let shape = lstm?.shape ?? gru?.shape else { return (input, []) }
        let type = lstm == nil ? "GRU" : "LSTM"
        var x = input
        for (level, weights) in arrays.enumerated() {
            let isLast = level == arrays.count - 1, name = arrays.count == 1 ? node.name : "\(node.name)_\(level)"
            func cell(_ prefix: String, goesBack: Bool) -> JSONValue {
                var options: [(String, JSONValue)] = [
                    ("name", .string(prefix + name.replacing(".", with: "_"))), ("trainable", .bool(true)),
                    ("dtype", .string("float32")), ("units", .int(shape.hidden)),
                    ("return_sequences", .bool(!isLast || shape.returnsSequences)), ("activation", .string("tanh")),
                    ("recurrent_activation", .string("sigmoid")), ("use_bias", .bool(true)),
                    ("go_backwards", .bool(goesBack)),
                ]
                if let gru { options.append(("reset_after", .bool(gru.reset == .after))) }
                return .map(options)
            }
            guard shape.isBidirectional else {
                let options = cell("", goesBack: false).mapValue?.filter {
                    !["name", "trainable", "dtype"].contains($0.key)
                }
                x = add(type, name, [:], [x], weights: weights)
                layers[layers.count - 1] = layers[layers.count - 1].adding((options ?? []).map { ($0.key, $0.value) })
                continue
            }
            func wrapped(_ prefix: String, goesBack: Bool) -> JSONValue {
                .map([
                    "module": .string("keras.layers"), "class_name": .string(type),
                    "config": cell(prefix, goesBack: goesBack), "registered_name": .null,
                ])
            }
            x = add(
                "Bidirectional", name,
                [
                    "merge_mode": .string("concat"), "layer": wrapped("forward_", goesBack: false),
                    "backward_layer": wrapped("backward_", goesBack: true),
                ], [x], weights: weights)
        }
        return (x, shape.returnsSequences ? [shape.input.time, shape.width] : [shape.width])
    }
}

extension KerasLayer {
    /// The layer with more options.
    func adding(_ options: [(String, JSONValue)]) -> KerasLayer {
        KerasLayer(
            type: type, name: name, config: .map((config.mapValue ?? []).map { ($0.key, $0.value) } + options),
            inputs: inputs, call: call, weights: weights)
    }
}

/// TensorFlow's rule for `same`.
enum KerasPadding {
    /// Whether a window is padded as Keras pads for `same`.
    static func isSame(_ window: Convolution.Window, size: Int) -> Bool {
        let outputs = (size + window.stride - 1) / window.stride
        let total = max((outputs - 1) * window.stride + window.kernel - size, 0)
        return window.before == total / 2 && window.after == total - total / 2
    }
}
