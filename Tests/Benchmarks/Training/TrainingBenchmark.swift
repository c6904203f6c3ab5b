import Basics
import Foundation
import NeuralNetworks
import Tensors

/// Times training steps of a reference model on random data: `training-benchmark MODEL FEATURES BATCH THREADS STEPS`.
///
/// Prints seconds per step of five equal parts after a warm-up, and the instruction set. Gathering the batch is part of a step.
@main
struct TrainingBenchmark {
    struct RandomSamples: SampleSource {
        let inputs: [Float]
        let targets: [Float]
        let width: Int
        var count: Int { targets.count }

        func gather(_ indices: UnsafeBufferPointer<Int32>, inputs target: UnsafeMutablePointer<Float>, targets out: UnsafeMutablePointer<Float>) {
            inputs.withUnsafeBufferPointer { source in
                for (position, index) in indices.enumerated() {
                    if let base = source.baseAddress { (target + position * width).update(from: base + Int(index) * width, count: width) }
                    out[position] = targets[Int(index)]
                }
            }
        }
    }

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().map { $0 }
        guard arguments.count == 5, let features = Int(arguments[1]), let batch = Int(arguments[2]), let threads = Int(arguments[3]), let steps = Int(arguments[4])
        else { throw Failure("usage", "training-benchmark MODEL FEATURES BATCH THREADS STEPS", exitStatus: .usage) }
        let model = try NamedModels.find(arguments[0], at: nil)
        let network = try Network(layers: model.layers, input: SampleShape(time: model.window, channels: features))
        var config = TrainingConfig()
        config.batchSize = batch
        config.loss = model.name == "bars-cnn" ? .binaryCrossEntropy(positiveWeight: 1) : .meanSquaredError
        let trainer = try Trainer(network: network, config: config, threads: threads)
        var random = SeededRandom(seed: 1)
        let width = network.input.count, count = batch * 32
        let samples = RandomSamples(
            inputs: (0..<count * width).map { _ in random.uniformFloat() - 0.5 }, targets: (0..<count).map { _ in Float(random.index(below: 2)) }, width: width)
        trainer.use(samples)
        let order = (0..<Int32(count)).map { $0 }
        func run(_ steps: Int) -> Double {
            let started = Clock.monotonic()
            order.withUnsafeBufferPointer { all in
                for step in 0..<steps {
                    let first = step % 32 * batch
                    trainer.step(indices: UnsafeBufferPointer(rebasing: all[first..<first + batch]))
                }
            }
            return Double(Clock.monotonic() - started) * 1e-9 / Double(steps)
        }
        _ = run(max(steps / 5, 10))
        let parts = (0..<5).map { _ in run(max(steps / 5, 1)) }
        let document: JSONValue = .map(["secondsPerStep": .doubles(parts), "kernels": .string(MatrixProduct.kernelLevel)])
        print(document.text(.compact))
    }
}
