import Basics
import Foundation
import NeuralNetworks
import Tensors
import Testing

/// Forward passes of published shapes with weights sin(0.7k + 0.3)/√fan and inputs cos(0.1t + 0.3f): values computed in
/// Float64 with plain numpy, given in the order-book and STAC-ML specifications. Tolerance 2e-4 relative for Float32,
/// as stated there.
@Suite struct GoldenTests {
    /// Numbers of the running filler.
    struct Filler {
        var k = 0

        mutating func fill(_ target: UnsafeMutablePointer<Float>, _ count: Int, fan: Int) {
            for i in 0..<count { target[i] = next(fan) }
        }

        mutating func next(_ fan: Int) -> Float {
            defer { k += 1 }
            return Float(sin(0.7 * Double(k) + 0.3) / Double(fan).squareRoot())
        }
    }

    /// A network with filled weights, run on one window that starts at step `shift`.
    struct Run {
        let network: Network
        let arena: NetworkArena

        init(_ network: Network, shift: Int = 0, adjust: (FloatBuffer) -> Void = { _ in }) {
            self.network = network
            let parameters = FloatBuffer(count: network.parameterCount),
                packed = FloatBuffer(count: network.packedCount)
            var filler = Filler()
            for (index, node) in network.nodes.enumerated() {
                GoldenTests.fill(node, parameters.pointer + network.parameterOffsets[index], &filler)
            }
            adjust(parameters)
            network.pack(parameters, into: packed)
            // As in training, so that activations stay; nothing here behaves otherwise at inference but dropout, which
            // is left out.
            arena = NetworkArena(network, batch: 1, isTraining: true)
            for t in 0..<network.input.time {
                for f in 0..<network.input.channels {
                    arena.input[t * network.input.channels + f] = Float(cos(0.1 * Double(t + shift) + 0.3 * Double(f)))
                }
            }
            arena.forward(batch: 1, parameters: parameters, packed: packed)
        }

        var output: [Double] { (0..<network.output.count).map { Double(arena.output[$0]) } }

        func sum(_ node: Int) -> Double {
            (0..<network.nodes[node].output.count).reduce(0) { $0 + Double(arena.activation(node)[$1]) }
        }
    }

    /// Fills a node's parameters in the order of the specification: weights as [out][in][kernel time][kernel width],
    /// one LSTM bias.
    static func fill(_ node: Network.Node, _ at: UnsafeMutablePointer<Float>, _ filler: inout Filler) {
        guard let layer = node.layer else { return }
        var target = at
        let fan = layer.input.channels
        for spec in layer.parameters {
            switch (type(of: layer).kind, spec.name) {
            case ("conv2d", "weight"):
                let (out, height, width, channels) = (spec.shape[0], spec.shape[1], spec.shape[2], spec.shape[3])
                for o in 0..<out {
                    for c in 0..<channels {
                        for h in 0..<height {
                            for w in 0..<width {
                                target[((o * height + h) * width + w) * channels + c] = filler.next(
                                    height * width * channels)
                            }
                        }
                    }
                }
            case ("conv2d", "bias"): filler.fill(target, spec.count, fan: layer.parameters[0].count / spec.count)
            case ("lstm", let name) where name.hasPrefix("bias_hh"): target.update(repeating: 0, count: spec.count)
            case ("lstm", let name):
                filler.fill(
                    target, spec.count,
                    fan: name.hasPrefix("weight_ih")
                        ? spec.shape[1] : spec.shape.count == 2 ? spec.shape[1] : spec.shape[0] / 4)
            case ("bin", "y"), ("tabl", "lambda"): target.update(repeating: 0.5, count: spec.count)
            case ("bin", _): filler.fill(target, spec.count, fan: 1)
            case ("bilinear", "w2"), ("tabl", "w2"), ("tabl", "w"):
                filler.fill(target, spec.count, fan: layer.input.time)
            default: filler.fill(target, spec.count, fan: fan)
            }
            target += spec.count
        }
    }

    static func expect(_ found: Double, _ expected: Double, _ what: String, scale: Double? = nil) {
        #expect(
            abs(found - expected) <= 2e-4 * max(abs(expected), scale ?? 0),
            "\(what): found \(found), expected \(expected)")
    }

    static func named(_ name: String, features: Int) throws -> Network {
        let model = try NamedModels.find(name, at: nil)
        return try Network(layers: model.layers, input: SampleShape(time: model.window, channels: features))
    }

    @Test("DeepLOB, both published sizes without batch norm: sums after every block, logits and probabilities")
    func deepLOB() throws {
        // layer 1, 3, 6, 9, the joined branches, h₁₀₀; then logits.
        let expected: [String: (sums: [Double], logits: [Double])] = [
            "deeplob-paper": (
                [10369.0964603035, 1334.6868688754, 702.4359879456, 63.0597976224, 438.0743705207, -1.3717286196],
                [0.0852671181, -0.0951479085, -0.1968786080]
            ),
            "deeplob-keras": (
                [22630.4539219900, 3462.2330701653, 768.9823754319, 81.8158353475, 1113.5171173071, 1.5032555624],
                [0.0567594989, -0.1122231849, -0.1906253955]
            ),
        ]
        for (name, values) in expected {
            let run = Run(try GoldenTests.named(name, features: 40))
            let activations = run.network.nodes.indices.filter { run.network.nodes[$0].kind == "leaky_relu" }
            let joined = try #require(run.network.nodes.firstIndex { $0.kind == "concat" }),
                lstm = try #require(run.network.nodes.firstIndex { $0.kind == "lstm" })
            let nodes = [activations[0], activations[2], activations[5], activations[8], joined, lstm]
            // A sum of signed values of order one is held to its largest terms.
            for (node, sum) in zip(nodes, values.sums) {
                GoldenTests.expect(run.sum(node), sum, "\(name), node \(node)", scale: node == lstm ? 10 : nil)
            }
            for (found, logit) in zip(run.output, values.logits) { GoldenTests.expect(found, logit, "\(name), logit") }
        }
        // Layer 1, channel 0 at t = 0.
        for (name, values) in [
            ("deeplob-paper", [0.3170990926, 0.0820299006, -0.0034249068, -0.0080816540]),
            ("deeplob-keras", [1.4131567087, 1.1780875167, 0.7535669362, 0.2878922195]),
        ] {
            let run = Run(try GoldenTests.named(name, features: 40)), channels = run.network.nodes[2].output.channels
            for (column, value) in values.enumerated() {
                GoldenTests.expect(
                    Double(run.arena.activation(2)[column * channels]), value, "\(name), column \(column)", scale: 1e-2)
            }
        }
    }

    @Test("parameter counts of every variant")
    func parameterCounts() throws {
        // One LSTM bias in the published counts of paper and keras; PyTorch's second adds 256.
        for (name, features, count) in [
            ("deeplob-paper", 40, 60_691 + 256), ("deeplob-keras", 40, 142_435 + 256), ("bin-ctabl", 40, 11_446),
            // 143,907 trained, and running mean and variance of 14 batch norms.
            ("deeplob-torch", 40, 143_907 + 2 * (9 * 32 + 5 * 64)),
        ] { #expect(try GoldenTests.named(name, features: features).parameterCount == count, "\(name)") }
        #expect(try GoldenTests.named("deeplob-paper", features: 40).multiplyAdds == 12_249_792)
        #expect(try GoldenTests.named("deeplob-keras", features: 40).multiplyAdds == 39_040_192)
    }

    @Test("BiN-CTABL: normalised window, both bilinear layers, logits")
    func binCTABL() throws {
        let run = Run(try GoldenTests.named("bin-ctabl", features: 40))
        GoldenTests.expect(run.sum(0), 9.349578983277, "normalised window", scale: 10)
        GoldenTests.expect(Double(run.arena.activation(0)[0]), 0.652830464956, "z[0, 0]")
        GoldenTests.expect(Double(run.arena.activation(0)[9 * 40 + 39]), 0.554608111290, "z[39, 9]")
        GoldenTests.expect(run.sum(2), 103.288930224813, "first bilinear layer")
        GoldenTests.expect(run.sum(5), 27.469931839335, "second bilinear layer")
        for (found, expected) in zip(run.output, [-0.002059732577, -0.120433240199, -0.066439337627]) {
            GoldenTests.expect(found, expected, "logit", scale: 0.1)
        }
    }

    @Test(
        "STAC-ML-shaped LSTM stacks on three successive windows",
        arguments: [
            (50, 100, 2, 100, 160_901, [-0.152671290621, -0.152706002175, -0.152739922798]),
            (100, 250, 3, 200, 1_002_601, [-0.166303369158, -0.166303399910, -0.166303389963]),
        ])
    func stac(time: Int, features: Int, layers: Int, hidden: Int, count: Int, expected: [Double]) throws {
        let list = try #require(
            JSONParser.parse(
                #"[{"layer": "lstm", "hidden": \#(hidden), "layers": \#(layers)}, {"layer": "dense", "units": 1}]"#
            ).listValue)
        let network = try Network(layers: list, input: SampleShape(time: time, channels: features))
        #expect(network.parameterCount - layers * 4 * hidden == count)
        for (shift, value) in expected.enumerated() {
            #expect(abs(Run(network, shift: shift).output[0] - value) < 1e-4 * abs(value))
        }
    }

    @Test("a small LSTM to its last state")
    func smallLSTM() throws {
        let network = Network(
            input: SampleShape(time: 4, channels: 3),
            layers: [LSTM(input: SampleShape(time: 4, channels: 3), hidden: 2)])
        for (found, expected) in zip(Run(network).output, [0.0900939460, -0.3572624675]) {
            GoldenTests.expect(found, expected, "h")
        }
    }

    @Test("measures of a confusion matrix, to the digits of the specification")
    func measures() {
        let m = MulticlassMetrics(confusion: [[50, 8, 2], [10, 120, 20], [5, 15, 70]])
        let expected: [(Double, Double)] = [
            (m.accuracy, 0.8), (m.precision[0], 0.7692307692), (m.precision[1], 0.8391608392),
            (m.precision[2], 0.7608695652), (m.recall[0], 0.8333333333),
            (m.recall[1], 0.8), (m.recall[2], 0.7777777778), (m.f1[0], 0.8), (m.f1[1], 0.8191126280),
            (m.f1[2], 0.7692307692), (m.f1Macro, 0.7961144657),
            (m.f1Weighted, 0.8003255448), (m.precisionMacro, 0.7897537245), (m.recallMacro, 0.8037037037),
            (m.kappa, 0.6806812134), (m.mcc, 0.6811827385),
        ]
        for (found, value) in expected { #expect(abs(found - value) < 5e-11) }
    }

    @Test("the placement of epsilon makes two optimizers, equal to TensorFlow's and PyTorch's")
    func epsilonPlacement() {
        let rows: [(OptimizerConfig.EpsilonPlacement, Double, [Double])] = [
            (.uncorrected, 1, [0.999844347204, 0.999786502655, 0.999721966012]),
            (.corrected, 1, [0.996666666667, 0.995713693015, 0.994802469782]),
            (.uncorrected, 1e-7, [0.990000063245, 0.986544025069, 0.982750129145]),
            (.corrected, 1e-8, [0.990000000200, 0.986543941812, 0.982750024084]),
        ]
        for (placement, epsilon, expected) in rows {
            var optimizer = Optimizer(
                .adam(rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: epsilon, placement: placement), parameterCount: 1)
            let weight = FloatBuffer([1])
            for (gradient, value) in zip([Float(0.5), -0.2, 0.1], expected) {
                optimizer.apply(to: weight, ranges: [0..<1], gradient: [gradient])
                // Float32 of a number near one.
                #expect(abs(Double(weight.pointer[0]) - value) < 3e-7, "\(placement), epsilon \(epsilon)")
            }
        }
    }
}
