import Basics
import NeuralNetworks

/// One method for every family of layers.
extension KerasTranslation {
    mutating func translate(_ layer: KerasLayer, _ sources: [Value]) throws -> Value {
        guard let first = sources.first else { throw refuse("the layer '\(layer.name)', which reads nothing") }
        try requireFloat32(layer)
        if !first.edges.isEmpty, !["Conv1D", "Conv2D"].contains(layer.type) {
            throw refuse(layer, "input", found: "with zeros around it", expected: "a convolution behind zero padding")
        }
        let options = KerasOptions(layer: layer, file: file)
        switch layer.type {
        case "Dense": return try dense(options, first)
        case "Conv1D", "Convolution1D": return try convolution(options, first, axes: 1)
        case "Conv2D", "Convolution2D": return try convolution(options, first, axes: 2)
        case "ZeroPadding1D", "ZeroPadding2D": return try edges(options, first)
        case "MaxPooling1D", "AveragePooling1D": return try pooling(options, first, axes: 1)
        case "MaxPooling2D", "AveragePooling2D": return try pooling(options, first, axes: 2)
        case "GlobalMaxPooling1D", "GlobalAveragePooling1D": return try globalPooling(options, first)
        case "LSTM", "GRU": return try recurrent(options, first, type: layer.type, isBidirectional: false)
        case "Bidirectional": return try bidirectional(options, first)
        case "MultiHeadAttention": return try attention(options, sources)
        case "BatchNormalization", "LayerNormalization": return try norm(options, first)
        case "Activation": return try activated(options, first, key: "activation")
        case "ReLU", "LeakyReLU", "Softmax": return try activationLayer(options, first)
        case "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "ActivityRegularization",
            "AlphaDropout":
            if layer.call[key: "training"]?.boolValue == true {
                notes.append("'\(layer.name)' drops values when it predicts, too; ours do only while training")
            }
            return first
        case "Flatten": return shaped(first, [first.axes.reduce(1, *)])
        case "Reshape": return try reshape(options, first)
        case "Permute":
            let dims = try options.ints("dims")
            guard dims == [2, 1], first.axes.count == 2 else {
                throw refuse(layer, "dims", found: "\(dims)", expected: "[2, 1] of a series")
            }
            return Value(name: add("transpose", [], from: [first.name]), axes: first.axes.reversed())
        case "Add", "Multiply", "Average", "Concatenate": return try joined(options, sources)
        default:
            throw Failure(
                "weights.keras",
                "found the layer '\(layer.name)' of the type \(layer.type) in '\(file)', which has no equal here",
                hint: "write the model in Keras with other layers, or leave this one out")
        }
    }

    private func requireFloat32(_ layer: KerasLayer) throws {
        let policy = layer.config[key: "dtype"]
        let name = policy?.stringValue ?? policy?[key: "config"]?[key: "name"]?.stringValue ?? "float32"
        guard ["float32", "float64"].contains(name) else {
            throw refuse(layer, "dtype", found: name, expected: "float32, in which everything is computed here")
        }
    }

    // MARK: Dense layers and activations

    private mutating func dense(_ options: KerasOptions, _ x: Value) throws -> Value {
        let units = try options.int("units"), hasBias = options.bool("use_bias", default: true)
        let made = add("dense", [("units", .int(units)), ("bias", .bool(hasBias))], from: [x.name])
        own(options.layer, absent: hasBias ? [] : ["bias"])
        return try activated(options, Value(name: made, axes: x.axes.dropLast() + [units]), key: "activation")
    }

    /// The activation that an option names.
    private mutating func activated(_ options: KerasOptions, _ x: Value, key: String) throws -> Value {
        let function = options.function(key)
        switch function {
        case "linear": return x
        case "relu", "sigmoid", "tanh", "softmax": return Value(name: add(function, [], from: [x.name]), axes: x.axes)
        case "gelu": return Value(name: add("gelu_exact", [], from: [x.name]), axes: x.axes)
        default:
            throw refuse(
                options.layer, key, found: function, expected: "linear, relu, sigmoid, tanh, softmax or gelu")
        }
    }

    private mutating func activationLayer(_ options: KerasOptions, _ x: Value) throws -> Value {
        let layer = options.layer
        switch layer.type {
        case "Softmax":
            try options.requireLast("axis", of: x.axes)
            return Value(name: add("softmax", [], from: [x.name]), axes: x.axes)
        case "LeakyReLU":
            let slope = options.number("negative_slope") ?? options.number("alpha") ?? 0.3
            guard abs(slope - 0.01) < 1e-6 else {
                throw refuse(
                    layer, options.has("alpha") ? "alpha" : "negative_slope", found: "\(slope)", expected: "0.01")
            }
            return Value(name: add("leaky_relu", [], from: [x.name]), axes: x.axes)
        default:
            for key in ["max_value", "negative_slope", "threshold"] {
                guard let value = options.number(key), value != 0 else { continue }
                throw refuse(layer, key, found: "\(value)", expected: key == "max_value" ? "null" : "0")
            }
            return Value(name: add("relu", [], from: [x.name]), axes: x.axes)
        }
    }

    // MARK: Convolutions and poolings

    private mutating func edges(_ options: KerasOptions, _ x: Value) throws -> Value {
        let isSeries = options.layer.type == "ZeroPadding1D"
        try options.requireChannelsLast(x.axes, count: isSeries ? 2 : 3)
        let padding = options.layer.config[key: "padding"]
        let pairs = isSeries ? [padding] : padding?.listValue?.map { Optional($0) } ?? []
        let sizes = pairs.map { pair -> [Int] in
            if let one = pair?.intValue { return [one, one] }
            return (pair?.listValue ?? []).compactMap(\.intValue)
        }
        guard sizes.count == (isSeries ? 1 : 2),
            sizes.allSatisfy({ $0.count == 2 && $0.allSatisfy { (0...4096).contains($0) } })
        else {
            throw refuse(
                options.layer, "padding", found: padding?.text(.compact) ?? "none", expected: "[before, after]")
        }
        return Value(name: x.name, axes: x.axes, edges: sizes)
    }

    private mutating func convolution(_ options: KerasOptions, _ x: Value, axes: Int) throws -> Value {
        let layer = options.layer
        try options.requireChannelsLast(x.axes, count: axes + 1)
        let filters = try options.int("filters"), kernel = try options.ints("kernel_size", count: axes),
            strides = try options.ints("strides", count: axes)
        for (key, plain) in [("dilation_rate", 1), ("groups", 1)] {
            let value = options.ints(optional: key)
            guard value.allSatisfy({ $0 == plain }) else {
                throw refuse(layer, key, found: "\(value)", expected: "\(plain)")
            }
        }
        let padding = options.text("padding") ?? "valid", hasBias = options.bool("use_bias", default: true)
        var modes: [String] = []
        for axis in 0..<axes {
            let size = x.axes[axis]
            guard x.edges.isEmpty else {
                guard padding == "valid" else {
                    throw refuse(layer, "padding", found: padding, expected: "valid behind zero padding")
                }
                modes.append(
                    try options.mode(x.edges[axis], kernel: kernel[axis], stride: strides[axis], size: size))
                continue
            }
            guard let mode = ["valid": "valid", "same": "same-tensorflow", "causal": "causal"][padding],
                mode != "causal" || axes == 1
            else { throw refuse(layer, "padding", found: padding, expected: "valid, same or causal") }
            modes.append(mode)
        }
        func numbers(_ values: [Int]) -> JSONValue { axes == 1 ? .int(values[0]) : .list(values.map { .int($0) }) }
        let made = add(
            "conv\(axes)d",
            [
                ("filters", .int(filters)), ("kernel", numbers(kernel)), ("stride", numbers(strides)),
                ("padding", .string(modes[0])), ("bias", .bool(hasBias)),
            ] + (axes == 2 ? [("paddingWidth", .string(modes[1]))] : []), from: [x.name])
        own(layer, absent: hasBias ? [] : ["bias"])
        let sizes = (0..<axes).map { axis in
            options.outputs(
                x.axes[axis], kernel: kernel[axis], stride: strides[axis], mode: modes[axis])
        }
        return try activated(options, Value(name: made, axes: sizes + [filters]), key: "activation")
    }

    private mutating func pooling(_ options: KerasOptions, _ x: Value, axes: Int) throws -> Value {
        let layer = options.layer
        try options.requireChannelsLast(x.axes, count: axes + 1)
        let kernel = try options.ints("pool_size", count: axes)
        let strides = options.has("strides") ? try options.ints("strides", count: axes) : kernel
        let padding = options.text("padding") ?? "valid"
        guard let mode = ["valid": "valid", "same": "same-tensorflow"][padding] else {
            throw refuse(layer, "padding", found: padding, expected: "valid or same")
        }
        if axes == 2, mode != "valid" {
            let outputs = (x.axes[1] + strides[1] - 1) / strides[1]
            guard (outputs - 1) * strides[1] + kernel[1] <= x.axes[1] else {
                throw refuse(layer, "padding", found: "same across columns", expected: "valid across columns")
            }
        }
        func numbers(_ values: [Int]) -> JSONValue { axes == 1 ? .int(values[0]) : .list(values.map { .int($0) }) }
        let kind = layer.type.hasPrefix("Max") ? "maxpool" : "avgpool"
        let made = add(
            "\(kind)\(axes)d",
            [("kernel", numbers(kernel)), ("stride", numbers(strides)), ("padding", .string(mode))], from: [x.name])
        let sizes = (0..<axes).map {
            options.outputs(x.axes[$0], kernel: kernel[$0], stride: strides[$0], mode: $0 == 0 ? mode : "valid")
        }
        return Value(name: made, axes: sizes + [x.axes[axes]])
    }

    private mutating func globalPooling(_ options: KerasOptions, _ x: Value) throws -> Value {
        try options.requireChannelsLast(x.axes, count: 2)
        let kind = options.layer.type.hasPrefix("GlobalMax") ? "maxpool1d" : "avgpool1d"
        let made = add(kind, [("kernel", .int(x.axes[0])), ("stride", .int(x.axes[0]))], from: [x.name])
        let value = Value(name: made, axes: [1, x.axes[1]])
        return options.bool("keepdims", default: false) ? value : shaped(value, [x.axes[1]])
    }

    private mutating func reshape(_ options: KerasOptions, _ x: Value) throws -> Value {
        var axes = try options.ints("target_shape")
        let total = x.axes.reduce(1, *)
        if let free = axes.firstIndex(of: -1) {
            let known = axes.filter { $0 > 0 }.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
            if known > 0, total % known == 0 { axes[free] = total / known }
        }
        guard (1...3).contains(axes.count), axes.allSatisfy({ $0 > 0 && $0 <= total }), axes.reduce(1, *) == total
        else {
            throw refuse(
                options.layer, "target_shape", found: "\(axes)", expected: "one to three axes of \(total) values")
        }
        return shaped(x, axes)
    }

    private mutating func joined(_ options: KerasOptions, _ sources: [Value]) throws -> Value {
        let kind = ["Add": "add", "Multiply": "multiply", "Average": "average", "Concatenate": "concat"][
            options.layer.type]
        guard let kind, sources.count > 1 else {
            throw refuse(options.layer, "inputs", found: "\(sources.count)", expected: "at least 2")
        }
        guard sources.allSatisfy({ $0.axes.count == sources[0].axes.count }) else {
            throw refuse(options.layer, "inputs", found: "\(sources.map(\.axes))", expected: "as many axes of each")
        }
        var axes = sources[0].axes
        if kind == "concat" {
            try options.requireLast("axis", of: axes)
            axes[axes.count - 1] = sources.reduce(0) { $0 + ($1.axes.last ?? 0) }
        } else if !sources.allSatisfy({ $0.axes == axes }) {
            throw refuse(options.layer, "inputs", found: "\(sources.map(\.axes))", expected: "one shape")
        }
        return Value(name: add(kind, [], from: sources.map(\.name)), axes: axes)
    }
}
