import Basics
import NeuralNetworks

/// A Keras graph as a network of ours, layer by layer, so that both can be held against each other and one loader
/// serves both. What has no equal here is refused with layer, key, found and expected.
struct KerasTranslation {
    /// A Keras layer with arrays, and the node that it became.
    struct Owner {
        let layer: KerasLayer
        let node: Int
        /// Roles of arrays that the layer was told not to have, such as `bias`.
        let absent: Set<String>
    }

    /// A tensor of the graph.
    struct Value {
        var name: String
        /// Axes behind the batch.
        var axes: [Int]
        /// Zeros that a layer put around it, by axis, for the convolution that reads it.
        var edges: [[Int]] = []
    }

    let file: String
    private(set) var nodes: [JSONValue] = []
    private(set) var owners: [Owner] = []
    /// Their layer of each node of ours, for messages.
    private(set) var labels: [String: String] = [:]
    private var current = ""
    /// What differs without changing outputs.
    var notes: [String] = []

    /// The network, its owners of arrays, and what is worth knowing.
    ///
    /// - Parameter input: the shape that our network reads.
    /// - Throws: ``Failure`` with code `weights.keras`.
    static func network(_ graph: KerasGraph, input: SampleShape, file: String) throws -> (
        network: Network, translation: KerasTranslation
    ) {
        var translation = KerasTranslation(file: file)
        try translation.walk(graph, input: input)
        do {
            if translation.nodes.isEmpty { translation.add("flatten", [], from: ["input"]) }
            return (try Network(layers: translation.nodes, input: input), translation)
        } catch let error as ConfigError {
            throw Failure("weights.keras", "\(error.problem), while reading the graph in '\(file)'")
        }
    }

    private init(file: String) { self.file = file }

    private mutating func walk(_ graph: KerasGraph, input: SampleShape) throws {
        var made: [String: Value] = [:], index: [String: Int] = [:]
        for (i, layer) in graph.layers.enumerated() { index[layer.name] = i }
        // What the output needs, sources first; iterative, because graphs may be deep.
        var stack = [graph.output], open: Set<String> = []
        while let name = stack.last {
            guard made[name] == nil else {
                stack.removeLast()
                continue
            }
            guard let place = index[name] else { throw refuse("a reference to the unknown layer '\(name)'") }
            let layer = graph.layers[place], missing = layer.inputs.filter { made[$0] == nil }
            guard missing.isEmpty else {
                guard open.insert(name).inserted else { throw refuse("a circle through the layer '\(name)'") }
                stack += missing.reversed()
                continue
            }
            current = name
            made[name] =
                layer.type == "InputLayer"
                ? try begin(layer, input) : try translate(layer, layer.inputs.compactMap { made[$0] })
            stack.removeLast()
        }
    }

    func refuse(_ what: String) -> Failure {
        Failure(
            "weights.keras", "found \(what), in '\(file)'",
            hint: "the architectures differ, or the layer has no equal here")
    }

    /// A layer whose option has no equal.
    func refuse(_ layer: KerasLayer, _ key: String, found: String, expected: String) -> Failure {
        Failure(
            "weights.keras",
            "found \(key) \(found) of the layer '\(layer.name)' (\(layer.type)) in '\(file)', expected \(expected)",
            hint: "what the layer computes has no equal here; change it in Keras, or leave it out")
    }

    /// Adds a node; returns its name.
    @discardableResult
    mutating func add(_ kind: String, _ options: [(String, JSONValue)], from: [String]) -> String {
        let name = "k\(nodes.count)"
        labels[name] = current
        nodes.append(
            .map(
                [("layer", .string(kind)), ("name", .string(name))] + options
                    + [("from", from.count == 1 ? .string(from[0]) : .strings(from))]))
        return name
    }

    /// Says that the last node has the arrays of a layer.
    mutating func own(_ layer: KerasLayer, absent: Set<String> = []) {
        owners.append(Owner(layer: layer, node: nodes.count - 1, absent: absent))
    }

    /// The model's input under the axes that Keras gives it.
    private mutating func begin(_ layer: KerasLayer, _ input: SampleShape) throws -> Value {
        let shape = layer.config[key: "batch_shape"] ?? layer.config[key: "batch_input_shape"] ?? .null
        var axes: [Int?] = (shape.listValue ?? []).dropFirst().map(\.intValue)
        // Without a stated shape, or with free axes, ours is taken.
        if axes.isEmpty { axes = [input.time, input.channels] }
        let known = axes.compactMap { $0 }.reduce(1) { $0.multipliedReportingOverflow(by: max($1, 1)).partialValue }
        if axes.filter({ $0 == nil }).count == 1, known > 0, input.count % known == 0 {
            axes = axes.map { $0 ?? input.count / known }
        }
        let sizes = axes.compactMap { $0 }
        guard sizes.count == axes.count, (1...3).contains(sizes.count),
            sizes.allSatisfy({ $0 > 0 && $0 <= input.count }),
            sizes.reduce(1, *) == input.count
        else {
            throw refuse(
                layer, "batch_shape", found: shape.text(.compact), expected: "[null, \(input.time), \(input.channels)]")
        }
        return shaped(Value(name: "input", axes: [input.time, input.channels]), sizes)
    }

    /// A value under other axes of as many values.
    mutating func shaped(_ value: Value, _ axes: [Int]) -> Value {
        guard value.axes != axes else { return value }
        if axes.count == 1 { return Value(name: add("flatten", [], from: [value.name]), axes: axes) }
        let width = axes.count == 3 ? axes[1] : 1
        let options: [(String, JSONValue)] = [
            ("time", .int(axes[0])), ("width", .int(width)), ("channels", .int(axes[axes.count - 1])),
        ]
        return Value(name: add("reshape", options, from: [value.name]), axes: axes)
    }
}
