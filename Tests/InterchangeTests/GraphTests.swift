import Basics
import Foundation
import Interchange
import NeuralNetworks
import TestSupport
import Tensors
import Testing

/// For every layer, in both directions, in PyTorch, Keras and ONNX Runtime: equal answers, or a refusal that says why.
@Suite(.enabled(if: Exchange.isPossible, "needs torch, keras, onnxruntime and libhdf5"))
struct GraphTests {
    /// Layers that a tool has no form for, and may therefore refuse.
    private static let mayRefuse: [String: Set<String>] = [
        "onnx": [], "torch": [],
        "keras": [
            "positional", "embedding", "bin", "bilinear", "tabl", "log", "logit", "gelu", "maxpool1d", "maxpool2d",
            "avgpool1d", "avgpool2d",
        ],
    ]

    @Test("models out give our answers in the other tool, or are refused by a layer that it does not have")
    func out() throws {
        let exchange = try Exchange.shared.get()
        var equal = 0, refused = 0
        for subject in exchange.subjects {
            for (tool, mayRefuse) in Self.mayRefuse {
                if let refusal = subject.refusals[tool] {
                    refused += 1
                    #expect(refusal.code == "export.layer", "\(subject.name) \(tool): \(refusal)")
                    #expect(
                        mayRefuse.contains { refusal.message.contains("'\($0)'") },
                        "\(subject.name) \(tool): \(refusal)")
                    continue
                }
                guard let answer = exchange.answers["\(subject.name) \(tool)"] else {
                    if tool == "torch" || !subject.name.hasPrefix("sequential") {
                        Issue.record("\(subject.name) \(tool): no answer")
                    }
                    continue
                }
                equal += 1
                #expect(
                    answer.isEqual,
                    """
                    \(subject.name) \(tool): \(answer.error ?? "differs by \(answer.worst) of \(answer.scale)")
                    \(subject.layers.map { $0.text(.compact) }.joined(separator: "\n"))
                    """)
            }
        }
        #expect(equal >= exchange.subjects.count, "every model has an answer of some tool")
        print("exchange: \(equal) equal, \(refused) refused, \(exchange.subjects.count) models")
    }

    @Test("weights made in the other tool give its answers here")
    func `in`() throws {
        let exchange = try Exchange.shared.get()
        var count = 0
        for subject in exchange.subjects {
            var endings: [String] = []
            if subject.refusals["torch"] == nil { endings += [".pth"] }
            if subject.refusals["torch"] == nil, !subject.name.hasPrefix("sequential") { endings += [".safetensors"] }
            if subject.refusals["keras"] == nil, subject.name != "deeplob-keras", !subject.name.hasPrefix("sequential")
            {
                endings += [".keras", ".h5", ".weights.h5"]
            }
            for ending in endings {
                do {
                    let outcome = try exchange.read(subject, ending)
                    count += 1
                    #expect(
                        outcome.isEqual,
                        """
                        \(subject.name)\(ending): differs by \(outcome.difference)
                        \(subject.layers.map { $0.text(.compact) }.joined(separator: "\n"))
                        """)
                } catch {
                    Issue.record(
                        """
                        \(subject.name)\(ending): \(error)
                        \(subject.layers.map { $0.text(.compact) }.joined(separator: "\n"))
                        """
                    )
                }
            }
        }
        #expect(count >= exchange.subjects.count, "every model has a file of some tool")
        print("exchange: \(count) files of theirs read")
    }

    @Test(
        "bars-cnn goes into the obvious nn.Sequential and comes back, whose flatten has channels first",
        arguments: Exchange.sequential.map(\.0))
    func obvious(_ name: String) throws {
        let exchange = try Exchange.shared.get()
        let answer = try #require(exchange.answers["sequential-\(name) sequential"])
        #expect(answer.isEqual, "\(answer)")
        let subject = try #require(exchange.subjects.first { $0.name == "sequential-\(name)" })
        #expect(try exchange.read(subject, ".pth").isEqual)
        // The other order is another model, and the check says so.
        let network = subject.model.network, buffer = FloatBuffer(count: network.parameterCount)
        let source = try WeightSource.read(exchange.directory.file("\(subject.name)-torch.pth"))
        try TorchWeights.load(source, into: buffer, of: network, flatten: .channelsLast)
        let check = try CheckFile(exchange.directory.file("\(subject.name)-torch.check.safetensors"), for: network)
        #expect(check.compare(network, parameters: buffer).difference > 1e-3)
    }

    @Test("the authors' DeepLOB in Keras comes in by its graph, and ours goes into it by load_weights")
    func deepLOB() throws {
        let exchange = try Exchange.shared.get()
        let answer = try #require(exchange.answers["deeplob-keras deeplob"])
        #expect(answer.isEqual, "\(answer)")
        let subject = try #require(exchange.subjects.first { $0.name == "deeplob-keras" })
        for ending in [".keras", ".h5"] {
            let outcome = try exchange.read(subject, ending, named: "authors")
            #expect(outcome.isEqual && outcome.areProbabilities, "\(ending): \(outcome)")
        }
    }
}
