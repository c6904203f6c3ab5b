import Basics
import Foundation
import Interchange
import NeuralNetworks
import TestSupport
import Tensors
import Testing

/// What is exported is loaded in the other tool and compared; what the other tool saved is loaded here and compared.
/// Tolerance 2e-5 of the largest output, for float32 sums in other orders.
@Suite struct InterchangeTests {
    struct Model {
        let network: Network
        let parameters: FloatBuffer

        init(_ layers: [JSONValue], time: Int, features: Int, seed: UInt64 = 4) throws {
            network = try Network(layers: layers, input: SampleShape(time: time, channels: features))
            parameters = network.initialParameters(seed: seed)
            // Away from zeros and ones, variances positive.
            var random = SeededRandom(seed: seed, 3)
            for (name, spec, offset) in network.parameters {
                for i in offset..<offset + spec.count {
                    let drawn = random.uniformFloat() - 0.5
                    if name.hasSuffix("running_var") {
                        parameters.pointer[i] = 1 + drawn
                    } else {
                        parameters.pointer[i] += drawn * 0.3
                    }
                }
            }
        }

        func run(_ x: [Float], _ parameters: FloatBuffer? = nil) -> [Float] {
            let weights = parameters ?? self.parameters, packed = FloatBuffer(count: network.packedCount)
            network.pack(weights, into: packed)
            let batch = x.count / network.input.count, arena = NetworkArena(network, batch: batch, isTraining: false)
            for i in x.indices { arena.input[i] = x[i] }
            arena.forward(batch: batch, parameters: weights, packed: packed)
            return (0..<batch * network.output.count).map { arena.output[$0] }
        }

        /// Writes three windows and their outputs.
        func writeSample(_ directory: TemporaryDirectory) throws -> [Float] {
            var random = SeededRandom(seed: 8), file = SafetensorsFile()
            let x = (0..<3 * network.input.count).map { _ in 4 * random.uniformFloat() - 2 }
            file.set("x", shape: [3, network.input.time, network.input.channels], .float32(x))
            file.set("y", shape: [3, network.output.count], .float32(run(x)))
            try file.write(to: directory.file("sample.safetensors"))
            return x
        }
    }

    static func check(_ kind: String, _ directory: TemporaryDirectory, saves: Bool = false) throws -> (
        worst: Double, scale: Double
    )? {
        guard let python = SharedData.client("python") else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["\(SharedData.repository)/Tests/InterchangeTests/Fixtures/check.py", kind, directory.path]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "KERAS_BACKEND": "torch", "SAVE": saves ? "1" : "",
        ]) { $1 }
        let output = Pipe(), errors = Pipe()
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let problem = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let node = try JSONParser.parse(text.split(separator: "\n").last.map(String.init) ?? "null")
        guard let worst = node[key: "worst"]?.doubleValue, let scale = node[key: "scale"]?.doubleValue else {
            Issue.record("\(kind): \(problem.suffix(1500))")
            return nil
        }
        return (worst, scale)
    }

    static let named = [
        "bars-cnn", "bars-lstm", "deeplob-paper", "deeplob-keras", "deeplob-torch", "bin-ctabl", "tlob", "lob-lstm",
        "lob-logistic",
    ]

    @Test(
        "ONNX Runtime gives our outputs for every named model",
        .enabled(if: SharedData.pythonHas("onnxruntime"), "needs onnxruntime"), arguments: named)
    func onnxNamed(name: String) throws {
        let named = try NamedModels.find(name, at: nil)
        try onnx(try Model(named.layers, time: named.window, features: 40))
    }

    static let layers = [
        // One column is left by the stride alone.
        #"""
        [{"layer": "reshape", "width": 2}, {"layer": "conv2d", "filters": 3, "kernel": [2, 1], "stride": [1, 2]},
        {"layer": "dense", "units": 2}]
        """#,
        #"""
        [{"layer": "conv1d", "filters": 4, "kernel": 3, "padding": "causal"}, {"layer": "maxpool1d", "kernel": 2},
        {"layer": "avgpool1d", "kernel": 2}]
        """#,
        #"""
        [{"layer": "reshape", "width": 3}, {"layer": "conv2d", "filters": 4, "kernel": [3, 2], "padding": "same",
        "paddingWidth": "same"}, {"layer": "avgpool2d", "kernel": [3, 2], "stride": [1, 1], "padding": "same"},
        {"layer": "batchnorm"}, {"layer": "flatten"}, {"layer": "dense", "units": 2}]
        """#,
        #"""
        [{"layer": "lstm", "hidden": 5, "layers": 2, "bidirectional": true, "returnSequences": true}, {"layer": "gru",
        "hidden": 3, "layers": 2, "bidirectional": true}]
        """#,
        #"""
        [{"layer": "gru", "hidden": 5, "returnSequences": true}, {"layer": "positional", "encoding": "learned"},
        {"layer": "attention", "heads": 5, "causal": true}]
        """#,
        #"""
        [{"layer": "embedding", "entries": 4, "dimensions": 3, "channel": 2}, {"layer": "sigmoid", "name": "a"},
        {"layer": "logit"}, {"layer": "gelu", "name": "b"}, {"layer": "multiply", "from": ["a", "b"]}, {"layer":
        "softmax"}, {"layer": "log"}]
        """#,
        #"""
        [{"layer": "dense", "units": 6, "name": "a", "bias": false}, {"layer": "relu", "name": "b", "from": "a"},
        {"layer": "average", "from": ["a", "b", "input"]}, {"layer": "transpose"}, {"layer": "layernorm"}, {"layer":
        "tabl", "units": 2, "steps": 3}]
        """#,
    ]

    @Test(
        "ONNX Runtime gives our outputs for every kind of layer",
        .enabled(if: SharedData.pythonHas("onnxruntime"), "needs onnxruntime"), arguments: layers)
    func onnxLayers(_ text: String) throws {
        try onnx(try Model(try #require(JSONParser.parse(text).listValue), time: 12, features: 6))
    }

    private func onnx(_ model: Model) throws {
        let directory = try TemporaryDirectory()
        _ = try model.writeSample(directory)
        let data = try ONNXExporter.model(model.network, parameters: model.parameters, name: "test")
        #expect(try ONNXExporter.model(model.network, parameters: model.parameters, name: "test") == data)
        try data.write(to: URL(fileURLWithPath: directory.file("model.onnx")))
        let found = try #require(try InterchangeTests.check("onnx", directory))
        #expect(
            found.worst <= 2e-5 * max(found.scale, 1),
            "largest difference \(found.worst) of outputs up to \(found.scale)")
    }

    /// The layers of the PyTorch module in `check.py`, by position.
    static let torchLayers = #"""
        [{"layer": "reshape", "width": 4}, {"layer": "conv2d", "filters": 5, "kernel": [1, 2], "stride": [1, 2]},
        {"layer": "batchnorm"}, {"layer": "conv2d", "filters": 4, "kernel": [3, 2]},
         {"layer": "dropout", "rate": 0}, {"layer": "layernorm"}, {"layer": "attention", "heads": 2}, {"layer":
         "conv1d", "filters": 6, "kernel": 2},
         {"layer": "lstm", "hidden": 5, "layers": 2, "bidirectional": true, "returnSequences": true}, {"layer": "gru",
         "hidden": 3}, {"layer": "dense", "units": 3}]
        """#

    @Test(
        "PyTorch loads our state dict strictly and gives our outputs; its own state dict gives its outputs here",
        .enabled(if: SharedData.pythonHas("torch"), "needs torch"))
    func torch() throws {
        let directory = try TemporaryDirectory()
        let model = try Model(
            try #require(JSONParser.parse(InterchangeTests.torchLayers).listValue), time: 9, features: 4)
        let x = try model.writeSample(directory)
        try TorchWeights.export(model.network, parameters: model.parameters).file.write(
            to: directory.file("state.safetensors"))
        // Here and back is the identity.
        let back = FloatBuffer(count: model.network.parameterCount)
        try TorchWeights.load(
            try WeightSource.read(directory.file("state.safetensors")), into: back, of: model.network)
        #expect(back.array == model.parameters.array)
        let found = try #require(try InterchangeTests.check("torch", directory))
        #expect(found.worst <= 2e-5 * max(found.scale, 1), "largest difference \(found.worst)")
        _ = try #require(try InterchangeTests.check("torch", directory, saves: true))
        try TorchWeights.load(
            try WeightSource.read(directory.file("theirs.safetensors")), into: back, of: model.network)
        let theirs = try SafetensorsFile.read(directory.file("theirs-y.safetensors")).tensor("y").values
        #expect(zip(model.run(x, back), theirs).allSatisfy { abs($0 - $1) <= 2e-5 })
    }

    @Test("modules of other names are found through a map, and mistakes are named")
    func torchNames() throws {
        let model = try Model([try JSONParser.parse(#"{"layer": "dense", "units": 3}"#)], time: 1, features: 4)
        var file = SafetensorsFile()
        file.set("head.weight", shape: [3, 4], .float32((0..<12).map { Float($0) }))
        file.set("head.bias", shape: [3], .float32([1, 2, 3]))
        let buffer = FloatBuffer(count: 15)
        try TorchWeights.load(WeightSource(file), into: buffer, of: model.network, prefixes: ["layers.0": "head"])
        #expect(buffer.array == (0..<12).map { Float($0) } + [1, 2, 3])
        let error = #expect(throws: Failure.self) {
            try TorchWeights.load(WeightSource(file), into: buffer, of: model.network)
        }
        #expect(error?.hint?.contains("head.weight") == true)
        file.set("extra.weight", shape: [1], .float32([1]))
        #expect(throws: Failure.self) {
            try TorchWeights.load(WeightSource(file), into: buffer, of: model.network, prefixes: ["layers.0": "head"])
        }
        file = SafetensorsFile()
        file.set("head.weight", shape: [4, 3], .float32([Float](repeating: 0, count: 12)))
        #expect(throws: Failure.self) {
            try TorchWeights.load(WeightSource(file), into: buffer, of: model.network, prefixes: ["layers.0": "head"])
        }
    }

    static let kerasLayers = #"""
        [{"layer": "reshape", "width": 4}, {"layer": "conv2d", "filters": 5, "kernel": [1, 2], "stride": [1, 2]},
        {"layer": "batchnorm"}, {"layer": "conv2d", "filters": 4, "kernel": [3, 2]},
         {"layer": "layernorm"}, {"layer": "attention", "heads": 2}, {"layer": "conv1d", "filters": 6, "kernel": 2},
         {"layer": "lstm", "hidden": 5, "returnSequences": true},
         {"layer": "lstm", "hidden": 4, "bidirectional": true, "returnSequences": true}, {"layer": "gru", "hidden":
         3}, {"layer": "dense", "units": 3}]
        """#

    @Test(
        "Keras loads our model_weights.h5 and gives our outputs; its own file gives its outputs here",
        .enabled(if: SharedData.pythonHas("keras"), "needs keras"))
    func keras() throws {
        let directory = try TemporaryDirectory()
        let model = try Model(
            try #require(JSONParser.parse(InterchangeTests.kerasLayers).listValue), time: 9, features: 4)
        let x = try model.writeSample(directory)
        try KerasFile.write(
            model.network, parameters: model.parameters, name: "test", form: .wholeModel,
            to: directory.file("model_weights.h5"))
        let back = FloatBuffer(count: model.network.parameterCount)
        _ = try KerasFile.load(directory.file("model_weights.h5"), into: back, of: model.network)
        #expect(zip(model.run(x), model.run(x, back)).allSatisfy { abs($0 - $1) < 1e-6 })
        let found = try #require(try InterchangeTests.check("keras", directory))
        #expect(found.worst <= 2e-5 * max(found.scale, 1), "largest difference \(found.worst)")
        _ = try #require(try InterchangeTests.check("keras", directory, saves: true))
        _ = try KerasFile.load(directory.file("theirs.h5"), into: back, of: model.network)
        let theirs = try SafetensorsFile.read(directory.file("theirs-y.safetensors")).tensor("y").values
        #expect(zip(model.run(x, back), theirs).allSatisfy { abs($0 - $1) <= 2e-5 })
    }

    @Test(
        "a sigmoid or softmax at the end is left out for a model that applies it, and a difference for one of numbers")
    func heads() throws {
        let directory = try TemporaryDirectory(), path = directory.file("w.h5")
        func model(_ layers: String) throws -> Model {
            try Model(try #require(JSONParser.parse(layers).listValue), time: 1, features: 4)
        }
        let sigmoid = try model(#"[{"layer": "dense", "units": 1}, {"layer": "sigmoid"}]"#),
            plain = try model(#"[{"layer": "dense", "units": 1}]"#), buffer = FloatBuffer(count: 5)
        try KerasFile.write(
            sigmoid.network, parameters: sigmoid.parameters, name: "test", form: .wholeModel, to: path)
        for head in [AnswerHead.sigmoid, nil] {
            let notes = try KerasFile.load(path, into: buffer, of: plain.network, head: head)
            #expect(notes.contains { $0.contains("sigmoid or softmax is left out") })
        }
        for head in [AnswerHead.none, .softmax] {
            let refusal = #expect(throws: Failure.self) {
                try KerasFile.load(path, into: buffer, of: plain.network, head: head)
            }
            #expect(refusal?.message.contains("found layer activation") == true, "\(refusal?.message ?? "")")
        }
        // Answers after a sigmoid are another model's answers where ours are numbers.
        var file = CheckFile.make(plain.network, parameters: sigmoid.parameters), y = try file.tensor("y").values
        y = y.map { 1 / (1 + exp(-$0)) }
        file.set("y", shape: [y.count, 1], .float32(y))
        try file.write(to: directory.file("w.check.safetensors"))
        let check = try CheckFile(directory.file("w.check.safetensors"), for: plain.network)
        #expect(check.compare(plain.network, parameters: sigmoid.parameters, head: .sigmoid).areProbabilities)
        #expect(!check.compare(plain.network, parameters: sigmoid.parameters, head: AnswerHead.none).isEqual)
    }

    @Test("a damaged or foreign HDF5 file is refused, whatever its bytes", arguments: 0..<60)
    func hostile(seed: Int) throws {
        let directory = try TemporaryDirectory(), path = directory.file("w.h5")
        let model = try Model([try JSONParser.parse(#"{"layer": "dense", "units": 3}"#)], time: 1, features: 4)
        try KerasFile.write(
            model.network, parameters: model.parameters, name: "test",
            form: [.wholeModel, .weights, .archive][seed % 3],
            to: path)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var random = SeededRandom(seed: UInt64(seed), 21)
        for _ in 0..<8 { bytes[random.index(below: bytes.count)] = UInt8(random.index(below: 256)) }
        if seed % 3 == 0 { bytes.removeLast(random.index(below: bytes.count)) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let buffer = FloatBuffer(count: 15)
        do { _ = try KerasFile.load(path, into: buffer, of: model.network) } catch is Failure {} catch is ConfigError {}
        let other = try Model([try JSONParser.parse(#"{"layer": "dense", "units": 2}"#)], time: 1, features: 4)
        try KerasFile.write(other.network, parameters: other.parameters, name: "test", form: .wholeModel, to: path)
        #expect(throws: Failure.self) { try KerasFile.load(path, into: buffer, of: model.network) }
    }
}
