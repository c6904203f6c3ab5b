import Basics
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// The named order-book models and the larger layers against PyTorch 2.13 in Float32: values recorded by
/// `Fixtures/make_model_fixtures.py`.
///
/// Tolerances, relative to the largest value of an array: 1e-5 for a pass and its gradients (sums of up to 10⁵ terms in
/// another order); losses 2e-4; weights after ten steps 1e-3, because Adam turns the sign of a gradient that is all
/// rounding into a whole step of 1e-3.
@Suite struct ModelTests {
    static let names = [
        "deeplob-paper", "deeplob-keras", "deeplob-torch", "bin-ctabl", "lob-lstm", "bilstm", "gru", "bigru",
        "dual-attention",
    ]

    /// Numbers in [0, 1), as the script makes them.
    static func uniform(_ index: UInt64) -> Float {
        var z = (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Float(z >> 40) * 0x1p-24
    }

    struct Case {
        let network: Network
        let config: TrainingConfig
        let samples: ArraySamples
        let file: SafetensorsFile
        let name: String
        let stride: Int

        init(_ name: String, shards: Int = 1, accumulation: Int = 1) throws {
            self.name = name
            file = try SafetensorsFile.read(
                "\(SharedData.repository)/Tests/NeuralNetworksTests/Fixtures/models.safetensors")
            let node = try JSONParser.parse(try #require(file.metadata[name]))
            let batch = try #require(file.metadata["batch"].flatMap { Int($0) })
            stride = try #require(file.metadata["stride"].flatMap { Int($0) })
            let layers = try node[key: "layers"]?.listValue ?? NamedModels.find(name, at: nil).layers
            let shape = SampleShape(
                time: node[key: "time"]?.intValue ?? 0, channels: node[key: "channels"]?.intValue ?? 0)
            // Without dropout, which draws its own numbers everywhere.
            network = try Network(layers: layers.filter { $0[key: "layer"]?.stringValue != "dropout" }, input: shape)
            #expect(network.parameterCount == node[key: "parameters"]?.intValue)
            var config = TrainingConfig()
            config.loss = try Loss(try #require(node[key: "loss"]), path: "loss")
            config.batchSize = batch
            config.gradientShards = shards
            config.accumulation = accumulation
            self.config = config
            samples = ArraySamples(
                inputs: (0..<batch * shape.count).map { ModelTests.uniform(UInt64($0) + 1 << 40) * 4 - 2 },
                targets: (0..<batch).map { Float($0 % 3) }, width: shape.count)
        }

        func start(_ parameters: FloatBuffer) {
            for (name, spec, offset) in network.parameters {
                let last = name.split(separator: ".").last.map(String.init) ?? ""
                let fan = spec.shape.count > 1 ? max(spec.count / spec.shape[0], 1) : 16
                for i in 0..<spec.count {
                    let drawn = (ModelTests.uniform(UInt64(offset + i)) * 2 - 1) * Float(1 / Double(fan).squareRoot())
                    switch last {
                    case "running_mean": parameters.pointer[offset + i] = 0
                    case "running_var": parameters.pointer[offset + i] = 1
                    case "weight" where spec.shape.count == 1, "l1", "l2": parameters.pointer[offset + i] = drawn + 1
                    case "y", "lambda": parameters.pointer[offset + i] = 0.5
                    default: parameters.pointer[offset + i] = drawn
                    }
                }
            }
        }

        func values(_ field: String) throws -> [Float] { try file.tensor("\(name).\(field)").values }
        func strided(_ values: [Float]) -> [Float] {
            Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }
        }
    }

    @Test("output and gradients of one pass", arguments: names)
    func onePass(name: String) throws {
        let c = try Case(name)
        let parameters = FloatBuffer(count: c.network.parameterCount),
            packed = FloatBuffer(count: c.network.packedCount)
        c.start(parameters)
        c.network.pack(parameters, into: packed)
        let batch = c.samples.count
        let arena = NetworkArena(c.network, batch: batch, isTraining: true, wantsInputGradient: true)
        for i in c.samples.inputs.indices { arena.input[i] = c.samples.inputs[i] }
        arena.forward(batch: batch, parameters: parameters, packed: packed, isTraining: true)
        TorchTests.expectClose((0..<batch * 3).map { arena.output[$0] }, try c.values("output"), 1e-5, "output")
        let total = c.samples.targets.reduce(0.0) { $0 + c.config.loss.weight($1) }
        _ = c.config.loss.evaluate(
            batch: batch, classes: 3, outputs: arena.output, targets: c.samples.targets, total: total,
            gradient: arena.outputGradient)
        let gradients = FloatBuffer(count: c.network.parameterCount)
        arena.backward(batch: batch, parameters: parameters, packed: packed, gradients: gradients.pointer)
        TorchTests.expectClose(c.strided(gradients.array), try c.values("gradient"), 1e-5, "gradient")
        TorchTests.expectClose(
            c.strided((0..<batch * c.network.input.count).map { arena.inputGradient[$0] }), try c.values("dx"), 1e-5,
            "input gradient")
    }

    @Test(
        "ten training steps: every loss, and the weights at the end, also with shards and accumulated gradients",
        arguments: names)
    func tenSteps(name: String) throws {
        // Batch norm sees the part of a batch that is computed at once.
        for (shards, accumulation) in name == "deeplob-torch" ? [(1, 1)] : [(1, 1), (2, 1), (1, 2)] {
            let c = try Case(name, shards: shards, accumulation: accumulation)
            let trainer = try Trainer(network: c.network, config: c.config, threads: 2)
            c.start(trainer.parameters)
            trainer.use(c.samples)
            let indices = (0..<Int32(c.samples.count)).map { $0 }
            for (step, expected) in try c.values("losses").enumerated() {
                let (loss, weight) = indices.withUnsafeBufferPointer { trainer.step(indices: $0) }
                #expect(abs(Float(loss / weight) - expected) < 2e-4 * max(1, expected), "loss of step \(step)")
            }
            TorchTests.expectClose(
                c.strided(trainer.parameters.array), try c.values("trained"), 1e-3, "weights after ten steps")
        }
    }

    @Test("weights do not depend on the number of threads")
    func threads() throws {
        for name in ["deeplob-torch", "bin-ctabl", "dual-attention"] {
            var digests: Set<[Float]> = []
            for threads in 1...3 {
                let c = try Case(name, shards: 3)
                let trainer = try Trainer(network: c.network, config: c.config, threads: threads)
                c.start(trainer.parameters)
                trainer.use(c.samples)
                let indices = (0..<Int32(c.samples.count)).map { $0 }
                for _ in 0..<3 { indices.withUnsafeBufferPointer { _ = trainer.step(indices: $0) } }
                digests.insert(trainer.parameters.array)
            }
            #expect(digests.count == 1, "\(name)")
        }
    }
}
