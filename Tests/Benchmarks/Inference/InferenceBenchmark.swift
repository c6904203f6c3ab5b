import Basics
import CKernels
import Foundation
import Interchange
import NeuralNetworks
import Tensors

/// Times the prediction of one window on one thread: `inference-benchmark MODEL WINDOW FEATURES SECONDS [ONNX-FILE]`.
///
/// MODEL is a named model or `lstm:HIDDENxLAYERS`. Prints percentiles in microseconds over all calls after a warm-up; a
/// call copies the window in, runs the network and reads the first output. With a file, also writes the network as
/// ONNX, for the peer.
@main
struct InferenceBenchmark {
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
        let arguments = CommandLine.arguments.dropFirst().map { $0 }
        guard arguments.count >= 4, let window = Int(arguments[1]), let features = Int(arguments[2]),
            let seconds = Double(arguments[3])
        else {
            throw Failure("usage", "inference-benchmark MODEL WINDOW FEATURES SECONDS [ONNX-FILE]", exitStatus: .usage)
        }
        let network = try Network(
            layers: try layers(arguments[0]), input: SampleShape(time: window, channels: features))
        let parameters = network.initialParameters(seed: 1), packed = FloatBuffer(count: network.packedCount)
        if arguments.count > 4 {
            try ONNXExporter.model(network, parameters: parameters, name: arguments[0]).write(
                to: URL(fileURLWithPath: arguments[4]))
        }
        network.pack(parameters, into: packed)
        let arena = NetworkArena(network, batch: 1, isTraining: false)
        var random = SeededRandom(seed: 2)
        let windows = FloatBuffer((0..<64 * network.input.count).map { _ in random.uniformFloat() - 0.5 })
        var nanoseconds: [UInt32] = []
        nanoseconds.reserveCapacity(4_000_000)
        var sum: Float = 0
        _ = ck_float_enter()
        func run(for limit: Double, keeps: Bool) {
            let end = Clock.monotonic() + Int64(limit * 1e9)
            var call = 0, now = Clock.monotonic()
            while now < end, nanoseconds.count < 4_000_000 {
                let window = windows.pointer + call % 64 * network.input.count
                let before = Clock.monotonic()
                arena.input.update(from: window, count: network.input.count)
                arena.forward(batch: 1, parameters: parameters, packed: packed)
                sum += arena.output[0]
                now = Clock.monotonic()
                if keeps { nanoseconds.append(UInt32(clamping: now - before)) }
                call += 1
            }
        }
        run(for: seconds / 4, keeps: false)
        run(for: seconds, keeps: true)
        nanoseconds.sort()
        func percentile(_ share: Double) -> JSONValue {
            .double(Double(nanoseconds[min(nanoseconds.count - 1, Int(share * Double(nanoseconds.count)))]) / 1000)
        }
        let document: JSONValue = .map([
            "calls": .int(nanoseconds.count), "p50": percentile(0.5), "p99": percentile(0.99),
            "p999": percentile(0.999), "largest": percentile(1),
            "multiplyAdds": .int(network.multiplyAdds), "weightBytes": .int(4 * network.parameterCount),
            "kernels": .string("\(ProductKernels.panels.name)"),
            "check": .double(Double(sum)),
        ])
        print(document.text(.compact))
    }
}
