import Basics
import Foundation
import NeuralNetworks
import Tensors

/// Times training steps on random data:
/// `training-benchmark MODEL WINDOW FEATURES BATCH THREADS SECONDS [SHARDS] [KERNELS]`.
///
/// MODEL is a named model or `lstm:HIDDENxLAYERS`. Prints seconds per step of five equal parts after a warm-up, the
/// bytes that training holds, and the instruction set. Gathering the batch is part of a step.
@main
struct TrainingBenchmark {
    struct RandomSamples: SampleSource {
        let inputs: FloatBuffer
        let targets: [Float]
        let width: Int
        var count: Int { targets.count }

        func gather(
            _ indices: UnsafeBufferPointer<Int32>, inputs target: UnsafeMutablePointer<Float>,
            targets out: UnsafeMutablePointer<Float>
        ) {
            for (position, index) in indices.enumerated() {
                (target + position * width).update(from: inputs.pointer + Int(index) * width, count: width)
                out[position] = targets[Int(index)]
            }
        }
    }

    static func layers(_ name: String) throws -> [JSONValue] {
        let parts = name.split(whereSeparator: { ":x".contains($0) })
        guard parts.count == 3, parts[0] == "lstm", let hidden = Int(parts[1]), let layers = Int(parts[2]) else {
            return try NamedModels.find(name, at: nil).layers
        }
        return [
            .map(["layer": .string("lstm"), "hidden": .int(hidden), "layers": .int(layers)]),
            .map(["layer": .string("dense"), "units": .int(1)]),
        ]
    }

    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst().map { $0 }
        let kernels = arguments.last.flatMap(KernelChoice.init)
        if kernels != nil { arguments.removeLast() }
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count == arguments.count - 1, (5...6).contains(numbers.count) else {
            throw Failure(
                "usage", "training-benchmark MODEL WINDOW FEATURES BATCH THREADS SECONDS [SHARDS] [KERNELS]",
                exitStatus: .usage)
        }
        let (window, features, batch, threads, seconds) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])
        let network = try Network(
            layers: try layers(arguments[0]), input: SampleShape(time: window, channels: features))
        var config = TrainingConfig()
        config.batchSize = batch
        if numbers.count > 5 { config.gradientShards = numbers[5] }
        config.kernels = kernels ?? .panels
        config.loss =
            network.output.count > 1
            ? .crossEntropy(Loss.CrossEntropy())
            : arguments[0] == "bars-cnn" ? .binaryCrossEntropy(positiveWeight: 1) : .meanSquaredError
        let trainer = try Trainer(network: network, config: config, threads: threads)
        var random = SeededRandom(seed: 1)
        let width = network.input.count, blocks = max(2, min(32, 8_000_000 / (batch * width))), count = batch * blocks
        let samples = RandomSamples(
            inputs: FloatBuffer((0..<count * width).map { _ in random.uniformFloat() - 0.5 }),
            targets: (0..<count).map { _ in Float(random.index(below: 2)) },
            width: width)
        trainer.use(samples)
        let order = (0..<Int32(count)).map { $0 }
        func run(for limit: Double) -> Double {
            let started = Clock.monotonic()
            var steps = 0, spent = 0.0
            order.withUnsafeBufferPointer { all in
                repeat {
                    let first = steps % blocks * batch
                    trainer.step(indices: UnsafeBufferPointer(rebasing: all[first..<first + batch]))
                    steps += 1
                    spent = Double(Clock.monotonic() - started) * 1e-9
                } while spent < limit || steps < 2
            }
            return spent / Double(steps)
        }
        let part = Double(seconds) / 6
        _ = run(for: part)
        let parts = (0..<5).map { _ in run(for: part) }
        let document: JSONValue = .map([
            "secondsPerStep": .doubles(parts), "kernels": .string("\(trainer.kernelsName)"),
            "bytes": .int(trainer.byteCount),
            "multiplyAdds": .int(network.multiplyAdds),
        ])
        print(document.text(.compact))
    }
}
