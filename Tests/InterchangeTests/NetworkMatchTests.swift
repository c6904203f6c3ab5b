import Basics
import Interchange
import NeuralNetworks
import Tensors
import Testing

/// Two graphs held against each other, whatever the order in which sums name their terms.
@Suite struct NetworkMatchTests {
    /// Sums of sums, each of both before it, over two layers without weights.
    private static func network(_ first: String, levels: Int) throws -> Network {
        func layer(_ kind: String, _ name: String, _ from: [String]) -> JSONValue {
            .map(["layer": .string(kind), "name": .string(name), "from": .strings(from)])
        }
        var layers = [layer(first, "a0", ["input"]), layer("relu", "b0", ["input"])]
        for level in 1...levels {
            layers.append(layer("add", "a\(level)", ["a\(level - 1)", "b\(level - 1)"]))
            layers.append(layer("add", "b\(level)", ["b\(level - 1)", "a\(level - 1)"]))
        }
        layers.append(layer("add", "end", ["a\(levels)", "b\(levels)"]))
        return try Network(layers: layers, input: SampleShape(time: 2, channels: 3))
    }

    @Test("sums within sums are matched, and end in a sentence where there are too many ways to try")
    func sums() throws {
        let tanh = try Self.network("tanh", levels: 3)
        #expect(throws: Never.self) { try NetworkMatch(theirs: tanh, ours: tanh, head: nil).pairs() }
        let error = #expect(throws: Failure.self) {
            try NetworkMatch(
                theirs: Self.network("tanh", levels: 30), ours: Self.network("gelu", levels: 30), head: nil
            ).pairs()
        }
        #expect(error?.code == "weights.match")
    }
}
