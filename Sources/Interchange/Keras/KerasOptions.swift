import Basics
import NeuralNetworks

/// Options of a Keras layer, with refusals that name layer, key, found and expected.
struct KerasOptions {
    let layer: KerasLayer
    let file: String
    /// The layer whose group holds the arrays: the wrapper of a wrapped one.
    let owner: KerasLayer

    init(layer: KerasLayer, file: String, owner: KerasLayer? = nil) {
        (self.layer, self.file, self.owner) = (layer, file, owner ?? layer)
    }

    private func refuse(_ key: String, _ expected: String) -> Failure {
        let found = layer.config[key: key]?.text(.compact) ?? "none"
        return Failure(
            "weights.keras",
            "found \(key) \(found) of the layer '\(layer.name)' (\(layer.type)) in '\(file)', expected \(expected)")
    }

    func has(_ key: String) -> Bool { layer.config[key: key].map { $0 != .null } ?? false }
    func text(_ key: String) -> String? { layer.config[key: key]?.stringValue }
    func bool(_ key: String, default fallback: Bool) -> Bool { layer.config[key: key]?.boolValue ?? fallback }

    /// A number, also of the form in which Keras 2 wrote scalars of numpy.
    func number(_ key: String) -> Double? {
        let value = layer.config[key: key]
        return value?.doubleValue ?? value?[key: "value"]?.doubleValue
            ?? value?[key: "config"]?[key: "value"]?.doubleValue
    }

    func int(_ key: String) throws -> Int {
        guard let value = layer.config[key: key]?.intValue, (1...10_000_000).contains(value) else {
            throw refuse(key, "a whole number from 1 on")
        }
        return value
    }

    /// A list of whole numbers; one number counts as a list of it.
    func ints(optional key: String) -> [Int] {
        guard let value = layer.config[key: key] else { return [] }
        return (value.listValue ?? [value]).compactMap(\.intValue)
    }

    func ints(_ key: String, count: Int? = nil) throws -> [Int] {
        let values = ints(optional: key)
        guard !values.isEmpty, values.count == layer.config[key: key]?.listValue?.count ?? 1 else {
            throw refuse(key, "whole numbers")
        }
        guard let count else { return values }
        let all = values.count == 1 ? [Int](repeating: values[0], count: count) : values
        guard all.count == count, all.allSatisfy({ (1...4096).contains($0) }) else {
            throw refuse(key, "\(count) sizes")
        }
        return all
    }

    /// The name of a function, however it was written.
    func function(_ key: String, default fallback: String = "linear") -> String {
        guard let value = layer.config[key: key], value != .null else { return fallback }
        return value.stringValue ?? value[key: "config"]?.stringValue ?? value[key: "class_name"]?.stringValue
            ?? value.text(.compact)
    }

    /// - Throws: ``Failure`` unless the option is the last axis.
    func requireLast(_ key: String, of axes: [Int]) throws {
        let found = ints(optional: key)
        guard found.isEmpty || found == [-1] || found == [axes.count] else { throw refuse(key, "the last axis, -1") }
    }

    /// - Throws: ``Failure`` for channels first, or for another number of axes.
    func requireChannelsLast(_ axes: [Int], count: Int) throws {
        if let format = text("data_format"), format != "channels_last" { throw refuse("data_format", "channels_last") }
        guard axes.count == count else {
            throw Failure(
                "weights.keras",
                "found an input of the axes \(axes) of the layer '\(layer.name)' (\(layer.type)) in '\(file)', "
                    + "expected \(count) axes")
        }
    }

    /// The mode that puts so many zeros before and behind.
    func mode(_ edges: [Int], kernel: Int, stride: Int, size: Int) throws -> String {
        for mode in Padding.allCases {
            let window = mode.window(kernel: kernel, stride: stride, size: size)
            if [window.before, window.after] == edges { return mode.rawValue }
        }
        throw Failure(
            "weights.keras",
            "found \(edges[0]) zeros before and \(edges[1]) behind the input of the layer '\(layer.name)' "
                + "(\(layer.type)) in '\(file)', expected a padding that hftml has",
            hint: "same pads (k - 1) / 2 before and the rest behind, causal k - 1 before")
    }

    func outputs(_ size: Int, kernel: Int, stride: Int, mode: String) -> Int {
        guard let padding = Padding(rawValue: mode) else { return 0 }
        let window = padding.window(kernel: kernel, stride: stride, size: size)
        return max(0, (size + window.before + window.after - kernel) / max(stride, 1) + 1)
    }
}
