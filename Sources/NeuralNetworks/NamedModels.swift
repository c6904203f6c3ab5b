package import Basics

/// Architectures offered by name. Each is only a list of layer configurations; a YAML file may say the same.
package enum NamedModels {
    /// One architecture.
    package struct Model: Sendable {
        /// As configurations write it.
        package let name: String
        /// One line for lists.
        package let summary: String
        /// Rows of features in one sample, where the configuration does not say.
        package let window: Int
        /// As a configuration lists them.
        package let layers: [JSONValue]
    }

    /// All of them, under their names.
    package static let kinds = Kinds<Model>("model", models.map { .init($0.name, $0.summary, $0) })
    /// All of them, in the order of lists.
    package static var all: [Model] { models }

    private static func layer(_ kind: String, _ options: KeyValuePairs<String, JSONValue> = [:]) -> JSONValue {
        .map([("layer", .string(kind))] + options.map { ($0.key, $0.value) })
    }

    private static let models: [Model] = [
        Model(
            name: "bars-cnn", summary: "two convolutions over time, then dense layers of 16, 32, 64 and 128 units",
            window: 12,
            layers: [
                layer("conv1d", ["filters": .int(16), "kernel": .int(3)]), layer("relu"),
                layer("conv1d", ["filters": .int(32), "kernel": .int(3)]), layer("relu"), layer("flatten"),
                layer("dense", ["units": .int(16)]), layer("relu"), layer("dense", ["units": .int(32)]), layer("relu"),
                layer("dense", ["units": .int(64)]), layer("relu"), layer("dense", ["units": .int(128)]), layer("relu"),
                layer("dense", ["units": .int(1)]),
            ]),
        Model(
            name: "bars-lstm", summary: "an LSTM of two layers with 64 hidden units, read at its last step", window: 10,
            layers: [layer("lstm", ["hidden": .int(64), "layers": .int(2)]), layer("dense", ["units": .int(1)])]),
        Model(
            name: "lob-lstm", summary: "an LSTM of 64 hidden units on order-book rows, three classes", window: 50,
            layers: [layer("lstm", ["hidden": .int(64)]), layer("dense", ["units": .int(3)])]),
        Model(
            name: "lob-logistic", summary: "multinomial logistic regression on the newest order-book row", window: 1,
            layers: [layer("flatten"), layer("dense", ["units": .int(3)])]),
        Model(
            name: "deeplob-paper",
            summary: "DeepLOB as published: 16 filters, inception of 32, zero padding in time, leaky ReLU", window: 100,
            layers: DeepLOB.layers(.paper)),
        Model(
            name: "deeplob-keras",
            summary: "the authors' TensorFlow notebook: 32 filters, inception of 64, dropout of channels", window: 100,
            layers: DeepLOB.layers(.keras)),
        Model(
            name: "deeplob-torch",
            summary: "the authors' PyTorch notebook: 32 filters, batch norm, tanh in block 2, no padding in time",
            window: 100,
            layers: DeepLOB.layers(.torch)),
        Model(
            name: "bin-ctabl",
            summary: "bilinear normalisation, two bilinear layers and temporal attention: 11,446 parameters",
            window: 10,
            layers: [
                layer("bin"), layer("bilinear", ["units": .int(60), "steps": .int(10), "maxNorm": .int(10)]),
                layer("relu"),
                layer("dropout", ["rate": .double(0.1)]),
                layer("bilinear", ["units": .int(120), "steps": .int(5), "maxNorm": .int(10)]), layer("relu"),
                layer("dropout", ["rate": .double(0.1)]), layer("tabl", ["units": .int(3), "maxNorm": .int(10)]),
            ]),
        Model(
            name: "tlob", summary: "attention over time and over features in turn, after bilinear normalisation",
            window: 128,
            layers: DualAttention.layers(hidden: 40, blocks: 4, window: 128)),
    ]

    /// - Throws: ``ConfigError`` with the nearest name.
    package static func find(_ name: String, at mark: SourceMark?) throws -> Model { try kinds.find(name, at: mark) }
}
