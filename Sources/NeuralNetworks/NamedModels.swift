import Basics

/// Architectures offered by name. Each is only a list of layer configurations; a YAML file may say the same.
package enum NamedModels {
    package struct Model: Sendable {
        package let name: String
        package let summary: String
        /// Rows of features in one sample, where the configuration does not say.
        package let window: Int
        package let layers: [JSONValue]
    }

    private static func layer(_ kind: String, _ options: KeyValuePairs<String, JSONValue> = [:]) -> JSONValue {
        .map([("layer", .string(kind))] + options.map { ($0.key, $0.value) })
    }

    package static let all: [Model] = [
        Model(
            name: "bars-cnn", summary: "two convolutions over time, then dense layers of 16, 32, 64 and 128 units", window: 12,
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
    ]

    /// - Throws: ``ConfigError`` with the nearest name.
    package static func find(_ name: String, at mark: SourceMark?) throws -> Model {
        if let model = all.first(where: { $0.name == name }) { return model }
        throw ConfigError(
            "found the unknown model '\(name)', expected one of \(all.map(\.name).joined(separator: ", "))", at: mark,
            hint: NearestName.of(name, in: all.map(\.name)).map { "did you mean '\($0)'?" })
    }
}
