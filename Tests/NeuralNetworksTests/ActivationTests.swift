import Basics
import Foundation
import NeuralNetworks
import Tensors
import Testing

/// Activations against their definitions in double precision.
@Suite struct ActivationTests {
    private func run(_ kind: String, _ x: [Float]) throws -> [Float] {
        let network = try Network(
            layers: [try JSONParser.parse(#"{"layer": "\#(kind)"}"#)], input: SampleShape(time: 1, channels: x.count))
        let arena = NetworkArena(network, batch: 1, isTraining: false), nothing = FloatBuffer(count: 0)
        for i in x.indices { arena.input[i] = x[i] }
        arena.forward(batch: 1, parameters: nothing, packed: nothing)
        return x.indices.map { arena.output[$0] }
    }

    /// 1e-7 of the distribution function, times x, and its rounding.
    @Test("gelu_exact is x times the normal distribution function, and vanishes far below zero")
    func exact() throws {
        let x = (-1000...1000).map { Float($0) * 0.01 }
        for (value, found) in zip(x, try run("gelu_exact", x)) {
            let expected = Double(value) * 0.5 * erfc(-Double(value) / 2.0.squareRoot())
            #expect(abs(Double(found) - expected) <= 3e-7 * max(1, abs(expected)), "\(value): \(found), \(expected)")
        }
        let edges = try run("gelu_exact", [-100, 100, 0, .nan])
        // The tail of the distribution ends at the smallest normal number, not at 0.
        #expect(abs(edges[0]) < 1e-30 && edges[1] == 100 && edges[2] == 0 && edges[3].isNaN)
    }

    @Test("gelu keeps the tanh form, which differs by up to 5e-4")
    func tanhForm() throws {
        let x = (-500...500).map { Float($0) * 0.01 }
        let exact = try run("gelu_exact", x), form = try run("gelu", x)
        for (value, found) in zip(x, form) {
            let v = Double(value), inner = (2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v)
            #expect(abs(Double(found) - 0.5 * v * (1 + tanh(inner))) <= 1e-6)
        }
        let largest = zip(exact, form).map { abs($0 - $1) }.max() ?? 0
        #expect(largest > 2e-4 && largest < 5e-4)
    }
}
