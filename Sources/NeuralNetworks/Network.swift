import Basics
import Tensors

/// A chain of layers with its memory plan: where every layer's weights, packed panels and activations live.
///
/// A value without weights; those are a ``FloatBuffer`` of ``parameterCount`` floats that the caller owns.
package struct Network: Sendable {
    package let input: SampleShape
    package let layers: [any Layer]
    /// First float of each layer in the parameter buffer, and the total at the end.
    package let parameterOffsets: [Int]
    let packedOffsets: [Int]

    package init(input: SampleShape, layers: [any Layer]) {
        var shape = input
        for (index, layer) in layers.enumerated() {
            precondition(layer.input == shape, "layer \(index) takes \(layer.input), found \(shape)")
            shape = layer.output
        }
        self.input = input
        self.layers = layers
        parameterOffsets = layers.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.parameterCount) }
        packedOffsets = layers.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.packedCount) }
    }

    /// Builds the layers of a configuration list, inferring every shape from the one before.
    ///
    /// - Throws: ``ConfigError``.
    package init(layers nodes: [JSONValue], input: SampleShape) throws {
        var built: [any Layer] = []
        for (index, node) in nodes.enumerated() {
            built.append(try LayerFactory.make(node, input: built.last?.output ?? input, path: "layers.\(index)"))
        }
        self.init(input: input, layers: built)
    }

    package var output: SampleShape { layers.last?.output ?? input }
    package var parameterCount: Int { parameterOffsets[layers.count] }
    package var packedCount: Int { packedOffsets[layers.count] }
    package var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }

    /// Every parameter with its full name (`layers.2.weight`) and offset.
    package var parameters: [(name: String, spec: ParameterSpec, offset: Int)] {
        var all: [(String, ParameterSpec, Int)] = []
        for (index, layer) in layers.enumerated() {
            var offset = parameterOffsets[index]
            for spec in layer.parameters {
                all.append(("layers.\(index).\(spec.name)", spec, offset))
                offset += spec.count
            }
        }
        return all
    }

    /// Starting weights of a seed. Each parameter has its own stream, so adding a layer does not change the others.
    package func initialParameters(seed: UInt64) -> FloatBuffer {
        let buffer = FloatBuffer(count: parameterCount)
        for (index, parameter) in parameters.enumerated() {
            let target = buffer.pointer + parameter.offset
            switch parameter.spec.start {
            case .constant(let value): target.update(repeating: value, count: parameter.spec.count)
            case .uniform(let bound):
                var random = SeededRandom(seed: seed, 0x1217, UInt64(index))
                for i in 0..<parameter.spec.count { target[i] = (2 * random.uniformFloat() - 1) * bound }
            }
        }
        return buffer
    }

    /// The weights under their names, for a file.
    package func tensors(_ buffer: FloatBuffer) -> [String: Tensor] {
        var out: [String: Tensor] = [:]
        for (name, spec, offset) in parameters {
            out[name] = Tensor(
                shape: spec.shape, values: Array(UnsafeBufferPointer(start: buffer.pointer + offset, count: spec.count)))
        }
        return out
    }

    /// Reads weights from a file into a buffer.
    ///
    /// - Throws: ``Failure`` when a tensor is missing, has another shape, or is left over.
    package func load(_ file: SafetensorsFile, into buffer: FloatBuffer, prefix: String = "") throws {
        var expected: Set<String> = []
        for (name, spec, offset) in parameters {
            let tensor = try file.tensor(prefix + name)
            guard tensor.shape == spec.shape else {
                throw Failure(
                    "weights.shape", "found shape \(tensor.shape) for the tensor '\(name)', expected \(spec.shape)",
                    hint: "the weights belong to another architecture")
            }
            tensor.values.withUnsafeBufferPointer {
                if let base = $0.baseAddress { (buffer.pointer + offset).update(from: base, count: spec.count) }
            }
            expected.insert(prefix + name)
        }
        if let extra = file.entries.keys.sorted().first(where: { $0.hasPrefix(prefix) && prefix.isEmpty && !expected.contains($0) }) {
            throw Failure("weights.extra", "found the tensor '\(extra)' that this architecture does not have")
        }
    }

    /// Prepares packed weights for ``forward``.
    package func pack(_ parameters: FloatBuffer, into packed: FloatBuffer) {
        for (index, layer) in layers.enumerated() {
            layer.pack(
                parameters: parameters.pointer + parameterOffsets[index], into: packed.pointer + packedOffsets[index])
        }
    }

    /// A table of layer, output shape, parameters and multiply-adds.
    package var summary: [(layer: String, output: SampleShape, parameters: Int, multiplyAdds: Int)] {
        layers.map { (type(of: $0).kind, $0.output, $0.parameterCount, $0.multiplyAdds) }
    }
}
