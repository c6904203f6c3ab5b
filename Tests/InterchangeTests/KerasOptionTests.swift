import Basics
import Foundation
import Interchange
import NeuralNetworks
import TestSupport
import Tensors
import Testing

/// What differs between a Keras model and an architecture is refused with layer, key, found and expected.
@Suite(.enabled(if: Exchange.isPossible, "needs torch, keras, onnxruntime and libhdf5"))
struct KerasOptionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let layers: String
        /// Parts of the message; none for what is read.
        let says: [String]
        var testDescription: String { file }
    }

    private static let tail = #"{"layer": "flatten"}, {"layer": "dense", "units": 2}]"#

    static let cases: [Case] = [
        Case(
            file: "k-base", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, {"layer": "relu"}, "# + tail,
            says: []),
        Case(
            file: "k-base", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, {"layer": "tanh"}, "# + tail,
            says: ["activation relu", "expected tanh"]),
        Case(
            file: "k-dilation", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, "# + tail,
            says: ["dilation_rate [2]", "expected 1", "conv1d"]),
        Case(
            file: "k-strides", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, "# + tail,
            says: ["strides 2", "expected 1"]),
        Case(
            file: "k-same",
            layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3, "stride": 2, "padding": "same"}, "# + tail,
            says: ["padding 0 before, 1 behind", "expected 1 before, 1 behind"]),
        Case(
            file: "k-same",
            layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3, "stride": 2, "padding": "same-tensorflow"}, "#
                + tail, says: []),
        Case(
            file: "k-bias", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, "# + tail,
            says: ["use_bias false", "expected true"]),
        Case(
            file: "k-bias", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3, "bias": false}, "# + tail,
            says: []),
        Case(
            file: "k-activation", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, "# + tail,
            says: ["activation selu"]),
        Case(
            file: "k-hard", layers: #"[{"layer": "lstm", "hidden": 5}, {"layer": "dense", "units": 2}]"#,
            says: ["recurrent_activation hard_sigmoid", "expected sigmoid", "lstm"]),
        Case(
            file: "k-relu-lstm", layers: #"[{"layer": "lstm", "hidden": 5}, {"layer": "dense", "units": 2}]"#,
            says: ["activation relu", "expected tanh"]),
        Case(
            file: "k-alpha",
            layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, {"layer": "leaky_relu"}, "# + tail,
            says: ["negative_slope 0.3", "expected 0.01"]),
        Case(
            file: "k-epsilon",
            layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, {"layer": "batchnorm"}, "# + tail,
            says: ["epsilon", "batch_normalization"]),
        Case(
            file: "k-epsilon",
            layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, {"layer": "batchnorm", "epsilon": 0.001}, "#
                + tail, says: []),
        Case(
            file: "k-reset", layers: #"[{"layer": "gru", "hidden": 5}, {"layer": "dense", "units": 2}]"#,
            says: ["reset_after false", "expected true"]),
        Case(
            file: "k-reset",
            layers: #"[{"layer": "gru", "hidden": 5, "reset": "before"}, {"layer": "dense", "units": 2}]"#, says: []),
        Case(
            file: "k-causal", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3, "padding": "same"}, "# + tail,
            says: ["padding 2 before, 0 behind", "expected 1 before, 1 behind"]),
        Case(
            file: "k-lambda", layers: #"[{"layer": "conv1d", "filters": 3, "kernel": 3}, "# + tail,
            says: ["activation softplus"]),
    ]

    @Test("options are compared, and what differs is named", arguments: cases, [".keras", ".h5"])
    func options(_ given: Case, _ ending: String) throws {
        let exchange = try Exchange.shared.get()
        try #require(
            exchange.answers["options keras-options"]?.error == nil,
            "\(exchange.answers["options keras-options"]?.error ?? "")")
        let layers = try #require(JSONParser.parse(given.layers).listValue)
        let network = try Network(layers: layers, input: SampleShape(time: 12, channels: 4))
        let buffer = FloatBuffer(count: network.parameterCount), path = exchange.directory.file(given.file + ending)
        guard !given.says.isEmpty else {
            _ = try KerasFile.load(path, into: buffer, of: network)
            return
        }
        let refusal = #expect(throws: Failure.self) { try KerasFile.load(path, into: buffer, of: network) }
        for part in given.says { #expect(refusal?.message.contains(part) == true, "\(refusal?.message ?? "")") }
    }
}
