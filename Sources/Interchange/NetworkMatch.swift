import Basics
import Foundation
package import NeuralNetworks

/// Two networks held against each other: whether they compute the same, and which arrays belong to which.
///
/// Both become graphs of steps in one form: stacks of recurrent layers taken apart, dropout and mere changes of shape
/// left out (every value is channels last in memory, so a shape changes nothing but what the next step says it reads).
/// Then both are walked from the output backwards; equal steps with equal sources match. Names and the order of lists
/// play no part, which is what makes it safe for branches.
package struct NetworkMatch {
    /// What one step computes, and where its arrays lie.
    struct Step {
        let name: String
        let kind: String
        /// What must be equal, by the names of options.
        let options: [(key: String, value: String)]
        /// Value 0 is the input, i + 1 the output of step i.
        let sources: [Int]
        /// Its parameters in the network's buffer.
        let parameters: Range<Int>
        /// The network's node.
        let node: Int
    }

    /// Why two steps differ.
    package struct Difference: Error {
        let theirs: String
        let ours: String
        let key: String
        let found: String
        let expected: String
    }

    private let theirs: [Step]
    private let ours: [Step]
    /// Sums of sums whose terms look alike may be matched in more ways than anybody can try.
    private final class Budget {
        private var left: Int
        init(_ steps: Int) { left = steps }

        /// - Throws: ``Failure`` with code `weights.match`.
        func spend() throws {
            left -= 1
            guard left <= 0 else { return }
            throw Failure(
                "weights.match", "found sums within sums that can be matched in too many ways",
                hint: "name the sources of add, multiply and average in the same order as their model does")
        }
    }
    private static let mostWalks = 100_000

    private let budget = Budget(NetworkMatch.mostWalks)
    /// Their last step computes what our loss applies.
    let hasHead: Bool

    /// - Parameter head: what is applied to our outputs when the model answers; nil where nobody knows yet.
    package init(theirs: Network, ours: Network, head: AnswerHead?) {
        var theirs = NetworkMatch.steps(theirs)
        let ours = NetworkMatch.steps(ours)
        // A sigmoid or softmax at the end is ours' loss; of a model whose answers are plain numbers it is a difference.
        if let last = theirs.last, let found = NetworkMatch.head(last), head == nil || head == found,
            ours.last.flatMap(NetworkMatch.head) == nil, last.sources == [theirs.count - 1]
        {
            theirs.removeLast()
            hasHead = true
        } else {
            hasHead = false
        }
        (self.theirs, self.ours) = (theirs, ours)
    }

    private static func head(_ step: Step) -> AnswerHead? {
        if step.kind == "softmax" { return .softmax }
        return step.options.contains { $0.key == "activation" && $0.value == "sigmoid" } ? .sigmoid : nil
    }

    /// Parameters of ours, each with where it lies in theirs.
    ///
    /// - Throws: ``Difference``, or ``Failure`` with code `weights.match`.
    package func pairs() throws -> [(theirs: Range<Int>, ours: Range<Int>)] {
        let found = try match(theirs.count, ours.count, [:])
        return found.sorted { $0.key < $1.key }.compactMap { a, b in
            a == 0 ? nil : (theirs[a - 1].parameters, ours[b - 1].parameters)
        }
    }

    /// - Parameter known: values of theirs that are matched, with ours.
    private func match(_ a: Int, _ b: Int, _ known: [Int: Int]) throws -> [Int: Int] {
        try budget.spend()
        var known = known, open = [(a, b)], difference: Difference?
        while let (a, b) = open.popLast() {
            if let other = known[a] {
                guard other == b else { throw differ(a, b, "what reads it", "another layer", name(other, ours)) }
                continue
            }
            guard a > 0, b > 0 else {
                guard a == b else { throw differ(a, b, "layer", kind(a, theirs), kind(b, ours)) }
                known[0] = 0
                continue
            }
            let x = theirs[a - 1], y = ours[b - 1]
            guard x.kind == y.kind else { throw differ(a, b, "layer", x.kind, y.kind) }
            if let (left, right) = zip(x.options, y.options).first(where: { $0.value != $1.value }) {
                // What differs nearer to the input is the cause: go on, and say the last.
                difference = differ(a, b, left.key, left.value, right.value)
            }
            guard x.sources.count == y.sources.count else {
                throw differ(a, b, "sources", "\(x.sources.count)", "\(y.sources.count)")
            }
            known[a] = b
            if ["add", "multiply", "average"].contains(x.kind), x.sources.count <= 4 {
                known = try commuting(x.sources, y.sources, known)
            } else {
                open += zip(x.sources, y.sources).reversed()
            }
        }
        if let difference { throw difference }
        return known
    }

    /// Sources whose order does not matter: the first order that matches.
    private func commuting(_ a: [Int], _ b: [Int], _ known: [Int: Int]) throws -> [Int: Int] {
        var first: (any Error)?
        for order in NetworkMatch.orders(b) {
            do {
                return try zip(a, order).reduce(known) { try match($1.0, $1.1, $0) }
            } catch let failure as Failure { throw failure } catch { first = first ?? error }
        }
        throw first ?? differ(a.first ?? 0, b.first ?? 0, "sources", "none", "some")
    }

    private static func orders(_ items: [Int]) -> [[Int]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { i -> [[Int]] in
            var rest = items
            let head = rest.remove(at: i)
            return orders(rest).map { [head] + $0 }
        }
    }

    private func name(_ value: Int, _ steps: [Step]) -> String { value == 0 ? "input" : steps[value - 1].name }
    private func kind(_ value: Int, _ steps: [Step]) -> String { value == 0 ? "the input" : steps[value - 1].kind }

    private func differ(_ a: Int, _ b: Int, _ key: String, _ found: String, _ expected: String) -> Difference {
        Difference(theirs: name(a, theirs), ours: name(b, ours), key: key, found: found, expected: expected)
    }

    // MARK: Steps

    static func steps(_ network: Network) -> [Step] {
        var steps: [Step] = [], values = [0]
        for (index, node) in network.nodes.enumerated() {
            let sources = node.sources.map { values[$0] }, base = network.parameterOffsets[index]
            func add(_ kind: String, _ options: [(String, String)], _ sources: [Int], _ parameters: Range<Int>) -> Int {
                steps.append(
                    Step(
                        name: node.name, kind: kind, options: options.map { (key: $0.0, value: $0.1) },
                        sources: sources,
                        parameters: parameters, node: index))
                return steps.count
            }
            switch node.operation {
            case .fused(let activation):
                values.append(add("activation", [("activation", activation.function.rawValue)], sources, base..<base))
            case .join(let join):
                let shapes = join.inputs.map { join.kind == .concat ? "\($0.rows)×\($0.channels)" : "\($0.count)" }
                values.append(
                    add(join.kind.rawValue, [("inputs", shapes.joined(separator: ", "))], sources, base..<base))
            case .layer(let layer):
                if layer is Dropout || layer is Flatten || layer is Reshape {
                    values.append(sources[0])
                    continue
                }
                if let shape = (layer as? LSTM)?.shape ?? (layer as? GRU)?.shape {
                    var source = sources[0]
                    for level in 0..<shape.layers {
                        let from = shape.weights(level * shape.directions).input,
                            to =
                                level == shape.layers - 1
                                ? layer.parameterCount : shape.weights((level + 1) * shape.directions).input
                        source = add(
                            type(of: layer).kind, RecurrentOptions.of(layer, shape, level: level), [source],
                            (base + from)..<(base + to))
                    }
                    values.append(source)
                    continue
                }
                values.append(
                    add(
                        LayerOptions.kind(layer), LayerOptions.of(layer), sources,
                        base..<(base + layer.parameterCount)))
            }
        }
        return steps
    }
}

/// What of a recurrent layer must be equal.
private enum RecurrentOptions {
    static func of(_ layer: any Layer, _ shape: RecurrentShape, level: Int) -> [(String, String)] {
        let isSequence = level < shape.layers - 1 || shape.returnsSequences
        var options = [
            ("units", "\(shape.hidden)"), ("bidirectional", "\(shape.isBidirectional)"),
            ("return_sequences", "\(isSequence && shape.input.time > 1)"),
            ("input", "\(shape.input.time)×\(shape.inputs(level * shape.directions))"),
        ]
        if let gru = layer as? GRU { options.append(("reset_after", "\(gru.reset == .after)")) }
        return options
    }
}

/// What of a layer must be equal, by the names of Keras.
private enum LayerOptions {
    static func kind(_ layer: any Layer) -> String { layer is Activation ? "activation" : type(of: layer).kind }

    private static func window(_ window: Convolution.Window, size: Int, outputs: Int, axis: String) -> [(
        String, String
    )] {
        [
            ("kernel_size\(axis)", "\(window.kernel)"),
            // A single output is read once, whatever the step.
            ("strides\(axis)", outputs == 1 ? "any" : "\(window.stride)"),
            ("padding\(axis)", "\(window.before) before, \(window.after) behind"), ("input\(axis)", "\(size)"),
        ]
    }

    /// Five digits: options travel as decimal text.
    private static func text(_ value: Float) -> String { String(format: "%.5g", Double(value)) }

    static func of(_ layer: any Layer) -> [(String, String)] {
        let input = layer.input, positions = [("positions", "\(input.rows)"), ("channels", "\(input.channels)")]
        switch layer {
        case let layer as Activation:
            return [("activation", layer.function.rawValue), ("values", "\(input.count)")]
        case let layer as Dense:
            return positions + [("units", "\(layer.output.channels)"), ("use_bias", "\(layer.hasBias)")]
        case let layer as Conv1D: return convolution(layer.core, isSeries: true)
        case let layer as Conv2D: return convolution(layer.core, isSeries: false)
        case let layer as any PoolingLayer:
            let core = layer.core
            return window(core.time, size: core.input.time, outputs: core.output.time, axis: "")
                + window(core.width, size: core.input.width, outputs: core.output.width, axis: " of columns")
                + [("channels", "\(input.channels)")]
        case let layer as BatchNorm: return positions + [("epsilon", text(layer.epsilon))]
        case let layer as LayerNorm: return positions + [("epsilon", text(layer.epsilon))]
        case let layer as MultiHeadAttention:
            return [
                ("input", input.description), ("num_heads", "\(layer.heads)"), ("use_causal_mask", "\(layer.isCausal)"),
            ]
        case is Transpose: return [("input", "\(input.time)×\(input.channels)")]
        default: return positions + [("output", layer.output.description)]
        }
    }

    private static func convolution(_ core: Convolution, isSeries: Bool) -> [(String, String)] {
        [
            ("filters", "\(core.output.channels)"), ("use_bias", "\(core.hasBias)"),
            ("channels", "\(core.input.channels)"),
        ]
            + window(core.time, size: core.input.time, outputs: core.output.time, axis: "")
            + (isSeries
                ? [] : window(core.width, size: core.input.width, outputs: core.output.width, axis: " of columns"))
    }
}
