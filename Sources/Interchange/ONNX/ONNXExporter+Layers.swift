import Basics
import NeuralNetworks
import Tensors

/// One method for every kind of layer.
extension ONNXExporter {
    /// Values of a layer's parameters, in order.
    private struct Weights {
        let at: UnsafePointer<Float>
        func callAsFunction(_ offset: Int, _ count: Int) -> [Float] {
            Array(UnsafeBufferPointer(start: at + offset, count: count))
        }
    }

    mutating func emit(_ layer: any Layer, _ name: String, _ x: Value, _ at: UnsafePointer<Float>) throws -> Value {
        let weights = Weights(at: at), out = layer.output
        func value(_ name: String, _ form: Form = .series) -> Value { Value(name: name, form: form, shape: out) }
        switch layer {
        case let layer as Conv1D: return convolution(layer.core, weights, image(x))
        case let layer as Conv2D: return convolution(layer.core, weights, image(x))
        case let layer as any PoolingLayer: return value(pooling(layer.core, image(x)), .image)
        case let layer as Dense:
            return value(
                dense(
                    series(x).name, weights, inputs: layer.input.channels, units: out.channels, hasBias: layer.hasBias))
        case let layer as LSTM: return value(recurrent(layer.shape, weights, series(x), "LSTM"))
        case let layer as GRU:
            return value(
                recurrent(
                    layer.shape, weights, series(x), "GRU", resetsAfter: layer.reset == .after))
        case let layer as MultiHeadAttention: return value(attention(layer, weights, series(x).name))
        case let layer as BatchNorm:
            let n = out.channels, source = image(x)
            let inputs = (0..<4).map { constant(weights($0 * n, n), [n]) }
            return value(
                add("BatchNormalization", [source.name] + inputs, attributes: [.float("epsilon", layer.epsilon)]),
                .image)
        case let layer as LayerNorm:
            let n = out.channels, inputs = (0..<2).map { constant(weights($0 * n, n), [n]) }
            return value(
                add(
                    "LayerNormalization", [series(x).name] + inputs,
                    attributes: [.int("axis", -1), .float("epsilon", layer.epsilon)]))
        case let layer as Activation: return emit(layer.function, x)
        case is Dropout: return Value(name: x.name, form: x.form, shape: out)
        case is Flatten, is Reshape:
            let source = series(x).name
            return value(
                reshape(
                    source, out.width == 1 ? [-1, out.time, out.channels] : [-1, out.time, out.width, out.channels]))
        case is Transpose: return value(transpose(series(x).name, [0, 2, 1]))
        case is Softmax: return value(add("Softmax", [series(x).name], attributes: [.int("axis", -1)]))
        case is Logarithm: return value(add("Log", [add("Max", [x.name, constant([Logarithm.least], [1])])]), x.form)
        case is Logit:
            let p = add("Clip", [x.name, constant([Logit.least], []), constant([1 - Logit.least], [])])
            return value(add("Log", [add("Div", [p, add("Sub", [constant([1], [1]), p])])]), x.form)
        case let layer as Positional:
            let table = layer.encoding == .learned ? weights(0, out.count) : Positional.sinusoids(layer.input)
            return value(add("Add", [series(x).name, constant(table, [out.time, out.channels])]))
        case let layer as Embedding: return value(embedding(layer, weights, series(x).name))
        case is BilinearNormalisation: return value(normalised(layer.input, weights, series(x).name))
        case is Bilinear: return value(bilinear(layer.input, out, weights, series(x).name))
        case is TemporalAttentionBilinear: return value(temporalAttention(layer.input, out, weights, series(x).name))
        default:
            throw Failure(
                "export.layer", "found the layer '\(type(of: layer).kind)' at '\(name)', which has no ONNX form yet",
                hint: "export as safetensors instead")
        }
    }

    private mutating func convolution(_ core: Convolution, _ weights: Weights, _ x: Value) -> Value {
        let out = core.output.channels, channels = core.input.channels, height = core.time.kernel,
            width = core.statedWidth.kernel
        let kernel = Layout.convolutionToTorch(
            weights(0, out * height * width * channels), out: out, height: height, width: width, channels: channels)
        let inputs =
            [x.name, constant(kernel, [out, channels, height, width])]
            + (core.hasBias ? [constant(weights(kernel.count, out), [out])] : [])
        let name = add(
            "Conv", inputs,
            attributes: [
                .ints("kernel_shape", [height, width]), .ints("strides", [core.time.stride, core.statedWidth.stride]),
                .ints("pads", [core.time.before, core.statedWidth.before, core.time.after, core.statedWidth.after]),
            ])
        return Value(name: name, form: .image, shape: core.output)
    }

    private mutating func pooling(_ core: Pooling, _ x: Value) -> String {
        add(
            core.kind == .max ? "MaxPool" : "AveragePool", [x.name],
            attributes: [
                .ints("kernel_shape", [core.time.kernel, core.width.kernel]),
                .ints("strides", [core.time.stride, core.width.stride]),
                .ints("pads", [core.time.before, core.width.before, core.time.after, core.width.after]),
            ])
    }

    private mutating func dense(_ x: String, _ weights: Weights, inputs: Int, units: Int, hasBias: Bool) -> String {
        let product = add(
            "MatMul",
            [
                x,
                constant(Layout.transposed(weights(0, units * inputs), rows: units, columns: inputs), [inputs, units]),
            ])
        return hasBias ? add("Add", [product, constant(weights(units * inputs, units), [units])]) : product
    }

    private mutating func recurrent(
        _ shape: RecurrentShape, _ weights: Weights, _ x: Value, _ kind: String, resetsAfter: Bool = true
    ) -> String {
        let hidden = shape.hidden, directions = shape.directions
        // Gate blocks as ONNX orders them: input, output, forget, cell; or update, reset, candidate.
        let order = kind == "LSTM" ? [0, 3, 1, 2] : [1, 0, 2]
        func blocks(_ values: [Float], width: Int) -> [Float] {
            order.flatMap { values[$0 * hidden * width..<($0 + 1) * hidden * width] }
        }
        var source = transpose(x.name, [1, 0, 2])
        for layer in 0..<shape.layers {
            var input: [Float] = [], state: [Float] = [], bias: [Float] = []
            for run in layer * directions..<(layer + 1) * directions {
                let from = shape.weights(run), gates = shape.gates, n = shape.inputs(run)
                input += blocks(weights(from.input, gates * n), width: n)
                state += blocks(weights(from.hidden, gates * hidden), width: hidden)
                bias +=
                    blocks(weights(from.inputBias, gates), width: 1) + blocks(weights(from.hiddenBias, gates), width: 1)
            }
            let n = shape.inputs(layer * directions)
            let inputs = [
                source, constant(input, [directions, shape.gates, n]),
                constant(state, [directions, shape.gates, hidden]),
                constant(bias, [directions, 2 * shape.gates]),
            ]
            let attributes: [Attribute] =
                [.int("hidden_size", hidden), .string("direction", directions == 2 ? "bidirectional" : "forward")]
                + (kind == "GRU" ? [.int("linear_before_reset", resetsAfter ? 1 : 0)] : [])
            let made = add(kind, inputs, attributes: attributes, outputs: 2)
            if layer == shape.layers - 1, !shape.returnsSequences {
                return reshape(transpose("\(made)_1", [1, 0, 2]), [-1, 1, shape.width])
            }
            source = add("Reshape", [transpose("\(made)_0", [0, 2, 1, 3]), constant([0, 0, -1])])
        }
        return transpose(source, [1, 0, 2])
    }

    private mutating func attention(_ layer: MultiHeadAttention, _ weights: Weights, _ x: String) -> String {
        let time = layer.input.time, width = layer.input.channels, head = width / layer.heads
        let projected = dense(x, weights, inputs: width, units: 3 * width, hasBias: true)
        let parts = add(
            "Split", [projected, constant([width, width, width])], attributes: [.int("axis", -1)], outputs: 3)
        func heads(_ index: Int, _ order: [Int]) -> String {
            transpose(reshape("\(parts)_\(index)", [-1, time, layer.heads, head]), order)
        }
        let q = heads(0, [0, 2, 1, 3]), k = heads(1, [0, 2, 3, 1]), v = heads(2, [0, 2, 1, 3])
        var scores = add("Mul", [add("MatMul", [q, k]), constant([1 / Float(head).squareRoot()], [1])])
        if layer.isCausal {
            let mask = (0..<time * time).map { $0 % time > $0 / time ? Float(-1e30) : 0 }
            scores = add("Add", [scores, constant(mask, [time, time])])
        }
        let mixed = add("MatMul", [add("Softmax", [scores], attributes: [.int("axis", -1)]), v])
        let joined = reshape(transpose(mixed, [0, 2, 1, 3]), [-1, time, width])
        return dense(
            joined, Weights(at: weights.at + 3 * width * (width + 1)), inputs: width, units: width, hasBias: true)
    }

    private mutating func embedding(_ layer: Embedding, _ weights: Weights, _ x: String) -> String {
        func channels(_ indices: [Int]) -> String {
            add("Gather", [x, constant(indices)], attributes: [.int("axis", -1)])
        }
        let code = add(
            "Clip",
            [
                add("Floor", [add("Add", [channels([layer.channel]), constant([0.5], [1])])]), constant([0], []),
                constant([Float(layer.entries - 1)], []),
            ])
        let index = add("Squeeze", [add("Cast", [code], attributes: [.int("to", 7)]), constant([-1])])
        let vectors = add(
            "Gather",
            [constant(weights(0, layer.entries * layer.dimensions), [layer.entries, layer.dimensions]), index],
            attributes: [.int("axis", 0)])
        let others = (0..<layer.input.channels).filter { $0 != layer.channel }
        return others.isEmpty ? vectors : add("Concat", [channels(others), vectors], attributes: [.int("axis", -1)])
    }

    /// (x − mean) / deviation along an axis, the deviation with n − 1 and 1 where it is below 1e-4.
    private mutating func standardised(_ x: String, axis: Int, count: Int) -> String {
        let axes = constant([axis])
        let centred = add("Sub", [x, add("ReduceMean", [x, axes])])
        let variance = add("Div", [add("ReduceSumSquare", [centred, axes]), constant([Float(count - 1)], [1])])
        let deviation = add("Sqrt", [variance])
        let guarded = add("Where", [add("Less", [deviation, constant([1e-4], [1])]), constant([1], [1]), deviation])
        return add("Div", [centred, guarded])
    }

    private mutating func normalised(_ input: SampleShape, _ weights: Weights, _ x: String) -> String {
        let time = input.time, features = input.channels
        func branch(_ z: String, _ offset: Int, _ dims: [Int], _ share: Int) -> String {
            let n = dims.reduce(1, *)
            let shifted = add(
                "Add", [add("Mul", [z, constant(weights(offset, n), dims)]), constant(weights(offset + n, n), dims)])
            return add("Mul", [shifted, constant(weights(2 * (time + features) + share, 1), [1])])
        }
        let first = branch(standardised(x, axis: 2, count: features), 0, [time, 1], 0)
        let second = branch(standardised(x, axis: 1, count: time), 2 * time, [1, features], 1)
        return add("Add", [first, second])
    }

    private mutating func bilinear(_ input: SampleShape, _ out: SampleShape, _ weights: Weights, _ x: String) -> String
    {
        let features = input.channels, units = out.channels, steps = out.time, time = input.time
        let w2 = units * features, bias = w2 + time * steps
        let mixed = add(
            "MatMul",
            [constant(Layout.transposed(weights(w2, time * steps), rows: time, columns: steps), [steps, time]), x])
        let product = add(
            "MatMul",
            [mixed, constant(Layout.transposed(weights(0, w2), rows: units, columns: features), [features, units])])
        return add(
            "Add",
            [
                product,
                constant(Layout.transposed(weights(bias, units * steps), rows: units, columns: steps), [steps, units]),
            ])
    }

    private mutating func temporalAttention(_ input: SampleShape, _ out: SampleShape, _ weights: Weights, _ x: String)
        -> String
    {
        let features = input.channels, units = out.channels, steps = out.time, time = input.time
        let w = units * features, w2 = w + time * time, bias = w2 + time * steps,
            lambda = weights(bias + units * steps, 1)[0]
        var mixing = weights(w, time * time)
        for t in 0..<time { mixing[t * time + t] = 1 / Float(time) }
        let base = add(
            "MatMul",
            [x, constant(Layout.transposed(weights(0, w), rows: units, columns: features), [features, units])])
        let scores = add(
            "MatMul", [constant(Layout.transposed(mixing, rows: time, columns: time), [time, time]), base])
        let attended = add("Mul", [base, add("Softmax", [scores], attributes: [.int("axis", 1)])])
        let blend = add(
            "Add", [add("Mul", [base, constant([lambda], [1])]), add("Mul", [attended, constant([1 - lambda], [1])])])
        let mixed = add(
            "MatMul",
            [constant(Layout.transposed(weights(w2, time * steps), rows: time, columns: steps), [steps, time]), blend])
        return add(
            "Add",
            [
                mixed,
                constant(Layout.transposed(weights(bias, units * steps), rows: units, columns: steps), [steps, units]),
            ])
    }
}
