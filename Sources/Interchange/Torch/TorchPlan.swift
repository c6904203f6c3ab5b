import NeuralNetworks

/// How PyTorch lays a network's values out, and so in which order it flattens them.
///
/// Our values are channels last, `[T][W][C]`. PyTorch's convolutions, poolings and batch norms are channels first; its
/// recurrent layers (`batch_first`), attention, layer norms and linear layers have channels last. `nn.Flatten` reads
/// whatever lies there: behind a convolution `[C][T][W]`, where ours reads `[T][W][C]`. The shapes agree and the
/// meaning does not, so every vector carries its order here, and what has weights for single places of a vector (a
/// linear layer, a norm) gets them in that order. A layer that cannot take another order gets the vector put back
/// first.
struct TorchPlan {
    /// The axes of a value behind the batch.
    enum Form: Equatable {
        /// `[C]`
        case vector
        /// `[T, C]`
        case series
        /// `[C, T]`
        case image
        /// `[T, W, C]`
        case columns
        /// `[C, T, W]`
        case picture
    }

    /// A piece of a flattened vector that PyTorch reads `[C][T][W]` and we read `[T][W][C]`.
    struct Block: Equatable {
        let time: Int
        let width: Int
        let channels: Int

        var count: Int { time * width * channels }
        /// Both orders are one.
        var isPlain: Bool { time * width == 1 || channels == 1 }
    }

    struct Value {
        var form: Form
        var shape: SampleShape
        /// Pieces of a vector in PyTorch's order; nil where it is ours.
        var order: [Block]?
    }

    /// Of the input, then of every node.
    private(set) var values: [Value] = []
    /// The form in which each node takes each of its sources, and whether in PyTorch's order.
    private(set) var inputs: [[(form: Form, keepsOrder: Bool)]] = []

    /// - Parameter flatten: whether vectors behind convolutions are in PyTorch's order; with `channelsLast` the module
    ///   turns values before it flattens them, and no order differs.
    init(_ network: Network, flatten: FlattenOrder = .channelsFirst) {
        values = [Value(form: .series, shape: network.input)]
        for node in network.nodes {
            let sources = node.sources.map { values[$0] }
            let (takes, value) = TorchPlan.step(node, sources, flatten)
            inputs.append(takes)
            values.append(value)
        }
    }

    /// Our place of each place of PyTorch's vector that node `index` reads; nil where the orders are one.
    func order(into index: Int, of network: Network) -> [Int]? {
        guard inputs[index].first?.keepsOrder == true else { return nil }
        return values[network.nodes[index].sources[0]].order.map(TorchPlan.places)
    }

    static func places(_ blocks: [Block]) -> [Int] {
        var all: [Int] = [], base = 0
        for block in blocks {
            for c in 0..<block.channels {
                for position in 0..<block.time * block.width { all.append(base + position * block.channels + c) }
            }
            base += block.count
        }
        return all
    }

    // MARK: Rules

    private typealias Step = (takes: [(form: Form, keepsOrder: Bool)], value: Value)

    private static func step(_ node: Network.Node, _ sources: [Value], _ flatten: FlattenOrder) -> Step {
        let output = node.output
        switch node.operation {
        case .fused: return same(sources[0], output)
        case .join(let join): return joined(join, sources)
        case .layer(let layer):
            func takes(_ form: Form, _ out: Form, keepsOrder: Bool = false, order: [Block]? = nil) -> Step {
                ([(form, keepsOrder)], Value(form: out, shape: output, order: order))
            }
            let source = sources[0]
            switch layer {
            case is Conv1D, is MaxPool1D, is AveragePool1D: return takes(.image, .image)
            case is Conv2D, is MaxPool2D, is AveragePool2D: return takes(.picture, .picture)
            case is BatchNorm:
                guard source.form != .vector else { return same(source, output) }
                let form = first(source)
                return takes(form, form)
            case is Dense:
                let form = last(source)
                return takes(form, form, keepsOrder: true)
            case is LayerNorm, is Embedding:
                let form = last(source)
                let keeps = form == .vector && layer is LayerNorm
                return takes(form, form, keepsOrder: keeps, order: keeps ? source.order : nil)
            case is Activation, is Dropout, is Softmax, is Logarithm, is Logit: return same(source, output)
            case is LSTM, is GRU:
                return takes(.series, output.time == 1 && !returnsSequences(layer) ? .vector : .series)
            case is Flatten: return flattened(source, output, flatten)
            case is Reshape:
                let form: Form = output.width > 1 ? .columns : output.time == 1 ? .vector : .series
                return takes(last(source), form)
            case is Transpose:
                // Turned as it lies, so that a value with channels first stays one.
                let form: Form = source.form == .image || source.form == .picture ? .image : .series
                return takes(form, form)
            default: return takes(.series, .series)
            }
        }
    }

    private static func returnsSequences(_ layer: any Layer) -> Bool {
        (layer as? LSTM)?.shape.returnsSequences ?? (layer as? GRU)?.shape.returnsSequences ?? false
    }

    /// The form with channels last.
    static func last(_ value: Value) -> Form {
        switch value.form {
        case .vector: .vector
        case .series, .image: .series
        case .columns, .picture: value.shape.width == 1 ? .series : .columns
        }
    }

    /// The form with channels first.
    static func first(_ value: Value) -> Form {
        switch value.form {
        case .columns, .picture: .picture
        default: .image
        }
    }

    private static func same(_ source: Value, _ output: SampleShape) -> Step {
        ([(source.form, true)], Value(form: source.form, shape: output, order: source.order))
    }

    private static func flattened(_ source: Value, _ output: SampleShape, _ flatten: FlattenOrder) -> Step {
        let shape = source.shape
        if flatten == .channelsFirst, source.form == .image || source.form == .picture {
            let block = Block(time: shape.time, width: shape.width, channels: shape.channels)
            return (
                [(source.form, true)], Value(form: .vector, shape: output, order: block.isPlain ? nil : [block])
            )
        }
        return ([(last(source), true)], Value(form: .vector, shape: output, order: source.order))
    }

    private static func joined(_ join: Join, _ sources: [Value]) -> Step {
        // One vector makes all of them vectors; else the first says how all lie.
        let form = sources.contains { $0.form == .vector } ? Form.vector : sources[0].form
        guard form == .vector else {
            return (
                sources.map { _ in (form, false) }, Value(form: form, shape: join.output, order: nil)
            )
        }
        if join.kind == .concat {
            guard sources.contains(where: { $0.order != nil }) else {
                return (sources.map { _ in (form, true) }, Value(form: form, shape: join.output, order: nil))
            }
            let blocks = sources.flatMap { $0.order ?? [Block(time: 1, width: 1, channels: $0.shape.count)] }
            return (sources.map { _ in (form, true) }, Value(form: form, shape: join.output, order: blocks))
        }
        let isOne = sources.allSatisfy { $0.order == sources[0].order }
        return (
            sources.map { _ in (form, isOne) },
            Value(form: form, shape: join.output, order: isOne ? sources[0].order : nil)
        )
    }
}

/// In which order a module of PyTorch flattens what convolutions made.
package enum FlattenOrder: String, CaseIterable, Sendable {
    /// As `nn.Flatten` does: `[C][T]`.
    case channelsFirst = "channels-first"
    /// As a module that transposes first: `[T][C]`, which is ours.
    case channelsLast = "channels-last"
}
