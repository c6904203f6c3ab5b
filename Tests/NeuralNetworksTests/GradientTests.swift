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
        let channels: Int
        var testDescription: String { name }
    }

    static let cases: [Layered] = [
        Layered(name: "dense", json: #"{"layer": "dense", "units": 7}"#, time: 3, channels: 5),
        Layered(name: "conv1d valid", json: #"{"layer": "conv1d", "filters": 18, "kernel": 3}"#, time: 7, channels: 4),
        Layered(name: "conv1d same", json: #"{"layer": "conv1d", "filters": 3, "kernel": 4, "padding": "same"}"#, time: 6, channels: 2),
        Layered(name: "conv1d causal strided", json: #"{"layer": "conv1d", "filters": 3, "kernel": 3, "stride": 2, "padding": "causal"}"#, time: 7, channels: 2),
        Layered(name: "maxpool1d", json: #"{"layer": "maxpool1d", "kernel": 3, "stride": 2}"#, time: 8, channels: 3),
        Layered(name: "lstm", json: #"{"layer": "lstm", "hidden": 5, "layers": 2}"#, time: 4, channels: 3),
        Layered(name: "lstm sequences", json: #"{"layer": "lstm", "hidden": 17, "returnSequences": true}"#, time: 3, channels: 2),
        Layered(name: "layernorm", json: #"{"layer": "layernorm"}"#, time: 2, channels: 6),
        Layered(name: "batchnorm", json: #"{"layer": "batchnorm"}"#, time: 3, channels: 4),
        Layered(name: "dropout", json: #"{"layer": "dropout", "rate": 0.3}"#, time: 2, channels: 20),
        Layered(name: "relu", json: #"{"layer": "relu"}"#, time: 2, channels: 9), Layered(name: "sigmoid", json: #"{"layer": "sigmoid"}"#, time: 2, channels: 9),
        Layered(name: "tanh", json: #"{"layer": "tanh"}"#, time: 2, channels: 9), Layered(name: "gelu", json: #"{"layer": "gelu"}"#, time: 2, channels: 9),
        Layered(name: "flatten", json: #"{"layer": "flatten"}"#, time: 3, channels: 4),
    ]

    /// Differences with step 1e-2 of a Float32 function of order one: truncation about 1e-4, rounding about 1e-5; hence 3e-3.
    @Test("central differences", arguments: cases, [UInt64(1), 2, 3])
    func centralDifferences(_ layered: Layered, seed: UInt64) throws {
        let network = try Network(layers: [try JSONParser.parse(layered.json)], input: SampleShape(time: layered.time, channels: layered.channels))
        let batch = 3
        var random = SeededRandom(seed: seed, 11)
        let parameters = network.initialParameters(seed: seed)
        // Away from constants, so that scales and shifts are seen too.
        for i in 0..<parameters.count { parameters.pointer[i] += (random.uniformFloat() - 0.5) * 0.4 }
        // Distinct values, further apart and further from zero than two steps: no kink of relu or max lies inside a difference.
        var order = (0..<Int32(batch * network.input.count)).map { $0 }
        random.shuffle(&order)
        let x = order.map { (Float($0) - Float(order.count) / 2 + 0.5) * 0.05 }
        let weights = (0..<batch * network.output.count).map { _ in 2 * random.uniformFloat() - 1 }
        let arena = NetworkArena(network, batch: batch, isTraining: true)
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
        arena.backward(batch: batch, parameters: parameters, packed: packed, gradients: gradients.pointer, key: seed, wantsInputGradient: true)
        let dx = x.indices.map { arena.inputGradient[$0] }
        let step: Float = 1e-2
        for i in x.indices {
            var up = x, down = x
            up[i] += step
            down[i] -= step
            let difference = (forward(up) - forward(down)) / (2 * Double(step))
            #expect(abs(difference - Double(dx[i])) < 3e-3 * max(1, abs(difference)), "input \(i): \(dx[i]) against \(difference)")
        }
        let trained = network.parameters.filter(\.spec.isTrained).flatMap { Array($0.offset..<$0.offset + $0.spec.count) }
        for i in trained {
            let old = parameters.pointer[i]
            parameters.pointer[i] = old + step
            let up = forward(x)
            parameters.pointer[i] = old - step
            let down = forward(x)
            parameters.pointer[i] = old
            let difference = (up - down) / (2 * Double(step))
            #expect(abs(difference - Double(gradients.pointer[i])) < 3e-3 * max(1, abs(difference)), "parameter \(i): \(gradients.pointer[i]) against \(difference)")
        }
    }
}
