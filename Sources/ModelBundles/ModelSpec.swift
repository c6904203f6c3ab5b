package import Basics
package import Features
package import MarketData
package import NeuralNetworks

/// Everything besides the weights that turns bars into a prediction: what was trained, on which features, scaled how.
package struct ModelSpec: Sendable, Equatable {
    /// How the network's output is read.
    package enum Output: String, CaseIterable, Sendable {
        /// σ(output): probability of a profit.
        case probability
        /// The output itself: forecast return in basis points.
        case basisPoints = "basis-points"
        /// softmax of three outputs: probabilities of down, stationary, up.
        case classes

        /// Outputs of the network.
        package var width: Int { self == .classes ? 3 : 1 }
    }

    /// The recipe's name.
    package var name: String
    /// As a configuration lists them.
    package var layers: [JSONValue]
    /// Rows of features in one sample.
    package var window: Int
    /// What the outputs are.
    package var output: Output
    /// How features are computed.
    package var features: FeatureSpec
    /// What the features are computed of.
    package var market: MarketSpec
    /// What was predicted in training.
    package var label: LabelSpec
    /// Fitted on the training interval.
    package var scaler: Scaler

    /// A spec from its parts.
    package init(
        name: String, layers: [JSONValue], window: Int, output: Output, features: FeatureSpec, market: MarketSpec,
        label: LabelSpec, scaler: Scaler
    ) {
        self.name = name
        self.layers = layers
        self.window = window
        self.output = output
        self.features = features
        self.market = market
        self.label = label
        self.scaler = scaler
    }

    /// Keys of the document.
    package static let keys = ["name", "layers", "window", "output", "features", "market", "label", "scaler"]

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(node, path: path, keys: ModelSpec.keys)
        name = try reader.string("name")
        layers = try reader.list("layers")
        window = try reader.int("window", in: 1...100_000)
        output = try reader.choice("output")
        features = try FeatureSpec(recorded: try reader.required("features"))
        market = try MarketSpec(try reader.required("market"))
        label = try LabelSpec(try reader.required("label"), path: reader.name("label"))
        scaler = try Scaler(try reader.required("scaler"))
        guard scaler.mean.count == features.width else {
            throw ConfigError(
                "found a scaler of \(scaler.mean.count) features for \(features.width) features", at: node.mark
            )
        }
    }

    /// The document.
    package var json: JSONValue {
        .map([
            "name": .string(name), "layers": .list(layers), "window": .int(window), "output": .string(output.rawValue),
            "features": features.json, "market": market.json, "label": label.json, "scaler": scaler.json,
        ])
    }

    /// - Throws: ``ConfigError`` when the layers do not fit; ``Failure`` when the network has not one output.
    package func network() throws -> Network {
        let network = try Network(layers: layers, input: SampleShape(time: window, channels: features.width))
        guard network.output.count == output.width else {
            throw Failure(
                "model.outputs",
                "found \(network.output.count) outputs of the network, expected \(output.width) for \(output.rawValue)",
                hint: "end the layers with: {layer: dense, units: \(output.width)}")
        }
        return network
    }

    /// The score of the network's outputs for one sample; P(up) − P(down) for classes.
    @inline(__always)
    package func score(_ raw: UnsafePointer<Float>) -> Double {
        switch output {
        case .probability: return Logistic.probability(raw[0])
        case .basisPoints: return Double(raw[0])
        case .classes:
            let p = Logistic.probabilities(raw)
            return p.2 - p.0
        }
    }

    /// Probabilities of down, stationary and up.
    package func probabilities(_ raw: UnsafePointer<Float>) -> [Float] {
        let p = Logistic.probabilities(raw)
        return [Float(p.0), Float(p.1), Float(p.2)]
    }
}
