import Basics
import NeuralNetworks

/// Recurrent layers, attention and norms.
extension KerasTranslation {
    mutating func recurrent(_ options: KerasOptions, _ x: Value, type: String, isBidirectional: Bool) throws -> Value {
        let layer = options.layer
        try options.requireChannelsLast(x.axes, count: 2)
        let units = try options.int("units"), isSequence = options.bool("return_sequences", default: false)
        for (key, expected) in [("activation", "tanh"), ("recurrent_activation", "sigmoid")] {
            let found = options.function(key, default: expected)
            guard found == expected else { throw refuse(layer, key, found: found, expected: expected) }
        }
        for key in ["stateful", "return_state"] where options.bool(key, default: false) {
            throw refuse(layer, key, found: "true", expected: "false")
        }
        if !isBidirectional, options.bool("go_backwards", default: false) {
            throw refuse(layer, "go_backwards", found: "true", expected: "false")
        }
        var made: [(String, JSONValue)] = [
            ("hidden", .int(units)), ("returnSequences", .bool(isSequence)), ("bidirectional", .bool(isBidirectional)),
        ]
        if type == "GRU" {
            made.append(("reset", .string(options.bool("reset_after", default: true) ? "after" : "before")))
        }
        let name = add(type.lowercased(), made, from: [x.name])
        let hasBias = options.bool("use_bias", default: true)
        if !hasBias { notes.append("'\(layer.name)' has no bias; ours are set to zero") }
        own(options.owner, absent: hasBias ? [] : ["bias", "forward_bias", "backward_bias"])
        let width = isBidirectional ? 2 * units : units
        return Value(name: name, axes: isSequence ? [x.axes[0], width] : [width])
    }

    mutating func bidirectional(_ options: KerasOptions, _ x: Value) throws -> Value {
        let layer = options.layer
        let mode = options.text("merge_mode") ?? "null"
        guard mode == "concat" else { throw refuse(layer, "merge_mode", found: mode, expected: "concat") }
        guard let forward = layer.config[key: "layer"], let type = forward[key: "class_name"]?.stringValue,
            ["LSTM", "GRU"].contains(type), let config = forward[key: "config"]
        else {
            throw refuse(
                layer, "layer", found: layer.config[key: "layer"]?[key: "class_name"]?.stringValue ?? "none",
                expected: "LSTM or GRU")
        }
        let inner = KerasOptions(
            layer: KerasLayer(type: type, name: layer.name, config: config, inputs: []), file: file, owner: layer)
        if let backward = layer.config[key: "backward_layer"]?[key: "config"] {
            for key in ["units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences"] {
                let a = config[key: key]?.text(.compact) ?? "null", b = backward[key: key]?.text(.compact) ?? "null"
                guard a == b else { throw refuse(layer, "backward_layer \(key)", found: b, expected: a) }
            }
        }
        guard !inner.bool("go_backwards", default: false) else {
            throw refuse(layer, "go_backwards", found: "true", expected: "false")
        }
        return try recurrent(inner, x, type: type, isBidirectional: true)
    }

    mutating func attention(_ options: KerasOptions, _ sources: [Value]) throws -> Value {
        let layer = options.layer, x = sources[0]
        try options.requireChannelsLast(x.axes, count: 2)
        guard sources.count >= 2, sources.allSatisfy({ $0.name == x.name }) else {
            throw refuse(layer, "inputs", found: "several", expected: "one series as query, key and value")
        }
        let heads = try options.int("num_heads"), width = try options.int("key_dim")
        let value = options.number("value_dim").map { Int(saturating: $0.clamped(to: 0...1e9)) } ?? width
        guard heads > 0, width > 0, heads <= x.axes[1], width <= x.axes[1], heads * width == x.axes[1], value == width
        else {
            throw refuse(
                layer, "key_dim", found: "\(width) of \(heads) heads",
                expected: "the \(x.axes[1]) channels over the heads")
        }
        for key in ["use_gate", "flash_attention"] where options.bool(key, default: false) {
            throw refuse(layer, key, found: "true", expected: "false")
        }
        guard options.bool("use_bias", default: true) else {
            throw refuse(layer, "use_bias", found: "false", expected: "true")
        }
        for key in ["output_shape", "sliding_window"] {
            guard let found = layer.config[key: key], found != .null else { continue }
            throw refuse(layer, key, found: found.text(.compact), expected: "null")
        }
        let isCausal = layer.call[key: "use_causal_mask"]?.boolValue ?? false
        let made = add("attention", [("heads", .int(heads)), ("causal", .bool(isCausal))], from: [x.name])
        own(layer)
        return Value(name: made, axes: x.axes)
    }

    mutating func norm(_ options: KerasOptions, _ x: Value) throws -> Value {
        let layer = options.layer, isBatch = layer.type == "BatchNormalization"
        try options.requireLast("axis", of: x.axes)
        let epsilon = options.number("epsilon") ?? 1e-3
        var made: [(String, JSONValue)] = [("epsilon", .double(epsilon))]
        if isBatch { made.append(("momentum", .double(1 - (options.number("momentum") ?? 0.99)))) }
        for key in ["rms_scaling", "renorm"] where options.bool(key, default: false) {
            throw refuse(layer, key, found: "true", expected: "false")
        }
        let name = add(isBatch ? "batchnorm" : "layernorm", made, from: [x.name])
        var absent: Set<String> = []
        if !options.bool("scale", default: true) { absent.insert("gamma") }
        if !options.bool("center", default: true) { absent.insert("beta") }
        own(layer, absent: absent)
        return Value(name: name, axes: x.axes)
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? 0 : min(max(self, range.lowerBound), range.upperBound)
    }
}
