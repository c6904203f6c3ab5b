import Basics
import Foundation
package import NeuralNetworks
package import Tensors

/// A few windows and a model's answers to them: what shows that weights kept their meaning on the way.
///
/// A safetensors file with `x` [N, T, F] and `y` [N, K], 32-bit floats; or the same two under `torch.save`. Every
/// export writes one, and whoever saves weights elsewhere can: `save_file({"x": x, "y": model(x)},
/// "NAME.check.safetensors")`.
package struct CheckFile: Sendable {
    /// Windows, one after the other.
    package let inputs: [Float]
    /// Answers, one after the other.
    package let answers: [Float]
    /// Windows.
    package let count: Int

    /// How far an answer may lie from ours, in units of the largest answer or of 1, and never
    /// more than a hundredth of the largest answer.
    ///
    /// A sum of n products in 32 bits errs by about 2⁻²⁴·√n of its terms (Higham 2002, Accuracy and Stability of
    /// Numerical Algorithms, section 2.8), 6e-6 for n = 10⁴; the largest seen between PyTorch, Keras, ONNX Runtime and
    /// us is 3e-6, for DeepLOB. What differs in meaning differs by more than 1e-4.
    package static let tolerance: Float = 1e-5

    /// Of the largest answer, how much a difference may be at most, however small the answers are: where all are
    /// small, so are the sums behind them, and a tolerance of 1 would let any weights pass.
    private static let largestShare: Float = 1e-2

    private static let windows = 8

    /// Where the check file of a file of weights lies: `state.check.safetensors` of `state.pth`.
    package static func path(of weights: String) -> String { stem(weights) + ".check.safetensors" }

    /// The first of the check files of `weights` that is there.
    package static func find(beside weights: String) -> String? {
        ["safetensors", "pth", "pt"].map { "\(stem(weights)).check.\($0)" }.first { Paths.exists($0) && $0 != weights }
    }

    /// A path without the endings of weight files.
    package static func stem(_ path: String) -> String {
        for ending in [".weights.h5", ".safetensors", ".keras", ".onnx", ".pth", ".pt", ".h5"]
        where path.hasSuffix(ending) {
            return String(path.dropLast(ending.count))
        }
        return path
    }

    // MARK: Making

    /// Our answers to windows of normal numbers, which scaled features are like; channels of codes get whole numbers.
    package static func make(_ network: Network, parameters: FloatBuffer, metadata: [String: String] = [:])
        -> SafetensorsFile
    {
        var random = SeededRandom(seed: 20_260_101)
        let input = network.input
        var x = (0..<windows * input.count).map { _ in Float(random.normal()) }
        for node in network.nodes where node.sources == [0] {
            guard let coded = node.layer as? Embedding else { continue }
            for i in stride(from: coded.channel, to: x.count, by: input.channels) {
                x[i] = Float(random.index(below: coded.entries))
            }
        }
        var file = SafetensorsFile()
        file.set("x", shape: [windows, input.time, input.channels], .float32(x))
        file.set(
            "y", shape: [windows, network.output.count],
            .float32(run(network, parameters, x, count: windows)))
        file.metadata = metadata.merging(["format": "hftml-check", "version": "1"]) { $1 }
        return file
    }

    /// The outputs of a network.
    static func run(_ network: Network, _ parameters: FloatBuffer, _ x: [Float], count: Int) -> [Float] {
        let packed = FloatBuffer(count: network.packedCount)
        network.pack(parameters, into: packed)
        let arena = NetworkArena(network, batch: 1, isTraining: false), size = network.input.count
        return (0..<count).flatMap { window in
            for i in 0..<size { arena.input[i] = x[window * size + i] }
            arena.forward(batch: 1, parameters: parameters, packed: packed)
            return (0..<network.output.count).map { arena.output[$0] }
        }
    }

    // MARK: Checking

    /// The windows and answers of a file, for a network.
    ///
    /// - Throws: ``Failure`` when they are of other shapes than the network's, or no finite numbers.
    package init(_ path: String, for network: Network) throws {
        let source = try WeightSource.read(path), x = try source.tensor("x"), y = try source.tensor("y")
        let input = network.input
        guard let count = x.shape.first, count > 0,
            x.shape.dropFirst().filter({ $0 != 1 })
                == [input.time, input.channels].filter({ $0 != 1 }), y.values.count == count * network.output.count
        else {
            throw Failure(
                "import.check-shape",
                "found windows of shape \(x.shape) and answers of shape \(y.shape) in '\(path)', expected "
                    + "[N, \(input.time), \(input.channels)] and [N, \(network.output.count)]")
        }
        guard x.values.allSatisfy(\.isFinite), y.values.allSatisfy(\.isFinite) else {
            throw Failure("import.not-finite", "found values that are no finite numbers in '\(path)'")
        }
        // Of zeros nothing but biases is left.
        guard x.values.contains(where: { $0 != 0 }) else {
            throw Failure(
                "import.check",
                "found nothing but zeros in the windows of '\(path)', expected windows like the model's",
                hint: "make the file again with random windows: hftml import-weights --help")
        }
        (inputs, answers, self.count) = (x.values, y.values, count)
    }

    /// How the answers compare with a network's.
    package struct Outcome: Sendable {
        /// The largest difference, in units of the largest answer or of 1.
        package let difference: Float
        /// The window where it is.
        package let window: Int
        /// Whether theirs are our outputs after a sigmoid or softmax.
        package let areProbabilities: Bool

        /// Within the tolerance.
        package var isEqual: Bool { difference <= CheckFile.tolerance }
    }

    /// Compares the answers with those of a network, and with its probabilities where they end in a sigmoid or softmax.
    ///
    /// - Parameter head: what is applied to our outputs when the model answers; nil where nobody knows yet.
    package func compare(_ network: Network, parameters: FloatBuffer, head: AnswerHead? = nil) -> Outcome {
        let ours = CheckFile.run(network, parameters, inputs, count: count), width = network.output.count
        let plain = outcome(ours, width: width, areProbabilities: false)
        // Probabilities that a model of plain numbers does not give are other answers.
        guard !plain.isEqual, head != AnswerHead.none else { return plain }
        let probable = outcome(CheckFile.probabilities(ours, width: width), width: width, areProbabilities: true)
        return probable.isEqual ? probable : plain
    }

    private func outcome(_ ours: [Float], width: Int, areProbabilities: Bool) -> Outcome {
        let largest = answers.reduce(0) { max($0, abs($1)) },
            scale = min(max(1, largest), largest * CheckFile.largestShare / CheckFile.tolerance)
        let differences = zip(ours, answers).map { own, their in
            own == their ? 0 : own.isFinite ? abs(own - their) / scale : Float.infinity
        }
        let worst = differences.indices.max { differences[$0] < differences[$1] } ?? 0
        return Outcome(
            difference: differences[worst], window: worst / width, areProbabilities: areProbabilities)
    }

    private static func probabilities(_ outputs: [Float], width: Int) -> [Float] {
        stride(from: 0, to: outputs.count, by: width).flatMap { start -> [Float] in
            let row = outputs[start..<(start + width)].map(Double.init)
            if width == 1 { return row.map { Float(1 / (1 + exp(-$0))) } }
            let top = row.max() ?? 0, powers = row.map { exp($0 - top) }, sum = powers.reduce(0, +)
            return powers.map { Float($0 / sum) }
        }
    }
}
