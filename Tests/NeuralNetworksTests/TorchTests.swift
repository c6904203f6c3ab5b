import Basics
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Samples held in arrays.
struct ArraySamples: SampleSource {
    let inputs: [Float]
    let targets: [Float]
    let width: Int

    var count: Int { targets.count }

    func gather(
        _ indices: UnsafeBufferPointer<Int32>, inputs target: UnsafeMutablePointer<Float>,
        targets out: UnsafeMutablePointer<Float>
    ) {
        for (position, index) in indices.enumerated() {
            for i in 0..<width { target[position * width + i] = inputs[Int(index) * width + i] }
            out[position] = targets[Int(index)]
        }
    }
}

/// Networks against PyTorch 2.13 in Float32: values recorded by `Fixtures/make_fixtures.py`.
///
/// Tolerances: 2e-6 relative to the largest value of the array for one pass (sums are taken in another order), 2e-4 for
/// weights after ten steps, where Adam's division amplifies rounding of small gradients.
@Suite struct TorchTests {
    static let names = [
        "dense-mse", "dense-bce", "dense-ce", "conv-valid", "conv-same-stride", "lstm-two-layers", "lstm-sequences",
        "batchnorm", "bars-lstm",
    ]

    struct Case {
        let name: String
        let network: Network
        let config: TrainingConfig
        let batch: Int
        let file: SafetensorsFile

        init(_ name: String, shards: Int = 1) throws {
            self.name = name
            file = try SafetensorsFile.read(
                "\(SharedData.repository)/Tests/NeuralNetworksTests/Fixtures/torch.safetensors")
            let node = try JSONParser.parse(try #require(file.metadata[name]))
            batch = try #require(node[key: "batch"]?.intValue)
            network = try Network(
                layers: try #require(node[key: "layers"]?.listValue),
                input: SampleShape(
                    time: node[key: "time"]?.intValue ?? 0, channels: node[key: "channels"]?.intValue ?? 0))
            var config = TrainingConfig()
            config.loss = try Loss(try #require(node[key: "loss"]), path: "loss")
            config.optimizer = try OptimizerConfig(try #require(node[key: "optimizer"]), path: "optimizer")
            config.batchSize = batch
            config.gradientShards = shards
            self.config = config
        }

        func values(_ field: String) throws -> [Float] { try file.tensor("\(name).\(field)").values }
        var samples: ArraySamples {
            get throws {
                ArraySamples(inputs: try values("x"), targets: try values("target"), width: network.input.count)
            }
        }
    }

    static func expectClose(_ found: [Float], _ expected: [Float], _ tolerance: Float, _ what: String) {
        #expect(found.count == expected.count, "\(what): found \(found.count) values, expected \(expected.count)")
        let scale = max(expected.map(\.magnitude).max() ?? 0, 1e-6)
        let worst = zip(found, expected).map { ($0 - $1).magnitude }.max() ?? 0
        #expect(worst <= tolerance * scale, "\(what): largest difference \(worst) of values up to \(scale)")
    }

    @Test("output, loss and gradients of one pass", arguments: names)
    func onePass(name: String) throws {
        let c = try Case(name)
        let trainer = try Trainer(network: c.network, config: c.config, threads: 1)
        trainer.parameters.copy(from: try c.values("parameters"))
        let arena = NetworkArena(c.network, batch: c.batch, isTraining: true, wantsInputGradient: true)
        let packed = FloatBuffer(count: c.network.packedCount)
        c.network.pack(trainer.parameters, into: packed)
        let x = try c.values("x"), target = try c.values("target")
        for i in x.indices { arena.input[i] = x[i] }
        arena.forward(batch: c.batch, parameters: trainer.parameters, packed: packed, isTraining: true)
        let output = (0..<c.batch * c.network.output.count).map { arena.output[$0] }
        TorchTests.expectClose(output, try c.values("output"), 2e-6, "output")
        let total = target.reduce(0.0) { $0 + c.config.loss.weight($1) }
        let loss = c.config.loss.evaluate(
            batch: c.batch, classes: c.network.output.count, outputs: arena.output, targets: target, total: total,
            gradient: arena.outputGradient)
        #expect(abs(Float(loss / total) - (try c.values("loss")[0])) < 2e-6)
        let gradients = FloatBuffer(count: c.network.parameterCount)
        arena.backward(batch: c.batch, parameters: trainer.parameters, packed: packed, gradients: gradients.pointer)
        TorchTests.expectClose(gradients.array, try c.values("gradient"), 5e-6, "gradient")
        TorchTests.expectClose(
            (0..<x.count).map { arena.inputGradient[$0] }, try c.values("dx"), 5e-6, "input gradient")
    }

    @Test("ten training steps: every loss, and the weights at the end", arguments: names)
    func tenSteps(name: String) throws {
        // Two shards must give PyTorch's values as well; batch norm alone sees shards.
        for shards in name == "batchnorm" ? [1] : [1, 2] {
            let c = try Case(name, shards: shards)
            let trainer = try Trainer(network: c.network, config: c.config, threads: 2)
            trainer.parameters.copy(from: try c.values("parameters"))
            trainer.use(try c.samples)
            let expected = try c.values("losses")
            let indices = (0..<Int32(c.batch)).map { $0 }
            for step in 0..<10 {
                let (loss, weight) = indices.withUnsafeBufferPointer { trainer.step(indices: $0) }
                #expect(
                    abs(Float(loss / weight) - expected[step]) < 2e-4 * max(1, expected[step]), "loss of step \(step)")
            }
            TorchTests.expectClose(trainer.parameters.array, try c.values("trained"), 2e-4, "weights after ten steps")
        }
    }

    @Test("OpenBLAS gives the same products as the panel kernel")
    func openBLAS() throws {
        var random = SeededRandom(seed: 4)
        for (m, n, k) in [(1, 1, 1), (7, 5, 3), (32, 64, 64), (13, 33, 300), (64, 17, 8)] {
            let a = (0..<m * k).map { _ in random.uniformFloat() - 0.5 },
                b = (0..<k * n).map { _ in random.uniformFloat() - 0.5 }
            var results: [[Float]] = []
            for library in ProductKernels.Library.allCases {
                var c = [Float](repeating: 0, count: m * n)
                let plain = FloatBuffer(b)
                MatrixProduct.multiply(
                    m: m, n: n, k: k, a: a, aRow: k, aColumn: 1, b: plain.pointer, bRow: n, c: &c, cRow: n,
                    accumulates: false, try ProductKernels(library))
                results.append(c)
            }
            TorchTests.expectClose(results[0], results[1], 1e-6, "product \(m)×\(n)×\(k)")
        }
    }
}
