import Basics
import NeuralNetworks
import Tensors
import Testing

/// Every layer's gradients against central differences of its own forward pass.
@Suite struct GradientTests {
    struct Layered: CustomTestStringConvertible, Sendable {
        let name: String
        let json: String
        let time: Int
        var width: Int = 1
        let channels: Int
        var testDescription: String { name }
    }

    static let cases: [Layered] = [
        Layered(name: "dense", json: #"{"layer": "dense", "units": 7}"#, time: 3, channels: 5),
        Layered(name: "conv1d valid", json: #"{"layer": "conv1d", "filters": 18, "kernel": 3}"#, time: 7, channels: 4),
        Layered(
            name: "conv1d same", json: #"{"layer": "conv1d", "filters": 3, "kernel": 4, "padding": "same"}"#, time: 6,
            channels: 2),
        Layered(
            name: "conv1d causal strided",
            json: #"{"layer": "conv1d", "filters": 3, "kernel": 3, "stride": 2, "padding": "causal"}"#, time: 7,
            channels: 2),
        Layered(
            name: "conv1d tanh strided same",
            json:
                #"[{"layer": "conv1d", "filters": 3, "kernel": 3, "stride": 2, "padding": "same"}, {"layer": "tanh"}]"#,
            time: 8, channels: 2),
        Layered(
            name: "conv2d narrow", json: #"{"layer": "conv2d", "filters": 17, "kernel": [1, 2], "stride": [1, 2]}"#,
            time: 3, width: 6, channels: 1),
        Layered(
            name: "conv2d lines valid", json: #"{"layer": "conv2d", "filters": 5, "kernel": [4, 1]}"#, time: 7,
            width: 3, channels: 4),
        Layered(
            name: "conv2d lines same",
            json: #"[{"layer": "conv2d", "filters": 5, "kernel": [4, 1], "padding": "same"}, {"layer": "sigmoid"}]"#,
            time: 5, width: 3, channels: 2),
        Layered(
            name: "conv2d full width", json: #"{"layer": "conv2d", "filters": 4, "kernel": [1, 5]}"#, time: 4, width: 5,
            channels: 3),
        Layered(
            name: "conv2d general",
            json:
                #"""
                {"layer": "conv2d", "filters": 4, "kernel": [3, 2], "stride": [2, 1], "padding": "same",
                "paddingWidth": "same"}
                """#,
            time: 6, width: 4, channels: 2),
        Layered(
            name: "conv2d wide stride", json: #"{"layer": "conv2d", "filters": 3, "kernel": [2, 2], "stride": [2, 3]}"#,
            time: 4, width: 8, channels: 2),
        Layered(name: "maxpool1d", json: #"{"layer": "maxpool1d", "kernel": 3, "stride": 2}"#, time: 8, channels: 3),
        Layered(
            name: "maxpool2d same",
            json: #"{"layer": "maxpool2d", "kernel": [3, 1], "stride": [1, 1], "padding": "same"}"#, time: 5, width: 2,
            channels: 3),
        Layered(name: "avgpool1d", json: #"{"layer": "avgpool1d", "kernel": 2}"#, time: 7, channels: 3),
        Layered(
            name: "avgpool2d", json: #"{"layer": "avgpool2d", "kernel": [3, 2], "stride": [1, 2], "padding": "same"}"#,
            time: 4, width: 4, channels: 2),
        Layered(name: "lstm", json: #"{"layer": "lstm", "hidden": 5, "layers": 2}"#, time: 4, channels: 3),
        Layered(
            name: "lstm sequences", json: #"{"layer": "lstm", "hidden": 17, "returnSequences": true}"#, time: 3,
            channels: 2),
        Layered(
            name: "lstm both ways", json: #"{"layer": "lstm", "hidden": 3, "layers": 2, "bidirectional": true}"#,
            time: 4, channels: 2),
        Layered(name: "gru", json: #"{"layer": "gru", "hidden": 5, "layers": 2}"#, time: 4, channels: 3),
        Layered(
            name: "gru both ways sequences",
            json: #"{"layer": "gru", "hidden": 3, "bidirectional": true, "returnSequences": true}"#, time: 3,
            channels: 2),
        Layered(name: "attention", json: #"{"layer": "attention", "heads": 2}"#, time: 4, channels: 6),
        Layered(name: "attention causal", json: #"{"layer": "attention", "causal": true}"#, time: 3, channels: 4),
        Layered(name: "positional", json: #"{"layer": "positional"}"#, time: 3, channels: 5),
        Layered(
            name: "positional learned", json: #"{"layer": "positional", "encoding": "learned"}"#, time: 3, channels: 5),
        Layered(name: "bin", json: #"{"layer": "bin"}"#, time: 4, channels: 5),
        Layered(
            name: "bilinear", json: #"[{"layer": "bilinear", "units": 4, "steps": 3}, {"layer": "sigmoid"}]"#, time: 5,
            channels: 3),
        Layered(name: "tabl", json: #"{"layer": "tabl", "units": 3, "steps": 2}"#, time: 4, channels: 3),
        Layered(name: "softmax", json: #"{"layer": "softmax"}"#, time: 2, channels: 5),
        Layered(name: "log of softmax", json: #"[{"layer": "softmax"}, {"layer": "log"}]"#, time: 2, channels: 4),
        Layered(name: "logit of sigmoid", json: #"[{"layer": "sigmoid"}, {"layer": "logit"}]"#, time: 2, channels: 4),
        Layered(name: "transpose", json: #"{"layer": "transpose"}"#, time: 2, channels: 5),
        Layered(
            name: "reshape",
            json: #"[{"layer": "reshape", "width": 3}, {"layer": "conv2d", "filters": 2, "kernel": [1, 3]}]"#, time: 2,
            channels: 6),
        Layered(name: "layernorm", json: #"{"layer": "layernorm"}"#, time: 2, channels: 6),
        Layered(name: "layernorm wide", json: #"{"layer": "layernorm"}"#, time: 2, channels: 21),
        Layered(name: "batchnorm", json: #"{"layer": "batchnorm"}"#, time: 3, channels: 4),
        Layered(name: "batchnorm of an image", json: #"{"layer": "batchnorm"}"#, time: 2, width: 3, channels: 17),
        Layered(name: "dropout", json: #"{"layer": "dropout", "rate": 0.3}"#, time: 2, channels: 20),
        Layered(
            name: "dropout of channels", json: #"{"layer": "dropout", "rate": 0.5, "perChannel": true}"#, time: 3,
            channels: 7),
        Layered(name: "relu", json: #"{"layer": "relu"}"#, time: 2, channels: 9),
        Layered(name: "sigmoid", json: #"{"layer": "sigmoid"}"#, time: 2, channels: 9),
        Layered(name: "tanh", json: #"{"layer": "tanh"}"#, time: 2, channels: 9),
        Layered(name: "gelu", json: #"{"layer": "gelu"}"#, time: 2, channels: 9),
        Layered(name: "gelu exact", json: #"{"layer": "gelu_exact"}"#, time: 2, channels: 9),
        Layered(
            name: "conv1d without bias", json: #"{"layer": "conv1d", "filters": 5, "kernel": 3, "bias": false}"#,
            time: 6, channels: 3),
        Layered(
            name: "conv1d same-tensorflow strided",
            json: #"{"layer": "conv1d", "filters": 3, "kernel": 3, "stride": 2, "padding": "same-tensorflow"}"#,
            time: 8, channels: 2),
        Layered(
            name: "conv2d same-tensorflow strided without bias",
            json:
                #"""
                {"layer": "conv2d", "filters": 3, "kernel": [3, 2], "stride": [2, 2], "padding": "same-tensorflow",
                "paddingWidth": "same-tensorflow", "bias": false}
                """#,
            time: 7, width: 5, channels: 2),
        Layered(
            name: "maxpool1d same-tensorflow",
            json: #"{"layer": "maxpool1d", "kernel": 3, "stride": 2, "padding": "same-tensorflow"}"#, time: 8,
            channels: 3),
        Layered(
            name: "gru reset before", json: #"{"layer": "gru", "hidden": 5, "layers": 2, "reset": "before"}"#, time: 4,
            channels: 3),
        Layered(
            name: "gru reset before, both ways, sequences",
            json: #"{"layer": "gru", "hidden": 3, "bidirectional": true, "returnSequences": true, "reset": "before"}"#,
            time: 3, channels: 2),
        Layered(name: "leaky relu", json: #"{"layer": "leaky_relu"}"#, time: 2, channels: 9),
        Layered(name: "flatten", json: #"{"layer": "flatten"}"#, time: 3, channels: 4),
        Layered(
            name: "residual",
            json:
                #"""
                [{"layer": "dense", "units": 4, "name": "a"}, {"layer": "dense", "units": 4}, {"layer": "tanh",
                "name": "b"}, {"layer": "add", "from": ["a", "b"]}]
                """#,
            time: 2, channels: 3),
        Layered(
            name: "branches",
            json:
                #"""
                [{"layer": "flatten", "name": "f"}, {"layer": "dense", "units": 4, "from": "f"}, {"layer": "relu",
                "name": "a"}, {"layer": "sigmoid", "from": "input"}, {"layer": "flatten", "name": "b"}, {"layer":
                "dense", "units": 4, "from": "f", "name": "c"}, {"layer": "concat", "from": ["a", "b", "f"]},
                {"layer": "dense", "units": 4, "name": "d"}, {"layer": "multiply", "from": ["c", "d"], "name": "e"},
                {"layer": "average", "from": ["a", "e"]}]
                """#,
            time: 2, channels: 3),
    ]

    /// Differences with step 1e-2 of a Float32 function of order one: truncation about 1e-4, rounding about 1e-5; hence
    /// 3e-3.
    @Test("central differences", arguments: cases, [UInt64(1), 2, 3])
    func centralDifferences(_ layered: Layered, seed: UInt64) throws {
        let node = try JSONParser.parse(layered.json)
        let network = try Network(
            layers: node.listValue ?? [node],
            input: SampleShape(time: layered.time, width: layered.width, channels: layered.channels))
        let batch = 3
        var random = SeededRandom(seed: seed, 11)
        let parameters = network.initialParameters(seed: seed)
        // Away from constants, so that scales and shifts are seen too.
        for i in 0..<parameters.count { parameters.pointer[i] += (random.uniformFloat() - 0.5) * 0.4 }
        // Distinct values, further apart and further from zero than two steps: no kink of relu or max lies inside a
        // difference.
        var order = (0..<Int32(batch * network.input.count)).map { $0 }
        random.shuffle(&order)
        let x = order.map { (Float($0) - Float(order.count) / 2 + 0.5) * 0.05 }
        let weights = (0..<batch * network.output.count).map { _ in 2 * random.uniformFloat() - 1 }
        let arena = NetworkArena(network, batch: batch, isTraining: true, wantsInputGradient: true)
        let packed = FloatBuffer(count: network.packedCount)

        func forward(_ input: [Float]) -> Double {
            network.pack(parameters, into: packed)
            for i in input.indices { arena.input[i] = input[i] }
            arena.forward(batch: batch, parameters: parameters, packed: packed, isTraining: true, key: seed)
            return weights.indices.reduce(0.0) { $0 + Double(weights[$1]) * Double(arena.output[$1]) }
        }
        _ = forward(x)
        let gradients = FloatBuffer(count: network.parameterCount)
        for i in weights.indices { arena.outputGradient[i] = weights[i] }
        arena.backward(batch: batch, parameters: parameters, packed: packed, gradients: gradients.pointer, key: seed)
        let dx = x.indices.map { arena.inputGradient[$0] }
        let step: Float = 1e-2
        for i in x.indices {
            var up = x, down = x
            up[i] += step
            down[i] -= step
            let difference = (forward(up) - forward(down)) / (2 * Double(step))
            #expect(
                abs(difference - Double(dx[i])) < 3e-3 * max(1, abs(difference)),
                "input \(i): \(dx[i]) against \(difference)")
        }
        let trained = network.parameters.filter(\.spec.isTrained).flatMap {
            Array($0.offset..<$0.offset + $0.spec.count)
        }
        for i in trained {
            let old = parameters.pointer[i]
            parameters.pointer[i] = old + step
            let up = forward(x)
            parameters.pointer[i] = old - step
            let down = forward(x)
            parameters.pointer[i] = old
            let difference = (up - down) / (2 * Double(step))
            #expect(
                abs(difference - Double(gradients.pointer[i])) < 3e-3 * max(1, abs(difference)),
                "parameter \(i): \(gradients.pointer[i]) against \(difference)")
        }
    }

    /// The code of an embedding has no derivative, so only the vectors and the other channels are compared.
    @Test("an embedding looks its vectors up, clamps what lies outside, and passes gradients to vectors and neighbours")
    func embedding() throws {
        let node = try JSONParser.parse(#"{"layer": "embedding", "entries": 3, "dimensions": 2, "channel": 1}"#)
        let network = try Network(layers: [node], input: SampleShape(time: 4, channels: 2))
        let parameters = FloatBuffer([10, 11, 20, 21, 30, 31]), packed = FloatBuffer(count: network.packedCount)
        let arena = NetworkArena(network, batch: 1, isTraining: true, wantsInputGradient: true)
        for (i, value) in ([5, 0, 6, 2, 7, -9, 8, .nan] as [Float]).enumerated() { arena.input[i] = value }
        arena.forward(batch: 1, parameters: parameters, packed: packed, isTraining: true)
        #expect((0..<12).map { arena.output[$0] } == [5, 10, 11, 6, 30, 31, 7, 10, 11, 8, 10, 11] as [Float])
        for i in 0..<12 { arena.outputGradient[i] = Float(i + 1) }
        let gradients = FloatBuffer(count: 6)
        arena.backward(batch: 1, parameters: parameters, packed: packed, gradients: gradients.pointer)
        #expect(gradients.array == [21, 24, 0, 0, 5, 6] as [Float])
        #expect((0..<8).map { arena.inputGradient[$0] } == [1, 0, 4, 0, 7, 0, 10, 0] as [Float])
    }
}
