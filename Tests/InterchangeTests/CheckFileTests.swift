import Basics
import Interchange
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// What shows that weights kept their meaning must tell others from them.
@Suite struct CheckFileTests {
    @Test(
        "small answers are compared as exactly as large ones, and windows of zeros compare nothing",
        arguments: [1, 1e-5])
    func smallAnswers(scale: Float) throws {
        let directory = try TemporaryDirectory()
        let layers = [
            try JSONParser.parse(#"{"layer": "flatten"}"#), try JSONParser.parse(#"{"layer": "dense", "units": 1}"#),
        ]
        let model = try InterchangeTests.Model(layers, time: 3, features: 2), network = model.network,
            count = network.parameterCount
        let own = FloatBuffer(count: count), other = FloatBuffer(count: count)
        // Six weights and a bias; the other has its weights in another order.
        for i in 0..<count { own.pointer[i] = scale * Float(i + 1) }
        for i in 0..<count { other.pointer[i] = i < 6 ? own.pointer[5 - i] : own.pointer[i] }
        let path = directory.file("w.check.safetensors")
        try CheckFile.make(network, parameters: own).write(to: path)
        let check = try CheckFile(path, for: network)
        #expect(check.compare(network, parameters: own).isEqual)
        #expect(!check.compare(network, parameters: other).isEqual)
        var zeros = CheckFile.make(network, parameters: own)
        zeros.set("x", shape: [8, 3, 2], .float32([Float](repeating: 0, count: 48)))
        try zeros.write(to: path)
        let error = #expect(throws: Failure.self) { try CheckFile(path, for: network) }
        #expect(error?.code == "import.check")
    }
}
