import NeuralNetworks

/// The arrays of Keras' layers, as places in our parameters.
///
/// Kernels are `[…][in][out]`. A stack of recurrent layers is as many Keras layers; LSTM biases are summed, because
/// Keras has one, and so are those of a GRU that resets before the product; a `reset_after` GRU keeps both.
enum KerasArrays {
    struct Weight {
        /// As Keras calls it, behind the layer's name; `bias` and `gamma` may be absent there.
        let name: String
        /// Its dataset below the layer in the form of Keras 3.
        let store: String
        let shape: [Int]
        /// Place of each Keras value in the network's parameters.
        let places: [Int]
        /// A second array that Keras holds added to the first.
        var added: [Int]?

        /// The last part of the name.
        var role: String { String(name.split(separator: "/").last ?? "") }
    }

    /// Places and shapes of one layer's parameters, by our names.
    private struct Own {
        var arrays: [String: (places: [Int], shape: [Int])] = [:]

        init(_ network: Network, _ index: Int, _ layer: any Layer) {
            var base = network.parameterOffsets[index]
            for spec in layer.parameters {
                arrays[spec.name] = (Array(base..<base + spec.count), spec.shape)
                base += spec.count
            }
        }

        func places(_ name: String) -> [Int] { arrays[name]?.places ?? [] }

        func plain(_ ours: String, _ theirs: String, _ index: Int) -> [Weight] {
            guard let own = arrays[ours] else { return [] }
            return [Weight(name: theirs, store: "vars/\(index)", shape: own.shape, places: own.places)]
        }

        func kernel(_ order: [Int]) -> [Weight] {
            guard let own = arrays["weight"] else { return [] }
            return [
                Weight(
                    name: "kernel", store: "vars/0", shape: order.map { own.shape[$0] },
                    places: Layout.permuted(own.places, own.shape, order))
            ]
        }
    }

    /// The arrays of one node: a list for every Keras layer that it is, empty for a layer without a Keras form.
    static func of(_ network: Network, node index: Int) -> [[Weight]] {
        guard let layer = network.nodes[index].layer, layer.parameterCount > 0 else { return [] }
        let own = Own(network, index, layer)
        switch layer {
        case is Dense: return [own.kernel([1, 0]) + own.plain("bias", "bias", 1)]
        case is Conv1D: return [own.kernel([1, 2, 0]) + own.plain("bias", "bias", 1)]
        case is Conv2D: return [own.kernel([1, 2, 3, 0]) + own.plain("bias", "bias", 1)]
        case is BatchNorm:
            return [
                own.plain("weight", "gamma", 0) + own.plain("bias", "beta", 1)
                    + own.plain("running_mean", "moving_mean", 2) + own.plain("running_var", "moving_variance", 3)
            ]
        case is LayerNorm: return [own.plain("weight", "gamma", 0) + own.plain("bias", "beta", 1)]
        case let layer as LSTM: return recurrent(layer.shape, own, isSummed: true)
        case let layer as GRU: return recurrent(layer.shape, own, isSummed: layer.reset == .before)
        case let layer as MultiHeadAttention: return [attention(layer, own)]
        default: return []
        }
    }

    private static func recurrent(_ shape: RecurrentShape, _ own: Own, isSummed: Bool) -> [[Weight]] {
        let hidden = shape.hidden
        // Keras orders LSTM gates as we do; a GRU's update gate comes first.
        let order = shape.blocks == 4 ? [0, 1, 2, 3] : [1, 0, 2]
        func blocks(_ places: [Int], width: Int) -> [Int] {
            order.flatMap { places[$0 * hidden * width..<($0 + 1) * hidden * width] }
        }
        return (0..<shape.layers).map { layer in
            (0..<shape.directions).flatMap { direction -> [Weight] in
                let suffix = "l\(layer)\(direction == 1 ? "_reverse" : "")"
                let side = direction == 0 ? "forward" : "backward"
                let prefix = shape.isBidirectional ? "\(side)_" : "",
                    cell = shape.isBidirectional ? "\(side)_layer/cell/vars" : "cell/vars"
                func matrix(_ ours: String, _ theirs: String, _ index: Int) -> Weight {
                    let from = own.arrays["\(ours)_\(suffix)"] ?? ([], [0, 0])
                    let places = Layout.transposed(
                        blocks(from.places, width: from.shape[1]), rows: from.shape[0], columns: from.shape[1])
                    return Weight(
                        name: prefix + theirs, store: "\(cell)/\(index)", shape: [from.shape[1], from.shape[0]],
                        places: places)
                }
                let input = blocks(own.places("bias_ih_\(suffix)"), width: 1),
                    state = blocks(own.places("bias_hh_\(suffix)"), width: 1)
                let bias = Weight(
                    name: prefix + "bias", store: "\(cell)/2", shape: isSummed ? [shape.gates] : [2, shape.gates],
                    places: isSummed ? input : input + state, added: isSummed ? state : nil)
                return [matrix("weight_ih", "kernel", 0), matrix("weight_hh", "recurrent_kernel", 1), bias]
            }
        }
    }

    private static func attention(_ layer: MultiHeadAttention, _ own: Own) -> [Weight] {
        let width = layer.input.channels, heads = layer.heads, head = width / heads
        let projection = own.places("in_proj_weight"), bias = own.places("in_proj_bias")
        var weights: [Weight] = []
        for (index, part) in ["query", "key", "value"].enumerated() {
            let rows = Array(projection[index * width * width..<(index + 1) * width * width])
            weights.append(
                Weight(
                    name: "\(part)/kernel", store: "\(part)_dense/vars/0", shape: [width, heads, head],
                    places: Layout.transposed(rows, rows: width, columns: width)))
            weights.append(
                Weight(
                    name: "\(part)/bias", store: "\(part)_dense/vars/1", shape: [heads, head],
                    places: Array(bias[index * width..<(index + 1) * width])))
        }
        weights.append(
            Weight(
                name: "attention_output/kernel", store: "output_dense/vars/0", shape: [heads, head, width],
                places: Layout.transposed(own.places("out_proj.weight"), rows: width, columns: width)))
        weights.append(
            Weight(
                name: "attention_output/bias", store: "output_dense/vars/1", shape: [width],
                places: own.places("out_proj.bias")))
        return weights
    }
}
