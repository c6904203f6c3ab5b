import Basics
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct TrainerTests {
    static let layers = try? JSONParser.parse(
        #"""
        [{"layer": "conv1d", "filters": 6, "kernel": 3}, {"layer": "batchnorm"}, {"layer": "relu"}, {"layer":
        "dropout", "rate": 0.2}, {"layer": "lstm", "hidden": 9}, {"layer": "dense", "units": 1}]
        """#
    ).listValue

    static func samples(_ count: Int, seed: UInt64) -> ArraySamples {
        var random = SeededRandom(seed: seed)
        let inputs = (0..<count * 24).map { _ in random.uniformFloat() - 0.5 }
        return ArraySamples(
            inputs: inputs, targets: (0..<count).map { inputs[$0 * 24] + inputs[$0 * 24 + 23] }, width: 24)
    }

    static func trainer(threads: Int, shards: Int = 4, epochs: Int = 3) throws -> Trainer {
        var config = TrainingConfig()
        config.epochs = epochs
        config.batchSize = 32
        config.gradientShards = shards
        config.clipNorm = 1
        config.schedule = .cosine(warmupSteps: 5, floor: 0.1)
        return try Trainer(
            network: try Network(layers: try #require(layers), input: SampleShape(time: 8, channels: 3)),
            config: config, threads: threads)
    }

    static func digest(_ buffer: FloatBuffer) -> String {
        Digest.sha256(buffer.array.flatMap { withUnsafeBytes(of: $0.bitPattern) { Array($0) } })
    }

    @Test("weights are the same bytes for any number of threads, and again for the same seed")
    func threads() throws {
        var digests: Set<String> = []
        for threads in [1, 2, 3, 2] {
            let trainer = try TrainerTests.trainer(threads: threads)
            _ = try trainer.run(
                training: TrainerTests.samples(300, seed: 1), validation: TrainerTests.samples(60, seed: 2))
            digests.insert(TrainerTests.digest(trainer.parameters))
        }
        #expect(digests.count == 1)
    }

    @Test("a run that stops at any step and resumes ends in the same bytes", arguments: [1, 7, 10, 23])
    func resume(stopAfter: Int) throws {
        let directory = try TemporaryDirectory()
        let training = TrainerTests.samples(300, seed: 1), validation = TrainerTests.samples(60, seed: 2)
        let whole = try TrainerTests.trainer(threads: 2)
        #expect(try whole.run(training: training, validation: validation))
        let plan = Trainer.CheckpointPlan(path: directory.file("checkpoint.safetensors"))
        let first = try TrainerTests.trainer(threads: 2)
        var steps = 0
        let isDone = try first.run(
            training: training, validation: validation, checkpoint: plan,
            shouldStop: {
                steps += 1
                return steps == stopAfter
            })
        #expect(!isDone)
        let second = try TrainerTests.trainer(threads: 1)
        try second.loadCheckpoint(plan.path)
        #expect(try second.run(training: training, validation: validation, checkpoint: plan))
        #expect(TrainerTests.digest(second.parameters) == TrainerTests.digest(whole.parameters))
        #expect(second.state.history == whole.state.history)
    }

    @Test("a checkpoint of another configuration is refused, and a damaged one is an error")
    func foreignCheckpoint() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("c.safetensors")
        try TrainerTests.trainer(threads: 1).saveCheckpoint(path)
        #expect(throws: Failure.self) { try TrainerTests.trainer(threads: 1, epochs: 9).loadCheckpoint(path) }
        let good = try SafetensorsFile.read(path)
        let width = 3 + ValidationMeasures.names(TrainingConfig().loss).count
        for (name, column) in [
            ("counters", SafetensorsFile.Column.int64([1, -1, 0, 0, 0])), ("counters", .int64([.max, 0, 0, 0, 0])),
            ("history", .float64([Double](repeating: .nan, count: width))),
            ("history", .float64([Double](repeating: 1e300, count: width))),
        ] {
            var damaged = good
            damaged.set(name, shape: [name == "counters" ? 5 : width], column)
            let error = #expect(throws: Failure.self, "\(column)") {
                try TrainerTests.trainer(threads: 1).restore(damaged, from: "c")
            }
            #expect(error?.message == "found a damaged checkpoint in 'c'")
        }
        let bytes = try FileChunks.bytes(path)
        for cut in [0, 7, 100, bytes.count / 2, bytes.count - 1] {
            try AtomicFile.write(Array(bytes.prefix(cut)), to: path)
            #expect(throws: (any Error).self) { try TrainerTests.trainer(threads: 1).loadCheckpoint(path) }
        }
    }

    @Test("overfits one small batch")
    func overfit() throws {
        var config = TrainingConfig()
        config.epochs = 400
        config.batchSize = 16
        config.optimizer = .adam(rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, placement: .corrected)
        let layers = try #require(
            JSONParser.parse(#"[{"layer": "lstm", "hidden": 16}, {"layer": "dense", "units": 1}]"#).listValue)
        let trainer = try Trainer(
            network: try Network(layers: layers, input: SampleShape(time: 8, channels: 3)), config: config, threads: 2)
        let samples = TrainerTests.samples(16, seed: 5)
        _ = try trainer.run(training: samples, validation: samples)
        #expect(trainer.evaluate(samples) < 1e-3)
    }

    @Test("early stopping ends training and keeps the best weights")
    func earlyStopping() throws {
        var config = TrainingConfig()
        config.epochs = 200
        config.earlyStopping = TrainingConfig.EarlyStopping(patience: 3, minimumImprovement: 0)
        config.optimizer = .sgd(rate: 0.5, momentum: 0.9, weightDecay: 0)
        let layers = try #require(
            JSONParser.parse(
                #"""
                [{"layer": "flatten"}, {"layer": "dense", "units": 8}, {"layer": "tanh"}, {"layer": "dense", "units":
                1}]
                """#
            ).listValue)
        let trainer = try Trainer(
            network: try Network(layers: layers, input: SampleShape(time: 8, channels: 3)), config: config, threads: 1)
        let validation = TrainerTests.samples(50, seed: 9)
        _ = try trainer.run(training: TrainerTests.samples(40, seed: 1), validation: validation)
        #expect(trainer.state.history.count < 200)
        #expect(trainer.evaluate(validation) == trainer.state.bestLoss)
    }

    @Test("a wrong layer names its place and the nearest name")
    func layerErrors() throws {
        let bad = try JSONParser.parse(#"[{"layer": "desne", "units": 3}]"#, file: "m.json")
        let error = #expect(throws: ConfigError.self) {
            try Network(layers: bad.listValue ?? [], input: SampleShape(time: 4, channels: 2))
        }
        #expect(error?.hint == "did you mean 'dense'?")
        let tooLong = try JSONParser.parse(#"[{"layer": "conv1d", "filters": 2, "kernel": 9}]"#, file: "m.json")
        let shape = #expect(throws: ConfigError.self) {
            try Network(layers: tooLong.listValue ?? [], input: SampleShape(time: 4, channels: 2))
        }
        #expect(shape?.message.contains("4×2") == true)
    }
}
