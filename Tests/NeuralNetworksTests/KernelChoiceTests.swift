import Basics
import Foundation
import NeuralNetworks
import Synchronization
import TestSupport
import Tensors
import Testing

/// What computes a training belongs to it: beside others in one process, in its checkpoints, in what it records.
@Suite struct KernelChoiceTests {
    static var hasOpenBLAS: Bool { if case .available = OpenBLAS.availability { true } else { false } }

    /// Wide enough that products are split into parts, with every kind of product: convolution, recurrent, dense.
    static let layers = try? JSONParser.parse(
        #"""
        [{"layer": "conv1d", "filters": 32, "kernel": 3}, {"layer": "relu"}, {"layer": "lstm", "hidden": 32},
         {"layer": "dense", "units": 1}]
        """#
    ).listValue

    static func trainer(
        _ precision: Precision = .float32, _ kernels: KernelChoice = .panels, threads: Int = 2
    ) throws -> Trainer {
        var config = TrainingConfig()
        config.epochs = 2
        config.batchSize = 64
        config.gradientShards = 2
        config.precision = precision
        config.kernels = kernels
        let network = try Network(layers: try #require(layers), input: SampleShape(time: 24, channels: 16))
        return try Trainer(network: network, config: config, threads: threads)
    }

    static let width = 24 * 16

    static func samples(_ count: Int, seed: UInt64) -> ArraySamples {
        var random = SeededRandom(seed: seed)
        let inputs = (0..<count * width).map { _ in random.uniformFloat() - 0.5 }
        return ArraySamples(inputs: inputs, targets: (0..<count).map { inputs[$0 * width] }, width: width)
    }

    /// Trains, and calls `afterStep` after every step.
    static func weights(_ trainer: Trainer, afterStep: () -> Void = {}) throws -> String {
        _ = try trainer.run(
            training: samples(256, seed: 1), validation: samples(64, seed: 2),
            shouldStop: {
                afterStep()
                return false
            })
        return TrainerTests.digest(trainer.parameters)
    }

    /// Lets threads go on only when all of them are there.
    final class Barrier: @unchecked Sendable {
        // Guard for `@unchecked`: the state is only touched between lock and unlock.
        private let condition = NSCondition()
        private var parties: Int
        private var arrived = 0
        private var round = 0

        init(parties: Int) { self.parties = parties }

        func wait() {
            condition.lock()
            defer { condition.unlock() }
            arrived += 1
            let mine = round
            open()
            while round == mine { condition.wait() }
        }

        /// A party that ended, well or not, holds up nobody.
        func leave() {
            condition.lock()
            defer { condition.unlock() }
            parties -= 1
            open()
        }

        private func open() {
            guard arrived >= parties else { return }
            (arrived, round) = (0, round + 1)
            condition.broadcast()
        }
    }

    /// Trains with all configurations at once, each on a thread of its own, step beside step.
    static func together(_ choices: [(Precision, KernelChoice)]) throws -> [String] {
        let barrier = Barrier(parties: choices.count), found = Mutex([Int: String]())
        let isDone = DispatchSemaphore(value: 0)
        for (index, choice) in choices.enumerated() {
            Thread.detachNewThread {
                let digest = try? weights(try trainer(choice.0, choice.1), afterStep: barrier.wait)
                found.withLock { $0[index] = digest }
                barrier.leave()
                isDone.signal()
            }
        }
        for _ in choices { isDone.wait() }
        return try choices.indices.map { index in try #require(found.withLock { $0[index] }) }
    }

    @Test("two trainings at once with different precision give the bytes that each gives alone")
    func precisionBesideAnother() throws {
        let choices: [(Precision, KernelChoice)] = [(.float32, .panels), (.splitBF16Emulated, .panels)]
        let alone = try choices.map { try Self.weights(try Self.trainer($0.0, $0.1)) }
        #expect(alone[0] != alone[1], "the precision changes the bytes, or this test shows nothing")
        #expect(try Self.together(choices) == alone)
        #expect(try Self.together(choices.reversed()) == alone.reversed())
    }

    @Test(
        "two trainings at once with different libraries give the bytes that each gives alone",
        .enabled(if: hasOpenBLAS, "needs libopenblas0"))
    func libraryBesideAnother() throws {
        let choices: [(Precision, KernelChoice)] = [(.float32, .panels), (.float32, .openblas)]
        let alone = try choices.map { try Self.weights(try Self.trainer($0.0, $0.1)) }
        #expect(alone[0] != alone[1])
        #expect(try Self.together(choices) == alone)
    }

    @Test(
        "OpenBLAS gives the same bytes for any number of threads, and is recorded by the name of its core",
        .enabled(if: hasOpenBLAS, "needs libopenblas0"))
    func openBLAS() throws {
        var digests: Set<String> = []
        for threads in [1, 2, 1] {
            digests.insert(try Self.weights(try Self.trainer(.float32, .openblas, threads: threads)))
        }
        #expect(digests.count == 1)
        let core = try OpenBLAS.load()
        #expect("\(try Self.trainer(.float32, .openblas).kernelsName)" == "openblas-\(core)")
    }

    @Test("small networks take our own kernels unmeasured; what was measured can be named instead")
    func auto() throws {
        let trainer = try Self.trainer(.float32, .auto)
        #expect(trainer.kernelsName == ProductKernels.panels.name)
        #expect(try Self.weights(trainer) == (try Self.weights(try Self.trainer())))
        // A named library is not a matter of what a run recorded.
        let named = try Self.trainer()
        try named.compute(with: try #require(KernelsName("openblas-Zen")))
        #expect(named.kernelsName == ProductKernels.panels.name)
    }

    @Test(
        "a network of large products is measured, and takes the faster library by its name",
        .enabled(if: hasOpenBLAS, "needs libopenblas0"))
    func measured() throws {
        var config = TrainingConfig()
        config.batchSize = 128
        config.gradientShards = 1
        config.kernels = .auto
        let layers = try #require(JSONParser.parse(#"[{"layer": "dense", "units": 2048}]"#).listValue)
        let network = try Network(layers: layers, input: SampleShape(time: 1, channels: 2048))
        config.loss = .crossEntropy(Loss.CrossEntropy())
        let trainer = try Trainer(network: network, config: config, threads: 1)
        let names = [ProductKernels.panels.name, try ProductKernels(.openblas).name]
        #expect(names.contains(trainer.kernelsName))
        // Whichever it was: a run that recorded the other one computes with the other one.
        for name in names {
            try trainer.compute(with: name)
            #expect(trainer.kernelsName == name)
        }
    }

    @Test("a run resumes with the kernels it began with", .enabled(if: hasOpenBLAS, "needs libopenblas0"))
    func resume() throws {
        let directory = try TemporaryDirectory(), path = directory.file("c.safetensors")
        let first = try Self.trainer(.float32, .auto)
        try first.compute(with: try ProductKernels(.openblas).name)
        #expect(
            try !first.run(
                training: Self.samples(256, seed: 1), validation: Self.samples(64, seed: 2),
                checkpoint: Trainer.CheckpointPlan(path: path), shouldStop: { true }))
        let second = try Self.trainer(.float32, .auto)
        try second.loadCheckpoint(path)
        #expect(second.kernelsName == (try ProductKernels(.openblas).name))
        #expect(try Self.weights(second) == (try Self.weights(try Self.trainer(.float32, .openblas))))
    }

    @Test("a run that other kernels computed does not resume here")
    func foreignKernels() throws {
        let trainer = try Self.trainer()
        let fused = ["panels-avx2", "panels-avx512"], own = "\(trainer.kernelsName)"
        let same = fused.contains(own) ? fused : [own]
        for name in same { try trainer.resume(with: try #require(KernelsName(name))) }
        for name in ["panels-portable", "panels-avx2", "openblas-Other"] where !same.contains(name) {
            let failure = #expect(throws: Failure.self) {
                try trainer.resume(with: try #require(KernelsName(name)))
            }
            #expect(failure?.code == "train.kernels" && failure?.message.contains(name) == true)
            // Another library is another setting, not another machine.
            #expect(
                failure?.hint?.contains("--set training.kernels=openblas") == name.hasPrefix("openblas"), "\(name)")
        }
    }

    @Test("what a configuration asks for is known before anything is measured")
    func declared() throws {
        let own = ProductKernels.panels.name
        #expect(KernelChoice.declared(in: nil) == own)
        #expect(KernelChoice.declared(in: try JSONParser.parse(#"{"kernels": "auto"}"#)) == own)
        let split = KernelChoice.declared(in: try JSONParser.parse(#"{"precision": "split-bf16-emulated"}"#))
        #expect("\(split)" == "\(own)+split-bf16-emulated")
        #expect(KernelChoice.declared(in: try JSONParser.parse(#"{"kernels": "openblas"}"#)).library == .openblas)
    }

    @Test("a checkpoint of a version without the option 'kernels' still opens")
    func earlierCheckpoint() throws {
        let trainer = try Self.trainer()
        var file = trainer.checkpoint
        file.metadata["kernels"] = nil
        try Self.trainer().restore(file, from: "earlier")
        // As that version wrote it for this network and configuration.
        let shapes = [
            "layers.0.weight:[32, 3, 16]", "layers.0.bias:[32]", "layers.2.weight_ih_l0:[128, 32]",
            "layers.2.weight_hh_l0:[128, 32]", "layers.2.bias_ih_l0:[128]", "layers.2.bias_hh_l0:[128]",
            "layers.3.weight:[1, 32]", "layers.3.bias:[1]",
        ]
        let options = [
            "epochs: 2", "batchSize: 64", "gradientShards: Optional(2)", "seed: 1",
            "loss: NeuralNetworks.Loss.meanSquaredError",
            "optimizer: NeuralNetworks.OptimizerConfig.adam(rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-08, "
                + "placement: NeuralNetworks.OptimizerConfig.EpsilonPlacement.corrected)",
            "schedule: NeuralNetworks.LearningRateSchedule.constant", "clipNorm: nil", "monitor: \"loss\"",
            "earlyStopping: nil", "averageDecay: nil", "accumulation: 1", "isShuffled: true",
            "precision: Tensors.Precision.float32",
        ]
        let text = "\(shapes.joined(separator: ","))|TrainingConfig(\(options.joined(separator: ", ")))"
        #expect(file.metadata["fingerprint"] == Digest.sha256(text))
    }
}
