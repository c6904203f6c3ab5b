import Basics
import NeuralNetworks

/// One case for every kind of layer.
extension TorchModule {
    /// A layer's module, where it has weights, and what computes it.
    typealias Emitted = (module: String?, expression: String)

    /// - Parameters:
    ///   - x: its input, in the form that the plan says.
    ///   - reference: how the module is reached.
    mutating func emit(
        _ layer: any Layer, _ name: String, source x: String, reference: String, index: Int
    ) throws -> Emitted {
        let input = layer.input, n = input.channels
        func called(_ module: String, _ argument: String) -> Emitted { (module, "\(reference)(\(argument))") }
        switch layer {
        case let layer as Dense:
            return called("nn.Linear(\(n), \(layer.output.channels)\(layer.hasBias ? "" : ", bias=False"))", x)
        case let layer as Conv1D: return convolution(layer.core, x, reference, isSeries: true)
        case let layer as Conv2D: return convolution(layer.core, x, reference, isSeries: false)
        case let layer as any PoolingLayer:
            return (nil, pooling(layer.core, x, isSeries: layer is MaxPool1D || layer is AveragePool1D))
        case let layer as LSTM: return recurrent(layer.shape, "nn.LSTM", x, reference)
        case let layer as GRU:
            guard layer.reset == .before else { return recurrent(layer.shape, "nn.GRU", x, reference) }
            needs(.resetBefore)
            return recurrent(layer.shape, "ResetBeforeGRU", x, reference)
        case let layer as MultiHeadAttention:
            needs(.attend)
            return (
                "nn.MultiheadAttention(\(n), \(layer.heads), batch_first=True)",
                "attend(\(reference), \(x), causal=\(layer.isCausal ? "True" : "False"))"
            )
        case let layer as BatchNorm:
            let axes = form(into: index) == .picture ? "2d" : "1d"
            return called("nn.BatchNorm\(axes)(\(n), eps=\(layer.epsilon), momentum=\(layer.momentum))", x)
        case let layer as LayerNorm: return called("nn.LayerNorm(\(n), eps=\(layer.epsilon))", x)
        case let layer as Activation: return (nil, TorchModule.activation(layer.function, x))
        case let layer as Dropout: return (nil, dropout(layer, x, form(of: index)))
        case is Flatten: return (nil, "\(x).flatten(1)")
        case is Reshape: return (nil, reshaped(layer.output, x, form(of: index)))
        case is Transpose: return (nil, "\(x).transpose(1, 2)")
        case is Softmax:
            let isFirst = [.image, .picture].contains(form(of: index))
            return (nil, "torch.softmax(\(x), \(isFirst ? 1 : -1))")
        case is Logarithm: return (nil, "torch.log(torch.clamp(\(x), min=\(Logarithm.least)))")
        case is Logit: return (nil, "torch.logit(\(x), eps=\(Logit.least))")
        case let layer as Positional:
            needs(.positional)
            let isLearned = layer.encoding == .learned
            return called("Positional(\(input.time), \(n), learned=\(isLearned ? "True" : "False"))", x)
        case let layer as Embedding:
            needs(.embedding)
            return called("CodedChannel(\(layer.entries), \(layer.dimensions), channel=\(layer.channel))", x)
        case is BilinearNormalisation:
            needs(.bin)
            return called("BilinearNormalisation(\(input.time), \(n))", x)
        case is Bilinear, is TemporalAttentionBilinear:
            let isAttending = layer is TemporalAttentionBilinear
            needs(isAttending ? .tabl : .bilinear)
            let sizes = "\(input.time), \(n), \(layer.output.time), \(layer.output.channels)"
            return called("\(isAttending ? "TemporalAttentionBilinear" : "Bilinear")(\(sizes))", x)
        default:
            throw Failure(
                "export.layer", "found the layer '\(type(of: layer).kind)' at '\(name)', which has no PyTorch form yet",
                hint: "export as safetensors instead")
        }
    }

    private func padded(
        _ x: String, _ core: Convolution.Window, _ width: Convolution.Window, isSeries: Bool, with: String
    )
        -> String
    {
        guard core.before + core.after + width.before + width.after > 0 else { return x }
        let columns = isSeries ? "" : "\(width.before), \(width.after), "
        return "F.pad(\(x), (\(columns)\(core.before), \(core.after))\(with))"
    }

    private func convolution(_ core: Convolution, _ x: String, _ reference: String, isSeries: Bool) -> Emitted {
        let columns = core.statedWidth
        let sizes =
            isSeries
            ? "\(core.time.kernel), stride=\(core.time.stride)"
            : "(\(core.time.kernel), \(columns.kernel)), stride=(\(core.time.stride), \(columns.stride))"
        let bias = core.hasBias ? "" : ", bias=False"
        return (
            "nn.Conv\(isSeries ? 1 : 2)d(\(core.input.channels), \(core.output.channels), \(sizes)\(bias))",
            "\(reference)(\(padded(x, core.time, columns, isSeries: isSeries, with: "")))"
        )
    }

    private mutating func pooling(_ core: Pooling, _ x: String, isSeries: Bool) -> String {
        let axes = isSeries ? "1d" : "2d"
        let kernel = isSeries ? "\(core.time.kernel)" : "(\(core.time.kernel), \(core.width.kernel))"
        let stride = isSeries ? "\(core.time.stride)" : "(\(core.time.stride), \(core.width.stride))"
        guard core.kind == .average else {
            let edge = padded(x, core.time, core.width, isSeries: isSeries, with: ", value=float(\"-inf\")")
            return "F.max_pool\(axes)(\(edge), \(kernel), \(stride))"
        }
        guard core.time.before + core.time.after > 0 else {
            return "F.avg_pool\(axes)(\(x), \(kernel), \(stride))"
        }
        // PyTorch counts padding into the mean; ours leaves it out.
        needs(.meanInside)
        let edges = "\(isSeries ? "" : "0, 0, ")\(core.time.before), \(core.time.after)"
        return "mean_inside(F.avg_pool\(axes), \(x), \(kernel), \(stride), (\(edges)))"
    }

    private mutating func recurrent(_ shape: RecurrentShape, _ kind: String, _ x: String, _ reference: String)
        -> Emitted
    {
        let layers = shape.layers == 1 ? "" : ", num_layers=\(shape.layers)"
        let both = shape.isBidirectional ? ", bidirectional=True" : ""
        let module = "\(kind)(\(shape.input.channels), \(shape.hidden)\(layers), batch_first=True\(both))"
        guard !shape.returnsSequences else { return (module, "\(reference)(\(x))[0]") }
        needs(.lastStates)
        return (module, "last_states(\(reference)(\(x))[1], directions=\(shape.directions))")
    }

    private mutating func dropout(_ layer: Dropout, _ x: String, _ form: TorchPlan.Form) -> String {
        guard layer.isPerChannel, form != .vector else { return "F.dropout(\(x), \(layer.rate), self.training)" }
        needs(.dropChannels)
        let isFirst = form == .image || form == .picture
        return "drop_channels(\(x), \(layer.rate), self.training, axis=\(isFirst ? 1 : -1))"
    }

    private func reshaped(_ output: SampleShape, _ x: String, _ form: TorchPlan.Form) -> String {
        switch form {
        case .columns: "\(x).reshape(-1, \(output.time), \(output.width), \(output.channels))"
        case .vector: "\(x).flatten(1)"
        default: "\(x).reshape(-1, \(output.time), \(output.channels))"
        }
    }
}
