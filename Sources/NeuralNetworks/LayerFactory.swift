import Basics

/// Builds layers from their configuration: one map per layer, with the key `layer` and the layer's own options.
package enum LayerFactory {
    private struct Entry: Sendable {
        let keys: [String]
        let make: @Sendable (ConfigReader, SampleShape) throws -> any Layer
    }

    private static let entries: [String: Entry] = [
        Dense.kind: Entry(keys: Dense.keys) { try Dense($0, input: $1) },
        Conv1D.kind: Entry(keys: Conv1D.keys) { try Conv1D($0, input: $1) },
        Conv2D.kind: Entry(keys: Conv2D.keys) { try Conv2D($0, input: $1) },
        MaxPool1D.kind: Entry(keys: MaxPool1D.keys) { try MaxPool1D($0, input: $1) },
        MaxPool2D.kind: Entry(keys: MaxPool2D.keys) { try MaxPool2D($0, input: $1) },
        AveragePool1D.kind: Entry(keys: AveragePool1D.keys) { try AveragePool1D($0, input: $1) },
        AveragePool2D.kind: Entry(keys: AveragePool2D.keys) { try AveragePool2D($0, input: $1) },
        LSTM.kind: Entry(keys: LSTM.keys) { try LSTM($0, input: $1) },
        GRU.kind: Entry(keys: GRU.keys) { try GRU($0, input: $1) },
        MultiHeadAttention.kind: Entry(keys: MultiHeadAttention.keys) { try MultiHeadAttention($0, input: $1) },
        Positional.kind: Entry(keys: Positional.keys) { try Positional($0, input: $1) },
        Embedding.kind: Entry(keys: Embedding.keys) { try Embedding($0, input: $1) },
        BilinearNormalisation.kind: Entry(keys: BilinearNormalisation.keys) {
            try BilinearNormalisation($0, input: $1)
        },
        Bilinear.kind: Entry(keys: Bilinear.keys) { try Bilinear($0, input: $1) },
        TemporalAttentionBilinear.kind: Entry(keys: TemporalAttentionBilinear.keys) {
            try TemporalAttentionBilinear($0, input: $1)
        },
        Dropout.kind: Entry(keys: Dropout.keys) { try Dropout($0, input: $1) },
        BatchNorm.kind: Entry(keys: BatchNorm.keys) { try BatchNorm($0, input: $1) },
        LayerNorm.kind: Entry(keys: LayerNorm.keys) { try LayerNorm($0, input: $1) },
        Activation.kind: Entry(keys: Activation.keys) { try Activation($0, input: $1) },
        Softmax.kind: Entry(keys: Softmax.keys) { try Softmax($0, input: $1) },
        Logarithm.kind: Entry(keys: Logarithm.keys) { try Logarithm($0, input: $1) },
        Logit.kind: Entry(keys: Logit.keys) { try Logit($0, input: $1) },
        Flatten.kind: Entry(keys: Flatten.keys) { try Flatten($0, input: $1) },
        Reshape.kind: Entry(keys: Reshape.keys) { try Reshape($0, input: $1) },
        Transpose.kind: Entry(keys: Transpose.keys) { try Transpose($0, input: $1) },
    ]

    /// Keys that any node of a graph may have.
    private static let nodeKeys = ["layer", "name", "from"]

    package static var kinds: [String] { entries.keys.sorted() + Join.Kind.allCases.map(\.rawValue) }

    /// Builds one layer. An activation may be written by its name alone: `layer: relu`.
    ///
    /// - Throws: ``ConfigError`` that names the layer, the key and both shapes where shapes clash.
    package static func make(_ node: JSONValue, input: SampleShape, path: String) throws -> any Layer {
        guard let kindNode = node[key: "layer"], let kind = kindNode.stringValue else {
            throw ConfigError("found no 'layer' in '\(path)', expected the kind of layer", at: node.mark)
        }
        if let function = Activation.Function(rawValue: kind) {
            _ = try ConfigReader(node, path: path, keys: nodeKeys)
            return Activation(input: input, function: function)
        }
        guard let entry = entries[kind] else {
            let names = kinds + Activation.Function.allCases.map(\.rawValue)
            throw ConfigError(
                "found the unknown layer '\(kind)' in '\(path)', expected one of \(names.joined(separator: ", "))",
                at: kindNode.mark, hint: NearestName.of(kind, in: names).map { "did you mean '\($0)'?" })
        }
        return try entry.make(try ConfigReader(node, path: path, keys: nodeKeys + entry.keys), input)
    }
}
