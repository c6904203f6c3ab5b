package import Basics

/// What the key `layer` of a node may name: one table for everything a network is made of.
package enum LayerKind: Sendable {
    /// A layer with options of its own.
    ///
    /// - Parameters:
    ///   - keys: the options it takes.
    ///   - make: builds it for an input; throws ``ConfigError``.
    case layer(keys: [String], make: @Sendable (ConfigReader, SampleShape) throws -> any Layer)
    /// An activation, named by its function alone.
    case activation(Activation.Function)
    /// Where branches meet.
    case join(Join.Kind)
}

/// Builds layers from their configuration: one map per layer, with the key `layer` and the layer's own options.
///
/// A new layer is one file in `Layers` and one line in ``kinds``.
package enum LayerFactory {
    /// Everything that a network may be made of, in the order of the reference documentation.
    package static let kinds = Kinds<LayerKind>(
        "layer",
        [
            layer(Dense.self, "a fully connected layer on every position"),
            layer(Conv1D.self, "a convolution over the time of a series"),
            layer(Conv2D.self, "a convolution over time and columns of an image"),
            layer(MaxPool1D.self, "the largest value of a window of time"),
            layer(MaxPool2D.self, "the largest value of a window of time and columns"),
            layer(AveragePool1D.self, "the mean of a window of time"),
            layer(AveragePool2D.self, "the mean of a window of time and columns"),
            layer(LSTM.self, "long short-term memory, in layers, one or two directions"),
            layer(GRU.self, "gated recurrent units, in layers, one or two directions"),
            layer(MultiHeadAttention.self, "self-attention over time in several heads"),
            layer(Positional.self, "adds a position to every time step, by sines or learned"),
            layer(Embedding.self, "learned vectors in place of a channel of whole numbers"),
            layer(BilinearNormalisation.self, "normalises every sample over time and over features"),
            layer(Bilinear.self, "mixes features and time by a matrix each"),
            layer(TemporalAttentionBilinear.self, "a bilinear layer that attends to time steps"),
            layer(Dropout.self, "drops values at random while training"),
            layer(BatchNorm.self, "normalises every channel over the batch"),
            layer(LayerNorm.self, "normalises the channels of every position"),
            layer(Activation.self, "an activation, named by the key function"),
            activation(.relu, "the larger of x and 0"),
            activation(.leakyRelu, "x, or 0.01·x below zero"),
            activation(.sigmoid, "1 / (1 + e⁻ˣ)"),
            activation(.tanh, "the hyperbolic tangent"),
            activation(.gelu, "x times the normal distribution function of x, in its tanh form"),
            activation(.geluExact, "x times the normal distribution function of x, as PyTorch's and Keras' default"),
            layer(Softmax.self, "probabilities of the channels of every position"),
            layer(Logarithm.self, "the natural logarithm of probabilities"),
            layer(Logit.self, "the logit of a probability"),
            layer(Flatten.self, "all values of a sample as one vector"),
            layer(Reshape.self, "the same values under another shape"),
            layer(Transpose.self, "time and channels exchanged"),
            join(.concat, "channels of several nodes behind each other"),
            join(.add, "the sum of several nodes: a residual connection"),
            join(.multiply, "the product of several nodes"),
            join(.average, "the mean of several nodes: an ensemble"),
        ])

    private static func layer<L: Layer>(_ type: L.Type, _ summary: String) -> Kinds<LayerKind>.Entry {
        .init(L.kind, summary, .layer(keys: L.keys) { try L($0, input: $1) })
    }

    private static func activation(_ function: Activation.Function, _ summary: String) -> Kinds<LayerKind>.Entry {
        .init(function.rawValue, summary, .activation(function))
    }

    private static func join(_ kind: Join.Kind, _ summary: String) -> Kinds<LayerKind>.Entry {
        .init(kind.rawValue, summary, .join(kind))
    }

    /// Keys that any node of a graph may have.
    private static let nodeKeys = ["layer", "name", "from"]

    /// Builds what one node computes. An activation may be written by its name alone: `layer: relu`.
    ///
    /// - Parameters:
    ///   - inputs: shapes of the nodes it reads; all but joins read one.
    ///   - path: where the node stands, for messages.
    /// - Throws: ``ConfigError`` that names the layer, the key and both shapes where shapes clash.
    static func make(_ node: JSONValue, inputs: [SampleShape], path: String) throws -> Network.Node.Operation {
        guard let kindNode = node[key: "layer"], let name = kindNode.stringValue else {
            throw ConfigError("found no 'layer' in '\(path)', expected the kind of layer", at: node.mark)
        }
        func only() throws -> SampleShape {
            guard let input = inputs.first, inputs.count == 1 else {
                throw ConfigError(
                    "found \(inputs.count) sources of '\(path)', expected 1", at: node.mark,
                    hint: "join them first: layer: concat, add, multiply or average")
            }
            return input
        }
        switch try kinds.find(name, at: kindNode.mark, place: "in '\(path)'") {
        case .layer(let keys, let make):
            let input = try only()
            return .layer(try make(try ConfigReader(node, path: path, keys: nodeKeys + keys), input))
        case .activation(let function):
            let input = try only()
            _ = try ConfigReader(node, path: path, keys: nodeKeys)
            return .layer(Activation(input: input, function: function))
        case .join(let kind):
            _ = try ConfigReader(node, path: path, keys: nodeKeys)
            return .join(try Join(kind, inputs: inputs, path: path, mark: node.mark))
        }
    }
}
